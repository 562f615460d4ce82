//! A plugin's source folder: a cargo package, an `inferno.toml`, and a copy of the SDK.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

use inferno_package::{Kind, Manifest, ManifestError};
use inferno_types::Digest;

use crate::{
    BuildError,
    compile::{self, Compiler, Guests, Targets},
    sdk,
};

/// A folder that a component can be built from.
#[derive(Debug, Clone)]
pub struct Project {
    folder: PathBuf,
    manifest: Manifest,
    target: PathBuf,
}

/// A component that has been built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    /// Where it lies.
    pub component: PathBuf,
    /// The digest of its bytes.
    pub digest: Digest,
    /// Its kind, which its manifest states and its exports confirm.
    pub kind: Kind,
    /// Its length in bytes.
    pub size: u64,
    /// Everything that it imports: `inferno:plugin/log@0.2.0`.
    pub imports: Vec<String>,
    /// The name and version of the compiler. Another one makes other bytes of the same sources.
    pub compiler: String,
}

impl Project {
    /// Opens the project in a folder.
    ///
    /// # Errors
    /// When it has no `inferno.toml` or no `Cargo.toml`, or one that is not right.
    pub fn open(folder: &Path) -> Result<Self, ProjectError> {
        let folder = fs::canonicalize(folder)
            .map_err(|source| ProjectError::Folder { folder: folder.to_owned(), source })?;
        let text = read(&folder, "inferno.toml")?;
        let manifest = Manifest::parse(&text)
            .map_err(|source| ProjectError::Manifest { path: folder.join("inferno.toml"), source })?;
        let text = read(&folder, "Cargo.toml")?;
        let path = folder.join("Cargo.toml");
        let cargo: toml::Table = toml::from_str(&text)
            .map_err(|e| ProjectError::Cargo { path: path.clone(), reason: e.to_string() })?;
        let profile = cargo.get("profile").and_then(|profiles| profiles.get("plugin"));
        if profile.is_none() {
            return Err(ProjectError::Profile { path });
        }
        // Where cargo itself would build; an empty variable counts as none there too.
        let target = env::var_os("CARGO_TARGET_DIR").filter(|folder| !folder.is_empty());
        let target = target.map_or_else(|| folder.join("target"), |target| folder.join(target));
        Ok(Self { folder, manifest, target })
    }

    /// The same project, built in another folder than `target`.
    #[must_use]
    pub fn with_target(self, target: PathBuf) -> Self {
        Self { target, ..self }
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What its `inferno.toml` says.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Its `inferno.toml`.
    pub fn manifest_path(&self) -> PathBuf {
        self.folder.join("inferno.toml")
    }

    /// Its README, where it has one.
    pub fn readme_path(&self) -> Option<PathBuf> {
        Some(self.folder.join("README.md")).filter(|path| path.exists())
    }

    /// Where its component goes by default.
    pub fn component_path(&self) -> PathBuf {
        self.folder.join("component.wasm")
    }

    /// Compiles the crate, wraps it as a component, checks it against the manifest, and writes it to `out`.
    ///
    /// The same sources, lock file and compiler give the same bytes in every folder. Compiler messages go to standard
    /// error. The first build on a machine takes about a minute longer where no compiler for WebAssembly is installed.
    ///
    /// # Errors
    /// When no compiler is to be had, the crate does not compile, or its component is not what the manifest says.
    pub fn build(&self, out: &Path) -> Result<Built, BuildError> {
        sdk::ensure(&self.folder).map_err(BuildError::file("write", self.folder.join(sdk::FOLDER)))?;
        let compiler = Compiler::find(&self.folder)?;
        let guests = Guests {
            folder: self.folder.clone(),
            root: self.folder.clone(),
            target: self.target.clone(),
            targets: Targets::Libraries,
            locked: false,
        };
        let modules = guests.compile(&compiler)?;
        let own = modules.into_iter().find(|module| module.package == self.folder);
        let module = own.ok_or_else(|| BuildError::NoModule { manifest: self.folder.join("Cargo.toml") })?;
        let bytes = compile::component(&module.path)?;
        compile::imports_only_the_contract(&bytes)?;
        self.check_kind(&bytes)?;
        write(out, &bytes).map_err(BuildError::file("write", out))?;
        Ok(Built {
            component: out.to_owned(),
            digest: Digest::of(&bytes),
            kind: self.manifest.kind(),
            size: bytes.len() as u64,
            imports: compile::imports(&bytes)?,
            compiler: compiler.version(&self.folder)?,
        })
    }

    fn check_kind(&self, component: &[u8]) -> Result<(), BuildError> {
        let kind = self.manifest.kind();
        let exports = compile::exports(component)?;
        let wanted = match kind {
            Kind::OptimizationPass => "inferno:plugin/pass@",
            Kind::Widget => "inferno:plugin/panel@",
            Kind::Analyzer => "inferno:plugin/analysis@",
            // A kind that this version does not build yet is told by its exports alone.
            _ => "inferno:plugin/",
        };
        if exports.iter().any(|export| export.starts_with(wanted)) {
            return Ok(());
        }
        let exports = if exports.is_empty() { "nothing".to_owned() } else { exports.join(", ") };
        Err(BuildError::Kind { manifest: kind, exports })
    }
}

/// Writes a file whole or not at all.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    fs::write(&partial, bytes)?;
    fs::rename(&partial, path)
}

fn read(folder: &Path, name: &'static str) -> Result<String, ProjectError> {
    fs::read_to_string(folder.join(name)).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => ProjectError::Missing { folder: folder.to_owned(), name },
        _ => ProjectError::File { path: folder.join(name), source },
    })
}

/// Why a folder is no project.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProjectError {
    /// There is no such folder.
    #[error("there is no folder {}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file that every project has is missing.
    #[error(
        "{} has no {name}, so it is no plugin's folder; change to one, or make one with \
         `inferno plugin new --kind widget PUBLISHER/NAME`",
        folder.display()
    )]
    Missing {
        /// The folder.
        folder: PathBuf,
        /// The file.
        name: &'static str,
    },
    /// A file cannot be read.
    #[error("could not read {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The manifest of the package is not right.
    #[error("{} is not a manifest", path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: ManifestError,
    },
    /// The manifest of the crate is not right.
    #[error("{} is not a cargo manifest: {reason}", path.display())]
    Cargo {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// The profile that components are built with is missing.
    #[error(
        "{} does not say how a component is compiled; add\n\n[profile.plugin]\ninherits = \"release\"\n\
         opt-level = \"s\"\nlto = true\ncodegen-units = 1\npanic = \"abort\"\nstrip = true\n",
        path.display()
    )]
    Profile {
        /// The file.
        path: PathBuf,
    },
}
