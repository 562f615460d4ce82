//! Hands samples to the history on a thread of its own, so that a slow disk delays no sample.
//!
//! At most one job waits. While it does, what is new stays in memory and goes with the next chunk.

use std::{
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread::JoinHandle,
};

use super::{
    history::{Chunk, History},
    memory::Memory,
};

#[derive(Debug)]
enum Job {
    Append(Chunk),
    ForgetFrom(i64),
}

/// The recorder's end.
pub(super) struct Writer {
    jobs: SyncSender<Job>,
    thread: JoinHandle<()>,
    /// The first second that was not handed over.
    next: i64,
    /// From where on the history is to forget, before anything else.
    forget: Option<i64>,
}

impl Writer {
    /// Writes what is sampled at the second `next` and later.
    pub(super) fn start(history: Arc<dyn History>, next: i64) -> std::io::Result<Self> {
        let (jobs, inbox) = sync_channel(1);
        let builder = std::thread::Builder::new().name("inferno-history".to_owned());
        let thread = builder.spawn(move || work(&*history, &inbox))?;
        Ok(Self { jobs, thread, next, forget: None })
    }

    /// The clock was put back.
    pub(super) fn forget_from(&mut self, tick: i64) {
        self.forget = Some(self.forget.map_or(tick, |earlier| earlier.min(tick)));
        self.next = self.next.min(tick);
    }

    /// Hands over what is new, if the thread is free.
    pub(super) fn offer(&mut self, memory: &Memory) {
        if let Some(tick) = self.forget {
            match self.jobs.try_send(Job::ForgetFrom(tick)) {
                Ok(()) => self.forget = None,
                Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => return,
            }
        }
        let Some(chunk) = memory.chunk(self.next) else { return };
        let next = chunk.first + chunk.seconds as i64;
        if self.jobs.try_send(Job::Append(chunk)).is_ok() {
            self.next = next;
        }
    }

    /// Hands over what is new and waits until all is written.
    pub(super) fn finish(self, memory: &Memory) {
        let forget = self.forget.map(Job::ForgetFrom);
        let last = memory.chunk(self.next).map(Job::Append);
        for job in forget.into_iter().chain(last) {
            // An error means that the thread panicked, which was said then.
            let _ = self.jobs.send(job);
        }
        drop(self.jobs);
        let _ = self.thread.join();
    }
}

fn work(history: &dyn History, jobs: &Receiver<Job>) {
    let mut failing = false;
    for job in jobs {
        let done = match &job {
            Job::Append(chunk) => history.append(chunk),
            Job::ForgetFrom(tick) => history.forget_from(*tick),
        };
        match &done {
            Ok(()) if failing => tracing::info!("the history of metrics is written again"),
            // Once, not every ten seconds.
            Err(error) if !failing => {
                let cause = std::error::Error::source(error).map(ToString::to_string);
                tracing::warn!(%error, cause, "metrics are lost to the history; the last hour is kept in memory");
            }
            Ok(()) | Err(_) => {}
        }
        failing = done.is_err();
    }
}
