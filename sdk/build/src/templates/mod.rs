//! New projects: a folder with a plugin that compiles, does something useful, and has a test.
//!
//! Owns what a new project looks like. The files lie in `sdk/build/templates/`; the words in double braces are
//! replaced. Refuses to overwrite anything.

mod lock;
mod names;
#[cfg(test)]
mod tests;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use inferno_package::{Kind, PackageRef};

use crate::sdk;
use names::Names;

/// A file of a template: its path in the project, and its text with words to replace.
type TemplateFile = (&'static str, &'static str);

/// The files of one kind.
macro_rules! files {
    ($kind:literal) => {
        &[
            ("inferno.toml", include_str!(concat!("../../templates/", $kind, "/inferno.toml"))),
            ("README.md", include_str!(concat!("../../templates/", $kind, "/README.md"))),
            ("src/lib.rs", include_str!(concat!("../../templates/", $kind, "/src/lib.rs"))),
            ("src/tests.rs", include_str!(concat!("../../templates/", $kind, "/src/tests.rs"))),
        ]
    };
}

/// The files that all kinds share.
const SHARED: &[TemplateFile] = &[
    ("Cargo.toml", include_str!("../../templates/Cargo.toml.template")),
    ("Cargo.lock", include_str!("../../templates/Cargo.lock.template")),
    (".gitignore", include_str!("../../templates/gitignore.template")),
];

const PASS: &[TemplateFile] = files!("pass");
const WIDGET: &[TemplateFile] = files!("widget");
const ANALYZER: &[TemplateFile] = files!("analyzer");

/// Makes a project in `folder`, which must not exist or be empty, and returns the paths of what was written, relative
/// to it, the copy of the SDK left out.
///
/// # Errors
/// When something is there already, the name cannot be a crate's, or the folder cannot be written.
pub fn create(kind: Kind, name: &PackageRef, folder: &Path) -> Result<Vec<PathBuf>, TemplateError> {
    let own = match kind {
        Kind::OptimizationPass => PASS,
        Kind::Widget => WIDGET,
        Kind::Analyzer => ANALYZER,
        _ => return Err(TemplateError::Kind { kind }),
    };
    let names = Names::new(name);
    if lock::names().any(|taken| taken == names.krate) {
        return Err(TemplateError::Taken { name: name.clone(), krate: names.krate });
    }
    refuse_occupied(folder)?;
    let mut written = Vec::new();
    for (path, text) in SHARED.iter().chain(own) {
        let text = names.replace(text);
        let text = if *path == "Cargo.lock" { lock::sorted(&text) } else { text };
        let file = folder.join(path);
        write(&file, &text).map_err(|source| TemplateError::File { path: file.clone(), source })?;
        written.push(PathBuf::from(path));
    }
    let copy = folder.join(sdk::FOLDER);
    sdk::ensure(folder).map_err(|source| TemplateError::File { path: copy, source })?;
    written.sort();
    Ok(written)
}

fn refuse_occupied(folder: &Path) -> Result<(), TemplateError> {
    match fs::read_dir(folder) {
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => Err(TemplateError::Occupied { folder: folder.to_owned() }),
        },
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(e) if e.kind() == io::ErrorKind::NotADirectory => {
            Err(TemplateError::Occupied { folder: folder.to_owned() })
        }
        Err(source) => Err(TemplateError::File { path: folder.to_owned(), source }),
    }
}

fn write(file: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(file, text)
}

/// Why no project was made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateError {
    /// Something is there already.
    #[error("{} exists and is not an empty folder; choose another with `--folder`, or remove it", folder.display())]
    Occupied {
        /// Where the project should go.
        folder: PathBuf,
    },
    /// The crate of that name would collide with what it depends on.
    #[error("{name} would be the crate `{krate}`, which a plugin depends on; choose another name")]
    Taken {
        /// The package.
        name: PackageRef,
        /// Its crate.
        krate: String,
    },
    /// There is no template for the kind.
    #[error("there is no template for a plugin of kind `{kind}`")]
    Kind {
        /// The kind.
        kind: Kind,
    },
    /// The folder cannot be written.
    #[error("could not write {}", path.display())]
    File {
        /// What should have been written.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}
