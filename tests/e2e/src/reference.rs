//! candle's implementation, asked over its line protocol.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use anyhow::{Context as _, Result, ensure};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

/// A running reference with one model loaded.
#[derive(Debug)]
pub struct Reference {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

/// What the reference multiplies with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arithmetic {
    /// Weights as stored, times activations rounded to eight bits: what it does by default.
    Quantized,
    /// Weights and activations in `f32`: what the model file means.
    Exact,
}

/// A token it chose, and the most likely candidates with their logits, best first.
#[derive(Debug, Clone, Deserialize)]
pub struct Step {
    /// The chosen token.
    pub token: u32,
    /// Token and logit.
    pub top: Vec<(u32, f32)>,
}

/// A sum of negative log-likelihoods, in nats.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Score {
    /// The sum.
    pub nll: f64,
    /// Over how many tokens.
    pub count: usize,
}

#[derive(Deserialize)]
struct Took {
    seconds: f64,
}

impl Reference {
    /// Starts `program` and waits until it has loaded `model`.
    ///
    /// # Errors
    /// When it does not start or cannot load the model; its own words are on standard error.
    pub fn start(program: &Path, model: &Path, arithmetic: Arithmetic) -> Result<Self> {
        let mut command = Command::new(program);
        if let Arithmetic::Exact = arithmetic {
            // candle's own switch: weights become f32 when they are loaded, and activations stay f32.
            command.env("CANDLE_DEQUANTIZE_ALL", "1");
        }
        let child = command.arg(model).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = child.with_context(|| format!("could not start {}", program.display()))?;
        let input = child.stdin.take().context("the reference has no input")?;
        let output = BufReader::new(child.stdout.take().context("the reference has no output")?);
        let mut reference = Self { child, input, output };
        let ready: Value = reference.answer()?;
        ensure!(ready["ready"] == true, "the reference said {ready} instead of being ready");
        Ok(reference)
    }

    /// Continues `prompt` by the most likely token, `steps` times.
    ///
    /// # Errors
    /// When the reference fails.
    pub fn greedy(&mut self, prompt: &[u32], steps: usize) -> Result<Vec<Step>> {
        self.ask(&json!({ "greedy": { "prompt": prompt, "steps": steps } }))
    }

    /// How likely `tokens` are, in windows that start afresh.
    ///
    /// # Errors
    /// When the reference fails.
    pub fn score(&mut self, tokens: &[u32], window: usize) -> Result<Score> {
        self.ask(&json!({ "score": { "tokens": tokens, "window": window } }))
    }

    /// Seconds that `tokens` take as one batch.
    ///
    /// # Errors
    /// When the reference fails.
    pub fn prefill(&mut self, tokens: &[u32]) -> Result<f64> {
        Ok(self.ask::<Took>(&json!({ "prefill": { "tokens": tokens } }))?.seconds)
    }

    /// Seconds that `steps` single tokens take after `prompt`.
    ///
    /// # Errors
    /// When the reference fails.
    pub fn decode(&mut self, prompt: &[u32], steps: usize) -> Result<f64> {
        Ok(self.ask::<Took>(&json!({ "decode": { "prompt": prompt, "steps": steps } }))?.seconds)
    }

    fn ask<T: DeserializeOwned>(&mut self, question: &Value) -> Result<T> {
        writeln!(self.input, "{question}")?;
        self.answer()
    }

    fn answer<T: DeserializeOwned>(&mut self) -> Result<T> {
        let mut line = String::new();
        ensure!(self.output.read_line(&mut line)? > 0, "the reference ended; its message is above");
        serde_json::from_str(&line).with_context(|| format!("the reference said {line:?}"))
    }
}

impl Drop for Reference {
    fn drop(&mut self) {
        // It ends with its input anyway; killing only spares the wait.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
