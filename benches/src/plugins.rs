//! What widgets and analyzers cost the stream: decode over HTTP, two servers in turn.
//!
//! One server has every first-party component, and a client watches its widgets, so that each is drawn every second
//! and the analyzers run. The other has the same passes and nothing else. While one is measured nobody watches the
//! other.

use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Instant,
};

use anyhow::{Context as _, Result, ensure};
use inferno_e2e::{installation::Installation, prepared, server::Server};
use serde_json::{Value, json};

use crate::figure::{Figure, Samples};

const SUITE: &str = "plugins";
const DECODE: usize = 256;
const MODEL: &str = "bench";

/// Runs the suite.
pub(crate) fn measure(rounds: u32) -> Result<Vec<Figure>> {
    let everything = prepared("INFERNO_HOME");
    let only_passes = Installation::new()?;
    copy_passes(&everything, only_passes.path())?;
    let with = Server::start(&everything, &["--name", MODEL])?;
    let without = Server::start(only_passes.path(), &["--name", MODEL])?;
    let widgets = widgets(&with)?;
    ensure!(widgets.len() >= 3, "the installation has {} widgets; run `cargo xtask up` first", widgets.len());
    let mut samples: [Samples; 2] = Default::default();
    for round in 0..=rounds {
        eprint!("\rround {round} of {rounds} ");
        let order = if round % 2 == 0 { [0, 1] } else { [1, 0] };
        for which in order {
            let rate = if which == 0 {
                let _watching = Watcher::start(with.url(), &widgets)?;
                decode(&with)?
            } else {
                decode(&without)?
            };
            // The first round warms everything up.
            if round > 0 {
                samples[which].push(rate);
            }
        }
    }
    eprintln!();
    let [with, without] = samples;
    Ok(vec![Figure::measured(
        SUITE,
        format!("decode {DECODE}"),
        "tok/s",
        &with,
        "no widgets, no analyzers",
        &without,
    )])
}

/// Tokens per second of one answer.
fn decode(server: &Server) -> Result<f64> {
    let request =
        json!({ "model": MODEL, "prompt": "Once upon a time", "max_tokens": DECODE, "temperature": 0 });
    let start = Instant::now();
    let (status, answer) = server.post("/v1/completions", &request)?;
    let took = start.elapsed().as_secs_f64();
    let tokens =
        answer["usage"]["completion_tokens"].as_u64().with_context(|| format!("{status}: {answer}"))?;
    Ok(tokens as f64 / took)
}

/// The names of the widgets that a server has.
fn widgets(server: &Server) -> Result<Vec<String>> {
    let (_, list) = server.get("/api/widgets")?;
    let list = list.as_array().context("no list of widgets")?;
    Ok(list.iter().filter_map(|widget| widget["name"].as_str()).map(str::to_owned).collect())
}

fn copy_passes(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from.join("keys/development.pem"), to.join("keys/development.pem"))?;
    for folder in fs::read_dir(from.join("plugins"))? {
        let folder = folder?.path();
        let manifest = fs::read_to_string(folder.join("inferno.toml")).unwrap_or_default();
        if !manifest.contains("kind = \"optimization-pass\"") {
            continue;
        }
        let into = to.join("plugins").join(folder.file_name().context("a folder has a name")?);
        fs::create_dir_all(&into)?;
        for file in fs::read_dir(&folder)? {
            let file = file?.path();
            fs::copy(&file, into.join(file.file_name().context("a file has a name")?))?;
        }
    }
    Ok(())
}

/// Somebody who looks at a board: a Socket.IO client over long polling, until dropped.
struct Watcher {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Watcher {
    fn start(url: &str, widgets: &[String]) -> Result<Self> {
        let agent = ureq::Agent::new_with_defaults();
        let base = format!("{url}/socket.io/?EIO=4&transport=polling");
        let hello = agent.get(&base).call()?.body_mut().read_to_string()?;
        let hello: Value = serde_json::from_str(hello.trim_start_matches('0'))?;
        let session = format!("{base}&sid={}", hello["sid"].as_str().context("no session")?);
        agent.post(&session).send("40")?;
        agent.get(&session).call()?;
        let viewport = json!({ "width": 600, "height": 300 });
        let watched: Vec<_> = widgets
            .iter()
            .map(|name| json!({ "id": name, "widget": name, "settings": {}, "viewport": viewport, "theme": "dark" }))
            .collect();
        agent.post(&session).send(format!("42{}", json!(["watch", { "widgets": watched }])))?;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                let Ok(mut answer) = agent.get(&session).call() else { return };
                let packets = answer.body_mut().read_to_string().unwrap_or_default();
                if packets.split('\u{1e}').any(|packet| packet == "2")
                    && agent.post(&session).send("3").is_err()
                {
                    return;
                }
            }
            // Says goodbye, so that nothing is drawn for nobody.
            let _ = agent.post(&session).send("1");
        });
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
