//! What the recorder does at a second, without a thread or a clock of its own.

use std::sync::{Arc, PoisonError, RwLock};

use inferno_insight::{Frame, Query, Snapshot};
use tokio::sync::watch;

use super::{
    history::History,
    memory::{KEPT, MOST_SERIES, Memory},
    moment,
    query::{QueryError, Question},
    series,
    timeline::{Moment, Timeline},
    writer::Writer,
};
use crate::Metrics;

/// Samples in a chunk for the history: what is lost at most when the process is killed.
const CHUNK: i64 = 10;
/// By how much the last sample of the history may lie in the future, in seconds.
const FUTURE: i64 = 60;

/// What queries read.
pub(super) struct Core {
    metrics: Metrics,
    /// Written once a second for well under a millisecond; read by every query.
    memory: RwLock<Memory>,
    snapshots: watch::Sender<Arc<Snapshot>>,
    history: Option<Arc<dyn History>>,
}

/// What the thread keeps to itself.
pub(super) struct Sampler {
    timeline: Timeline,
    writer: Option<Writer>,
    /// The second of the last offer to the writer.
    offered: i64,
    warned: bool,
}

/// Reads the last hour. Both clocks in milliseconds.
pub(super) fn start(
    metrics: Metrics,
    history: Option<Arc<dyn History>>,
    wall: i64,
    steady: i64,
) -> std::io::Result<(Core, Sampler)> {
    let mut memory = Memory::default();
    let last = history.as_deref().and_then(|history| restore(&mut memory, history, wall.div_euclid(1_000)));
    let timeline = Timeline::new(wall, steady, last);
    let next = last.map_or(i64::MIN, |last| last + 1);
    let writer = history.clone().map(|history| Writer::start(history, next)).transpose()?;
    let snapshots = watch::Sender::new(Arc::new(moment::snapshot(&memory, &metrics, wall.div_euclid(1_000))));
    let core = Core { metrics, memory: RwLock::new(memory), snapshots, history };
    Ok((core, Sampler { timeline, writer, offered: i64::MIN, warned: false }))
}

/// The second of the last sample of an earlier process.
fn restore(memory: &mut Memory, history: &dyn History, now: i64) -> Option<i64> {
    let restored = (|| {
        let Some(last) = history.last()? else { return Ok(None) };
        if last > now + FUTURE {
            tracing::warn!("the clock was put back: metrics recorded after now are forgotten");
            history.forget_from(now)?;
        }
        history.read(None, now - KEPT, last + 1, &mut |strip| memory.restore(strip))?;
        history.last()
    })();
    restored.unwrap_or_else(|error: super::HistoryError| {
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        tracing::warn!(%error, cause, "metrics begin without their past");
        None
    })
}

impl Sampler {
    /// Takes a sample if a second has begun.
    pub(super) fn sample(&mut self, core: &Core, wall: i64, steady: i64) {
        let moment = self.timeline.look(wall, steady);
        let tick = match moment {
            Moment::Same => return,
            Moment::Next(tick) | Moment::PutBack(tick) => tick,
        };
        let samples = series::scrape(&core.metrics.gather());
        let snapshot = {
            let mut memory = core.memory.write().unwrap_or_else(PoisonError::into_inner);
            if let Moment::PutBack(_) = moment {
                tracing::warn!("the clock was put back: metrics recorded after now are forgotten");
                let from = memory.put_back(tick);
                self.offered = self.offered.min(from);
                if let Some(writer) = &mut self.writer {
                    writer.forget_from(from);
                }
            }
            memory.add(tick, samples);
            if memory.refused() > 0 && !self.warned {
                tracing::warn!(
                    refused = memory.refused(),
                    "there are more than {MOST_SERIES} series of metrics; the others are not recorded"
                );
                self.warned = true;
            }
            moment::snapshot(&memory, &core.metrics, tick)
        };
        core.snapshots.send_replace(Arc::new(snapshot));
        if tick >= self.offered.saturating_add(CHUNK) {
            self.offered = tick;
            if let Some(writer) = &mut self.writer {
                writer.offer(&core.memory.read().unwrap_or_else(PoisonError::into_inner));
            }
        }
    }

    /// Milliseconds until the next second.
    pub(super) fn until_next(&self, steady: i64) -> u64 {
        self.timeline.until_next(steady)
    }

    /// Writes what is left.
    pub(super) fn finish(self, core: &Core) {
        if let Some(writer) = self.writer {
            writer.finish(&core.memory.read().unwrap_or_else(PoisonError::into_inner));
        }
    }
}

impl Core {
    pub(super) fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    pub(super) fn snapshots(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.snapshots.subscribe()
    }

    pub(super) fn query(&self, query: &Query) -> Result<Frame, QueryError> {
        let memory = || self.memory.read().unwrap_or_else(PoisonError::into_inner);
        let now = memory().last().unwrap_or_default();
        let mut question = Question::new(query, now)?;
        // Not under the lock: it may take long.
        if let Some(history) = &self.history {
            question.ask_history(&**history)?;
        }
        question.ask_memory(&memory());
        let provenance = self.metrics.provenance(question.metric());
        Ok(question.answer(provenance))
    }
}
