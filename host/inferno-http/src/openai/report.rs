//! A generation, followed from its request's arrival to its end, and told to whoever counts.
//!
//! Owns when the clock starts and that every accepted request is told exactly once, also when its client leaves.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use inferno_engine::{EventKind, EventStream, RequestFault, SubmitError};
use inferno_types::{Generation, GenerationEnd, ModelId, Operation};

use crate::{HttpObserver, ServedModel, Server};

/// What will be told.
pub(super) struct Report {
    observer: Arc<dyn HttpObserver>,
    model: ModelId,
    operation: Operation,
    arrived: Instant,
}

/// The events of an accepted request, and what will be told when they end.
pub(super) struct Events {
    events: EventStream,
    report: Report,
    /// From the request's arrival until the engine took it, where its own times begin.
    before: Duration,
    told: bool,
}

impl Report {
    pub(super) fn new(server: &Server, model: &ServedModel, operation: Operation, arrived: Instant) -> Self {
        Self { observer: Arc::clone(&server.seams.observer), model: model.id.clone(), operation, arrived }
    }

    /// Waits for the engine to take the request.
    pub(super) async fn follow(
        self,
        submitted: impl Future<Output = Result<EventStream, SubmitError>>,
    ) -> Result<Events, SubmitError> {
        let events = submitted.await?;
        let before = self.arrived.elapsed();
        Ok(Events { events, report: self, before, told: false })
    }

    fn tell(&self, took: Duration, end: GenerationEnd) {
        self.observer.generated(&Generation { operation: self.operation, model: &self.model, took, end });
    }
}

impl Events {
    /// The next event, as from [`EventStream::next`].
    pub(super) async fn next(&mut self) -> Option<EventKind> {
        let event = self.events.next().await;
        self.note(event.as_ref());
        event
    }

    /// The next event, as from [`EventStream::poll_next`].
    pub(super) fn poll_next(
        &mut self,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<EventKind>> {
        self.events.poll_next(context).map(|event| {
            self.note(event.as_ref());
            event
        })
    }

    fn note(&mut self, event: Option<&EventKind>) {
        let (took, end) = match event {
            Some(EventKind::Token(_)) => return,
            Some(EventKind::Finished { usage, timings, .. }) => {
                let first_token = self.before + timings.first_token;
                let end = GenerationEnd::Answered { first_token, tokens: usage.completion_tokens };
                (self.before + timings.total, end)
            }
            Some(EventKind::Failed(fault)) => {
                (self.report.arrived.elapsed(), GenerationEnd::Error(word(fault)))
            }
            None => (self.report.arrived.elapsed(), GenerationEnd::Error("engine")),
        };
        self.tell(took, end);
    }

    fn tell(&mut self, took: Duration, end: GenerationEnd) {
        if !std::mem::replace(&mut self.told, true) {
            self.report.tell(took, end);
        }
    }
}

impl Drop for Events {
    /// What has not ended by now was given up by its client.
    fn drop(&mut self) {
        self.tell(self.report.arrived.elapsed(), GenerationEnd::Error("cancelled"));
    }
}

/// A fault in one word.
fn word(fault: &RequestFault) -> &'static str {
    match fault {
        RequestFault::NoPossibleToken => "no_possible_token",
        RequestFault::Engine { .. } => "engine",
        RequestFault::ShuttingDown => "shutting_down",
        RequestFault::NotRead => "not_read",
        RequestFault::DeadlinePassed => "deadline_exceeded",
    }
}
