//! llama.cpp beside us, where `LLAMA_CPP_BIN` names the folder of its programs.
//!
//! Owns how its programs are called and what they print. Refuses to fetch or build them.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use serde::Deserialize;

/// Where its programs are.
#[derive(Debug, Clone)]
pub(crate) struct Llama(PathBuf);

/// What one of its benchmark's lines says that we read.
#[derive(Debug, Deserialize)]
struct Line {
    n_gen: u64,
    avg_ts: f64,
}

impl Llama {
    /// The folder that the environment names; says so when it names none.
    pub(crate) fn find() -> Option<Self> {
        let found = std::env::var_os("LLAMA_CPP_BIN").map(|folder| Self(folder.into()));
        if found.is_none() {
            eprintln!("LLAMA_CPP_BIN is not set: llama.cpp is left out");
        }
        found
    }

    /// What the figures call it.
    pub(crate) const NAME: &str = "llama.cpp";

    /// Tokens per second of a prompt of `prompt` tokens, if any, and of `generated` tokens after `depth`.
    pub(crate) fn speed(
        &self,
        file: &Path,
        threads: usize,
        (prompt, generated, depth): (usize, usize, usize),
        flash: bool,
    ) -> Result<f64> {
        let mut bench = Command::new(self.0.join("llama-bench"));
        bench.arg("-m").arg(file).args(["-r", "1", "-o", "jsonl", "-fa", if flash { "1" } else { "0" }]);
        for (flag, value) in
            [("-t", threads), ("-p", prompt), ("-n", generated), ("-d", depth), ("-b", 2048), ("-ub", 512)]
        {
            bench.args([flag, &value.to_string()]);
        }
        let output = bench.stderr(Stdio::null()).output().context("llama-bench does not start")?;
        ensure!(output.status.success(), "llama-bench failed on {}", file.display());
        let text = String::from_utf8_lossy(&output.stdout);
        let lines = text.lines().filter_map(|line| serde_json::from_str::<Line>(line).ok());
        let line = lines.into_iter().find(|line| (line.n_gen > 0) == (generated > 0));
        Ok(line.with_context(|| format!("llama-bench printed no figure: {text}"))?.avg_ts)
    }

    /// `file` in another type, made once.
    pub(crate) fn requantized(&self, file: &Path, kind: &str, folder: &Path) -> Result<PathBuf> {
        let made = folder.join(format!("{kind}.gguf"));
        if !made.exists() {
            std::fs::create_dir_all(folder)?;
            let part = made.with_extension("part");
            let mut quantize = Command::new(self.0.join("llama-quantize"));
            quantize.arg("--allow-requantize").arg(file).arg(&part).arg(kind);
            let status = quantize.stdout(Stdio::null()).stderr(Stdio::null()).status()?;
            ensure!(status.success(), "llama-quantize made no {kind}");
            std::fs::rename(part, &made)?;
        }
        Ok(made)
    }

    /// Its server with room for `clients` requests of `context` tokens, on a port of its own.
    pub(crate) fn serve(
        &self,
        file: &Path,
        threads: usize,
        clients: usize,
        context: usize,
    ) -> Result<LlamaServer> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut server = Command::new(self.0.join("llama-server"));
        server.arg("-m").arg(file).args(["--host", "127.0.0.1", "--no-webui"]);
        for (flag, value) in
            [("--port", port.into()), ("-t", threads), ("-np", clients), ("-c", clients * context)]
        {
            server.args([flag, &value.to_string()]);
        }
        let child = server.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let server = LlamaServer { child, url: format!("http://127.0.0.1:{port}") };
        let deadline = Instant::now() + Duration::from_secs(60);
        while ureq::get(format!("{}/health", server.url)).call().is_err() {
            if Instant::now() > deadline {
                bail!("llama-server did not come up");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(server)
    }
}

/// Its server, stopped when dropped.
#[derive(Debug)]
pub(crate) struct LlamaServer {
    child: Child,
    url: String,
}

impl LlamaServer {
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for LlamaServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
