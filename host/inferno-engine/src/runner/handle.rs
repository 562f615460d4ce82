//! The sending end, for any number of tasks.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use tokio::sync::{mpsc, oneshot, watch};

use super::{
    EngineState, EventStream, RunnerConfig, SubmitError,
    thread::{Command, Published, Worker},
};
use crate::{Engine, EngineStats, Rejected, Request};

/// A running engine. Cheap to clone; when the last clone is dropped the engine completes what it accepted and ends.
#[derive(Debug, Clone)]
pub struct EngineHandle(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    commands: mpsc::Sender<Command>,
    state: watch::Receiver<EngineState>,
    published: watch::Receiver<Published>,
    /// Taken by the first shutdown. Locked for the take only.
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl EngineHandle {
    /// Moves `engine` to a thread named `inferno-engine`.
    ///
    /// # Errors
    /// When the operating system gives no thread.
    pub fn spawn(engine: Engine, config: RunnerConfig) -> io::Result<Self> {
        let (commands, inbox) = mpsc::channel(config.commands.get());
        let (state_out, state) = watch::channel(EngineState::Ready);
        let (published_out, published) = watch::channel(Published::first(&engine));
        let worker = Worker::new(engine, inbox, config.events, state_out, published_out);
        let thread = std::thread::Builder::new().name("inferno-engine".to_owned()).spawn(|| worker.run())?;
        let thread = Mutex::new(Some(thread));
        Ok(Self(Arc::new(Shared { commands, state, published, thread })))
    }

    /// Asks for a completion. Waits at most for the step that is running.
    ///
    /// # Errors
    /// When the engine is full, cannot serve this request, or serves no more.
    pub async fn submit(&self, request: Request) -> Result<EventStream, SubmitError> {
        let (reply, answer) = oneshot::channel();
        self.0.commands.try_send(Command::Submit { request, reply }).map_err(|refused| match refused {
            mpsc::error::TrySendError::Full(_) => self.busy(),
            mpsc::error::TrySendError::Closed(_) => self.gone(),
        })?;
        match answer.await {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(SubmitError::Rejected(Rejected::QueueFull { .. }))) => Err(self.busy()),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(self.gone()),
        }
    }

    /// Whether it takes requests.
    pub fn state(&self) -> EngineState {
        self.0.state.borrow().clone()
    }

    /// Counts as of the last step.
    pub fn stats(&self) -> EngineStats {
        self.0.published.borrow().stats
    }

    /// Takes no more requests, gives the accepted ones (running or waiting) until `drain` has passed, fails the rest
    /// with `RequestFault::ShuttingDown`, and returns when the thread has ended and the engine's memory is free.
    /// An executor that never returns from a batch keeps it waiting. Calling it again can only shorten the time.
    pub async fn shutdown(&self, drain: Duration) {
        let until = Instant::now().checked_add(drain);
        // An error means that it has ended already.
        let _ = self.0.commands.send(Command::Shutdown { until }).await;
        let mut state = self.0.state.clone();
        let _ = state.wait_for(EngineState::is_final).await;
        let thread = self.0.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // Short: announcing the final state is the thread's last act. Its panics were caught and announced.
            let _ = thread.join();
        }
    }

    fn busy(&self) -> SubmitError {
        SubmitError::Busy { retry_after: self.0.published.borrow().retry_after }
    }

    fn gone(&self) -> SubmitError {
        match self.state() {
            EngineState::Failed { reason } => SubmitError::Failed { reason },
            EngineState::Ready | EngineState::Draining | EngineState::Stopped => SubmitError::ShuttingDown,
        }
    }
}
