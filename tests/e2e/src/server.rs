//! The running server.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::prepared;

/// A server on a port of its own, stopped when dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    leash: Option<Child>,
    url: String,
}

/// A status and a body.
pub type Answer = (u16, Value);

impl Server {
    /// Serves the test model from the installation in `home`, with its development key trusted.
    ///
    /// # Errors
    /// When the server stops before it listens; its words are on standard error.
    pub fn start(home: &Path, arguments: &[&str]) -> Result<Self> {
        Self::of(&prepared("INFERNO_TEST_MODEL"), home, arguments)
    }

    /// Serves another model file.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn of(file: &Path, home: &Path, arguments: &[&str]) -> Result<Self> {
        let mut command = Command::new(prepared("INFERNO_BINARY"));
        command.args(["serve", "--development", "--port", "0", "--file"]).arg(file);
        command.args(arguments).env("INFERNO_HOME", home).stdout(Stdio::piped());
        let mut child = command.spawn().context("could not start the server")?;
        let stdout = child.stdout.take().context("the server has no output")?;
        let leash = leash(child.id());
        let mut server = Self { child, leash, url: String::new() };
        for line in BufReader::new(stdout).lines() {
            let line = line?;
            if let Some(at) = line.find("http://") {
                server.url = line[at..].split_whitespace().next().unwrap_or_default().to_owned();
                return Ok(server);
            }
        }
        bail!("the server stopped before it listened")
    }

    /// Its address, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// `GET path`, read as JSON.
    ///
    /// # Errors
    /// When there is no answer or it is no JSON.
    pub fn get(&self, path: &str) -> Result<Answer> {
        let mut response = agent().get(format!("{}{path}", self.url)).call()?;
        Ok((response.status().as_u16(), response.body_mut().read_json()?))
    }

    /// `GET path`, read as text.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn text(&self, path: &str) -> Result<String> {
        Ok(agent().get(format!("{}{path}", self.url)).call()?.body_mut().read_to_string()?)
    }

    /// `POST path` with a JSON body, read as JSON.
    ///
    /// # Errors
    /// When there is no answer or it is no JSON.
    pub fn post(&self, path: &str, body: &Value) -> Result<Answer> {
        let mut response = agent().post(format!("{}{path}", self.url)).send_json(body)?;
        Ok((response.status().as_u16(), response.body_mut().read_json()?))
    }

    /// The value of a sample in `/metrics` whose line starts with `name`, labels included.
    ///
    /// # Errors
    /// When there is no such sample.
    pub fn metric(&self, name: &str) -> Result<f64> {
        let text = self.text("/metrics")?;
        let line = text
            .lines()
            .find(|l| l.starts_with(name))
            .with_context(|| format!("no metric {name} in\n{text}"))?;
        Ok(line.rsplit(' ').next().unwrap_or_default().parse()?)
    }

    /// Asks the process to stop, as an operator would, and waits for it.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub fn stop(mut self) -> Result<std::process::ExitStatus> {
        Command::new("kill").args(["-TERM", &self.pid().to_string()]).status()?;
        Ok(self.child.wait()?)
    }
}

/// Statuses are answers here, not errors.
fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(120)));
    config.build().into()
}

/// A process that ends the server when this one is gone, however it went: what a `static` holds is never dropped.
/// Without a shell there is none.
fn leash(server: u32) -> Option<Child> {
    let mut shell = Command::new("sh");
    shell.args(["-c", "cat; kill -KILL \"$0\"", &server.to_string()]).stdin(Stdio::piped());
    shell.stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()
}

impl Drop for Server {
    fn drop(&mut self) {
        // First, so that it never sees a number that belongs to somebody else by then.
        if let Some(leash) = &mut self.leash {
            let _ = leash.kill();
            let _ = leash.wait();
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
