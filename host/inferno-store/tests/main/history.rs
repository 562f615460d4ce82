//! Samples in, samples out.

use std::collections::BTreeMap;

use inferno_insight::Label;
use inferno_store::{HISTORY_SECONDS, Samples};
use proptest::prelude::*;

use crate::Bench;

const NAN: f64 = f64::NAN;

pub(crate) fn samples(metric: &str, label: &str, values: Vec<f64>) -> Samples {
    let labels = vec![Label { name: "model".into(), value: label.into() }];
    Samples { metric: metric.into(), labels, values }
}

/// Every sample that is no gap, by series and second.
pub(crate) async fn everything(bench: &Bench, metric: Option<&str>) -> BTreeMap<(String, String, i64), u64> {
    let mut found = BTreeMap::new();
    let mut last: BTreeMap<(String, String), i64> = BTreeMap::new();
    for block in bench.store.history(metric, i64::MIN / 2, i64::MAX / 2).await.unwrap() {
        let values = block.values().unwrap();
        let (metric, label) = (block.metric().to_owned(), block.labels()[0].value.clone());
        let end = block.first() + values.len() as i64;
        let before = last.insert((metric.clone(), label.clone()), end);
        assert!(
            before.is_none_or(|before| before <= block.first()),
            "of each series, the oldest comes first"
        );
        for (tick, value) in (block.first()..).zip(values).filter(|(_, value)| !value.is_nan()) {
            assert!(found.insert((metric.clone(), label.clone(), tick), value.to_bits()).is_none());
        }
    }
    found
}

#[tokio::test]
async fn what_goes_in_comes_out_before_and_after_it_is_folded() {
    let bench = Bench::new().await;
    let mut expected = BTreeMap::new();
    let mut first = 1_000;
    for round in 0..200_i64 {
        let seconds = 1 + (round % 13) as usize;
        let value = |at: usize| if at % 5 == 3 { NAN } else { (round * 10) as f64 + at as f64 / 4.0 };
        let a = samples("m_a", "x", (0..seconds).map(value).collect());
        // A series that comes and goes.
        let b = samples("m_b", "ü", vec![round as f64; seconds]);
        let all = if round % 7 < 3 { vec![a, b] } else { vec![a] };
        bench.store.append_history(first, seconds, &all).await.unwrap();
        for Samples { metric, labels, values } in all {
            for (tick, value) in (first..).zip(values).filter(|(_, value)| !value.is_nan()) {
                expected.insert((metric.clone(), labels[0].value.clone(), tick), value.to_bits());
            }
        }
        first += seconds as i64 + i64::from(round % 50 == 0) * 700;
    }
    assert_eq!(everything(&bench, None).await, expected);
    let bench = bench.reopen().await;
    assert_eq!(everything(&bench, None).await, expected);
    assert_eq!(bench.store.last_sample().await.unwrap(), expected.keys().map(|(_, _, tick)| *tick).max());
    expected.retain(|(metric, _, _), _| metric == "m_b");
    assert_eq!(everything(&bench, Some("m_b")).await, expected);
    assert!(everything(&bench, Some("m_c")).await.is_empty());
}

#[tokio::test]
async fn a_range_is_no_more_than_its_blocks() {
    let bench = Bench::new().await;
    for at in 0..360_i64 {
        bench.store.append_history(at * 10, 10, &[samples("m", "x", vec![at as f64; 10])]).await.unwrap();
    }
    let blocks = bench.store.history(Some("m"), 1_195, 1_205).await.unwrap();
    let ranges: Vec<_> =
        blocks.iter().map(|b| (b.first(), b.first() + b.values().unwrap().len() as i64)).collect();
    assert_eq!(ranges, [(600, 1_200), (1_200, 1_800)]);
    let recent = bench.store.history(Some("m"), 3_595, 9_000).await.unwrap();
    assert_eq!(recent.iter().map(|block| block.first()).collect::<Vec<_>>(), [3_590]);
}

#[tokio::test]
async fn what_is_older_than_a_day_goes() {
    let bench = Bench::new().await;
    let day = HISTORY_SECONDS;
    for at in 0..400_i64 {
        let mut all = vec![samples("m", "x", vec![1.0; 600])];
        if at < 10 {
            all.push(samples("of_old", "x", vec![1.0; 600]));
        }
        bench.store.append_history(at * 600, 600, &all).await.unwrap();
    }
    let ticks: Vec<i64> = everything(&bench, None).await.into_keys().map(|(_, _, tick)| tick).collect();
    let (first, last) = (ticks[0], ticks[ticks.len() - 1]);
    assert_eq!(last, 400 * 600 - 1);
    assert!((day..=day + 1_200).contains(&(last - first + 1)), "{} s are kept", last - first + 1);
    let names = bench.store.history(Some("of_old"), 0, i64::MAX / 2).await.unwrap();
    assert!(names.is_empty());
}

#[tokio::test]
async fn forgetting_leaves_what_was_before() {
    let bench = Bench::new().await;
    for at in 0..200_i64 {
        bench.store.append_history(at * 10, 10, &[samples("m", "x", vec![1.0; 10])]).await.unwrap();
    }
    bench.store.forget_history_from(1_500).await.unwrap();
    assert_eq!(bench.store.last_sample().await.unwrap(), Some(1_199));
    bench.store.append_history(1_500, 10, &[samples("m", "x", vec![2.0; 10])]).await.unwrap();
    assert_eq!(bench.store.last_sample().await.unwrap(), Some(1_509));
    bench.store.forget_history_from(0).await.unwrap();
    assert_eq!(bench.store.last_sample().await.unwrap(), None);
}

#[tokio::test]
async fn chunks_that_do_not_fit_are_refused() {
    let bench = Bench::new().await;
    let append = async |first, seconds, values| {
        let store = &bench.store;
        store.append_history(first, seconds, &[samples("m", "x", values)]).await.map_err(|e| e.to_string())
    };
    let odd = Err("the database holds new samples that cannot be read".to_owned());
    assert_eq!(append(0, 2, vec![1.0]).await, odd);
    assert_eq!(append(0, 0, vec![]).await, odd);
    assert_eq!(append(0, 1, vec![1.0]).await, Ok(()));
    let there = "metrics of the same seconds are there already; another server may use this database";
    for first in [0, -1, -100] {
        assert_eq!(append(first, 2, vec![1.0, 2.0]).await, Err(there.to_owned()));
    }
    assert_eq!(append(10_000, 1, vec![1.0]).await, Ok(()));
    // Also when all that was there has been folded.
    assert_eq!(append(10_000, 1, vec![1.0]).await, Err(there.to_owned()));
    assert_eq!(everything(&bench, None).await.len(), 2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn any_chunks_come_back_to_the_bit(
        chunks in prop::collection::vec((0..900_i64, prop::collection::vec(any::<f64>(), 1..40)), 1..20),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let bench = Bench::new().await;
            let mut expected = BTreeMap::new();
            let mut first = -5_000;
            for (gap, values) in chunks {
                first += gap;
                for (tick, value) in (first..).zip(&values).filter(|(_, value)| !value.is_nan()) {
                    expected.insert(("m".to_owned(), "x".to_owned(), tick), value.to_bits());
                }
                let seconds = values.len();
                bench.store.append_history(first, seconds, &[samples("m", "x", values)]).await.unwrap();
                first += seconds as i64;
            }
            assert_eq!(everything(&bench, None).await, expected);
        });
    }
}
