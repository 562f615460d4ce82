//! A measured figure, and how figures are printed.

use serde::Serialize;

/// Samples of one quantity, in rounds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Samples(Vec<f64>);

impl Samples {
    /// Of what does not vary.
    pub(crate) fn once(sample: f64) -> Self {
        Self(vec![sample])
    }

    pub(crate) fn push(&mut self, sample: f64) {
        self.0.push(sample);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// There must be one.
    pub(crate) fn median(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let half = sorted.len() / 2;
        // Of an even number the mean of the two in the middle: the larger of them would flatter one side.
        if sorted.len().is_multiple_of(2) {
            f64::midpoint(sorted[half - 1], sorted[half])
        } else {
            sorted[half]
        }
    }

    /// The median of the ratios, round by round: what drifts from round to round cancels out.
    pub(crate) fn ratio(&self, peer: &Self) -> f64 {
        Self(self.0.iter().zip(&peer.0).map(|(a, b)| a / b).collect()).median()
    }

    /// `(max − min) / median`.
    fn spread(&self) -> f64 {
        let (min, max) = self.0.iter().fold((f64::INFINITY, 0.0_f64), |(lo, hi), x| (lo.min(*x), hi.max(*x)));
        (max - min) / self.median()
    }
}

/// One line of a benchmark.
#[derive(Debug, Serialize)]
pub(crate) struct Figure {
    suite: &'static str,
    case: String,
    value: f64,
    unit: &'static str,
    /// Whom it stands beside; absent where the peer is not on this machine.
    #[serde(flatten)]
    beside: Option<Beside>,
    runs: usize,
    /// `(max − min) / median` of our samples.
    spread: f64,
    provenance: &'static str,
}

/// What a figure stands beside.
#[derive(Debug, Serialize)]
struct Beside {
    peer: String,
    peer_value: f64,
    /// Ours divided by the peer's, as the median over the rounds.
    ratio: f64,
}

impl Figure {
    /// A figure of ours beside a peer's.
    pub(crate) fn measured(
        suite: &'static str,
        case: impl Into<String>,
        unit: &'static str,
        ours: &Samples,
        peer: impl Into<String>,
        theirs: &Samples,
    ) -> Self {
        let beside = Beside { peer: peer.into(), peer_value: theirs.median(), ratio: ours.ratio(theirs) };
        Self { beside: Some(beside), ..Self::alone(suite, case, unit, ours) }
    }

    /// A figure of ours without a peer.
    pub(crate) fn alone(
        suite: &'static str,
        case: impl Into<String>,
        unit: &'static str,
        ours: &Samples,
    ) -> Self {
        Self {
            suite,
            case: case.into(),
            value: ours.median(),
            unit,
            beside: None,
            runs: ours.0.len(),
            spread: ours.spread(),
            provenance: "measured",
        }
    }

    /// The same, beside a limit that was not run but follows from one that was: measured bandwidth or peak, divided
    /// by what a token costs on paper.
    pub(crate) fn beside_an_estimate(self) -> Self {
        Self { provenance: "measured; the limit is estimated from a measured one", ..self }
    }
}

/// Prints figures: a table for people, or a JSON object a line for programs.
pub(crate) fn print(figures: &[Figure], json: bool) {
    if json {
        for figure in figures {
            println!("{}", serde_json::to_string(figure).expect("figures are plain values"));
        }
        return;
    }
    let width = figures.iter().map(|f| f.case.len()).max().unwrap_or_default();
    let peers =
        figures.iter().filter_map(|f| f.beside.as_ref()).map(|b| b.peer.len()).max().unwrap_or_default();
    for f in figures {
        let beside = f.beside.as_ref().map_or_else(String::new, |b| {
            format!("   {:peers$} {:>10}   ratio {:6.3}", b.peer, shown(b.peer_value), b.ratio)
        });
        println!(
            "{:width$}  {:>10} {:6} ± {:4.1} %{beside}   ({} round{}, {})",
            f.case,
            shown(f.value),
            f.unit,
            f.spread * 50.0,
            f.runs,
            if f.runs == 1 { "" } else { "s" },
            f.provenance
        );
    }
}

/// As many digits as say something.
fn shown(value: f64) -> String {
    if value.abs() < 100.0 { format!("{value:.2}") } else { format!("{value:.1}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_lies_in_the_middle() {
        for (samples, median) in [(&[3.0][..], 3.0), (&[4.0, 1.0], 2.5), (&[9.0, 1.0, 2.0], 2.0)] {
            assert_eq!(Samples(samples.to_vec()).median(), median, "{samples:?}");
        }
    }
}
