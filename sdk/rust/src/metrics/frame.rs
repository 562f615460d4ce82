//! Reading frames: labels, sums, and what was sampled at all.

use super::{Frame, Provenance, Series};

impl Series {
    /// The value of a label.
    pub fn label(&self, name: &str) -> Option<&str> {
        self.labels.iter().find(|label| label.name == name).map(|label| label.value.as_str())
    }

    /// Whether it has a label with that value. Everything matches the empty value.
    pub fn matches(&self, label: &str, value: &str) -> bool {
        value.is_empty() || self.label(label) == Some(value)
    }
}

impl Frame {
    /// Whether this machine cannot tell: there are no values, and none must be shown.
    pub fn is_unavailable(&self) -> bool {
        self.provenance == Provenance::Unavailable
    }

    /// The series that have a label with that value; all of them where the value is empty.
    pub fn matching(&self, label: &str, value: &str) -> impl Iterator<Item = &Series> {
        self.series.iter().filter(move |series| series.matches(label, value))
    }

    /// The values that a label has, each once, in the order in which they come.
    pub fn values_of(&self, label: &str) -> Vec<&str> {
        let mut values = Vec::new();
        for value in self.series.iter().filter_map(|series| series.label(label)) {
            if !values.contains(&value) {
                values.push(value);
            }
        }
        values
    }

    /// For each time the sum over the matching series; NaN where none of them was sampled.
    pub fn sum(&self, label: &str, value: &str) -> Vec<f64> {
        let mut sums = vec![f64::NAN; self.times.len()];
        for series in self.matching(label, value) {
            for (sum, value) in sums.iter_mut().zip(&series.values).filter(|(_, value)| value.is_finite()) {
                *sum = if sum.is_finite() { *sum + value } else { *value };
            }
        }
        sums
    }
}

/// The values that were sampled.
pub fn sampled(values: &[f64]) -> impl DoubleEndedIterator<Item = f64> {
    values.iter().copied().filter(|value| value.is_finite())
}

/// The last value that was sampled.
pub fn latest(values: &[f64]) -> Option<f64> {
    sampled(values).next_back()
}

/// The mean of what was sampled.
pub fn mean(values: &[f64]) -> Option<f64> {
    let count = sampled(values).count();
    (count > 0).then(|| sampled(values).sum::<f64>() / count as f64)
}

/// The largest value that was sampled.
pub fn peak(values: &[f64]) -> Option<f64> {
    sampled(values).reduce(f64::max)
}
