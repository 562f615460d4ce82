//! What an analyzer found.

use inferno_insight::{Action, Direction, Evidence, Opportunity, Prediction, SettingChange, Severity};

use super::unit;
use crate::bindings::analyzer::analysis as wit;

pub(crate) fn opportunities(found: Vec<wit::Opportunity>) -> Vec<Opportunity> {
    found.into_iter().map(opportunity).collect()
}

fn opportunity(opportunity: wit::Opportunity) -> Opportunity {
    let wit::Opportunity { id, severity, title, evidence, prediction, action } = opportunity;
    Opportunity {
        id,
        severity: match severity {
            wit::Severity::Info => Severity::Info,
            wit::Severity::Low => Severity::Low,
            wit::Severity::Medium => Severity::Medium,
            wit::Severity::High => Severity::High,
        },
        title,
        evidence: evidence.into_iter().map(one_piece).collect(),
        prediction: prediction_of(prediction),
        action: match action {
            wit::Action::Configure(wit::Setting { key, value, current }) => {
                Action::Configure(SettingChange { key, value, current })
            }
            wit::Action::Investigate(what) => Action::Investigate(what),
        },
    }
}

fn one_piece(evidence: wit::Evidence) -> Evidence {
    let wit::Evidence { statement, metric, value, unit: of } = evidence;
    Evidence { statement, metric, value, unit: unit(of) }
}

fn prediction_of(prediction: wit::Prediction) -> Prediction {
    let wit::Prediction { metric, direction, at_least, within_seconds } = prediction;
    let direction = match direction {
        wit::Direction::Increase => Direction::Increase,
        wit::Direction::Decrease => Direction::Decrease,
    };
    Prediction { metric, direction, at_least, within_seconds }
}
