//! The time that a part of a batch may take.
//!
//! Easily confused with `profile`, which says where time went.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

/// Tells threads to leave off.
pub(crate) struct Clock {
    began: Instant,
    within: Duration,
    over: AtomicBool,
}

impl Clock {
    pub(crate) fn new(within: Duration) -> Self {
        Self { began: Instant::now(), within, over: AtomicBool::new(false) }
    }

    /// Whether the time has passed.
    pub(crate) fn has_passed(&self) -> bool {
        self.began.elapsed() >= self.within
    }

    /// Whether this thread should leave off in the middle of a stage: the leading one looks whether the time has passed, the
    /// others whether it left off.
    pub(crate) fn is_over(&self, member: usize) -> bool {
        if member == 0 && self.has_passed() {
            self.over.store(true, Ordering::Relaxed);
        }
        self.over.load(Ordering::Relaxed)
    }
}
