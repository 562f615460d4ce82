//! Asks for what its manifest names, and brings evidence about something else.

use inferno_plugin::{
    Analyzer,
    analyzer::{Action, AnalysisError, Evidence, Opportunity, Prediction, Severity},
    metrics::{Frame, Query, Unit},
};

struct ForeignEvidence;

inferno_plugin::analyzer!(ForeignEvidence);

impl Analyzer for ForeignEvidence {
    fn queries() -> Vec<Query> {
        vec![Query::last("inferno_requests_waiting", 60, 1)]
    }

    fn analyze(_: &[Frame]) -> Result<Vec<Opportunity>, AnalysisError> {
        let memory = "inferno_process_resident_memory_bytes";
        Ok(vec![Opportunity {
            id: "memory".to_owned(),
            severity: Severity::High,
            title: "The server takes too much memory".to_owned(),
            evidence: vec![Evidence::new("so much of it", memory, 1e12, Unit::Bytes)],
            prediction: Prediction::decrease("inferno_requests_waiting", 0.5, 60),
            action: Action::Investigate("the server".to_owned()),
        }])
    }
}
