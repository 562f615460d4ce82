//! What a connection may cost.

use std::{num::NonZeroUsize, time::Duration};

/// What a connection may cost before it is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// Connections at once; more wait until one ends.
    pub connections: NonZeroUsize,
    /// For how long the head of a request may take to come in. An idle connection is closed after the same time.
    pub head: Duration,
    /// The most bytes of a head, and the most of an answer that wait here to be sent. At least 8 KiB.
    pub head_bytes: usize,
    /// For how long a body may take to come in, however slow the client.
    pub body: Duration,
    /// Bytes a second at which a body must come in beyond that time.
    pub body_rate: NonZeroUsize,
    /// For how long an answer may wait for the client to read any of it.
    pub write: Duration,
}

impl ConnectionLimits {
    /// When a body of which `received` bytes are there has taken too long.
    pub(super) fn patience(&self, received: usize) -> Duration {
        self.body + Duration::from_secs_f64(received as f64 / self.body_rate.get() as f64)
    }
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        let size = |n| NonZeroUsize::new(n).expect("the default sizes below are not zero");
        Self {
            connections: size(512),
            head: Duration::from_secs(30),
            head_bytes: 64 << 10,
            body: Duration::from_secs(30),
            body_rate: size(64 << 10),
            write: Duration::from_secs(30),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_come_in_buys_time() {
        let limits = ConnectionLimits::default();
        assert_eq!(limits.patience(0), Duration::from_secs(30));
        assert_eq!(limits.patience(8 << 20), Duration::from_secs(30 + 128));
    }
}
