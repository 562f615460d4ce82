//! The receiving end of one request.

use std::task::{Context, Poll};

use inferno_types::RequestId;
use tokio::sync::mpsc;

use crate::EventKind;

/// The events of one request. Dropping it cancels the request before the engine's next step.
#[derive(Debug)]
pub struct EventStream {
    pub(super) request: RequestId,
    pub(super) events: mpsc::Receiver<EventKind>,
}

impl EventStream {
    /// Whose events these are.
    pub fn request(&self) -> RequestId {
        self.request
    }

    /// The next event; `None` after [`EventKind::Finished`] or [`EventKind::Failed`], one of which always comes.
    /// Cancel safe.
    pub async fn next(&mut self) -> Option<EventKind> {
        self.events.recv().await
    }

    /// [`EventStream::next`] for those who implement a stream.
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<EventKind>> {
        self.events.poll_recv(context)
    }
}
