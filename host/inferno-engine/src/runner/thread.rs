//! What the engine's thread does: take commands, step, hand events out.

use std::{
    any::Any,
    collections::HashMap,
    num::NonZeroUsize,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::{Duration, Instant},
};

use inferno_types::RequestId;
use tokio::sync::{mpsc, oneshot, watch};

use super::{EngineState, EventStream, SubmitError};
use crate::{Engine, EngineStats, Event, EventKind, Request, RequestFault, Timings};

/// What a handle may ask of the thread.
#[derive(Debug)]
pub(super) enum Command {
    Submit {
        request: Request,
        reply: oneshot::Sender<Result<EventStream, SubmitError>>,
    },
    /// Without an instant there is no limit.
    Shutdown {
        until: Option<Instant>,
    },
}

/// What handles may read at any time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Published {
    pub(super) stats: EngineStats,
    pub(super) retry_after: Duration,
}

impl Published {
    pub(super) fn first(engine: &Engine) -> Self {
        Self { stats: engine.stats(), retry_after: Pace::default().retry_after(0) }
    }
}

pub(super) struct Worker {
    engine: Engine,
    commands: mpsc::Receiver<Command>,
    event_capacity: NonZeroUsize,
    feeds: HashMap<RequestId, Feed>,
    mode: Mode,
    pace: Pace,
    state: watch::Sender<EngineState>,
    published: watch::Sender<Published>,
}

enum Mode {
    Serving,
    Draining { until: Option<Instant> },
}

/// The sending end of one request's events.
struct Feed {
    events: mpsc::Sender<EventKind>,
    /// A slot that only the last event may take, so that it always has one.
    last: mpsc::OwnedPermit<EventKind>,
}

impl Worker {
    pub(super) fn new(
        engine: Engine,
        commands: mpsc::Receiver<Command>,
        event_capacity: NonZeroUsize,
        state: watch::Sender<EngineState>,
        published: watch::Sender<Published>,
    ) -> Self {
        let (feeds, mode, pace) = (HashMap::new(), Mode::Serving, Pace::default());
        Self { engine, commands, event_capacity, feeds, mode, pace, state, published }
    }

    /// Runs until shutdown, until no handle is left, or until the executor fails.
    pub(super) fn run(mut self) {
        // After a panic only the feeds are used, which are whole between any two of their operations.
        let result = catch_unwind(AssertUnwindSafe(|| self.serve()));
        let end = match result {
            Ok(Ok(())) => EngineState::Stopped,
            Ok(Err(reason)) => EngineState::Failed { reason: reason.into() },
            Err(panic) => {
                EngineState::Failed { reason: format!("its thread panicked: {}", message(&panic)).into() }
            }
        };
        let Self { engine, mut commands, feeds, state, published, .. } = self;
        let fault = match &end {
            EngineState::Failed { reason } => {
                tracing::error!(%reason, "the engine failed");
                // At once, since freeing a device that failed may take long.
                state.send_replace(end.clone());
                RequestFault::Engine { reason: Arc::clone(reason) }
            }
            EngineState::Ready | EngineState::Draining | EngineState::Stopped => RequestFault::ShuttingDown,
        };
        for feed in feeds.into_values() {
            feed.last.send(EventKind::Failed(fault.clone()));
        }
        commands.close();
        published.send_modify(|p| (p.stats.running, p.stats.waiting, p.stats.kv_blocks_used) = (0, 0, 0));
        drop(engine);
        state.send_replace(end);
    }

