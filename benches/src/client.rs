//! A client that reads a stream and notes when each token came.

use std::{
    io::{BufRead as _, BufReader},
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use serde_json::{Value, json};

/// When the tokens of one answer came, since it was asked for.
#[derive(Debug, Clone)]
pub(crate) struct Arrivals {
    /// Of the request.
    pub(crate) asked: Instant,
    /// Of each token.
    pub(crate) tokens: Vec<Instant>,
}

impl Arrivals {
    /// Until the first token.
    pub(crate) fn first(&self) -> Option<Duration> {
        self.tokens.first().map(|first| *first - self.asked)
    }

    /// Between tokens, with when each gap ended.
    pub(crate) fn gaps(&self) -> impl Iterator<Item = (Instant, Duration)> + '_ {
        self.tokens.windows(2).map(|pair| (pair[1], pair[1] - pair[0]))
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

/// Asks for a completion of `generated` tokens and reads it to its end. `seen` is told of each token as it comes.
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
    let mut answer = ureq::post(format!("{url}/v1/completions")).send_json(body)?;
    let (mut tokens, mut counted) = (Vec::with_capacity(generated), None);
    for line in BufReader::new(answer.body_mut().as_reader()).lines() {
        let line = line?;
        let Some(chunk) = line.strip_prefix("data: {") else { continue };
        // A chunk with a choice is a token, but for the one that only says why the answer ended.
        if chunk.contains("\"choices\":[{") && tokens.len() < generated {
            tokens.push(Instant::now());
            seen(tokens.len());
        }
        let chunk: Value = serde_json::from_str(&format!("{{{chunk}"))?;
        counted = chunk["usage"]["completion_tokens"].as_u64().or(counted);
    }
    ensure!(counted == Some(generated as u64), "{generated} tokens were asked for, {counted:?} came");
    ensure!(tokens.len() == generated, "{generated} tokens were generated, {} came one by one", tokens.len());
    Ok(Arrivals { asked, tokens })
}
