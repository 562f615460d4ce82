//! How many calls may run at the same time, and how long others wait for their turn.
//!
//! Two gates keep plugins that run beside a stream from taking the machine away from it: one call at a time of any
//! one plugin, and a few of all of them together. Refuses fairness: a place goes to whoever wakes first.

use std::{
    sync::{Condvar, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// A number of places.
#[derive(Debug)]
pub(crate) struct Gate {
    free: Mutex<usize>,
    left: Condvar,
}

impl Gate {
    pub(crate) fn new(places: usize) -> Self {
        Self { free: Mutex::new(places), left: Condvar::new() }
    }

    /// A place, at once or within `patience`; none when that is over.
    pub(crate) fn enter(&self, patience: Duration) -> Option<Place<'_>> {
        let until = Instant::now() + patience;
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        while *free == 0 {
            let rest = until.checked_duration_since(Instant::now())?;
            (free, _) = self.left.wait_timeout(free, rest).unwrap_or_else(PoisonError::into_inner);
        }
        *free -= 1;
        Some(Place(self))
    }
}

/// A place that is given back when this is dropped.
#[derive(Debug)]
pub(crate) struct Place<'a>(&'a Gate);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.left.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn who_finds_no_place_is_told_so() {
        let gate = Gate::new(2);
        let places: Vec<_> = (0..2).map(|_| gate.enter(Duration::ZERO).expect("free")).collect();
        assert!(gate.enter(Duration::ZERO).is_none());
        assert!(gate.enter(Duration::from_millis(1)).is_none());
        drop(places);
        assert!(gate.enter(Duration::ZERO).is_some());
    }

    #[test]
    fn never_more_than_there_are_places() {
        let (gate, inside, most) = (Gate::new(3), AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..12 {
                scope.spawn(|| {
                    for _ in 0..200 {
                        let place = gate.enter(Duration::from_secs(600)).expect("patient");
                        most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        std::thread::yield_now();
                        inside.fetch_sub(1, Ordering::SeqCst);
                        drop(place);
                    }
                });
            }
        });
        assert!(most.into_inner() <= 3);
        assert_eq!(gate.free.into_inner().unwrap(), 3);
    }
}
