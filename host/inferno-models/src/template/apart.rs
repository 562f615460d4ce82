//! Templates in a process of their own.
//!
//! A template is a program by a stranger, and the engine that runs it follows nested values by recursion: one that nests
//! them deeply enough, or puts a namespace into itself and shows it, overflows the stack, and one that does the latter
//! alone leaves memory behind each time. In a process apart that costs a request its answer and nobody anything else.
//!
//! Jobs and answers are lines of JSON. Easily confused with the sandbox of plugins, which holds WebAssembly; what runs here is
//! our own program, with nothing taken from it but our memory.

use std::{
    fmt,
    io::{self, BufRead, BufReader, Write},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, Receiver, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

use super::{
    error::{RenderError, TemplateError},
    job::{Job, Rendered},
    renderer::{Here, Renderer},
};

/// How long an answer may take. Steps bound a template well below; this is for what they do not see.
const PATIENCE: Duration = Duration::from_secs(30);
/// Steps after which a process is replaced, and with it what templates left behind: at 64 bytes a step, 128 MiB at most.
const LIFETIME: u64 = 2 << 20;

type Answer = Result<Rendered, RenderError>;

/// Answers jobs until there are no more: what such a process does.
///
/// # Errors
/// When something else comes in than jobs, or nobody reads the answers.
pub fn answer(jobs: impl BufRead, mut answers: impl Write) -> io::Result<()> {
    let here = Here::default();
    for job in jobs.lines() {
        let answer: Answer = here.run(&serde_json::from_str(&job?)?);
        serde_json::to_writer(&mut answers, &answer)?;
        answers.write_all(b"\n")?;
        answers.flush()?;
    }
    Ok(())
}

/// Runs templates in a process of their own, one after the other. It is started when there is something to run.
pub struct Apart {
    command: Box<dyn Fn() -> Command + Send + Sync>,
    patience: Duration,
    process: Mutex<Option<Process>>,
}

impl Apart {
    /// `command` makes a process that does nothing but [`answer`].
    pub fn new(command: impl Fn() -> Command + Send + Sync + 'static) -> Self {
        Self { command: Box::new(command), patience: PATIENCE, process: Mutex::default() }
    }

    /// How long an answer may take; 30 s unless this is called.
    #[must_use]
    pub fn patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    fn start(&self) -> Result<Process, TemplateError> {
        Process::start(&mut (self.command)()).map_err(|error| TemplateError::Start(Arc::new(error)))
    }
}

impl Renderer for Apart {
    fn render(&self, job: &Job<'_>) -> Result<String, TemplateError> {
        let mut line = serde_json::to_string(job).expect("a job is texts and numbers");
        line.push('\n');
        let mut place = self.process.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = || self.start()?.ask(&line, self.patience);
        // One that does not answer is not put back. If it ended while it was idle, the job is not to blame.
        let (process, answer) = match place.take().map(|idle| idle.ask(&line, self.patience)) {
            Some(Err(TemplateError::Ended { .. })) | None => fresh()?,
            Some(asked) => asked?,
        };
        let steps = match &answer {
            Ok(Rendered { steps, .. }) => *steps,
            // Nobody knows how many it took.
            Err(_) => job.limits.steps,
        };
        *place = process.spend(steps);
        Ok(answer?.text)
    }
}

impl fmt::Debug for Apart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Apart").finish_non_exhaustive()
    }
}

/// A process that answers; it ends when dropped.
struct Process {
    child: Child,
    jobs: ChildStdin,
    answers: Receiver<String>,
    left: u64,
}

impl Process {
    fn start(command: &mut Command) -> io::Result<Self> {
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn()?;
        let (jobs, answered) = (child.stdin.take(), child.stdout.take());
        let (jobs, answered) = jobs.zip(answered).expect("both are piped");
        let (sender, answers) = mpsc::channel();
        // A thread, since a pipe cannot be read with a limit to the time. It ends with the process.
        let reading = thread::Builder::new().name("inferno-template".to_owned()).spawn(move || {
            for line in BufReader::new(answered).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let process = Self { child, jobs, answers, left: LIFETIME };
        reading.map(|_| process)
    }

    fn ask(mut self, line: &str, patience: Duration) -> Result<(Self, Answer), TemplateError> {
        // One that ended does not read, and is asked below how it ended.
        let written = self.jobs.write_all(line.as_bytes());
        let answer = match written {
            Ok(()) => self.answers.recv_timeout(patience),
            Err(_) => Err(RecvTimeoutError::Disconnected),
        };
        let answer = match answer {
            Ok(answer) => serde_json::from_str(&answer).ok(),
            Err(RecvTimeoutError::Timeout) => {
                return Err(TemplateError::Late { patience });
            }
            Err(RecvTimeoutError::Disconnected) => None,
        };
        match answer {
            Some(answer) => Ok((self, answer)),
            None => Err(TemplateError::Ended { how: self.end() }),
        }
    }

    /// How it ended; if it did not, it is ended.
    fn end(&mut self) -> String {
        let _ = self.child.kill();
        self.child.wait().map_or_else(|error| error.to_string(), |status| status.to_string())
    }

    /// Takes steps off its lifetime; none is left of one that is through.
    fn spend(mut self, steps: u64) -> Option<Self> {
        self.left = self.left.checked_sub(steps)?;
        Some(self)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}
