//! From a core module to a component, and what that component imports and exports.

use std::{fs, path::Path};

use wit_component::{ComponentEncoder, DecodedWasm};

use crate::BuildError;

/// Wraps a core module as a component, by the description of its world that the module carries.
///
/// # Errors
/// When the module cannot be read or describes no world.
pub fn component(module: &Path) -> Result<Vec<u8>, BuildError> {
    let bytes = fs::read(module).map_err(BuildError::file("read", module))?;
    let encoded = ComponentEncoder::default().validate(true).module(&bytes).and_then(|e| e.encode());
    encoded.map_err(|e| BuildError::Encode { module: module.to_owned(), reason: format!("{e:#}") })
}

/// The sorted names of everything that a component imports: `inferno:plugin/log@0.1.0`.
///
/// # Errors
/// When the bytes are no component.
pub fn imports(component: &[u8]) -> Result<Vec<String>, BuildError> {
    Ok(names(component)?.0)
}

/// The sorted names of everything that a component exports: `inferno:plugin/pass@0.1.0`.
///
/// # Errors
/// When the bytes are no component.
pub fn exports(component: &[u8]) -> Result<Vec<String>, BuildError> {
    Ok(names(component)?.1)
}

/// Refuses a component that needs anything from outside the contract.
///
/// # Errors
/// When it does, or is no component.
pub fn imports_only_the_contract(component: &[u8]) -> Result<(), BuildError> {
    match imports(component)?.into_iter().find(|import| !import.starts_with("inferno:plugin/")) {
        Some(import) => Err(BuildError::ForeignImport { import }),
        None => Ok(()),
    }
}

fn names(component: &[u8]) -> Result<(Vec<String>, Vec<String>), BuildError> {
    let refused = |reason| BuildError::Encode { module: "the component".into(), reason };
    let decoded = wit_component::decode(component).map_err(|e| refused(format!("{e:#}")))?;
    let DecodedWasm::Component(resolve, world) = decoded else {
        return Err(refused("this is a WIT package, not a component".into()));
    };
    let sorted = |keys: Vec<_>| {
        let mut names: Vec<String> = keys.into_iter().map(|key| resolve.name_world_key(key)).collect();
        names.sort();
        names
    };
    let world = &resolve.worlds[world];
    Ok((sorted(world.imports.keys().collect()), sorted(world.exports.keys().collect())))
}
