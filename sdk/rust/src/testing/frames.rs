//! Frames with a step of one second, by their values alone.

use crate::metrics::{Frame, Label, Provenance, Query, Series, Unit};

/// The answer to a query: for each series its labels (`[("model", "a")]`) and its values, one a step.
pub fn frame<'l>(
    query: &Query,
    unit: Unit,
    series: impl IntoIterator<Item = (Vec<(&'l str, &'l str)>, Vec<f64>)>,
) -> Frame {
    let series: Vec<_> = series
        .into_iter()
        .map(|(labels, values)| {
            let label =
                |(name, value): (&str, &str)| Label { name: name.to_owned(), value: value.to_owned() };
            Series { labels: labels.into_iter().map(label).collect(), values }
        })
        .collect();
    let steps = series.iter().map(|series| series.values.len()).max().unwrap_or(0);
    let times = (1..=steps).map(|step| step as f64 * f64::from(query.step_seconds) * 1000.0);
    Frame {
        metric: query.metric.clone(),
        unit,
        provenance: Provenance::Measured,
        times: times.collect(),
        series,
    }
}

/// The answer to a query about a histogram of the model `m`: for each bucket its upper bound (`"0.5"`, `"+Inf"`) and
/// what fell into it, step by step.
pub fn histogram(query: &Query, buckets: &[(&str, &[f64])]) -> Frame {
    let series = buckets.iter().map(|(le, values)| (vec![("model", "m"), ("le", le)], values.to_vec()));
    frame(query, Unit::Count, series)
}
