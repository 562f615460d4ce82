//! Opportunities as text, so that a test can say in a few lines what it expects.

use std::fmt::Write as _;

use super::word;
use crate::analyzer::{Action, Direction, Opportunity};

/// A few lines for each finding: what it is, why, what is foretold, and what to do. Empty where nothing was found.
pub fn findings(found: &[Opportunity]) -> String {
    let mut text = String::new();
    for opportunity in found {
        let Opportunity { id, severity, title, evidence, prediction, action } = opportunity;
        let severity = word(severity);
        let _ = writeln!(text, "{id} ({severity}): {title}");
        for evidence in evidence {
            let _ = writeln!(text, "  {} = {}: {}", evidence.metric, evidence.value, evidence.statement);
        }
        let way = match prediction.direction {
            Direction::Increase => "rises",
            Direction::Decrease => "falls",
        };
        let part = prediction.at_least * 100.0;
        let _ = writeln!(
            text,
            "  then {} {way} by {part:.0} % within {} s",
            prediction.metric, prediction.within_seconds
        );
        let _ = match action {
            Action::Configure(setting) => {
                writeln!(text, "  set {} = {} (now {})", setting.key, setting.value, setting.current)
            }
            Action::Investigate(what) => writeln!(text, "  look at {what}"),
        };
    }
    text
}
