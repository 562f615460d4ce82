//! Flags that keep this machine out of what is compiled.
//!
//! Cargo names the symbols of a crate after its path from the root of its workspace, so a guest that lies in its
//! workspace together with the SDK gets the same names in every folder. What is left are paths in the texts of
//! panics, and those the compiler can be told to write otherwise.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use crate::BuildError;

/// The flags for crates below `root`. Dependencies must have been fetched: where they lie depends on where they
/// came from.
pub(super) fn flags(root: &Path) -> Result<Vec<String>, BuildError> {
    let real = fs::canonicalize(root).map_err(BuildError::file("read", root))?;
    let mut flags = vec![renamed(root, "/inferno"), renamed(&real, "/inferno")];
    flags.extend(dependencies_renamed());
    // In what is built, not in messages: whoever reads those wants to open the file.
    flags.push("--remap-path-scope=object".to_owned());
    Ok(flags)
}

/// Flags that give cargo's own folders one name on every machine. The compiler takes the last that fits.
pub(super) fn dependencies_renamed() -> Vec<String> {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let Some(home) = home.or_else(|| env::home_dir().map(|home| home.join(".cargo"))) else { return vec![] };
    let mut flags = vec![renamed(&home, "/cargo")];
    // One folder for each registry, named after how it is reached: a mirror has another name.
    let sources = fs::read_dir(home.join("registry/src"));
    let mut sources: Vec<_> = sources.into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    sources.sort();
    flags.extend(sources.iter().map(|source| renamed(source, "/cargo/registry")));
    flags
}

/// The flag that gives a folder another name in everything that is compiled.
pub(super) fn renamed(folder: &Path, name: &str) -> String {
    format!("--remap-path-prefix={}={name}", folder.display())
}

/// Flags as `CARGO_ENCODED_RUSTFLAGS` takes them: they may then hold spaces.
pub(super) fn encoded(flags: &[String]) -> Result<String, BuildError> {
    match flags.iter().find(|flag| flag.contains('\u{1f}')) {
        Some(flag) => Err(BuildError::Path { path: flag.into() }),
        None => Ok(flags.join("\u{1f}")),
    }
}
