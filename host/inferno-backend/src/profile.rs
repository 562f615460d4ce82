//! What an executor's time went to, for whoever watches.
//!
//! Easily confused with the cost check of passes, which compares two graphs; this adds up what one of them did.

use std::sync::atomic::{AtomicU64, Ordering};

/// Time by kind of work since an executor was prepared. The executor adds, anybody reads, nobody waits.
#[derive(Debug)]
pub struct OpProfile {
    kinds: &'static [&'static str],
    nanoseconds: Vec<AtomicU64>,
}

impl OpProfile {
    /// No time yet for any of `kinds`: the names of ops, and what the backend does beside them.
    pub fn new(kinds: &'static [&'static str]) -> Self {
        Self { kinds, nanoseconds: kinds.iter().map(|_| AtomicU64::new(0)).collect() }
    }

    /// Adds time to the kind at index `kind`; there is none beyond the last.
    pub fn add(&self, kind: usize, nanoseconds: u64) {
        if let Some(total) = self.nanoseconds.get(kind) {
            total.fetch_add(nanoseconds, Ordering::Relaxed);
        }
    }

    /// The kinds that took any time, in seconds.
    pub fn seconds(&self) -> impl Iterator<Item = (&'static str, f64)> + '_ {
        let totals = self.nanoseconds.iter().map(|total| total.load(Ordering::Relaxed));
        let taken = self.kinds.iter().copied().zip(totals).filter(|(_, total)| *total > 0);
        taken.map(|(kind, total)| (kind, total as f64 / 1e9))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adds_up_by_kind() {
        let profile = OpProfile::new(&["matmul", "rope", "wait"]);
        for (kind, nanoseconds) in [(0, 1_500_000_000), (2, 1), (0, 500_000_000), (3, 7)] {
            profile.add(kind, nanoseconds);
        }
        assert_eq!(profile.seconds().collect::<Vec<_>>(), [("matmul", 2.0), ("wait", 1e-9)]);
    }
}
