//! From a core module to a component, and what that component imports.

use std::{fs, path::Path};

use anyhow::{Context as _, Result, bail};
use wit_component::{ComponentEncoder, DecodedWasm};

/// Wraps a core module as a component, by the description of its world that the module carries.
pub(super) fn component(module: &Path) -> Result<Vec<u8>> {
    let bytes = fs::read(module).with_context(|| module.display().to_string())?;
    let encoded = ComponentEncoder::default().validate(true).module(&bytes).and_then(|e| e.encode());
    encoded.with_context(|| format!("{} does not make a component", module.display()))
}

/// The sorted names of everything that a component imports: `inferno:plugin/log@0.1.0`.
pub(super) fn imports(component: &[u8]) -> Result<Vec<String>> {
    let DecodedWasm::Component(resolve, world) = wit_component::decode(component)? else {
        bail!("this is a WIT package, not a component");
    };
    let mut names: Vec<_> =
        resolve.worlds[world].imports.keys().map(|key| resolve.name_world_key(key)).collect();
    names.sort();
    Ok(names)
}

/// Refuses a component that needs anything from outside the contract.
pub(super) fn imports_only_the_contract(component: &[u8]) -> Result<()> {
    match imports(component)?.into_iter().find(|import| !import.starts_with("inferno:plugin/")) {
        Some(foreign) => bail!("it imports `{foreign}`, and a plugin is given nothing but `inferno:plugin`"),
        None => Ok(()),
    }
}
