//! Installed components: a folder each, with the component, its manifest and its bundle.
//!
//! Owns the layout `PLUGINS/ANY/{component.wasm, component.wasm.sigstore.json, inferno.toml}`. The manifest says
//! what the operator installed; the signed statement must say the same. Refuses to judge: `inferno-trust` does.

use std::{
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use inferno_package::{Manifest, OperatorGrants};
use inferno_plugin_host::{OptimizationPass, PluginHost};
use inferno_trust::{Expected, Policy, verify};
use serde::{Deserialize, Serialize};

/// The most bytes of a component, a manifest or a bundle that are read at all.
const MAX_BYTES: u64 = 64 << 20;

/// An installed folder that did not become a pass, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedComponent {
    /// The folder's name.
    pub folder: String,
    /// The whole chain of reasons.
    pub reason: String,
}

/// What became of the installed folders.
#[derive(Debug, Default)]
pub struct Loaded {
    /// Verified and loaded, in the order in which they are to run.
    pub passes: Vec<OptimizationPass>,
    /// All others.
    pub refused: Vec<RefusedComponent>,
}

/// Loads every installed component that `policy` trusts. A refused one stops nothing.
///
/// `order` names the packages to run, in order; absent, all run, by name.
///
/// # Errors
/// When the folder itself cannot be read.
pub fn load(
    folder: &Path,
    order: Option<&[String]>,
    operator: &OperatorGrants,
    policy: &Policy,
    host: &PluginHost,
) -> Result<Loaded> {
    let mut loaded = Loaded::default();
    for path in folders(folder).with_context(|| format!("could not read {}", folder.display()))? {
        match load_one(&path, operator, policy, host) {
            Ok(pass) => loaded.passes.push(pass),
            Err(error) => {
                let folder = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                let reason = format!("{error:#}");
                tracing::warn!(folder, reason, "a component is refused");
                loaded.refused.push(RefusedComponent { folder, reason });
            }
        }
    }
    if let Some(order) = order {
        arrange(&mut loaded, order);
    }
    Ok(loaded)
}

fn load_one(
    folder: &Path,
    operator: &OperatorGrants,
    policy: &Policy,
    host: &PluginHost,
) -> Result<OptimizationPass> {
    let text = String::from_utf8(read(&folder.join("inferno.toml"))?).context("inferno.toml is not text")?;
    let manifest = Manifest::parse(&text).context("inferno.toml is not a manifest")?;
    let path = folder.join("component.wasm");
    let component = read(&path)?;
    let bundle = match read(&bundle_path(&path)) {
        Ok(bundle) => Some(bundle),
        Err(e) if not_found(&e) => None,
        Err(e) => return Err(e),
    };
    let expected = Expected { name: manifest.name().clone(), version: manifest.version().clone() };
    let verified = verify(component, bundle.as_deref(), &expected, policy)?;
    Ok(host.load_pass(&verified, operator)?)
}

/// Keeps the named packages, in the named order; names without a package are reported.
fn arrange(loaded: &mut Loaded, order: &[String]) {
    use inferno_graph::GraphPass as _;
    let mut rest = std::mem::take(&mut loaded.passes);
    for name in order {
        match rest.iter().position(|pass| pass.identity().name == *name) {
            Some(at) => loaded.passes.push(rest.remove(at)),
            None => loaded.refused.push(RefusedComponent {
                folder: name.clone(),
                reason: format!(
                    "the configuration's order names {name}, which is not installed or was refused"
                ),
            }),
        }
    }
}

/// Where the bundle of a component lies: beside it, with `.sigstore.json` appended.
pub fn bundle_path(component: &Path) -> PathBuf {
    let mut path = OsString::from(component);
    path.push(".sigstore.json");
    path.into()
}

fn folders(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(e),
    };
    let mut folders = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            folders.push(path);
        }
    }
    folders.sort();
    Ok(folders)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let shown = path.file_name().unwrap_or_default().to_string_lossy();
    let size = fs::metadata(path).with_context(|| format!("{shown} cannot be read"))?.len();
    anyhow::ensure!(size <= MAX_BYTES, "{shown} has {size} bytes; at most {MAX_BYTES} are read");
    fs::read(path).with_context(|| format!("{shown} cannot be read"))
}

fn not_found(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::NotFound)
}
