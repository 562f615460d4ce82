//! One of the crowd: it asks, leaves, is late, sends nonsense, in an order that its dice decide.

use std::{
    io::{Read as _, Write as _},
    net::{Shutdown, TcpStream},
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::{
    dice::Dice,
    lone::{self, Lone},
    tally::{COMPARED, Tally},
};

/// Bodies that no route takes.
const NONSENSE: [&str; 10] = [
    "",
    "{",
    "[[[[[[[[[[[[[[[[[[[[",
    "null",
    r#"{"model": "m"}"#,
    r#"{"model": "m", "prompt": "x", "max_tokens": -1}"#,
    r#"{"model": "m", "prompt": "x", "max_tokens": 0}"#,
    r#"{"model": "m", "prompt": "x", "temperature": 1e40}"#,
    r#"{"model": "m", "prompt": "x", "timeout_ms": 0}"#,
    r#"{"model": "m", "prompt": "x", "surprise": 1}"#,
];

/// A client with its own dice.
pub(crate) struct Client<'a> {
    agent: ureq::Agent,
    url: String,
    dice: Dice,
    lone: &'a [Lone],
    tally: &'a Tally,
}

impl<'a> Client<'a> {
    pub(crate) fn new(url: &str, dice: Dice, lone: &'a [Lone], tally: &'a Tally) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(300)));
        Self { agent: config.build().into(), url: url.to_owned(), dice, lone, tally }
    }

    /// Does one thing, and counts what came of it.
    pub(crate) fn act(&mut self) {
        let done = match self.dice.below(100) {
            0..35 => self.compare(),
            35..60 => self.leave(),
            60..75 => self.hurry(),
            75..90 => self.talk_nonsense(),
            _ => self.sample(),
        };
        match done {
            Ok(outcome) => self.tally.count(outcome),
            Err(error) => self.tally.mistake(format!("{error:#}")),
        }
        if self.dice.percent(20) {
            thread::sleep(Duration::from_millis(self.dice.below(300)));
        }
    }

    /// Asks what was asked before, at some priority, as a stream or not.
    fn compare(&mut self) -> Result<&'static str> {
        let Lone { body, text, tokens } = self.dice.of(self.lone);
        let stream = self.dice.percent(50);
        let mut body = body.clone();
        body["priority"] = json!(self.dice.below(5) as i64 - 2);
        if stream {
            body["stream"] = json!(true);
            body["stream_options"] = json!({ "include_usage": true });
        }
        let (status, answer) = self.post(&body.to_string())?;
        if status == 429 {
            return self.turned_away();
        }
        ensure!(status == 200, "{body}: {status}: {answer}");
        let found = if stream { read_stream(&answer)? } else { lone::read(&serde_json::from_str(&answer)?)? };
        ensure!(found == (text.clone(), *tokens), "{body}: {found:?} and not {text:?}, {tokens} tokens");
        Ok(COMPARED)
    }

    /// Sends a part of a request, or all of it, reads a part of the answer, or nothing, and is gone.
    fn leave(&mut self) -> Result<&'static str> {
        let body = self.endless().to_string();
        let head = "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
        let whole = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
        let address = self.url.trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).context("could not connect")?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        let stays = self.dice.percent(70);
        let sent = if stays { whole.len() } else { self.dice.below(whole.len() as u64) as usize };
        // The other side may have ended it already, which is its right.
        let mut open = stream.write_all(&whole.as_bytes()[..sent]).is_ok();
        let (mut left, mut buffer) = (self.dice.below(8_000), [0; 512]);
        while stays && open && left > 0 {
            let read = stream.read(&mut buffer).unwrap_or(0);
            open = read > 0;
            left = left.saturating_sub(read as u64);
        }
        if self.dice.percent(50) {
            let _ = stream.shutdown(Shutdown::Both);
        }
        Ok(if stays { "left while it was answered" } else { "left while it asked" })
    }

    /// Gives too little time, mostly.
    fn hurry(&mut self) -> Result<&'static str> {
        let mut body = self.endless();
        body["max_tokens"] = json!(40);
        body["timeout_ms"] = json!(1 + self.dice.below(1_500));
        let (status, answer) = self.post(&body.to_string())?;
        match status {
            200 if answer.contains("deadline_exceeded") => Ok("came too late in its stream"),
            200 => Ok("came in time"),
            429 => self.turned_away(),
            504 => Ok("came too late"),
            _ => anyhow::bail!("{body}: {status}: {answer}"),
        }
    }

    /// Sends what is no request: nonsense, or a good one cut off or with a byte changed.
    fn talk_nonsense(&mut self) -> Result<&'static str> {
        let mut body = self.dice.of(&NONSENSE).as_bytes().to_vec();
        if self.dice.percent(50) {
            body = self.dice.of(self.lone).body.to_string().into_bytes();
            let at = self.dice.below(body.len() as u64) as usize;
            body.truncate(at);
        }
        let (status, answer) = self.post_bytes(&body)?;
        ensure!(status == 400, "{:?}: {status}: {answer}", String::from_utf8_lossy(&body));
        let error: Value = serde_json::from_str(&answer)?;
        ensure!(error.pointer("/error/message").is_some(), "{answer} has no message");
        Ok("talked nonsense")
    }

    /// Asks for something of its own, by chance.
    fn sample(&mut self) -> Result<&'static str> {
        let mut body = self.endless();
        body["max_tokens"] = json!(1 + self.dice.below(60));
        body["seed"] = json!(self.dice.below(1 << 30));
        body["temperature"] = json!(0.9);
        body["top_p"] = json!(0.95);
        body["logprobs"] = json!(self.dice.below(4));
        let (status, answer) = self.post(&body.to_string())?;
        match status {
            200 => Ok("asked for something of its own"),
            429 => self.turned_away(),
            _ => anyhow::bail!("{body}: {status}: {answer}"),
        }
    }

    /// A request that would go on for long, with a prompt that nobody else has.
    fn endless(&mut self) -> Value {
        let length = if self.dice.percent(5) { 1_200 } else { 1 + self.dice.below(120) };
        let words = ["stone", "water", "wind", "light", "and", "river", "the", "of"];
        let prompt: Vec<&str> = (0..length).map(|_| *self.dice.of(&words)).collect();
        json!({
            "model": "m", "prompt": prompt.join(" "), "max_tokens": 2_000, "ignore_eos": true,
            "priority": self.dice.below(5) as i64 - 2, "stream": self.dice.percent(60),
        })
    }

    fn turned_away(&mut self) -> Result<&'static str> {
        thread::sleep(Duration::from_millis(100 + self.dice.below(900)));
        Ok("turned away from a full queue")
    }

    fn post(&self, body: &str) -> Result<(u16, String)> {
        self.post_bytes(body.as_bytes())
    }

    fn post_bytes(&self, body: &[u8]) -> Result<(u16, String)> {
        let request = self.agent.post(format!("{}/v1/completions", self.url));
        let mut response = request.content_type("application/json").send(body).context("no answer")?;
        let status = response.status().as_u16();
        Ok((status, response.body_mut().read_to_string().context("an answer without an end")?))
    }
}

/// The text of a stream, and its tokens.
fn read_stream(answer: &str) -> Result<(String, u64)> {
    let (mut text, mut tokens) = (String::new(), None);
    let events = answer.lines().filter_map(|line| line.strip_prefix("data: "));
    for event in events.filter(|event| *event != "[DONE]") {
        let event: Value = serde_json::from_str(event)?;
        text += event.pointer("/choices/0/text").and_then(Value::as_str).unwrap_or_default();
        tokens = event.pointer("/usage/completion_tokens").and_then(Value::as_u64).or(tokens);
    }
    Ok((text, tokens.with_context(|| format!("{answer} has no usage"))?))
}
