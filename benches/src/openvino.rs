//! OpenVINO GenAI beside us, where `OPENVINO_PYTHON` names a Python that has `openvino_genai`.
//!
//! Owns the process that `benches/peers/openvino.py` runs in, which explains what is said between the two. Refuses to
//! install it. It reads only some types of file.

use std::{
    ffi::OsString,
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::files::FileType;

/// Where it is.
#[derive(Debug, Clone)]
pub(crate) struct OpenVino(OsString);

/// A process that has one file.
#[derive(Debug)]
pub(crate) struct Loaded {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

/// What the process says.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Answer {
    /// With its version: it waits for commands.
    Ready(String),
    Seconds(f64),
    Error(String),
}

impl OpenVino {
    /// What the figures call it.
    pub(crate) const NAME: &str = "OpenVINO GenAI";

    /// What the environment names; says so when it names nothing.
    pub(crate) fn find() -> Option<Self> {
        let found = std::env::var_os("OPENVINO_PYTHON").map(Self);
        if found.is_none() {
            eprintln!("OPENVINO_PYTHON is not set: OpenVINO GenAI is left out");
        }
        found
    }

    /// Whether it can read such files.
    pub(crate) fn reads(kind: FileType) -> bool {
        matches!(kind, FileType::Q8_0 | FileType::Q4_0 | FileType::F16 | FileType::Bf16AsF16)
    }

    /// Starts the process; it loads `file` when it is first asked something.
    pub(crate) fn load(&self, file: &Path, threads: usize) -> Result<Loaded> {
        let mut python = Command::new(&self.0);
        python
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/peers/openvino.py"))
            .arg(file)
            .arg(threads.to_string());
        let child = python.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = child.with_context(|| format!("{} does not start", self.0.display()))?;
        let input = child.stdin.take().context("it has no input")?;
        let output = BufReader::new(child.stdout.take().context("it has no output")?);
        let mut loaded = Loaded { child, input, output };
        match loaded.answer()? {
            Answer::Ready(version) => eprintln!("{} {version}", Self::NAME),
            other => bail!("it said {other:?} instead of being ready"),
        }
        Ok(loaded)
    }
}

impl Loaded {
    /// Seconds until the first token after `prompt`.
    pub(crate) fn prefill(&mut self, prompt: &[u32]) -> Result<f64> {
        self.seconds(&json!({ "prefill": { "prompt": prompt } }))
    }

    /// Seconds that `steps` tokens after the first one take.
    pub(crate) fn decode(&mut self, prompt: &[u32], steps: usize) -> Result<f64> {
        self.seconds(&json!({ "decode": { "prompt": prompt, "steps": steps } }))
    }

    /// Seconds until all of `prompts`, sent at once, have `steps` tokens.
    pub(crate) fn streams(&mut self, prompts: &[Vec<u32>], steps: usize) -> Result<f64> {
        self.seconds(&json!({ "streams": { "prompts": prompts, "steps": steps } }))
    }

    fn seconds(&mut self, question: &Value) -> Result<f64> {
        writeln!(self.input, "{question}")?;
        match self.answer()? {
            Answer::Seconds(seconds) => Ok(seconds),
            Answer::Error(error) => bail!("{error}"),
            Answer::Ready(_) => bail!("it started again"),
        }
    }

    fn answer(&mut self) -> Result<Answer> {
        let mut line = String::new();
        if self.output.read_line(&mut line)? == 0 {
            bail!("its process ended; what it said is above");
        }
        serde_json::from_str(&line).with_context(|| format!("it said {line:?}"))
    }
}

impl Drop for Loaded {
    fn drop(&mut self) {
        // It ends with its input anyway; killing only spares the wait.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
