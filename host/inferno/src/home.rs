//! Where an installation keeps its things.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

/// Names the folder of the installation; see [`Home::find`].
pub const HOME_VARIABLE: &str = "INFERNO_HOME";

/// The folder of an installation: `models`, `packages` with `inferno.lock`, `plugins`, `registry`, `keys`, `cache` and
/// `config.toml`.
#[derive(Debug, Clone)]
pub struct Home(PathBuf);

impl Home {
    /// The installation of this user: `INFERNO_HOME`, else the system's folder for application data.
    ///
    /// # Errors
    /// When neither is known.
    pub fn find() -> Result<Self> {
        let set = |variable: &str| env::var_os(variable).filter(|v| !v.is_empty()).map(PathBuf::from);
        set(HOME_VARIABLE)
            .or_else(|| set("XDG_DATA_HOME").map(|data| data.join("inferno")))
            .or_else(|| set("LOCALAPPDATA").map(|data| data.join("inferno")))
            .or_else(|| set("HOME").map(|home| home.join(".local").join("share").join("inferno")))
            .map(Self)
            .with_context(|| {
                format!("no home folder is known; set {HOME_VARIABLE} to a folder for models and keys")
            })
    }

    /// An installation in a given folder.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// The model library.
    pub fn models(&self) -> PathBuf {
        self.0.join("models")
    }

    /// Packages installed from a registry. Only what [`Home::lock`] names counts.
    pub fn packages(&self) -> PathBuf {
        self.0.join("packages")
    }

    /// The lock file: which packages are installed, and whose signatures they must have.
    pub fn lock(&self) -> PathBuf {
        self.0.join("inferno.lock")
    }

    /// What the registry of this installation holds, where it is one.
    pub fn registry(&self) -> PathBuf {
        self.0.join("registry")
    }

    /// The database of a server: the past of its metrics, the board, and what is switched off.
    pub fn database(&self) -> PathBuf {
        self.0.join("store.db")
    }

    /// Components put in place by hand, a folder each.
    pub fn plugins(&self) -> PathBuf {
        self.0.join("plugins")
    }

    /// Signing keys.
    pub fn keys(&self) -> PathBuf {
        self.0.join("keys")
    }

    /// The developer's own key, trusted by `--development`.
    pub fn development_key(&self) -> PathBuf {
        self.keys().join("development.pem")
    }

    /// The configuration file; need not exist.
    pub fn config(&self) -> PathBuf {
        self.0.join("config.toml")
    }

    /// A folder for what can be made again, created when missing and closed to other users.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn cache(&self, what: &str) -> Result<PathBuf> {
        let path = self.0.join("cache").join(what);
        create_private(&path).with_context(|| format!("could not create {}", path.display()))?;
        Ok(path)
    }
}

fn create_private(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}
