//! A model file being read: its network, its text and its digest side by side, each waited for where it is needed.

use std::{
    path::{Path, PathBuf},
    thread::{self, JoinHandle},
};

use anyhow::{Context as _, Result, anyhow};
use inferno_models::{Model, ModelError, Network, Text};
use inferno_types::ModelId;

use super::model::{Found, Hashed, ModelFile};

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
