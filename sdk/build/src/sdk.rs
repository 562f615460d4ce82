//! The copy of the SDK that every project carries in `vendor/inferno-plugin`.
//!
//! A project that carries its SDK builds without this checkout, gives the same bytes in every folder (cargo names
//! symbols after paths from the root of the workspace, and the SDK lies below it), and still does after this program
//! has been updated. So a copy that is there is never touched; one that is missing is written.

use std::{fs, io, path::Path};

/// Where a project carries the SDK.
pub(crate) const FOLDER: &str = "vendor/inferno-plugin";

/// The SDK's files: a path with slashes, and a text.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/sdk.rs"));

/// Writes the copy where there is none.
pub(crate) fn ensure(project: &Path) -> io::Result<()> {
    let folder = project.join(FOLDER);
    if folder.join("Cargo.toml").exists() {
        return Ok(());
    }
    // The manifest comes last: with it, the copy is complete.
    let (manifest, sources): (Vec<_>, Vec<_>) = FILES.iter().partition(|(path, _)| *path == "Cargo.toml");
    for (path, text) in sources.into_iter().chain(manifest) {
        let file = folder.join(path);
        fs::create_dir_all(file.parent().unwrap_or(&folder))?;
        fs::write(file, text)?;
    }
    Ok(())
}
