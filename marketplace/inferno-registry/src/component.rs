//! What the bytes of a component say about themselves: that they are one, what they import, and of which world.
//!
//! Owns: the registry's reading of bytes that it never runs. Refuses core modules, invalid code, imports that are not
//! of `inferno:plugin`, and worlds that no host of this version serves; a world is compared type by type. Easily
//! confused with the inspection by the plugin host, which asks whether this host can run a component within its
//! limits.

use std::sync::LazyLock;

use inferno_package::Kind;
use wasmparser::{Encoding, Parser, Payload, Validator, WasmFeatures};
use wit_component::targets;
use wit_parser::{Resolve, SourceMap, WorldId};

/// What every import of a component begins with.
const OURS: &str = "inferno:plugin/";
const MAX_NAMES: usize = 256;

macro_rules! wit {
    ($($file:literal),+) => {
        &[$(($file, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../wit/", $file)))),+]
    };
}

/// The contract, as files. A version is frozen once it is released, so this list only grows.
const CONTRACT: [&[(&str, &str)]; 2] = [
    wit!("0.1/graph.wit", "0.1/log.wit", "0.1/optimization-pass.wit"),
    wit!("0.2/analyzer.wit", "0.2/log.wit", "0.2/metrics.wit", "0.2/view.wit", "0.2/widget.wit"),
];

/// The world of a kind: the interface that a component of it exports, and the version at which it last changed.
const fn exported(kind: Kind) -> Option<(&'static str, usize)> {
    match kind {
        Kind::OptimizationPass => Some(("inferno:plugin/pass@0.1.0", 0)),
        Kind::Widget => Some(("inferno:plugin/panel@0.2.0", 1)),
        Kind::Analyzer => Some(("inferno:plugin/analysis@0.2.0", 1)),
        // A kind that is newer than this registry.
        _ => None,
    }
}

/// The contract, parsed.
static WORLDS: LazyLock<Vec<(Kind, Resolve, WorldId)>> = LazyLock::new(|| {
    let world = |kind: Kind| {
        let (_, version) = exported(kind)?;
        let mut sources = SourceMap::default();
        for (name, text) in CONTRACT[version] {
            sources.push_str(name, *text);
        }
        let group = sources.parse().expect("the contract parses, as a test shows");
        let mut resolve = Resolve::default();
        let package = resolve.push_group(group).expect("the contract resolves");
        let world = resolve.select_world(&[package], Some(kind.as_str())).expect("each kind has its world");
        Some((kind, resolve, world))
    };
    Kind::ALL.into_iter().filter_map(world).collect()
});

/// Reads the kind of a component. Takes a while for large ones: not for an async thread.
///
/// # Errors
/// The first reason to refuse the bytes.
pub(crate) fn kind_of(bytes: &[u8]) -> Result<Kind, ComponentError> {
    header(bytes)?;
    let names = names(bytes)?;
    for import in &names.imports {
        check_import(import)?;
    }
    let mut kinds = Kind::ALL.into_iter().filter(|kind| names.exports_world(*kind));
    let kind = kinds.next().ok_or_else(|| ComponentError::UnknownWorld { exports: names.shown_exports() })?;
    if let Some(other) = kinds.next() {
        return Err(ComponentError::TwoWorlds { one: kind, other });
    }
    let invalid = |error: wasmparser::BinaryReaderError| malformed(&error);
    Validator::new_with_features(WasmFeatures::default()).validate_all(bytes).map_err(invalid)?;
    let (_, resolve, world) =
        WORLDS.iter().find(|(of, ..)| *of == kind).expect("a kind that is exported has a world");
    targets(resolve, *world, bytes).map_err(|error| ComponentError::OtherTypes {
        kind,
        reason: clean(error.root_cause().downcast_ref().map_or("", wasmparser::BinaryReaderError::message)),
    })?;
    Ok(kind)
}

/// Tells what else was handed in, before the parser says something less helpful.
fn header(bytes: &[u8]) -> Result<(), ComponentError> {
    let found = match bytes {
        [] => "an empty file",
        [0, b'a', b's', b'm', 0x0d, 0, 1, 0, ..] => return Ok(()),
        [0, b'a', b's', b'm', 1, 0, 0, 0, ..] => {
            "a core module; wrap it as a component, as `inferno plugin build` does"
        }
        [0, b'a', b's', b'm', ..] => "WebAssembly of an unknown version",
        _ => "something that is not WebAssembly",
    };
    Err(ComponentError::NotAComponent { found })
}

/// What a component imports and exports at its top level.
#[derive(Default)]
struct Names {
    imports: Vec<String>,
    exports: Vec<String>,
}

impl Names {
    fn exports_world(&self, kind: Kind) -> bool {
        exported(kind).is_some_and(|(name, _)| self.exports.iter().any(|export| export == name))
    }

    fn shown_exports(&self) -> String {
        match self.exports.as_slice() {
            [] => "nothing".to_owned(),
            exports => clean(&exports.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")),
        }
    }
}

fn names(bytes: &[u8]) -> Result<Names, ComponentError> {
    let mut names = Names::default();
    let mut depth = 0_u32;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.map_err(|e| malformed(&e))? {
            Payload::Version { encoding, .. } => {
                depth += 1;
                if depth == 1 && encoding == Encoding::Module {
                    return Err(ComponentError::NotAComponent { found: "a core module" });
                }
            }
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(section) if depth == 1 => {
                for import in section {
                    names.imports.push(import.map_err(|e| malformed(&e))?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if depth == 1 => {
                for export in section {
                    names.exports.push(export.map_err(|e| malformed(&e))?.name.name.to_owned());
                }
            }
            _ => {}
        }
        if names.imports.len() + names.exports.len() > MAX_NAMES {
            return Err(ComponentError::TooManyNames);
        }
    }
    Ok(names)
}

fn check_import(import: &str) -> Result<(), ComponentError> {
    if import.starts_with(OURS) {
        return Ok(());
    }
    let import = clean(import);
    Err(if import.starts_with("wasi:") {
        ComponentError::Wasi { import }
    } else {
        ComponentError::Foreign { import }
    })
}

fn malformed(error: &wasmparser::BinaryReaderError) -> ComponentError {
    ComponentError::Malformed { offset: error.offset(), reason: clean(error.message()) }
}

/// A text from a component, on one line and short enough for an error.
fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect()
}

/// Why bytes are not a component that belongs here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ComponentError {
    #[error("the layer is {found}; a package is a WebAssembly component")]
    NotAComponent { found: &'static str },
    #[error("the component is malformed at byte {offset}: {reason}")]
    Malformed { offset: u64, reason: String },
    #[error("the component has more than {MAX_NAMES} imports and exports")]
    TooManyNames,
    #[error(
        "the component imports `{import}`; there is no WASI in the host, so build it for \
         wasm32-unknown-unknown, without an adapter"
    )]
    Wasi { import: String },
    #[error("the component imports `{import}`; it may import `inferno:plugin/…` only")]
    Foreign { import: String },
    #[error(
        "the component is of no world that this version knows: it exports {exports}; `optimization-pass`, `widget` \
         and `analyzer` are known, of the contract 0.1.0 and 0.2.0"
    )]
    UnknownWorld { exports: String },
    #[error("the component is of two worlds, `{one}` and `{other}`; publish one component for each")]
    TwoWorlds { one: Kind, other: Kind },
    #[error("the component exports what a `{kind}` does, but with other types than the contract: {reason}")]
    OtherTypes { kind: Kind, reason: String },
}

#[cfg(test)]
mod tests;
