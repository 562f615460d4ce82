//! Asks for a metric that its manifest does not name.

use inferno_plugin::{
    Analyzer,
    analyzer::{AnalysisError, Opportunity},
    metrics::{Frame, Query},
};

struct ForeignQuery;

inferno_plugin::analyzer!(ForeignQuery);

impl Analyzer for ForeignQuery {
    fn queries() -> Vec<Query> {
        vec![Query::last("inferno_process_resident_memory_bytes", 60, 1)]
    }

    fn analyze(_: &[Frame]) -> Result<Vec<Opportunity>, AnalysisError> {
        Ok(Vec::new())
    }
}
