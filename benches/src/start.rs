//! From the start of a server's process to the first token over HTTP, and what it holds of memory after one answer.
//!
//! Both are started in turn; the first, uncounted time brings the files into memory. We serve a model of the library by its
//! name, as an installation does: the digest of a file outside it would have to be computed. llama.cpp's server is started
//! once with its defaults, and once with what starts fastest and holds least.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use inferno_e2e::prepared;

use crate::{
    Rounds,
    client::{complete, prompt},
    figure::Figure,
    llama::{Llama, free_port},
    race::{Contestant, Quantity, Race},
};

const SUITE: &str = "start";
const MODEL: &str = "bench";
/// How long a server may take to answer.
const PATIENCE: Duration = Duration::from_secs(60);
/// What is asked first, and what the answer that memory is read after has, in tokens.
const FIRST: usize = 4;
const PROMPT: usize = 256;
const GENERATED: usize = 128;
/// Memory can be read on Linux only; elsewhere it is not shown.
const QUANTITIES: &[Quantity] = if cfg!(target_os = "linux") {
    &[
        Quantity { name: "first token", unit: "ms" },
        Quantity { name: "resident", unit: "MiB" },
        Quantity { name: "most resident", unit: "MiB" },
    ]
} else {
    &[Quantity { name: "first token", unit: "ms" }]
};

/// Runs the suite.
pub(crate) fn measure(rounds: Rounds) -> Result<Vec<Figure>> {
    let file = prepared("INFERNO_TEST_MODEL");
    let threads = thread::available_parallelism()?.get();
    let ours = Contestant::new("Inferno", |_| once(inferno));
    let mut peers = Vec::new();
    if let Some(llama) = Llama::find() {
        for (name, arguments) in [
            (Llama::NAME.to_owned(), &[][..]),
            (format!("{}, least", Llama::NAME), &["-np", "1", "-c", "1024", "--no-warmup"]),
        ] {
            let (llama, file) = (llama.clone(), file.clone());
            peers.push(Contestant::new(name, move |_| {
                once(|port| {
                    let mut command = llama.server(&file, threads, port);
                    command.args(arguments);
                    command
                })
            }));
        }
    }
    Race { suite: SUITE, case: "start".to_owned(), quantities: QUANTITIES, rounds: rounds.count }
        .run(ours, peers)
}

fn inferno(port: u16) -> Command {
    let mut command = Command::new(prepared("INFERNO_BINARY"));
    command.args(["serve", "--development", "--name", MODEL, "--port", &port.to_string(), "--model"]);
    command.arg(prepared("INFERNO_TEST_MODEL_NAME")).env("INFERNO_HOME", prepared("INFERNO_HOME"));
    command
}

/// Starts, asks, reads the memory, stops.
fn once(command: impl FnOnce(u16) -> Command) -> Result<Vec<f64>> {
    let port = free_port()?;
    let url = format!("http://127.0.0.1:{port}");
    let mut command = command(port);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let started = Instant::now();
    let mut process = Process(command.spawn().with_context(|| format!("{command:?}"))?);
    let mut seen = vec![process.first_token(&url, started)?.as_secs_f64() * 1e3];
    complete(&url, MODEL, &prompt(PROMPT, 1), GENERATED, |_| ())?;
    if QUANTITIES.len() > 1 {
        seen.extend([process.memory("VmRSS:")?, process.memory("VmHWM:")?]);
    }
    Ok(seen)
}

/// A process that is stopped when dropped.
struct Process(Child);

impl Process {
    /// Asks again and again until there is an answer: neither side is told when the other is ready.
    fn first_token(&mut self, url: &str, started: Instant) -> Result<Duration> {
        loop {
            match complete(url, MODEL, "Once upon a time", FIRST, |_| ()) {
                Ok(answer) => return Ok(*answer.pieces.first().context("the answer has text")? - started),
                Err(error) => {
                    let ended = self.0.try_wait()?;
                    ensure!(ended.is_none(), "the server ended before it answered");
                    ensure!(started.elapsed() < PATIENCE, "no answer came: {error:#}");
                }
            }
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// A line of the process's status, in MiB.
    fn memory(&self, name: &str) -> Result<f64> {
        let path = Path::new("/proc").join(self.0.id().to_string()).join("status");
        let status = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kib =
            line.and_then(|line| line.trim().strip_suffix(" kB")).context("the status has no such line")?;
        Ok(kib.trim().parse::<f64>()? / 1_024.0)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
