//! llama.cpp beside us, where `LLAMA_CPP_BIN` names the folder of its programs.
//!
//! Owns how its programs are called and what they print. Refuses to fetch or build them.

mod server;

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;

pub(crate) use server::{LlamaServer, Slots, free_port};

/// Where its programs are.
#[derive(Debug, Clone)]
pub(crate) struct Llama(PathBuf);

/// What one sequence is measured on: tokens of a prompt, tokens generated, tokens there before.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Work {
    pub(crate) prompt: usize,
    pub(crate) generated: usize,
    pub(crate) depth: usize,
}

/// Many sequences at once, each with a prompt of its own.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Crowd {
    pub(crate) streams: usize,
    pub(crate) prompt: usize,
    pub(crate) generated: usize,
}

/// What a line of `llama-batched-bench` says that we read: seconds for everything.
#[derive(Debug, Deserialize)]
struct Took {
    t: f64,
}

/// What one of `llama-bench`'s lines says that we read.
#[derive(Debug, Deserialize)]
struct Line {
    n_gen: u64,
    avg_ts: f64,
}

impl Llama {
    /// What the figures call it.
    pub(crate) const NAME: &str = "llama.cpp";

    /// The folder that the environment names; says so when it names none.
    pub(crate) fn find() -> Option<Self> {
        let found = std::env::var_os("LLAMA_CPP_BIN").map(|folder| Self(folder.into()));
        if found.is_none() {
            eprintln!("LLAMA_CPP_BIN is not set: llama.cpp is left out");
        }
        found
    }

    /// Tokens per second of one sequence, in the better of its two settings of flash attention.
    pub(crate) fn speed(&self, file: &Path, threads: usize, work: Work) -> Result<f64> {
        let mut bench = self.program("llama-bench");
        bench.arg("-m").arg(file).args(["-r", "1", "-o", "jsonl", "-fa", "0,1", "-b", "2048", "-ub", "512"]);
        for (flag, value) in
            [("-t", threads), ("-p", work.prompt), ("-n", work.generated), ("-d", work.depth)]
        {
            bench.args([flag, &value.to_string()]);
        }
        let text = said(bench.stderr(Stdio::null()))?;
        let lines = text.lines().filter_map(|line| serde_json::from_str::<Line>(line).ok());
        let speeds = lines.filter(|line| (line.n_gen > 0) == (work.generated > 0)).map(|line| line.avg_ts);
        speeds.reduce(f64::max).with_context(|| format!("llama-bench printed no figure: {text}"))
    }

    /// Seconds that many sequences at once take, prompts and generated tokens together.
    pub(crate) fn crowd(&self, file: &Path, threads: usize, crowd: Crowd, flash: bool) -> Result<f64> {
        let Crowd { streams, prompt, generated } = crowd;
        let mut bench = self.program("llama-batched-bench");
        bench.arg("-m").arg(file).args(["-b", "2048", "-ub", "512", "--output-format", "jsonl"]);
        bench.args(["-fa", if flash { "on" } else { "off" }]);
        for (flag, value) in [
            ("-t", threads),
            ("-tb", threads),
            ("-c", streams * (prompt + generated)),
            ("-npl", streams),
            ("-npp", prompt),
            ("-ntg", generated),
        ] {
            bench.args([flag, &value.to_string()]);
        }
        let text = said(bench.stderr(Stdio::null()))?;
        let took = text.lines().find_map(|line| serde_json::from_str::<Took>(line).ok());
        Ok(took.with_context(|| format!("llama-batched-bench printed no figure: {text}"))?.t)
    }

    /// The perplexity of the first `windows` times 512 tokens of a text.
    pub(crate) fn perplexity(&self, file: &Path, threads: usize, text: &Path, windows: usize) -> Result<f64> {
        let mut command = self.program("llama-perplexity");
        command.arg("-m").arg(file).arg("-f").arg(text).args(["-c", "512"]);
        command.args(["-t", &threads.to_string(), "--chunks", &windows.to_string()]);
        let output = command.stdin(Stdio::null()).output().context("llama-perplexity does not start")?;
        // Which of the two streams has the estimate differs between versions.
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&text);
        let estimate = text.split("PPL = ").nth(1).and_then(|rest| rest.split_whitespace().next());
        estimate
            .with_context(|| format!("llama-perplexity gave no estimate ({})", output.status))?
            .parse()
            .context("llama-perplexity's estimate is no number")
    }

    /// Writes `file` in another type to `made`.
    pub(crate) fn quantize(&self, file: &Path, kind: &str, made: &Path) -> Result<()> {
        let part = made.with_extension("part");
        let mut quantize = self.program("llama-quantize");
        quantize.arg("--allow-requantize").arg(file).arg(&part).arg(kind);
        said(quantize.stderr(Stdio::null())).with_context(|| format!("no {kind} file was made"))?;
        Ok(std::fs::rename(part, made)?)
    }

    fn program(&self, name: &str) -> Command {
        Command::new(self.0.join(name))
    }
}

/// What a program prints until it ends well.
fn said(command: &mut Command) -> Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("{name} does not start"))?;
    ensure!(output.status.success(), "{name} failed ({})", output.status);
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
