//! A window of a metric that is asked for.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The longest window, in seconds: what is kept.
const MAX_WINDOW: u32 = 86_400;
/// The most steps in a window: more than a chart has pixels to show.
const MAX_STEPS: u32 = 1_000;
/// The longest name of a metric, in bytes.
const MAX_NAME: usize = 128;

/// How the samples of one step become one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Aggregate {
    /// The last sample. For gauges.
    Last,
    /// The mean of the samples. For gauges.
    Mean,
    /// The largest sample. For gauges.
    Max,
    /// The growth of a counter, or of each bucket of a histogram, per second.
    Rate,
    /// The growth of a counter, or of each bucket of a histogram.
    Increase,
}

/// A window of a metric that ends now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Query {
    /// The name, such as `inferno_generation_tokens_total`.
    pub metric: String,
    /// How samples become values.
    pub aggregate: Aggregate,
    /// The length of the window, 1 to 86,400.
    pub window_seconds: u32,
    /// The length of a step, 1 to the window's. A window has at most 1,000 steps.
    pub step_seconds: u32,
}

impl Query {
    /// Whether its bounds are kept. Whether there is such a metric is telemetry's to know.
    ///
    /// # Errors
    /// The bound that is not.
    pub fn check(&self) -> Result<(), InvalidQuery> {
        let name = &self.metric;
        let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_';
        if name.is_empty() || name.len() > MAX_NAME || !name.bytes().all(plain) {
            return Err(InvalidQuery::Name { found: name.chars().take(40).collect() });
        }
        if !(1..=MAX_WINDOW).contains(&self.window_seconds) {
            return Err(InvalidQuery::Window { found: self.window_seconds });
        }
        if !(1..=self.window_seconds).contains(&self.step_seconds) {
            return Err(InvalidQuery::Step { found: self.step_seconds, window: self.window_seconds });
        }
        match self.steps() {
            steps if steps > MAX_STEPS => Err(InvalidQuery::Steps { found: steps }),
            _ => Ok(()),
        }
    }

    /// How many steps the window has; the oldest may reach beyond it.
    pub fn steps(&self) -> u32 {
        self.window_seconds.div_ceil(self.step_seconds.max(1))
    }
}

/// Why a query is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidQuery {
    /// The name is no metric's.
    #[error("{found:?} is no name of a metric: use lower-case letters, digits and `_`")]
    Name {
        /// Its beginning.
        found: String,
    },
    /// The window is empty or longer than what is kept.
    #[error("a window has 1 to {MAX_WINDOW} seconds, not {found}")]
    Window {
        /// The window.
        found: u32,
    },
    /// The step is empty or longer than the window.
    #[error("a step has 1 to {window} seconds, as many as the window, not {found}")]
    Step {
        /// The step.
        found: u32,
        /// The window.
        window: u32,
    },
    /// Too fine.
    #[error("a window has at most {MAX_STEPS} steps, and this has {found}; ask for longer steps")]
    Steps {
        /// How many.
        found: u32,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(metric: &str, window_seconds: u32, step_seconds: u32) -> String {
        let query =
            Query { metric: metric.to_owned(), aggregate: Aggregate::Last, window_seconds, step_seconds };
        query.check().map_or_else(|error| error.to_string(), |()| format!("{} steps", query.steps()))
    }

    #[test]
    fn bounds_of_a_query() {
        assert_eq!(check("m_1", 60, 1), "60 steps");
        assert_eq!(check("m", 61, 60), "2 steps");
        assert_eq!(check("m", 86_400, 87), "994 steps");
        insta::assert_snapshot!(check("a b", 60, 1), @r#""a b" is no name of a metric: use lower-case letters, digits and `_`"#);
        insta::assert_snapshot!(check("m", 0, 1), @"a window has 1 to 86400 seconds, not 0");
        insta::assert_snapshot!(check("m", 60, 61), @"a step has 1 to 60 seconds, as many as the window, not 61");
        insta::assert_snapshot!(check("m", 60, 0), @"a step has 1 to 60 seconds, as many as the window, not 0");
        insta::assert_snapshot!(check("m", 3600, 1), @"a window has at most 1000 steps, and this has 3600; ask for longer steps");
    }
}
