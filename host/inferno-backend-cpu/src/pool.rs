//! A team of threads that runs one job together, again and again.
//!
//! Owns: the threads, how they wait (spin briefly, then sleep), and the barrier inside a job. Refuses: queues of
//! tasks and stealing; work within a job is shared out by the job itself. A job allocates nothing here.

use std::{
    cell::UnsafeCell,
    num::NonZeroUsize,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::JoinHandle,
};

use crate::cores::{self, Pinning};

/// Rounds of spinning before a waiting thread gives its core away; tens of microseconds.
const SPINS: u32 = 2_000;

type Job = dyn Fn(Member<'_>) + Sync;

/// The threads. Dropping it ends them.
pub(crate) struct Pool {
    shared: Arc<Shared>,
    workers: Vec<JoinHandle<()>>,
    /// One job at a time: a second caller waits for its turn.
    turn: Mutex<()>,
}

/// A member of the job panicked; what it was computing is incomplete.
#[derive(Debug)]
pub(crate) struct Panicked;

struct Shared {
    /// Written by the caller while no worker runs, read by workers between `epoch` and `running`.
    job: UnsafeCell<Option<*const Job>>,
    /// Counts jobs; a change tells workers to look at `job`.
    epoch: AtomicUsize,
    /// Workers that have not finished the current job.
    running: AtomicUsize,
    /// Guards the decision to sleep, so that no wake-up is lost.
    asleep: Mutex<()>,
    wake: Condvar,
    barrier: Barrier,
}

// SAFETY: `job` is written only by the one caller that holds `turn`, while `running` is zero, and published by the
// release store of `epoch`; workers read it only after acquiring that store and before decrementing `running`.
unsafe impl Sync for Shared {}
// SAFETY: as above; the pointer in `job` is only dereferenced while the caller of `run` keeps its target alive,
// and the target is `Sync`.
unsafe impl Send for Shared {}

impl Pool {
    /// A team of `threads`, or as many as the machine runs at once. The calling thread is one of them. Where the
    /// system refuses a thread the team is smaller.
    /// Each but the calling one may be kept on a processor of its own; the first is left to that one.
    pub(crate) fn new(threads: Option<NonZeroUsize>, pinning: Pinning) -> Self {
        let wanted =
            threads.or_else(|| std::thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get);
        let cpus = pinning.cpus(wanted);
        let shared = Arc::new(Shared {
            job: UnsafeCell::new(None),
            epoch: AtomicUsize::new(0),
            running: AtomicUsize::new(0),
            asleep: Mutex::new(()),
            wake: Condvar::new(),
            barrier: Barrier::default(),
        });
        let workers: Vec<_> = (1..wanted)
            .map_while(|index| {
                let (shared, cpu) = (Arc::clone(&shared), cpus.get(index).copied());
                let builder = std::thread::Builder::new().name(format!("inferno-cpu-{index}"));
                let work = move || {
                    cpu.into_iter().for_each(cores::keep);
                    shared.work(index);
                };
                builder.spawn(work).ok()
            })
            .collect();
        shared.barrier.parties.store(workers.len() + 1, Ordering::Relaxed);
        Self { shared, workers, turn: Mutex::new(()) }
    }

    /// How many threads take part in a job.
    pub(crate) fn threads(&self) -> usize {
        self.workers.len() + 1
    }

    /// Runs `job` once on every thread and returns when all are done.
    pub(crate) fn run(&self, job: &(dyn Fn(Member<'_>) + Sync)) -> Result<(), Panicked> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let shared = &*self.shared;
        shared.barrier.reset();
        // SAFETY: only the lifetime is erased. Workers are done with the pointer when `running` is zero, and this
        // function does not return, or unwind, before that.
        let erased =
            unsafe { std::mem::transmute::<*const (dyn Fn(Member<'_>) + Sync + '_), *const Job>(job) };
        shared.publish(Some(erased), self.workers.len());
        let member = Member { index: 0, barrier: &shared.barrier };
        if catch_unwind(AssertUnwindSafe(|| job(member))).is_err() {
            shared.barrier.broken.store(true, Ordering::Release);
        }
        wait_until(|| shared.running.load(Ordering::Acquire) == 0);
        if shared.barrier.broken.load(Ordering::Acquire) { Err(Panicked) } else { Ok(()) }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.publish(None, self.workers.len());
        for worker in self.workers.drain(..) {
            // A worker catches the panics of jobs, so joining cannot fail; nothing could be done if it did.
            let _ = worker.join();
        }
    }
}

impl Shared {
    fn publish(&self, job: Option<*const Job>, workers: usize) {
        // SAFETY: no worker reads `job` now: `running` was zero, and the epoch has not changed yet.
        unsafe { *self.job.get() = job };
        self.running.store(workers, Ordering::Relaxed);
        let guard = self.asleep.lock().unwrap_or_else(PoisonError::into_inner);
        self.epoch.fetch_add(1, Ordering::Release);
        drop(guard);
        self.wake.notify_all();
    }

    fn work(&self, index: usize) {
        let mut seen = 0;
        loop {
            self.wait_for_news(seen);
            seen = seen.wrapping_add(1);
            // SAFETY: the caller wrote it before the epoch that `wait_for_news` acquired, and does not write again
            // before this worker decrements `running`.
            let Some(job) = (unsafe { *self.job.get() }) else { return };
            let member = Member { index, barrier: &self.barrier };
            // SAFETY: `Pool::run` keeps the job alive until `running` is zero.
            if catch_unwind(AssertUnwindSafe(|| unsafe { (*job)(member) })).is_err() {
                self.barrier.broken.store(true, Ordering::Release);
            }
            self.running.fetch_sub(1, Ordering::Release);
        }
    }

    /// Returns once the epoch is past `seen`.
    fn wait_for_news(&self, seen: usize) {
        for _ in 0..SPINS {
            if self.epoch.load(Ordering::Acquire) != seen {
                return;
            }
            std::hint::spin_loop();
        }
        let mut guard = self.asleep.lock().unwrap_or_else(PoisonError::into_inner);
        while self.epoch.load(Ordering::Acquire) == seen {
            guard = self.wake.wait(guard).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// One thread's part in a job.
#[derive(Clone, Copy)]
pub(crate) struct Member<'a> {
    /// `0 .. count()`; 0 is the caller of [`Pool::run`].
    pub(crate) index: usize,
    barrier: &'a Barrier,
}

impl Member<'_> {
    /// How many take part.
    pub(crate) fn count(&self) -> usize {
        self.barrier.parties.load(Ordering::Relaxed)
    }

    /// Waits until every member has come here; what they wrote before is visible after.
    pub(crate) fn sync(&self) {
        self.barrier.wait();
    }
}

#[derive(Default)]
struct Barrier {
    parties: AtomicUsize,
    arrived: AtomicUsize,
    generation: AtomicUsize,
    /// A member panicked and will never arrive.
    broken: AtomicBool,
}

impl Barrier {
    fn reset(&self) {
        self.arrived.store(0, Ordering::Relaxed);
        self.broken.store(false, Ordering::Relaxed);
    }

    fn wait(&self) {
        let generation = self.generation.load(Ordering::Acquire);
        if self.arrived.fetch_add(1, Ordering::AcqRel) + 1 == self.parties.load(Ordering::Relaxed) {
            self.arrived.store(0, Ordering::Relaxed);
            self.generation.store(generation.wrapping_add(1), Ordering::Release);
            return;
        }
        let broken = || self.broken.load(Ordering::Acquire);
        wait_until(|| self.generation.load(Ordering::Acquire) != generation || broken());
        assert!(!broken(), "another member of the job panicked");
    }
}

/// Spins, then yields: what is waited for is being computed on another core, or on this one once we let go of it.
fn wait_until(done: impl Fn() -> bool) {
    let mut spins = 0;
    while !done() {
        if spins < SPINS {
            spins += 1;
            std::hint::spin_loop();
        } else {
            std::thread::yield_now();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_member_sees_what_others_wrote_before_a_barrier() {
        for threads in [1, 2, 5] {
            let pool = Pool::new(NonZeroUsize::new(threads), Pinning::Never);
            let n = pool.threads();
            for round in 1..200 {
                let cells: Vec<AtomicUsize> = (0..n).map(|_| AtomicUsize::new(0)).collect();
                let total = AtomicUsize::new(0);
                pool.run(&|me: Member<'_>| {
                    cells[me.index].store(round, Ordering::Relaxed);
                    me.sync();
                    let seen: usize = cells.iter().map(|c| c.load(Ordering::Relaxed)).sum();
                    assert_eq!(seen, round * me.count());
                    me.sync();
                    total.fetch_add(seen, Ordering::Relaxed);
                })
                .unwrap();
                assert_eq!(total.into_inner(), round * n * n);
            }
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn who_is_kept_on_a_processor_runs_on_no_other() {
        let allowed = || {
            let set = rustix::thread::sched_getaffinity(None).unwrap();
            (0..rustix::thread::CpuSet::MAX_CPU).filter(|cpu| set.is_set(*cpu)).collect::<Vec<_>>()
        };
        let (order, before) = (Pinning::Always.cpus(1), allowed());
        for threads in 1..=order.len() + 1 {
            let pool = Pool::new(NonZeroUsize::new(threads), Pinning::Always);
            let found: Vec<_> = (0..pool.threads()).map(|_| Mutex::new(Vec::new())).collect();
            pool.run(&|me: Member<'_>| *found[me.index].lock().unwrap() = allowed()).unwrap();
            let found: Vec<_> = found.into_iter().map(|found| found.into_inner().unwrap()).collect();
            assert_eq!(found[0], before, "who asks goes where it likes");
            for (index, found) in found.iter().enumerate().skip(1) {
                let expected = if threads <= order.len() { vec![order[index]] } else { before.clone() };
                assert_eq!(*found, expected, "thread {index} of {threads}");
            }
        }
    }

    #[test]
    fn a_panic_reaches_the_caller_and_the_team_lives_on() {
        let pool = Pool::new(NonZeroUsize::new(3), Pinning::default());
        let panics = pool.run(&|me: Member<'_>| {
            assert_ne!(me.index, 1, "wanted");
            me.sync();
        });
        assert!(panics.is_err());
        assert!(pool.run(&|me: Member<'_>| me.sync()).is_ok());
    }
}
