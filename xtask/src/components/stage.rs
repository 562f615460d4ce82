//! The first-party components and the SDK below one root, in `target/guests`.
//!
//! Cargo names the symbols of a crate after its path from the root of its workspace, and those of a crate outside
//! after its whole path. In the checkout the SDK lies outside `plugins/`; in here it does not, and so a component has
//! the same bytes wherever the checkout lies.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

use super::write_if_changed;

/// What `plugins/Cargo.toml` calls the SDK, and what its copy does.
const SDK: [&str; 2] = ["\"../sdk/rust\"", "\"sdk/rust\""];

/// Lays the sources out anew, touching only what changed, and returns the folder.
pub(super) fn lay_out(root: &Path) -> Result<PathBuf> {
    let stage = root.join("target/guests");
    let mut kept = BTreeSet::new();
    for (from, to) in [("plugins", ""), ("sdk/rust", "sdk/rust"), ("wit", "wit")] {
        copy(&root.join(from), &stage.join(to), &mut kept)?;
    }
    let manifest = root.join("plugins/Cargo.toml");
    let text = fs::read_to_string(&manifest).with_context(|| manifest.display().to_string())?;
    write_if_changed(&stage.join("Cargo.toml"), text.replace(SDK[0], SDK[1]).as_bytes())?;
    remove_others(&stage, &kept)?;
    Ok(stage)
}

/// Copies a folder, but for what cargo made in it, and the manifest that is written otherwise.
fn copy(from: &Path, to: &Path, kept: &mut BTreeSet<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(from).with_context(|| from.display().to_string())? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default();
        let copied = to.join(name);
        if path.is_dir() {
            if name != "target" {
                copy(&path, &copied, kept)?;
            }
            continue;
        }
        if !path.ends_with("plugins/Cargo.toml") {
            let bytes = fs::read(&path).with_context(|| path.display().to_string())?;
            write_if_changed(&copied, &bytes)?;
        }
        kept.insert(copied);
    }
    Ok(())
}

/// Removes what the checkout no longer has.
fn remove_others(folder: &Path, kept: &BTreeSet<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            remove_others(&path, kept)?;
        } else if !kept.contains(&path) {
            fs::remove_file(&path).with_context(|| path.display().to_string())?;
        }
    }
    Ok(())
}
