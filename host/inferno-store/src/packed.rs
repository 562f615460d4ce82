//! Samples as bytes. A counter that stands still takes a few bytes for ten minutes, one that moves about one byte
//! for each second.

use pco::{ChunkConfig, data_types::Number, standalone};

use crate::StoreError;

/// The most samples of one blob.
const MOST: usize = 16 << 20;

pub(crate) fn pack<T: Number>(values: &[T]) -> Result<Vec<u8>, StoreError> {
    standalone::simple_compress(values, &ChunkConfig::default())
        .map_err(|_| StoreError::Damaged { what: "samples" })
}

/// Exactly `count` values.
pub(crate) fn unpack<T: Number>(bytes: &[u8], count: usize) -> Result<Vec<T>, StoreError> {
    let damaged = || StoreError::Damaged { what: "samples" };
    if count > MOST {
        return Err(damaged());
    }
    let mut values = vec![T::default(); count];
    let progress = standalone::simple_decompress_into(bytes, &mut values).map_err(|_| damaged())?;
    if progress.n_processed == count && progress.finished { Ok(values) } else { Err(damaged()) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sample() -> impl Strategy<Value = f64> {
        prop_oneof![Just(f64::NAN), Just(-0.0), (0..9_u32).prop_map(f64::from), any::<f64>()]
    }

    proptest! {
        #[test]
        fn what_is_packed_comes_back_to_the_bit(values in prop::collection::vec(sample(), 0..700)) {
            let bytes = pack(&values).expect("bytes");
            let again: Vec<f64> = unpack(&bytes, values.len()).expect("values");
            let bits = |values: &[f64]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
            prop_assert_eq!(bits(&again), bits(&values));
            prop_assert!(unpack::<f64>(&bytes, values.len() + 1).is_err());
        }

        #[test]
        fn other_bytes_are_refused_or_read_and_never_more(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(values) = unpack::<f64>(&bytes, 600) {
                prop_assert_eq!(values.len(), 600);
            }
        }
    }

    #[test]
    fn standing_still_is_cheap() {
        let still = pack(&[7.0_f64; 600]).expect("bytes").len();
        let steady: Vec<f64> = (0..600).map(|i| f64::from(i * 20 + i % 3)).collect();
        let steady = pack(&steady).expect("bytes").len();
        assert!(still < 40, "{still}");
        assert!(steady < 600, "{steady}");
    }
}
