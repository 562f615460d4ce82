//! The clock behind the wall-time limit: a thread that moves the engine's epoch while a guest runs.
//!
//! Owns the thread; it ends when the ticker is dropped. It sleeps while no guest runs, so an idle server is idle.
//! Refuses to know deadlines: a store counts epochs on its own.

use std::{
    io,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::Duration,
};

use wasmtime::Engine;

/// The length of an epoch, and so the precision of a deadline.
const PERIOD: Duration = Duration::from_millis(10);

/// How many epochs a call may see begin before it has used up `wall_time`; never early, at most two epochs late.
pub(crate) fn epochs(wall_time: Duration) -> u64 {
    let whole = wall_time.as_nanos().div_ceil(PERIOD.as_nanos());
    u64::try_from(whole).unwrap_or(u64::MAX / 2).saturating_add(1)
}

/// Advances the epoch of one engine while anything runs.
#[derive(Debug)]
pub(crate) struct Ticker {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    // One lock for both, since the thread waits for either to change.
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    running: usize,
    stopped: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ticker {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(crate) fn start(engine: Engine) -> io::Result<Self> {
        let shared = Arc::<Shared>::default();
        let seen = Arc::clone(&shared);
        let run = move || tick(&engine, &seen);
        let thread = thread::Builder::new().name("plugin-epochs".to_owned()).spawn(run)?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Keeps the epochs coming until the guard is dropped.
    pub(crate) fn run(&self) -> Running<'_> {
        let mut state = self.shared.lock();
        state.running += 1;
        // Only the first wakes the thread: waking it from its sleep between two epochs would swallow one.
        if state.running == 1 {
            self.shared.changed.notify_one();
        }
        Running(&self.shared)
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.shared.lock().stopped = true;
        self.shared.changed.notify_one();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that times plugins had panicked");
        }
    }
}

/// A guest is running.
pub(crate) struct Running<'a>(&'a Shared);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.lock().running -= 1;
    }
}

fn tick(engine: &Engine, shared: &Shared) {
    let mut state = shared.lock();
    while !state.stopped {
        if state.running == 0 {
            state = shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            continue;
        }
        let (after, slept) =
            shared.changed.wait_timeout(state, PERIOD).unwrap_or_else(PoisonError::into_inner);
        state = after;
        if slept.timed_out() {
            engine.increment_epoch();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_never_early() {
        for (wall_time, expected) in [(0, 1), (1, 2), (10, 2), (11, 3), (10_000, 1001)] {
            assert_eq!(epochs(Duration::from_millis(wall_time)), expected, "{wall_time} ms");
        }
        assert!(epochs(Duration::MAX) > epochs(Duration::from_secs(1)));
    }

    #[test]
    fn the_thread_ends_with_the_ticker() {
        let ticker = Ticker::start(Engine::default()).unwrap();
        let running = ticker.run();
        thread::sleep(3 * PERIOD);
        drop(running);
        let shared = Arc::downgrade(&ticker.shared);
        drop(ticker);
        assert!(shared.upgrade().is_none());
    }
}
