//! Where calls that may block are made: on threads of their own, and only so many at a time.
//!
//! Three pools, so that a slow registry holds up no widget, a slow widget no installation, and neither of them a conversation. A
//! full pool is an answer after a short wait, never an endless one.

use std::{sync::Arc, thread, time::Duration};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task, time,
};

use crate::{
    error::ApiError,
    seam::{Problem, ProblemKind},
};

/// How long a request waits for a place.
const PATIENCE: Duration = Duration::from_secs(5);
/// Requests that may ask a registry at the same time; they mostly wait for it.
const OUTSIDE: usize = 8;

/// The places for calls that may block.
#[derive(Debug, Clone)]
pub(crate) struct Pools {
    components: Arc<Semaphore>,
    outside: Arc<Semaphore>,
    texts: Arc<Semaphore>,
}

impl Pools {
    pub(crate) fn new() -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        // One core is left for what is served meanwhile.
        let components = Arc::new(Semaphore::new(cores.saturating_sub(1).max(1)));
        let [outside, texts] = [OUTSIDE, cores].map(|places| Arc::new(Semaphore::new(places)));
        Self { components, outside, texts }
    }

    /// Calls a component.
    pub(crate) async fn component<T: Send + 'static>(
        &self,
        call: impl FnOnce() -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, ApiError> {
        let place = place(&self.components).await?;
        run(place, call).await
    }

    /// Asks somebody who may take a while: the disk, or another server.
    pub(crate) async fn outside<T: Send + 'static>(
        &self,
        call: impl FnOnce() -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, ApiError> {
        let place = place(&self.outside).await?;
        run(place, call).await
    }

    /// Makes tokens of a text, which takes a core for a while when it is long.
    pub(crate) async fn text<T: Send + 'static>(
        &self,
        call: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let place = place(&self.texts).await?;
        run(place, call).await
    }

    /// A place to call a component, however long it takes to get one.
    pub(crate) async fn component_place(&self) -> OwnedSemaphorePermit {
        Arc::clone(&self.components).acquire_owned().await.expect("the pool is never closed")
    }
}

async fn place(pool: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, Problem> {
    match time::timeout(PATIENCE, Arc::clone(pool).acquire_owned()).await {
        Ok(place) => Ok(place.expect("the pool is never closed")),
        Err(_) => Err(Problem::new(
            ProblemKind::Unavailable { retry_after: PATIENCE },
            "busy",
            "The server is busy with other requests of this kind. Try again in a few seconds.",
        )),
    }
}

async fn run<T: Send + 'static, E: Into<ApiError> + Send + 'static>(
    place: OwnedSemaphorePermit,
    call: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, ApiError> {
    // The place is held until the call ends, also when the client hangs up before.
    let called = task::spawn_blocking(move || {
        let _place = place;
        call()
    });
    match called.await {
        Ok(result) => result.map_err(Into::into),
        Err(panicked) => Err(ApiError::internal(&panicked)),
    }
}
