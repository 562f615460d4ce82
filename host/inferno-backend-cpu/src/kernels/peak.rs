//! Nothing but byte products, on registers: what the arithmetic units do at most.

use crate::isa::{Isa, Set};

/// Runs `rounds` of independent products and returns how many multiplications and additions that were; `None`
/// without an instruction for them.
pub(crate) fn int8(isa: Isa, rounds: usize) -> Option<u64> {
    let _ = rounds;
    match isa.set() {
        Set::Portable => None,
        // SAFETY: an `Isa` exists only where its features were detected.
        #[cfg(target_arch = "x86_64")]
        Set::Avx2 => Some(unsafe { x86::avx2(rounds) }),
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Set::Avx512Vnni | Set::Avx512Bf16 => Some(unsafe { x86::vnni(rounds) }),
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Set::Amx => Some(unsafe { super::x86::amx::peak(rounds) }),
        // SAFETY: as above.
        #[cfg(target_arch = "aarch64")]
        Set::Neon => Some(unsafe { super::arm::bytes::peak::<super::arm::bytes::Pairs>(rounds) }),
        // SAFETY: as above.
        #[cfg(target_arch = "aarch64")]
        Set::NeonDot => Some(unsafe { super::arm::bytes::peak::<super::arm::bytes::Fours>(rounds) }),
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::{arch::x86_64::*, hint::black_box};

    /// Chains that run side by side, to cover the latency of an instruction.
    const CHAINS: usize = 10;

    #[target_feature(enable = "avx512f,avx512vnni")]
    pub(super) fn vnni(rounds: usize) -> u64 {
        let (a, b) = (black_box(_mm512_set1_epi8(3)), black_box(_mm512_set1_epi8(5)));
        let mut sums = [_mm512_setzero_si512(); CHAINS];
        for _ in 0..rounds {
            for sum in &mut sums {
                *sum = _mm512_dpbusd_epi32(*sum, a, b);
            }
        }
        black_box(sums);
        (rounds * CHAINS * 64 * 2) as u64
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn avx2(rounds: usize) -> u64 {
        let (a, b, ones) =
            (black_box(_mm256_set1_epi8(3)), black_box(_mm256_set1_epi8(5)), _mm256_set1_epi16(1));
        let mut sums = [_mm256_setzero_si256(); CHAINS];
        for _ in 0..rounds {
            for sum in &mut sums {
                // The operand depends on the sum so that the compiler cannot take the product out of the loop.
                let products = _mm256_maddubs_epi16(a, _mm256_xor_si256(b, *sum));
                *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(products, ones));
            }
        }
        black_box(sums);
        (rounds * CHAINS * 32 * 2) as u64
    }
}
