//! A batch that grew past what brings anything: every answer is slower, and no more tokens come.
//!
//! Owns that finding. Refuses to propose a setting: how many requests come at once is the clients' choice.

use inferno_plugin::{
    analyzer::{Action, Evidence, Opportunity, Prediction, Severity},
    metrics::Unit,
    text::decimal,
};

use crate::{CAUTION, GENERATED, INTER_TOKEN, scaling::Scaling, window::Window};

/// The exponent up to which a larger batch brings nothing.
const FLAT: f64 = 0.1;
/// How many more must have run: from one to two is not a batch yet.
const MORE: f64 = 2.0;

pub(crate) fn past_its_best(window: &Window, scaling: &Scaling) -> Option<Opportunity> {
    let Scaling { few, many, exponent } = scaling;
    if *exponent > FLAT || many.running < few.running + MORE {
        return None;
    }
    let falls = 1.0 - few.between_tokens() / many.between_tokens();
    let mut evidence: Vec<Evidence> = [few, many]
        .map(|group| {
            let statement = format!(
                "so many tokens per second came in the third of the time in which {} ran",
                decimal(group.running, 1)
            );
            Evidence::new(statement, GENERATED, group.rate, Unit::PerSecond)
        })
        .into();
    evidence.extend(window.between_tokens.map(|seconds| {
        let statement =
            "half of all tokens came within this time after the one before (estimated from buckets)";
        Evidence::new(statement, INTER_TOKEN, seconds, Unit::Seconds)
    }));
    Some(Opportunity {
        id: window.id("batch-past-its-best"),
        severity: Severity::Info,
        title: format!(
            "More requests at once make {:.60} slower for each and no faster for all",
            window.model
        ),
        evidence,
        prediction: Prediction::decrease(INTER_TOKEN, falls * CAUTION, 300),
        action: Action::Investigate(format!(
            "whether clients should send fewer requests at once: {} together got about as many tokens per second \
             as {}",
            decimal(few.running, 0),
            decimal(many.running, 0)
        )),
    })
}
