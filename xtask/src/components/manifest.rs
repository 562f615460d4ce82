//! The part of `inferno.toml` that a build needs. Not to be confused with `inferno-package`, which checks a manifest
//! before anything is published or installed.

use std::{fs, path::Path};

use anyhow::{Context as _, Result};
use serde::Deserialize;

/// What a component is called.
#[derive(Debug, Deserialize)]
pub(super) struct Manifest {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) kind: String,
}

impl Manifest {
    /// Reads the `[package]` of a manifest.
    pub(super) fn read(path: &Path) -> Result<Self> {
        #[derive(Deserialize)]
        struct File {
            package: Manifest,
        }
        let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
        let file: File = toml::from_str(&text).with_context(|| path.display().to_string())?;
        Ok(file.package)
    }
}
