//! What analyzers found, and since when.
//!
//! A finding is the same one as long as the same analyzer gives it the same id. One that is no longer found stays for as
//! long as its prediction reaches, so that what was predicted can be held against what came; its `last_seen` says that it
//! is over.

use std::{
    cmp::Reverse,
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use inferno_http::api::opportunity::FoundOpportunity;
use inferno_insight::Opportunity;

/// The longest that a finding stays after it was last found, whatever it predicts: an hour.
const LONGEST: u64 = 3_600_000;

/// By analyzer and id.
type Key = (String, String);

/// All findings.
#[derive(Debug, Default)]
pub(crate) struct Findings(Mutex<BTreeMap<Key, FoundOpportunity>>);

impl Findings {
    /// Takes in what an analyzer found at this moment.
    pub(super) fn found(&self, analyzer: &str, found: Vec<Opportunity>, now: u64) {
        let mut all = self.lock();
        for opportunity in found {
            let key = (analyzer.to_owned(), opportunity.id.clone());
            let first_seen = all.get(&key).map_or(now, |known| known.first_seen);
            let analyzer = analyzer.to_owned();
            all.insert(key, FoundOpportunity { analyzer, first_seen, last_seen: now, opportunity });
        }
    }

    /// Forgets what is over, and everything of analyzers that are not among `present`.
    pub(super) fn tidy(&self, present: &[String], now: u64) {
        self.lock().retain(|(analyzer, _), known| {
            let reach = u64::from(known.opportunity.prediction.within_seconds) * 1_000;
            present.contains(analyzer) && now.saturating_sub(known.last_seen) <= reach.min(LONGEST)
        });
    }

    /// All of them, worst first, and of equals the one that was found last.
    pub(super) fn list(&self) -> Vec<FoundOpportunity> {
        let mut all: Vec<_> = self.lock().values().cloned().collect();
        let rank = |found: &FoundOpportunity| (found.opportunity.severity, found.last_seen, found.first_seen);
        all.sort_by_key(|found| Reverse(rank(found)));
        all
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Key, FoundOpportunity>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use inferno_insight::{Action, Direction, Evidence, Prediction, Severity, Unit};

    use super::*;

    fn opportunity(id: &str, severity: Severity) -> Opportunity {
        let evidence = Evidence { statement: "s".into(), metric: "m".into(), value: 1.0, unit: Unit::Count };
        let (metric, direction) = ("m".into(), Direction::Decrease);
        Opportunity {
            id: id.into(),
            severity,
            title: id.into(),
            evidence: vec![evidence],
            prediction: Prediction { metric, direction, at_least: 0.1, within_seconds: 60 },
            action: Action::Investigate("it".into()),
        }
    }

    fn shown(findings: &Findings) -> Vec<String> {
        let line = |f: FoundOpportunity| {
            format!("{} {} {}-{}", f.analyzer, f.opportunity.id, f.first_seen, f.last_seen)
        };
        findings.list().into_iter().map(line).collect()
    }

    #[test]
    fn a_finding_is_known_by_its_id_and_stays_as_long_as_its_prediction() {
        let findings = Findings::default();
        let present = ["a/a".to_owned(), "b/b".to_owned()];
        findings.found("a/a", vec![opportunity("x", Severity::Low), opportunity("y", Severity::High)], 1_000);
        findings.found("b/b", vec![opportunity("x", Severity::Low)], 2_000);
        findings.found("a/a", vec![opportunity("x", Severity::Medium)], 11_000);
        findings.tidy(&present, 11_000);
        assert_eq!(shown(&findings), ["a/a y 1000-1000", "a/a x 1000-11000", "b/b x 2000-2000"]);
        findings.tidy(&present, 61_001);
        assert_eq!(shown(&findings), ["a/a x 1000-11000", "b/b x 2000-2000"], "the first prediction is over");
        findings.tidy(&present[..1], 61_001);
        assert_eq!(shown(&findings), ["a/a x 1000-11000"], "b/b is gone");
    }
}
