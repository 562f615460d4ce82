//! llama.cpp's server.

use std::{
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};

use super::Llama;

/// How long it may take to load a model.
const PATIENCE: Duration = Duration::from_secs(60);

/// How many requests it answers at once, each in a context of its own of so many tokens.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slots {
    pub(crate) count: usize,
    pub(crate) context: usize,
}

/// Its server, stopped when dropped.
#[derive(Debug)]
pub(crate) struct LlamaServer {
    child: Child,
    url: String,
}

impl Llama {
    /// Its server, ready to answer.
    pub(crate) fn serve(&self, file: &Path, threads: usize, slots: Slots) -> Result<LlamaServer> {
        let port = free_port()?;
        let mut command = self.server(file, threads, port);
        command.args(["-np", &slots.count.to_string(), "-c", &(slots.count * slots.context).to_string()]);
        let child = command.spawn().context("llama-server does not start")?;
        let mut server = LlamaServer { child, url: format!("http://127.0.0.1:{port}") };
        let deadline = Instant::now() + PATIENCE;
        while ureq::get(format!("{}/health", server.url)).call().is_err() {
            if let Some(status) = server.child.try_wait()? {
                bail!("llama-server ended before it answered ({status})");
            }
            if Instant::now() > deadline {
                bail!("llama-server did not come up");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(server)
    }

    /// The command that starts its server with its own defaults.
    pub(crate) fn server(&self, file: &Path, threads: usize, port: u16) -> Command {
        let mut server = self.program("llama-server");
        server.arg("-m").arg(file).args(["--host", "127.0.0.1", "--no-webui"]);
        server.args(["--port", &port.to_string(), "-t", &threads.to_string()]);
        server.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        server
    }
}

/// A port that nobody listens on.
pub(crate) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
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
