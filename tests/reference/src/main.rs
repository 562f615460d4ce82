//! candle's `quantized_llama` behind a line protocol: one JSON request a line on standard input, one JSON answer
//! a line on standard output.
//!
//! Owns nothing of Inferno on purpose: it shares no code with what it judges, only the model file and token ids.
//! Tests ask it for tokens and likelihoods, benchmarks for times; as a process of its own it is built for this
//! very processor and takes turns with us on the same cores.

mod protocol;
mod reference;

use std::io::{self, BufRead as _, Write as _};

use anyhow::{Context as _, Result};

use crate::{protocol::Ask, reference::Reference};

fn main() -> Result<()> {
    let path = std::env::args().nth(1).context("usage: inferno-reference MODEL.gguf")?;
    let mut reference = Reference::load(&path).with_context(|| format!("could not load {path}"))?;
    let mut out = io::stdout().lock();
    writeln!(out, "{{\"ready\":true}}")?;
    out.flush()?;
    for line in io::stdin().lock().lines() {
        let ask: Ask = serde_json::from_str(&line?).context("not a request")?;
        let answer = match ask {
            Ask::Greedy { prompt, steps } => serde_json::to_string(&reference.greedy(&prompt, steps)?)?,
            Ask::Score { tokens, window } => serde_json::to_string(&reference.score(&tokens, window)?)?,
            Ask::Prefill { tokens } => serde_json::to_string(&reference.time_prefill(&tokens)?)?,
            Ask::Decode { prompt, steps } => serde_json::to_string(&reference.time_decode(&prompt, steps)?)?,
        };
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}
