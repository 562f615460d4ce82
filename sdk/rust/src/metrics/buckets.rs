//! Histograms: the buckets of a frame, over time and altogether.

use super::{Frame, sampled};

/// The buckets of a histogram, lowest first. Each counts what lies between the bound below and its own.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Buckets {
    /// Upper bounds; the last is infinite where the histogram has a bucket for everything beyond.
    pub bounds: Vec<f64>,
    /// For each bucket, a count for each time of the frame. NaN where nothing was sampled.
    pub counts: Vec<Vec<f64>>,
}

impl Buckets {
    /// The buckets of the series that have a label with that value, added up; of all series where the value is empty.
    /// A series without an upper bound that is a number is left out.
    pub fn of(frame: &Frame, label: &str, value: &str) -> Self {
        let mut buckets = Self::default();
        for series in frame.matching(label, value) {
            let bound = series.label("le").and_then(|le| le.parse::<f64>().ok()).filter(|le| !le.is_nan());
            if let Some(bound) = bound {
                buckets.add(bound, &series.values);
            }
        }
        buckets
    }

    fn add(&mut self, bound: f64, values: &[f64]) {
        let at = self.bounds.partition_point(|known| *known < bound);
        if self.bounds.get(at) != Some(&bound) {
            self.bounds.insert(at, bound);
            self.counts.insert(at, vec![f64::NAN; values.len()]);
        }
        for (count, value) in self.counts[at].iter_mut().zip(values).filter(|(_, value)| value.is_finite()) {
            *count = if count.is_finite() { *count + value } else { *value };
        }
    }

    /// How many observations each bucket holds over the whole window.
    pub fn totals(&self) -> Vec<f64> {
        self.counts.iter().map(|counts| sampled(counts).sum()).collect()
    }

    /// How many observations there are in the whole window.
    pub fn count(&self) -> f64 {
        self.totals().iter().sum()
    }

    /// An estimate of the value below which a part of the observations lies, `part` being 0.5 for the median.
    /// `None` where there are none.
    ///
    /// Within a bucket, observations are taken to be spread evenly, and those beyond the last finite bound to lie at
    /// it: show the value as estimated. The server makes the same estimate.
    pub fn quantile(&self, part: f64) -> Option<f64> {
        let totals = self.totals();
        let wanted = part.clamp(0.0, 1.0) * totals.iter().sum::<f64>();
        let (mut below, mut floor, mut found) = (0.0, 0.0, None);
        for (bound, total) in self.bounds.iter().zip(totals) {
            let ceiling = if bound.is_finite() { *bound } else { floor };
            if total > 0.0 && found.is_none() && below + total >= wanted {
                let inside = ((wanted - below) / total).clamp(0.0, 1.0);
                found = Some(floor + (ceiling - floor) * inside);
            }
            below += total;
            floor = ceiling;
        }
        found
    }

    /// The buckets from the first to the last that hold anything: those worth showing.
    pub fn occupied(&self) -> Option<std::ops::RangeInclusive<usize>> {
        let totals = self.totals();
        let first = totals.iter().position(|total| *total > 0.0)?;
        let last = totals.iter().rposition(|total| *total > 0.0)?;
        Some(first..=last)
    }
}
