//! `cargo xtask up`: from a fresh checkout to a server that answers.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Stdio},
};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use crate::{
    prepare,
    workspace::{self, say},
};

/// Prepares everything and serves until interrupted.
pub(crate) fn up(port: u16) -> Result<()> {
    prepare_all()?;
    say("starting the server (stop it with Ctrl-C)");
    let mut server = Server::start(port)?;
    let url = server.url()?;
    furnish(&url)?;
    server.0.wait().context("the server cannot be waited for")?;
    Ok(())
}

/// Puts the first-party widgets on a board that nobody has touched.
fn furnish(url: &str) -> Result<()> {
    let board: Value = ureq::get(format!("{url}/api/board")).call()?.body_mut().read_json()?;
    if board["revision"] != 0 {
        return Ok(());
    }
    let tile = |name: &str, x: u32, y: u32, w: u32, h: u32| {
        let widget = format!("inferno/{name}");
        json!({ "id": name, "widget": widget, "x": x, "y": y, "w": w, "h": h, "settings": {} })
    };
    let items = [
        tile("throughput", 0, 0, 6, 8),
        tile("latency-heatmap", 6, 0, 6, 8),
        tile("op-breakdown", 0, 8, 12, 9),
    ];
    ureq::put(format!("{url}/api/board")).send_json(json!({ "revision": 0, "items": items }))?;
    Ok(())
}

/// Prepares everything, serves on any free port, asks one question, prints the answer, and stops.
pub(crate) fn check() -> Result<()> {
    prepare_all()?;
    say("starting the server");
    let mut server = Server::start(0)?;
    let url = server.url()?;
    let question = "What is the capital of France? Answer in one sentence.";
    say(&format!("asking {url}: {question}"));
    let answer = ask(&url, question)?;
    println!("{answer}");
    Ok(())
}

fn prepare_all() -> Result<()> {
    prepare::host()?;
    prepare::first_party()?;
    prepare::demo_model()?;
    Ok(())
}

fn ask(url: &str, question: &str) -> Result<String> {
    let request = json!({
        "model": prepare::DEMO_MODEL,
        "messages": [{ "role": "user", "content": question }],
        "temperature": 0,
        "max_tokens": 64,
    });
    let mut response = ureq::post(format!("{url}/v1/chat/completions")).send_json(request)?;
    let answer: Value = response.body_mut().read_json()?;
    match answer["choices"][0]["message"]["content"].as_str() {
        Some(text) if !text.trim().is_empty() => Ok(text.trim().to_owned()),
        _ => bail!("the server answered with no text: {answer}"),
    }
}

/// A running server, stopped when dropped.
struct Server(Child);

impl Server {
    fn start(port: u16) -> Result<Self> {
        let mut serve = workspace::inferno();
        serve.args(["serve", "--development", "--model", prepare::DEMO_MODEL, "--port", &port.to_string()]);
        Ok(Self(serve.stdout(Stdio::piped()).spawn().context("could not start the server")?))
    }

    /// The address, from the line the server prints once it listens.
    fn url(&mut self) -> Result<String> {
        let stdout = self.0.stdout.take().context("the server has no output")?;
        let mut lines = BufReader::new(stdout).lines();
        while let Some(line) = lines.next() {
            let line = line?;
            println!("{line}");
            if let Some(at) = line.find("http://") {
                let url = line[at..].split_whitespace().next().unwrap_or_default().to_owned();
                // What else it has to say is shown as it comes.
                std::thread::spawn(move || lines.map_while(Result::ok).for_each(|line| println!("{line}")));
                return Ok(url);
            }
        }
        bail!("the server stopped before it listened; its messages are above")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have stopped by itself; either way nothing is left to do about a failure here.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
