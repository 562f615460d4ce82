//! For tests and fuzz targets: components of each world that do nothing, and the parsers of bytes from outside.
//!
//! Owns no truth. Easily confused with the hostile components of `tests/hostile`, which do something when they are run;
//! nothing here is ever run.

use inferno_package::Kind;
use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
use wit_parser::{LiftLowerAbi, ManglingAndAbi, Resolve};

pub use crate::oci::{image::ImageManifest, path::Endpoint};

/// A number that makes the bytes of a component different from those of another.
#[derive(Debug, Clone, Copy)]
pub struct Salt(pub u32);

/// A component of the world of `kind`, whose functions trap.
///
/// # Panics
/// Never, as long as the contract's folder is where this crate was built.
pub fn component(kind: Kind, Salt(salt): Salt) -> Vec<u8> {
    let version = if kind == Kind::OptimizationPass { "0.1" } else { "0.2" };
    let folder = format!("{}/../../wit/{version}", env!("CARGO_MANIFEST_DIR"));
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(folder).expect("the contract parses");
    let world = resolve.select_world(&[package], Some(kind.as_str())).expect("the world is there");
    let mut module = dummy_module(&resolve, world, ManglingAndAbi::Legacy(LiftLowerAbi::Sync));
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).expect("it embeds");
    let mut bytes = ComponentEncoder::default()
        .validate(true)
        .module(&module)
        .and_then(|encoder| encoder.encode())
        .expect("it encodes");
    // A custom section: its identifier, its length, the length of its name, its name, its content.
    bytes.extend([0, 9, 4, b's', b'a', b'l', b't']);
    bytes.extend(salt.to_le_bytes());
    bytes
}

/// What the registry reads from the bytes of a component: its kind, or why it is refused.
///
/// # Errors
/// The refusal, in words.
pub fn kind_of(bytes: &[u8]) -> Result<Kind, String> {
    crate::component::kind_of(bytes).map_err(|refusal| refusal.to_string())
}

/// WebAssembly in the text format, as bytes.
///
/// # Panics
/// When the text is wrong.
#[cfg(test)]
pub(crate) fn text(wat: &str) -> Vec<u8> {
    wat::parse_str(wat).expect("the text of a test component is right")
}
