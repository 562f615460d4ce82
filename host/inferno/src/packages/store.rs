//! The files of installed packages.
//!
//! Owns: `packages/PUBLISHER/NAME/VERSION-DIGEST-SIGNER/`, staging, and the lock that keeps two installers apart. A
//! folder exists whole or not at all, and means nothing until `inferno.lock` names it; so whatever a crash leaves behind
//! is swept by the next change. Refuses to judge what it is given.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use inferno_package::{Manifest, PackageRef};
use inferno_registry_client::{LockFile, Locked};
use inferno_trust::{Component, Policy, Verified};
use tempfile::TempDir;

use super::InstallError;
use crate::home::Home;

/// The files of a component's folder.
pub(crate) const COMPONENT: &str = "component.wasm";
pub(crate) const BUNDLE: &str = "component.wasm.sigstore.json";
pub(crate) const MANIFEST: &str = "inferno.toml";
/// What folders under construction begin with. No publisher's name does.
const STAGING: &str = ".staging-";
/// The file that is locked while something changes.
const GUARD: &str = ".guard";

/// Where installed packages lie.
#[derive(Debug, Clone)]
pub struct Store {
    packages: PathBuf,
    placed: PathBuf,
    lock: PathBuf,
}

/// What a folder holds.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) component: Component,
    pub(super) bundle: Vec<u8>,
    pub(super) manifest: String,
}

/// A folder that is complete and durable, but not in its place. Gone when dropped.
#[derive(Debug)]
pub(super) struct Staged(TempDir);

