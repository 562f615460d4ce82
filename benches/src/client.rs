//! A client that reads a stream and notes when each token came.

use std::{
    io::{BufRead as _, BufReader},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

/// How long an answer may take until the server counts as stuck.
const PATIENCE: Duration = Duration::from_secs(600);

/// When the text of one answer came. A token whose text is not certain yet, or empty, comes with a later one.
#[derive(Debug, Clone)]
pub(crate) struct Arrivals {
    /// Of the request.
    pub(crate) asked: Instant,
    /// Tokens, as the server counts them.
    pub(crate) tokens: usize,
    /// Of the prompt, those that the server did not compute because it had them, where it says so.
    pub(crate) cached: Option<u64>,
    /// Of the prompt, all.
    pub(crate) prompt: u64,
    /// Of each piece of text.
    pub(crate) pieces: Vec<Instant>,
}

impl Arrivals {
    /// Until the first piece.
    pub(crate) fn first(&self) -> Option<Duration> {
        self.pieces.first().map(|first| *first - self.asked)
    }

    /// Between pieces, with when each gap ended.
    pub(crate) fn gaps(&self) -> impl Iterator<Item = (Instant, Duration)> + '_ {
        self.pieces.windows(2).map(|pair| (pair[1], pair[1] - pair[0]))
    }
}

/// About `words` tokens that no other prompt begins with.
pub(crate) fn prompt(words: usize, seed: usize) -> String {
    const WORDS: [&str; 8] = ["river", "stone", "cloud", "bright", "seven", "walk", "paper", "door"];
    let word = |i: usize| WORDS[(i + seed).wrapping_mul(2_654_435_761) / 65_536 % WORDS.len()];
    let mut text = format!("{seed}");
    (0..words).for_each(|i| {
        text.push(' ');
        text.push_str(word(i * 31 + seed * i));
    });
    text
}

/// Asks for a completion of `generated` tokens and reads it to its end. `seen` is told how
/// many pieces of text have come, at each.
///
/// # Errors
/// When there is no answer, or the server counts other than `generated` tokens.
pub(crate) fn complete(
    url: &str,
    model: &str,
    prompt: &str,
    generated: usize,
    seen: impl Fn(usize),
) -> Result<Arrivals> {
    let body = json!({
        "model": model, "prompt": prompt, "max_tokens": generated, "temperature": 0, "stream": true,
        "ignore_eos": true, "stream_options": { "include_usage": true },
    });
    let asked = Instant::now();
    let mut request = ureq::post(format!("{url}/v1/completions"));
    request = request.config().timeout_global(Some(PATIENCE)).build();
    let mut answer = request.send_json(body)?;
    let (mut pieces, mut usage) = (Vec::with_capacity(generated), Value::Null);
    for line in BufReader::new(answer.body_mut().as_reader()).lines() {
        let line = line?;
        let Some(chunk) = line.strip_prefix("data: ").filter(|chunk| chunk.starts_with('{')) else {
            continue;
        };
        let came = Instant::now();
        let chunk: Value = serde_json::from_str(chunk)?;
        if chunk["choices"][0]["text"].as_str().is_some_and(|text| !text.is_empty()) {
            pieces.push(came);
            seen(pieces.len());
        }
        if chunk["usage"].is_object() {
            usage = chunk["usage"].clone();
        }
    }
    let counted = usage["completion_tokens"].as_u64();
    ensure!(counted == Some(generated as u64), "{generated} tokens were asked for, {counted:?} came");
    ensure!(!pieces.is_empty(), "the answer has no text");
    let cached = usage["prompt_tokens_details"]["cached_tokens"].as_u64();
    let prompt = usage["prompt_tokens"].as_u64().context("the server does not count the prompt")?;
    Ok(Arrivals { asked, tokens: generated, cached, prompt, pieces })
}
