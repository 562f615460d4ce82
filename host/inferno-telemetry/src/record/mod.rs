//! The recorder: samples every metric once a second, keeps the last hour in memory, and answers queries.
//!
//! Owns the thread that samples. Refuses to know where the history is kept ([`History`]) and who feeds the metrics.
//! Easily confused with [`Metrics`], which holds what is true now and has no past.

mod fold;
mod history;
mod memory;
mod moment;
mod quantile;
mod query;
mod runs;
mod sampler;
mod series;
#[cfg(test)]
mod tests;
mod timeline;
mod writer;

use std::{
    io,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{RecvTimeoutError, Sender, channel},
    },
    thread::JoinHandle,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use inferno_insight::{Frame, MetricInfo, Query, Snapshot};
use tokio::sync::watch;

pub use history::{Chunk, History, HistoryError, Strip};
pub use query::QueryError;

use self::sampler::Core;
use crate::Metrics;

/// Samples and answers. Cheap to clone; when the last clone is dropped, what is not in the history yet is written,
/// and the thread ends.
#[derive(Clone)]
pub struct Recorder(Arc<Running>);

struct Running {
    core: Arc<Core>,
    /// Dropped to stop the thread.
    stop: Mutex<Option<Sender<()>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl std::fmt::Debug for Recorder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Recorder(..)")
    }
}

impl Recorder {
    /// Reads the last hour from the history, takes the first sample, and goes on doing so once a second on a thread
    /// named `inferno-recorder`. `before_sample` is called before every sample, to bring gauges up to date; it must
    /// be quick. Without a history, what is older than an hour is gone, and all of it when the process ends.
    ///
    /// # Errors
    /// When the operating system gives no thread. A history that cannot be read is said in the log and done without.
    pub fn start(
        metrics: Metrics,
        before_sample: Box<dyn Fn() + Send>,
        history: Option<Arc<dyn History>>,
    ) -> io::Result<Self> {
        let began = Instant::now();
        let steady = move || i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
        let (core, mut sampler) = sampler::start(metrics, history, wall(), steady())?;
        let core = Arc::new(core);
        before_sample();
        sampler.sample(&core, wall(), steady());
        let (stop, stopped) = channel::<()>();
        let builder = std::thread::Builder::new().name("inferno-recorder".to_owned());
        let recorded = Arc::clone(&core);
        let thread = builder.spawn(move || {
            loop {
                let wait = Duration::from_millis(sampler.until_next(steady()));
                match stopped.recv_timeout(wait) {
                    Err(RecvTimeoutError::Timeout) => {}
                    Ok(()) | Err(RecvTimeoutError::Disconnected) => break,
                }
                before_sample();
                sampler.sample(&recorded, wall(), steady());
            }
            sampler.finish(&recorded);
        })?;
        Ok(Self(Arc::new(Running { core, stop: Mutex::new(Some(stop)), thread: Mutex::new(Some(thread)) })))
    }

    /// Answers a query as of the last second. A window of up to an hour costs no more than a look at memory; a longer
    /// one reads the history and blocks.
    ///
    /// # Errors
    /// When the query breaks a bound, names no metric, or an aggregate that does not fit it; or the history cannot
    /// be read.
    pub fn query(&self, query: &Query) -> Result<Frame, QueryError> {
        self.0.core.query(query)
    }

    /// The snapshot of the last second, and the news of every later one.
    pub fn snapshots(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.0.core.snapshots()
    }

    /// Every metric that there is.
    pub fn catalogue(&self) -> Vec<MetricInfo> {
        self.0.core.metrics().catalogue()
    }

    /// Writes what is not in the history yet and ends the thread, whatever clones there are. Blocks until it is done.
    /// Queries are answered as of the last sample then.
    pub fn stop(&self) {
        self.0.stop();
    }

    /// The metrics that it samples.
    pub fn metrics(&self) -> &Metrics {
        self.0.core.metrics()
    }
}

impl Running {
    fn stop(&self) {
        drop(self.stop.lock().unwrap_or_else(PoisonError::into_inner).take());
        // Held while waiting, so that whoever asks second waits too.
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(thread) = thread.take() {
            // A panic of the thread was said when it happened.
            let _ = thread.join();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Milliseconds since 1970 by the clock on the wall.
fn wall() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
