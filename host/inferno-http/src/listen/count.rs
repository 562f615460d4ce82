//! How many connections there are, and why some were cut.

use std::{
    error::Error,
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use crate::HttpObserver;

/// How many are open.
pub(super) struct Open(Arc<Counter>);

struct Counter {
    open: AtomicUsize,
    observer: Arc<dyn HttpObserver>,
}

/// One of them, while it lives.
pub(super) struct One(Arc<Counter>);

impl Open {
    pub(super) fn new(observer: Arc<dyn HttpObserver>) -> Self {
        Self(Arc::new(Counter { open: AtomicUsize::new(0), observer }))
    }

    pub(super) fn one(&self) -> One {
        self.0.observer.connections(self.0.open.fetch_add(1, Ordering::Relaxed) + 1);
        One(Arc::clone(&self.0))
    }
}

impl Drop for One {
    fn drop(&mut self) {
        self.0.observer.connections(self.0.open.fetch_sub(1, Ordering::Relaxed) - 1);
    }
}

/// Why we cut a connection; nothing when the client left by itself, or was only idle.
pub(super) fn reason(error: &hyper::Error, unanswered: bool) -> Option<&'static str> {
    if error.is_parse_too_large() {
        return Some("head_too_large");
    }
    if error.is_parse() {
        return Some("not_http");
    }
    if error.is_timeout() {
        return unanswered.then_some("head_too_slow");
    }
    let mut cause = error.source();
    while let Some(error) = cause {
        if error.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::TimedOut) {
            return Some("not_read");
        }
        cause = error.source();
    }
    None
}
