//! Analyzers: the trait, what they find, and how they become a component's export.
//!
//! Owns the contract's records of an opportunity. Refuses to judge one: whether its evidence is about what was asked
//! for is the host's to check, and whether its prediction comes true, time's.

pub use crate::bindings::analyzer::exports::inferno::plugin::analysis::{
    Action, AnalysisError, Direction, Evidence, Opportunity, Prediction, Setting, Severity,
};

use crate::{
    bindings::analyzer::exports::inferno::plugin::analysis::Guest,
    metrics::{Frame, Query, Unit},
};

/// Reads metrics and finds what could be better.
///
/// The host makes each call on a fresh instance, so an analyzer keeps nothing between calls.
pub trait Analyzer {
    /// The data that it needs. Metrics that `inferno.toml` does not name are refused by the host.
    fn queries() -> Vec<Query>;

    /// Looks for opportunities in the answers to the queries, in their order; there are as many as queries. Most often
    /// there are none.
    ///
    /// # Errors
    /// [`AnalysisError::Data`] when the frames are not what was asked for, [`AnalysisError::Internal`] when the analyzer
    /// finds itself in a state that it holds to be impossible.
    fn analyze(frames: &[Frame]) -> Result<Vec<Opportunity>, AnalysisError>;
}

impl<A: Analyzer> Guest for A {
    fn queries() -> Vec<Query> {
        #[cfg(target_arch = "wasm32")]
        crate::log::through(crate::widget::sink);
        <A as Analyzer>::queries()
    }

    fn analyze(frames: Vec<Frame>) -> Result<Vec<Opportunity>, AnalysisError> {
        #[cfg(target_arch = "wasm32")]
        crate::log::through(crate::widget::sink);
        let (asked, given) = (<A as Analyzer>::queries().len(), frames.len());
        if given != asked {
            return Err(AnalysisError::Data(format!(
                "{asked} frames were asked for, and {given} were given"
            )));
        }
        <A as Analyzer>::analyze(&frames)
    }
}

/// The id of a finding about one model: the same for the same finding, and made of the letters that ids have.
pub fn id(finding: &str, model: &str) -> String {
    let mut id = format!("{finding}-");
    for letter in model.chars() {
        let letter = if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' };
        if !(letter == '-' && id.ends_with('-')) {
            id.push(letter);
        }
    }
    id.truncate(MAX_ID);
    id.truncate(id.trim_end_matches('-').len());
    id
}

/// The longest id that the host takes, in bytes.
const MAX_ID: usize = 64;

impl Evidence {
    /// A statement about a metric, with the value that was seen.
    pub fn new(statement: impl Into<String>, metric: &str, value: f64, unit: Unit) -> Self {
        Self { statement: statement.into(), metric: metric.to_owned(), value, unit }
    }
}

impl Prediction {
    /// The metric will fall by at least that part of what it is now.
    pub fn decrease(metric: &str, at_least: f64, within_seconds: u32) -> Self {
        let direction = Direction::Decrease;
        Self { metric: metric.to_owned(), direction, at_least, within_seconds }
    }

    /// The metric will grow by at least that part of what it is now.
    pub fn increase(metric: &str, at_least: f64, within_seconds: u32) -> Self {
        let direction = Direction::Increase;
        Self { metric: metric.to_owned(), direction, at_least, within_seconds }
    }
}

/// Exports an [`Analyzer`] from the component that this crate becomes. Exports nothing on other targets than
/// WebAssembly, where the crate is an ordinary library.
#[macro_export]
macro_rules! analyzer {
    ($analyzer:ident) => {
        #[cfg(target_arch = "wasm32")]
        $crate::__private::analyzer::export_analyzer!($analyzer with_types_in $crate::__private::analyzer);

        // Elsewhere the analyzer counts as used, and must still be one.
        #[cfg(not(target_arch = "wasm32"))]
        const _: fn() -> Vec<$crate::metrics::Query> = <$analyzer as $crate::Analyzer>::queries;
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Silent;

    impl Analyzer for Silent {
        fn queries() -> Vec<Query> {
            vec![Query::last("m", 60, 1)]
        }

        fn analyze(_: &[Frame]) -> Result<Vec<Opportunity>, AnalysisError> {
            Ok(Vec::new())
        }
    }

    #[test]
    fn frames_are_counted_before_the_analyzer_sees_them() {
        let refused = <Silent as Guest>::analyze(Vec::new());
        let expected = AnalysisError::Data("1 frames were asked for, and 0 were given".to_owned());
        assert_eq!(refused, Err(expected));
    }

    #[test]
    fn ids_are_made_of_what_ids_may_be_made_of() {
        for (model, expected) in [
            ("demo", "queue-demo"),
            ("SmolLM2-135M-Instruct.Q4_1", "queue-smollm2-135m-instruct-q4-1"),
            ("...", "queue"),
            ("ü/é", "queue"),
        ] {
            assert_eq!(id("queue", model), expected);
        }
        assert_eq!(id("queue", &"x".repeat(100)).len(), MAX_ID);
    }
}
