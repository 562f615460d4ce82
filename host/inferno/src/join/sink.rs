//! What the engine reports, counted by telemetry.

use inferno_engine::{EventSink, Observation};
use inferno_telemetry::{EngineMetrics, RequestEnd};

pub(crate) struct Sink(pub(crate) EngineMetrics);

impl EventSink for Sink {
    fn observe(&self, observation: &Observation<'_>) {
        match observation {
            Observation::Queued { prompt_tokens, .. } => self.0.prompt_tokens(*prompt_tokens as usize),
            Observation::FirstToken { after, .. } => self.0.first_token(*after),
            Observation::Token { after, .. } => self.0.next_token(*after),
            Observation::Finished { reason, timings, .. } => {
                self.0.ended(RequestEnd::Finished(*reason), Some(timings.total));
            }
            Observation::Failed { .. } => self.0.ended(RequestEnd::Failed, None),
            Observation::Cancelled { .. } => self.0.ended(RequestEnd::Cancelled, None),
            Observation::Started { queued, .. } => self.0.started(*queued),
            Observation::PrefixReused { .. }
            | Observation::Preempted { .. }
            | Observation::Resumed { .. } => {}
            Observation::Expired { .. } => self.0.ended(RequestEnd::Expired, None),
            Observation::Step { duration, prefill_tokens, .. } => {
                self.0.step(*duration, *prefill_tokens as usize);
            }
        }
    }
}
