//! Components from source: `plugins/` and `tests/hostile/`, compiled for WebAssembly and wrapped as components.
//!
//! Owns the way from a folder of crates to `target/components/*.wasm`. Refuses to sign or install anything: what
//! comes out is bytes. The same sources, built again in the same folder by the same compiler, give the same bytes;
//! another folder gives others, since cargo names the symbols of a crate outside its workspace after its path.

mod build;
mod compiler;
mod debian;
mod encode;
mod manifest;
mod sysroot;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

use manifest::Manifest;

/// What components are compiled for.
const TARGET: &str = "wasm32-unknown-unknown";

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
    let compiler = compiler::find(root)?;
    let modules = build::modules(root, "plugins/Cargo.toml", build::Targets::Libraries, &compiler)?;
    let component = |module: build::Module| {
        let manifest_path = module.package.join("inferno.toml");
        let path = folder.join(&module.name).with_extension("wasm");
        let bytes = encode::component(&module.path)?;
        encode::imports_only_the_contract(&bytes).with_context(|| path.display().to_string())?;
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
    let compiler = compiler::find(root)?;
    let template = root.join("tests/hostile/inferno.toml");
    let template = fs::read_to_string(&template).with_context(|| template.display().to_string())?;
    let modules = build::modules(root, "tests/hostile/Cargo.toml", build::Targets::Examples, &compiler)?;
    let component = |module: build::Module| {
        let manifest_path = folder.join(&module.name).with_extension("toml");
        let path = folder.join(&module.name).with_extension("wasm");
        write_if_changed(&manifest_path, template.replace("NAME", &module.name).as_bytes())?;
        write_if_changed(&path, &encode::component(&module.path)?)?;
        built(manifest_path, path)
    };
    modules.into_iter().map(component).collect()
}

fn built(manifest_path: PathBuf, path: PathBuf) -> Result<BuiltComponent> {
    let Manifest { name, version, kind } = Manifest::read(&manifest_path)?;
    Ok(BuiltComponent { name, version, kind, path, manifest_path })
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