    fn serve(&mut self) -> Result<(), String> {
        loop {
            if self.engine.is_idle() {
                self.publish();
                let Mode::Serving = self.mode else { return Ok(()) };
                match self.commands.blocking_recv() {
                    Some(command) => self.obey(command),
                    None => return Ok(()),
                }
            }
            while let Ok(command) = self.commands.try_recv() {
                self.obey(command);
            }
            if let Mode::Draining { until: Some(until) } = self.mode
                && until <= Instant::now()
            {
                return Ok(());
            }
            self.cancel_abandoned();
            let events = self.engine.step().map_err(|fault| fault.to_string())?;
            for event in events {
                self.hand_out(event);
            }
            self.publish();
        }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Submit { request, reply } => {
                let answer = match self.mode {
                    Mode::Serving => self.accept(request),
                    Mode::Draining { .. } => Err(SubmitError::ShuttingDown),
                };
                // When nobody waits for the answer any more, a stream in it is dropped here, which cancels.
                let _ = reply.send(answer);
                self.publish();
            }
            Command::Shutdown { until } => {
                let until = match self.mode {
                    Mode::Draining { until: Some(earlier) } => {
                        Some(until.map_or(earlier, |u| u.min(earlier)))
                    }
                    Mode::Serving | Mode::Draining { until: None } => until,
                };
                self.mode = Mode::Draining { until };
                self.state.send_replace(EngineState::Draining);
            }
        }
    }

    fn accept(&mut self, request: Request) -> Result<EventStream, SubmitError> {
        let request = self.engine.submit(request).map_err(SubmitError::Rejected)?;
        let (events, receiver) = mpsc::channel(self.event_capacity.get() + 1);
        let last = events.clone().try_reserve_owned().expect("a new channel has a free slot and a receiver");
        self.feeds.insert(request, Feed { events, last });
        Ok(EventStream { request, events: receiver })
    }

    /// Cancels requests whose stream was dropped.
    fn cancel_abandoned(&mut self) {
        let engine = &mut self.engine;
        self.feeds.retain(|request, feed| {
            let abandoned = feed.events.is_closed();
            if abandoned {
                engine.cancel(*request);
            }
            !abandoned
        });
    }

    fn hand_out(&mut self, Event { request, kind }: Event) {
        match kind {
            EventKind::Token(_) => {
                let Some(feed) = self.feeds.get(&request) else { return };
                if let Err(mpsc::error::TrySendError::Full(_)) = feed.events.try_send(kind) {
                    self.engine.cancel(request);
                    self.close(request, EventKind::Failed(RequestFault::NotRead));
                }
            }
            EventKind::Finished { timings, .. } => {
                self.pace.finished(timings);
                self.close(request, kind);
            }
            EventKind::Failed(_) => self.close(request, kind),
        }
    }

    fn close(&mut self, request: RequestId, last: EventKind) {
        if let Some(feed) = self.feeds.remove(&request) {
            feed.last.send(last);
        }
    }

    fn publish(&self) {
        let stats = self.engine.stats();
        let retry_after = self.pace.retry_after(stats.running);
        self.published.send_replace(Published { stats, retry_after });
    }
}

/// How long requests run of late.
#[derive(Debug, Default)]
struct Pace {
    /// A moving average over about eight requests; absent before the first.
    run_time: Option<Duration>,
}

impl Pace {
    fn finished(&mut self, timings: Timings) {
        let ran = timings.total.saturating_sub(timings.queued);
        self.run_time = Some(self.run_time.map_or(ran, |mean| (mean * 7 + ran) / 8));
    }

    /// An estimate of when one of `running` requests ends.
    fn retry_after(&self, running: usize) -> Duration {
        let share = self.run_time.unwrap_or_default() / running.max(1) as u32;
        Duration::from_secs(share.as_secs_f64().ceil().clamp(1.0, 60.0) as u64)
    }
}

/// What a panic said, when it was a text.
fn message(panic: &Box<dyn Any + Send>) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a message")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_to_retry_follows_the_run_times() {
        let mut pace = Pace::default();
        assert_eq!(pace.retry_after(0), Duration::from_secs(1));
        let timings = |queued, total| Timings {
            queued: Duration::from_secs(queued),
            first_token: Duration::from_secs(total),
            total: Duration::from_secs(total),
        };
        pace.finished(timings(5, 25));
        assert_eq!(pace.retry_after(1), Duration::from_secs(20));
        assert_eq!(pace.retry_after(8), Duration::from_secs(3));
        pace.finished(timings(0, 4000));
        assert_eq!(pace.retry_after(1), Duration::from_secs(60));
    }
}
