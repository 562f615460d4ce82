//! Components from source: `plugins/` and `tests/hostile/`, compiled for WebAssembly and wrapped as components.
//!
//! Owns the way from a folder of crates to `target/components/*.wasm`; how a crate is compiled is known to
//! `inferno-plugin-build`. Refuses to sign or install anything: what comes out is bytes. The same sources, built by the
//! same compiler, give the same bytes, for first-party components in every folder.

mod stage;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use inferno_package::Manifest;
use inferno_plugin_build::compile::{self, Compiler, Guests, Module, Targets};

/// A component that has been built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BuiltComponent {
    /// Its package: `inferno/fuse-qkv`, `hostile/endless-loop`.
    pub(crate) name: String,
    /// Its version.
    pub(crate) version: String,
    /// Its kind, as the manifest spells it.
    pub(crate) kind: String,
    /// Its bytes: `target/components/fuse-qkv.wasm`, `target/components/hostile/endless-loop.wasm`.
    pub(crate) path: PathBuf,
    /// Its manifest: beside the sources of a first-party component, beside the bytes of a hostile one.
    pub(crate) manifest_path: PathBuf,
}

/// Where the first-party components lie.
pub(crate) fn first_party_folder(root: &Path) -> PathBuf {
    root.join("target/components")
}

/// Where the hostile components lie.
pub(crate) fn hostile_folder(root: &Path) -> PathBuf {
    root.join("target/components/hostile")
}

/// Builds the components of `plugins/`, doing again only what changed.
///
/// # Errors
/// When there is no compiler for WebAssembly, a crate does not compile, or a component imports anything but
/// `inferno:plugin`.
pub(crate) fn build_first_party(root: &Path) -> Result<Vec<BuiltComponent>> {
    let folder = first_party_folder(root);
    let stage = stage::lay_out(root)?;
    let guests = guests(root, &stage, Targets::Libraries);
    let modules = modules(root, &Guests { root: stage, ..guests })?;
    let component = |module: Module| {
        let sources = module.package.file_name().context("a package has a folder")?;
        let manifest_path = root.join("plugins").join(sources).join("inferno.toml");
        let path = folder.join(&module.name).with_extension("wasm");
        let bytes = compile::component(&module.path)?;
        compile::imports_only_the_contract(&bytes).with_context(|| path.display().to_string())?;
        write_if_changed(&path, &bytes)?;
        built(manifest_path, path)
    };
    modules.into_iter().map(component).collect()
}

/// Builds the components of `tests/hostile/`, doing again only what changed. Nothing is asked of their imports.
///
/// # Errors
/// When there is no compiler for WebAssembly, or a crate does not compile.
pub(crate) fn build_hostile(root: &Path) -> Result<Vec<BuiltComponent>> {
    let folder = hostile_folder(root);
    let sources = root.join("tests/hostile");
    let modules = modules(root, &guests(root, &sources, Targets::Examples))?;
    let component = |module: Module| {
        let manifest_path = folder.join(&module.name).with_extension("toml");
        let path = folder.join(&module.name).with_extension("wasm");
        let template = sources.join(hostile_manifest(&module.name));
        let template = fs::read_to_string(&template).with_context(|| template.display().to_string())?;
        write_if_changed(&manifest_path, template.replace("NAME", &module.name).as_bytes())?;
        write_if_changed(&path, &compile::component(&module.path)?)?;
        built(manifest_path, path)
    };
    modules.into_iter().map(component).collect()
}

/// The manifest for a hostile component: its name begins with its kind, unless it is a pass.
fn hostile_manifest(name: &str) -> &'static str {
    match name.split_once('-') {
        Some(("widget", _)) => "widget.toml",
        Some(("analyzer", _)) => "analyzer.toml",
        _ => "inferno.toml",
    }
}

fn guests(root: &Path, folder: &Path, targets: Targets) -> Guests {
    let folder = folder.to_owned();
    Guests { folder, root: root.to_owned(), target: root.join("target/plugins"), targets, locked: true }
}

fn modules(root: &Path, guests: &Guests) -> Result<Vec<Module>> {
    Ok(guests.compile(&Compiler::find(root)?)?)
}

fn built(manifest_path: PathBuf, path: PathBuf) -> Result<BuiltComponent> {
    let text = fs::read_to_string(&manifest_path).with_context(|| manifest_path.display().to_string())?;
    let manifest = Manifest::parse(&text).with_context(|| manifest_path.display().to_string())?;
    Ok(BuiltComponent {
        name: manifest.name().to_string(),
        version: manifest.version().to_string(),
        kind: manifest.kind().to_string(),
        path,
        manifest_path,
    })
}

/// Leaves a file that is right already untouched, so that nothing that looks at its age does its work again.
fn write_if_changed(path: &Path, bytes: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    fs::write(path, bytes).with_context(|| path.display().to_string())
}

#[cfg(test)]
mod tests;
