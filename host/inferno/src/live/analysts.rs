//! The loop that asks every analyzer, on a thread of its own beside the streams.
//!
//! It also looks whether somebody changed what is installed, since a command line may do so while the server runs.

use std::{
    io,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, RecvTimeoutError, Sender},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use inferno_insight::Frame;
use inferno_telemetry::Recorder;

use super::{Findings, Roster, now};

/// How often analyzers are asked.
const EVERY: Duration = Duration::from_secs(10);
/// How often the lock file is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// The running loop. Ends when dropped.
#[derive(Debug)]
pub(crate) struct Analysts {
    stop: Mutex<Option<Sender<()>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Analysts {
    /// Starts to ask. The first time is soon, since analyzers look at windows of the past.
    pub(crate) fn start(
        roster: Arc<Roster>,
        recorder: Recorder,
        findings: Arc<Findings>,
    ) -> io::Result<Self> {
        let (stop, stopped) = mpsc::channel();
        let ask = move || {
            let mut due = Instant::now();
            loop {
                roster.notice_changes();
                if Instant::now() >= due {
                    ask_all(&roster, &recorder, &findings);
                    due = Instant::now() + EVERY;
                }
                match stopped.recv_timeout(LOOK) {
                    Err(RecvTimeoutError::Timeout) => {}
                    Ok(()) | Err(RecvTimeoutError::Disconnected) => return,
                }
            }
        };
        let thread = thread::Builder::new().name("inferno-analysts".into()).spawn(ask)?;
        Ok(Self { stop: Mutex::new(Some(stop)), thread: Mutex::new(Some(thread)) })
    }
}

impl Drop for Analysts {
    fn drop(&mut self) {
        drop(self.stop.lock().unwrap_or_else(PoisonError::into_inner).take());
        if let Some(thread) = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take() {
            // A panic has been reported where it happened.
            let _ = thread.join();
        }
    }
}

fn ask_all(roster: &Roster, recorder: &Recorder, findings: &Findings) {
    let analyzers = roster.analyzers();
    for analyzer in &analyzers {
        let answer = |query: &_| recorder.query(query);
        let found = analyzer.queries().and_then(|queries| {
            let frames: Result<Vec<Frame>, _> = queries.iter().map(answer).collect();
            match frames {
                Ok(frames) => analyzer.analyze(&frames).map(Some),
                Err(error) => {
                    tracing::debug!(analyzer = %analyzer.name(), %error, "an analyzer asks for what is not to be had");
                    Ok(None)
                }
            }
        });
        match found {
            Ok(Some(found)) => findings.found(&analyzer.name().to_string(), found, now()),
            Ok(None) => {}
            // Counted and, where it matters, logged by the plugin host; it is asked again.
            Err(error) => tracing::debug!(analyzer = %analyzer.name(), %error, "an analyzer gave no answer"),
        }
    }
    let present: Vec<_> = analyzers.iter().map(|analyzer| analyzer.name().to_string()).collect();
    findings.tidy(&present, now());
}
