//! Questions whose answers are known, since they were asked when nobody else was there.

use anyhow::{Context as _, Result, ensure};
use inferno_e2e::server::Server;
use serde_json::{Value, json};

/// A question and its answer.
#[derive(Debug)]
pub(crate) struct Lone {
    pub(crate) body: Value,
    pub(crate) text: String,
    pub(crate) tokens: u64,
}

/// Prompts of several lengths, some with a beginning in common.
fn prompts() -> Vec<String> {
    let shared =
        "The river runs from the hills to the sea, and the people on its banks tell each other this: "
            .repeat(8);
    let mut prompts: Vec<String> =
        ["The capital of France is", "Once upon a time", "1, 2, 3, 4,", "def add(a, b):"]
            .map(str::to_owned)
            .into();
    prompts.extend((0..4).map(|n| format!("{shared}{n}")));
    prompts.extend((1..4).map(|n| "stone water wind ".repeat(40 * n)));
    prompts
}

/// Asks all of them, one after the other.
pub(crate) fn ask_all(server: &Server) -> Result<Vec<Lone>> {
    let mut lone = Vec::new();
    for (n, prompt) in (0_u64..).zip(prompts()) {
        let max_tokens = 8 + 11 * n % 48;
        let body = json!({
            "model": "m", "prompt": prompt, "max_tokens": max_tokens, "temperature": 0, "ignore_eos": true,
        });
        let (status, answer) = server.post("/v1/completions", &body)?;
        ensure!(status == 200, "{status}: {answer}");
        let (text, tokens) = read(&answer)?;
        lone.push(Lone { body, text, tokens });
    }
    Ok(lone)
}

/// Asks all of them again.
pub(crate) fn compare_all(server: &Server, lone: &[Lone]) -> Result<()> {
    for Lone { body, text, tokens } in lone {
        let (_, answer) = server.post("/v1/completions", body)?;
        ensure!(read(&answer)? == (text.clone(), *tokens), "{body} was answered {answer} and not {text:?}");
    }
    Ok(())
}

/// The text of an answer, and its tokens.
pub(crate) fn read(answer: &Value) -> Result<(String, u64)> {
    let text = answer.pointer("/choices/0/text").and_then(Value::as_str);
    let tokens = answer.pointer("/usage/completion_tokens").and_then(Value::as_u64);
    text.map(str::to_owned).zip(tokens).with_context(|| format!("{answer} is no answer"))
}
