//! What an analyzer found, and the checks that it passes before anybody sees it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Unit;

/// The most findings of one call.
const MAX_FOUND: usize = 50;
/// The most pieces of evidence of one finding.
const MAX_EVIDENCE: usize = 20;
/// The longest text, in bytes.
const MAX_TEXT: usize = 500;

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Good to know.
    Info,
    /// Little is lost.
    Low,
    /// Users notice.
    Medium,
    /// Requests wait or fail.
    High,
}

/// A statement about the window that anybody can check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Evidence {
    /// In words.
    pub statement: String,
    /// The metric that it is about.
    pub metric: String,
    /// The value that was seen.
    pub value: f64,
    /// Its unit.
    pub unit: Unit,
}

/// Which way a metric is to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Up.
    Increase,
    /// Down.
    Decrease,
}

/// What will be seen when the action is taken. It can turn out false.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Prediction {
    /// The metric that will change.
    pub metric: String,
    /// Which way.
    pub direction: Direction,
    /// By how much at least, as a part of the value now: 0.1 is a tenth.
    pub at_least: f64,
    /// How soon.
    pub within_seconds: u32,
}

/// A change of the server's configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SettingChange {
    /// The key, such as `engine.kv_positions`.
    pub key: String,
    /// What it should be.
    pub value: String,
    /// What it seems to be.
    pub current: String,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "tag", content = "val", rename_all = "kebab-case")]
pub enum Action {
    /// Change a setting.
    Configure(SettingChange),
    /// Look at something; the text says at what.
    Investigate(String),
}

/// Something that could be better.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Opportunity {
    /// Stable over time, in kebab-case: the same finding has the same id.
    pub id: String,
    /// How much it matters.
    pub severity: Severity,
    /// In one line.
    pub title: String,
    /// Why one should believe it.
    pub evidence: Vec<Evidence>,
    /// How one can tell whether it was right.
    pub prediction: Prediction,
    /// What to do.
    pub action: Action,
}

/// Checks what an analyzer returned: counts, sizes, numbers, ids, and that it speaks only of metrics in `asked`.
///
/// # Errors
/// The first defect.
pub fn check_opportunities(found: &[Opportunity], asked: &[String]) -> Result<(), OpportunityDefect> {
    if found.len() > MAX_FOUND {
        return Err(OpportunityDefect::TooMany { what: "findings", found: found.len(), limit: MAX_FOUND });
    }
    for (at, opportunity) in found.iter().enumerate() {
        check_one(opportunity, asked)?;
        if found[..at].iter().any(|earlier| earlier.id == opportunity.id) {
            return Err(OpportunityDefect::Twice { id: opportunity.id.clone() });
        }
    }
    Ok(())
}

fn check_one(opportunity: &Opportunity, asked: &[String]) -> Result<(), OpportunityDefect> {
    let Opportunity { id, title, evidence, prediction, action, .. } = opportunity;
    let kebab = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    if id.is_empty() || id.len() > 64 || !id.bytes().all(kebab) {
        return Err(OpportunityDefect::Id);
    }
    if evidence.is_empty() {
        return Err(OpportunityDefect::NoEvidence { id: id.clone() });
    }
    if evidence.len() > MAX_EVIDENCE {
        return Err(OpportunityDefect::TooMany {
            what: "pieces of evidence",
            found: evidence.len(),
            limit: MAX_EVIDENCE,
        });
    }
    let texts: Vec<&String> = match action {
        Action::Configure(SettingChange { key, value, current }) => vec![title, key, value, current],
        Action::Investigate(text) => vec![title, text],
    };
    let longest =
        texts.into_iter().chain(evidence.iter().map(|e| &e.statement)).map(String::len).max().unwrap_or(0);
    if longest > MAX_TEXT {
        return Err(OpportunityDefect::Text { found: longest });
    }
    let sane = prediction.at_least.is_finite() && prediction.at_least > 0.0 && prediction.within_seconds > 0;
    if !sane || evidence.iter().any(|e| !e.value.is_finite()) {
        return Err(OpportunityDefect::Number { id: id.clone() });
    }
    let metrics = evidence.iter().map(|e| &e.metric).chain([&prediction.metric]);
    match metrics.into_iter().find(|metric| !asked.contains(metric)) {
        Some(metric) => Err(OpportunityDefect::Foreign { metric: metric.chars().take(128).collect() }),
        None => Ok(()),
    }
}

/// Why findings are refused, all of them: an analyzer that gets one wrong is not to be believed in the others.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpportunityDefect {
    /// Too much of something.
    #[error("there are {found} {what}, and at most {limit} are allowed")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many.
        found: usize,
        /// How many are allowed.
        limit: usize,
    },
    /// The id is none.
    #[error("an id of a finding has 1 to 64 lower-case letters, digits and `-`")]
    Id,
    /// Two findings with one id.
    #[error("two findings have the id `{id}`")]
    Twice {
        /// The id.
        id: String,
    },
    /// Nothing to believe it by.
    #[error("the finding `{id}` brings no evidence")]
    NoEvidence {
        /// The finding.
        id: String,
    },
    /// A text is too long.
    #[error("a text of {found} bytes is longer than the {MAX_TEXT} that are allowed")]
    Text {
        /// Its length.
        found: usize,
    },
    /// A number that is none, or a prediction of nothing.
    #[error("the finding `{id}` has a number that is not finite, or predicts nothing")]
    Number {
        /// The finding.
        id: String,
    },
    /// It speaks of what it did not ask for.
    #[error("it speaks of the metric {metric:?}, which it did not ask for")]
    Foreign {
        /// The metric.
        metric: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding() -> Opportunity {
        let evidence = Evidence {
            statement: "three requests wait".into(),
            metric: "waiting".into(),
            value: 3.0,
            unit: Unit::Requests,
        };
        let prediction = Prediction {
            metric: "waiting".into(),
            direction: Direction::Decrease,
            at_least: 0.5,
            within_seconds: 60,
        };
        let action = Action::Investigate("the queue".into());
        Opportunity {
            id: "queue".into(),
            severity: Severity::High,
            title: "Requests wait".into(),
            evidence: vec![evidence],
            prediction,
            action,
        }
    }

    #[track_caller]
    fn check(change: impl FnOnce(&mut Opportunity), expected: &str) {
        let mut changed = finding();
        change(&mut changed);
        let result = check_opportunities(&[changed], &["waiting".to_owned()]);
        assert_eq!(result.map_or_else(|defect| defect.to_string(), |()| "fine".to_owned()), expected);
    }

    #[test]
    fn defects_have_their_own_words() {
        check(|_| {}, "fine");
        check(
            |o| o.id = "Queue!".into(),
            "an id of a finding has 1 to 64 lower-case letters, digits and `-`",
        );
        check(|o| o.evidence.clear(), "the finding `queue` brings no evidence");
        check(|o| o.title = "x".repeat(501), "a text of 501 bytes is longer than the 500 that are allowed");
        let number = "the finding `queue` has a number that is not finite, or predicts nothing";
        check(|o| o.evidence[0].value = f64::NAN, number);
        check(|o| o.prediction.at_least = 0.0, number);
        check(
            |o| o.prediction.metric = "secrets".into(),
            "it speaks of the metric \"secrets\", which it did not ask for",
        );
        let twice = check_opportunities(&[finding(), finding()], &["waiting".to_owned()]);
        assert_eq!(twice, Err(OpportunityDefect::Twice { id: "queue".into() }));
    }
}