/// While it lives, nobody else changes what is installed.
#[derive(Debug)]
pub(super) struct Guard(#[expect(dead_code, reason = "the system drops the lock with the file")] File);

impl Store {
    /// That of an installation.
    pub fn of(home: &Home) -> Self {
        Self { packages: home.packages(), placed: home.plugins(), lock: home.lock() }
    }

    /// The folder of an installed package.
    pub fn folder(&self, locked: &Locked) -> PathBuf {
        let Locked { name, version, digest, signer, .. } = locked;
        // All of it is ASCII without separators: names and versions are parsed, the rest is hexadecimal.
        let folder = format!("{version}-{}-{}", digest.short(), signer.id().short());
        self.packages.join(name.publisher()).join(name.name()).join(folder)
    }

    /// The folder in `plugins` whose manifest has this name.
    pub(super) fn placed_by_hand(&self, name: &PackageRef) -> Option<PathBuf> {
        let folders = fs::read_dir(&self.placed).ok()?.filter_map(|entry| Some(entry.ok()?.path()));
        let mut named = folders.filter(|folder| {
            let manifest = fs::read_to_string(folder.join(MANIFEST)).ok();
            manifest.and_then(|text| Manifest::parse(&text).ok()).is_some_and(|found| found.name() == name)
        });
        named.next()
    }

    /// Waits until nobody else changes what is installed.
    pub(super) fn guard(&self) -> Result<Guard, InstallError> {
        create(&self.packages)?;
        let path = self.packages.join(GUARD);
        let mut options = OpenOptions::new();
        let file =
            options.write(true).create(true).truncate(false).open(&path).map_err(on("create", &path))?;
        file.lock().map_err(on("lock", &path))?;
        Ok(Guard(file))
    }

    /// Whether the folder of `locked` is there and holds exactly `parts`.
    pub(super) fn holds(&self, locked: &Locked, parts: &Parts) -> bool {
        let folder = self.folder(locked);
        parts
            .files()
            .iter()
            .all(|(file, bytes)| fs::read(folder.join(file)).is_ok_and(|found| found == *bytes))
    }

    /// Writes a folder aside.
    pub(super) fn stage(&self, parts: &Parts) -> Result<Staged, InstallError> {
        create(&self.packages)?;
        let staging = tempfile::Builder::new().prefix(STAGING).tempdir_in(&self.packages);
        let staging = staging.map_err(on("create a folder in", &self.packages))?;
        for (file, bytes) in parts.files() {
            let path = staging.path().join(file);
            let write = || {
                let mut file = File::create_new(&path)?;
                file.write_all(bytes)?;
                file.sync_all()
            };
            write().map_err(on("write", &path))?;
        }
        sync(staging.path()).map_err(on("write", staging.path()))?;
        Ok(Staged(staging))
    }

    /// Moves a staged folder to its place.
    pub(super) fn place(&self, staged: Staged, locked: &Locked) -> Result<(), InstallError> {
        let place = self.folder(locked);
        let parent = place.parent().unwrap_or(&self.packages);
        create(parent)?;
        if place.exists() {
            // The same bytes by the same signer: file by file, so that there is a good one at every moment.
            for file in [COMPONENT, BUNDLE, MANIFEST] {
                let to = place.join(file);
                fs::rename(staged.0.path().join(file), &to).map_err(on("write", &to))?;
            }
            return sync(&place).map_err(on("write", &place));
        }
        fs::rename(staged.0.path(), &place).map_err(on("write", &place))?;
        // What was renamed must not be removed under its old name.
        let _ = staged.0.keep();
        let folders = [parent, parent.parent().unwrap_or(parent), &self.packages];
        folders.into_iter().try_for_each(|folder| sync(folder).map_err(on("write", folder)))
    }

    /// Makes `lock` the truth.
    pub(super) fn write(&self, lock: &LockFile) -> Result<(), InstallError> {
        Ok(lock.write(&self.lock)?)
    }

    /// Removes every folder that `lock` does not name. What cannot be removed means nothing, so it may stay.
    pub(super) fn sweep(&self, lock: &LockFile) {
        let kept: Vec<PathBuf> = lock.iter().map(|locked| self.folder(locked)).collect();
        for publisher in folders(&self.packages) {
            if publisher.file_name().is_some_and(|name| name.to_string_lossy().starts_with(STAGING)) {
                discard(&publisher);
                continue;
            }
            for package in folders(&publisher) {
                folders(&package)
                    .iter()
                    .filter(|folder| !kept.contains(folder))
                    .for_each(|folder| discard(folder));
                // Fails, as it should, while anything is left in it.
                let _ = fs::remove_dir(&package);
            }
            let _ = fs::remove_dir(&publisher);
        }
    }
}

impl Parts {
    fn files(&self) -> [(&'static str, &[u8]); 3] {
        let Self { component, bundle, manifest } = self;
        [(COMPONENT, component.bytes()), (BUNDLE, bundle), (MANIFEST, manifest.as_bytes())]
    }
}

/// `policy`, and for each publisher the keys that `lock` pins.
pub(crate) fn with_pins(policy: &Policy, lock: &LockFile) -> Policy {
    let mut policy = policy.clone();
    for (publisher, key) in lock.pins() {
        // A lock file has no names but good ones, so this cannot be refused.
        let _ = policy.keys_mut().trust_publisher(publisher, key.clone());
    }
    policy
}

/// Whether a manifest says what was signed.
pub(crate) fn agree(manifest: &Manifest, verified: &Verified<Component>) -> bool {
    manifest.name() == verified.name()
        && manifest.version() == verified.version()
        && manifest.kind() == verified.kind()
        && manifest.requests() == verified.requests()
}

fn folders(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.path())
        .collect()
}

fn discard(folder: &Path) {
    if let Err(error) = fs::remove_dir_all(folder) {
        tracing::warn!(folder = %folder.display(), %error, "a folder that nothing needs cannot be removed");
    }
}

fn create(folder: &Path) -> Result<(), InstallError> {
    fs::create_dir_all(folder).map_err(on("create", folder))
}

/// On Unix a rename lasts only once its folder is flushed; elsewhere folders cannot be opened.
fn sync(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

fn on(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> InstallError {
    let path = path.to_owned();
    move |source| InstallError::Disk { doing, path, source }
}

#[cfg(test)]
mod tests;
