//! The front end: from `web/` to the static files that the binary embeds.
//!
//! Owns when it is built again: what it is made of has a fingerprint, kept beside what was built. Refuses to know what
//! is in it: `web/package.json` does.

use std::{
    env, fs,
    hash::{DefaultHasher, Hasher as _},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail};

use crate::workspace::{self, say};

/// The ends of paths in `web/` that are made, not written.
const MADE: [&str; 7] =
    ["node_modules", "out", ".next", "test-results", "next-env.d.ts", "public/sandbox", "public/recordings"];
/// What the front end is made of, from the root of the checkout.
const SOURCES: [&str; 4] = ["web", "openapi", "sdk/recordings", "wit"];

/// Builds the front end unless what it is made of is unchanged.
pub(crate) fn build() -> Result<()> {
    dependencies()?;
    let stamp = Stamp::new("web-built", &SOURCES)?;
    if stamp.is_current() && out().join("index.html").exists() {
        return Ok(());
    }
    say("building the front end");
    workspace::run(npm()?.args(["run", "--silent", "build"]))?;
    stamp.write()
}

/// Lints, type checks and unit tests of the front end.
pub(crate) fn test() -> Result<()> {
    say("tests of the front end");
    workspace::run(npm()?.args(["run", "--silent", "check"]))
}

/// Installs what `web/package-lock.json` names.
fn dependencies() -> Result<()> {
    let stamp = Stamp::new("web-installed", &["web/package-lock.json"])?;
    if stamp.is_current() && folder().join("node_modules").exists() {
        return Ok(());
    }
    say("installing the front end's packages");
    workspace::run(npm()?.args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]))?;
    stamp.write()
}

fn folder() -> PathBuf {
    workspace::root().join("web")
}

fn out() -> PathBuf {
    folder().join("out")
}

/// The package manager, in the folder of the front end.
fn npm() -> Result<Command> {
    let name = if cfg!(windows) { "npm.cmd" } else { "npm" };
    if Command::new(name).arg("--version").output().is_err() {
        bail!("the front end is built with Node.js 20 or later, and `{name}` was not found: install Node.js");
    }
    let mut npm = Command::new(name);
    npm.current_dir(folder()).env("NEXT_TELEMETRY_DISABLED", "1");
    Ok(npm)
}

/// A fingerprint of sources, and where the one of the last build is kept.
struct Stamp {
    path: PathBuf,
    fingerprint: String,
}

impl Stamp {
    fn new(name: &str, sources: &[&str]) -> Result<Self> {
        let mut hasher = DefaultHasher::new();
        for source in sources {
            add(&workspace::root().join(source), &mut hasher)?;
        }
        let path = workspace::target().join(name);
        Ok(Self { path, fingerprint: format!("{:016x}", hasher.finish()) })
    }

    fn is_current(&self) -> bool {
        fs::read_to_string(&self.path).is_ok_and(|kept| kept == self.fingerprint)
    }

    fn write(&self) -> Result<()> {
        fs::write(&self.path, &self.fingerprint).with_context(|| self.path.display().to_string())
    }
}

/// Adds names and contents of a file or of everything below a folder.
fn add(path: &Path, hasher: &mut DefaultHasher) -> Result<()> {
    let name = path.file_name().unwrap_or_default();
    if MADE.iter().any(|made| path.ends_with(made)) || !path.exists() {
        return Ok(());
    }
    hasher.write(name.as_encoded_bytes());
    if path.is_dir() {
        let mut entries: Vec<_> = fs::read_dir(path)?.flatten().map(|entry| entry.path()).collect();
        entries.sort();
        entries.iter().try_for_each(|entry| add(entry, hasher))
    } else {
        hasher.write(&fs::read(path).with_context(|| path.display().to_string())?);
        Ok(())
    }
}

/// The environment variable that hands the browser of [`browser`] to the tests.
pub(crate) const BROWSER_VARIABLE: &str = "INFERNO_BROWSER";

/// A browser that tests can drive: the one that the environment names, or Chromium or Chrome of this machine.
pub(crate) fn browser() -> Result<PathBuf> {
    if let Some(named) = env::var_os(BROWSER_VARIABLE) {
        return Ok(named.into());
    }
    let known = [
        "/usr/bin/chromium",
        "/usr/bin/chromium-browser",
        "/usr/bin/google-chrome",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "C:/Program Files/Google/Chrome/Application/chrome.exe",
    ];
    let find = || known.iter().map(PathBuf::from).find(|path| path.exists());
    if let Some(found) = find() {
        return Ok(found);
    }
    workspace::apt_install(&["chromium"])?;
    find().with_context(|| {
        format!("the pages are tested in Chromium; install it, or name it by {BROWSER_VARIABLE}")
    })
}
