//! Looks at the bytes of a component before anything is compiled: is it one, how large is it inside, what does it
//! import and export.
//!
//! Owns the refusals that must not cost a compilation. It walks sections and counts; it does not validate, since
//! wasmtime does that while compiling. Covered here: wrong or cut headers, core modules, sections beyond the end,
//! too many or too large functions, too many locals, deep or many nested components, memories larger than allowed,
//! foreign imports, other contract versions. Left to wasmtime's validator and its fixed limits: the nesting of
//! types (100), the rules of every instruction, features that are off. Not covered: how long the compiler takes
//! within [`CodeLimits`](crate::CodeLimits), which is why those are small.

use wasmtime::wasmparser::{Encoding, FunctionBody, Parser, Payload};

use inferno_package::Kind;

use crate::{
    HostConfig, LoadError,
    limits::Limits,
    text,
    world::{World, world},
};

/// The most bytes of a name that are repeated.
const NAME_BYTES: usize = 200;

const PAGE: u64 = 65_536;

/// What can be read off a component without compiling it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComponentFacts {
    /// What it imports, such as `inferno:plugin/log@0.2.0`, in its own order.
    pub imports: Vec<String>,
    /// What it exports, in its own order.
    pub exports: Vec<String>,
    /// The version of the contract that it was built for: `0.2`.
    pub contract: &'static str,
}

/// Looks at a component of `kind` as [`PluginHost`](crate::PluginHost) does before it compiles one, with the default
/// limits. For tools that want to say early what a server would say later.
///
/// # Errors
/// The first reason to refuse it.
pub fn inspect_component(bytes: &[u8], kind: Kind) -> Result<ComponentFacts, LoadError> {
    inspect(bytes, kind, HostConfig::default().limits(kind))
}

/// Checks that `bytes` are a component of the world of this kind within these limits.
///
/// # Errors
/// The first reason to refuse them.
pub(crate) fn inspect(bytes: &[u8], kind: Kind, limits: &Limits) -> Result<ComponentFacts, LoadError> {
    let world = world(kind).ok_or(LoadError::NotServed { kind })?;
    at_most("bytes", bytes.len() as u64, limits.code.component_bytes as u64)?;
    header(bytes)?;
    let mut found = Found::new(world);
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload.map_err(malformed)?;
        found.add(&payload, limits)?;
    }
    if let Some(other) = found.other
        && !found.complete
    {
        return Err(LoadError::AnotherKind { kind, found: other });
    }
    if let Some(refusal) = found.refusal {
        return Err(refusal);
    }
    if !found.complete {
        let World { export, version, .. } = world;
        return Err(LoadError::MissingExport {
            kind,
            export: format!("inferno:plugin/{export}@{version}.0"),
        });
    }
    Ok(ComponentFacts { imports: found.imports, exports: found.exports, contract: world.version })
}

/// Tells what else was handed in, before the parser says something less helpful.
fn header(bytes: &[u8]) -> Result<(), LoadError> {
    let found = match bytes {
        [] => "an empty file",
        [0, b'a', b's', b'm', 0x0d, 0, 1, 0, ..] => return Ok(()),
        [0, b'a', b's', b'm', 1, 0, 0, 0, ..] => "a core module",
        [0, b'a', b's', b'm', _, _, _, _, ..] => "WebAssembly of an unknown version",
        [0, b'a', b's', b'm', ..] | [0] | [0, b'a'] | [0, b'a', b's'] => "a cut header",
        [0x1f, 0x8b, ..] => "gzip data",
        [0x28, 0xb5, 0x2f, 0xfd, ..] => "zstd data",
        [b'P', b'K', 3, 4, ..] => "a zip archive",
        [0x7f, b'E', b'L', b'F', ..] => "native or precompiled code",
        _ => "something that is not WebAssembly",
    };
    Err(LoadError::NotAComponent { found })
}

struct Found {
    world: World,
    /// How many components and modules enclose the current section, the outermost included.
    depth: u32,
    nested: u32,
    functions: u32,
    declarations: u32,
    memory_pages: u64,
    imports: Vec<String>,
    exports: Vec<String>,
    /// Whether the export of the world was seen.
    complete: bool,
    /// Another kind whose export was seen.
    other: Option<Kind>,
    /// The first import or export that is refused. Kept to the end, since the wrong kind explains all of them.
    refusal: Option<LoadError>,
}

impl Found {
    fn new(world: World) -> Self {
        Self {
            world,
            depth: 0,
            nested: 0,
            functions: 0,
            declarations: 0,
            memory_pages: 0,
            imports: Vec::new(),
            exports: Vec::new(),
            complete: false,
            other: None,
            refusal: None,
        }
    }

    fn add(&mut self, payload: &Payload<'_>, limits: &Limits) -> Result<(), LoadError> {
        let code = &limits.code;
        match payload {
            Payload::Version { encoding, .. } => {
                self.depth += 1;
                self.nested += 1;
                // A module is the leaf of the nesting and counts for none.
                let depth = self.depth - u32::from(*encoding == Encoding::Module);
                at_most("nested components", depth.into(), code.depth.into())?;
                at_most("modules and components", self.nested.into(), u64::from(code.nested) + 1)?;
            }
            Payload::End(_) => self.depth = self.depth.saturating_sub(1),
            Payload::FunctionSection(section) => {
                self.functions = self.functions.saturating_add(section.count());
                at_most("functions", self.functions.into(), code.functions.into())?;
            }
            Payload::CodeSectionEntry(body) => function(body, limits)?,
            Payload::MemorySection(section) => {
                for memory in section.clone() {
                    let memory = memory.map_err(malformed)?;
                    self.memory_pages = self.memory_pages.saturating_add(memory.initial);
                    let bytes = self.memory_pages.saturating_mul(PAGE);
                    at_most("bytes of memory", bytes, limits.run.memory_bytes as u64)?;
                }
            }
            Payload::ComponentImportSection(section) => {
                self.declare(section.count(), limits)?;
                for import in section.clone() {
                    let name = import.map_err(malformed)?.name.name;
                    if self.depth == 1 {
                        if let Err(refusal) = check_import(name, self.world) {
                            self.refusal.get_or_insert(refusal);
                        }
                        self.imports.push(text::clean(name, NAME_BYTES));
                    }
                }
            }
            Payload::ComponentExportSection(section) => {
                self.declare(section.count(), limits)?;
                for export in section.clone() {
                    let name = export.map_err(malformed)?.name.name;
                    if self.depth == 1 {
                        match is_export(name, self.world) {
                            Ok(complete) => self.complete |= complete,
                            Err(refusal) => {
                                self.refusal.get_or_insert(refusal);
                            }
                        }
                        self.other = self.other.or_else(|| kind_of(name, self.world));
                        self.exports.push(text::clean(name, NAME_BYTES));
                    }
                }
            }
            Payload::ComponentTypeSection(section) => self.declare(section.count(), limits)?,
            Payload::CoreTypeSection(section) => self.declare(section.count(), limits)?,
            Payload::ComponentInstanceSection(section) => self.declare(section.count(), limits)?,
            Payload::InstanceSection(section) => self.declare(section.count(), limits)?,
            Payload::ComponentAliasSection(section) => self.declare(section.count(), limits)?,
            Payload::ComponentCanonicalSection(section) => self.declare(section.count(), limits)?,
            _ => {}
        }
        Ok(())
    }

    fn declare(&mut self, count: u32, limits: &Limits) -> Result<(), LoadError> {
        self.declarations = self.declarations.saturating_add(count);
        at_most("declarations", self.declarations.into(), limits.code.declarations.into())
    }
}

fn function(body: &FunctionBody<'_>, limits: &Limits) -> Result<(), LoadError> {
    let bytes = body.range().len() as u64;
    at_most("bytes of one function", bytes, limits.code.function_bytes.into())?;
    let mut locals = 0_u32;
    for group in body.get_locals_reader().map_err(malformed)? {
        let (count, _) = group.map_err(malformed)?;
        locals = locals.saturating_add(count);
        at_most("locals of one function", locals.into(), limits.code.function_locals.into())?;
    }
    Ok(())
}

fn check_import(name: &str, world: World) -> Result<(), LoadError> {
    let foreign = || LoadError::ForeignImport {
        import: text::clean(name, NAME_BYTES),
        allowed: world.imports_in_words(),
    };
    let (interface, version) = ours(name).ok_or_else(foreign)?;
    if !world.imports.contains(&interface) {
        return Err(foreign());
    }
    if world.serves(version) { Ok(()) } else { Err(other_version(name, world)) }
}

fn is_export(name: &str, world: World) -> Result<bool, LoadError> {
    match ours(name) {
        Some((interface, version)) if interface == world.export => {
            if world.serves(version) {
                Ok(true)
            } else {
                Err(other_version(name, world))
            }
        }
        _ => Ok(false),
    }
}

/// The kind of another world whose export this is.
fn kind_of(name: &str, than: World) -> Option<Kind> {
    let (interface, _) = ours(name)?;
    let exports = |kind: &Kind| world(*kind).is_some_and(|w| w != than && w.export == interface);
    Kind::ALL.into_iter().find(exports)
}

fn other_version(name: &str, world: World) -> LoadError {
    LoadError::ContractVersion { interface: text::clean(name, NAME_BYTES), served: world.version }
}

/// `inferno:plugin/INTERFACE@VERSION` taken apart.
fn ours(name: &str) -> Option<(&str, &str)> {
    name.strip_prefix("inferno:plugin/")?.split_once('@')
}

fn at_most(what: &'static str, found: u64, limit: u64) -> Result<(), LoadError> {
    if found <= limit { Ok(()) } else { Err(LoadError::TooMuch { what, found, limit }) }
}

fn malformed(error: wasmtime::wasmparser::Error) -> LoadError {
    LoadError::Malformed { offset: error.offset() as u64, reason: text::clean(error.message(), 200) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_interfaces_may_be_imported() {
        let check_of = |kind, name: &str, expected: &str| {
            let found = match check_import(name, world(kind).unwrap()) {
                Ok(()) => "allowed",
                Err(LoadError::ForeignImport { .. }) => "foreign",
                Err(LoadError::ContractVersion { .. }) => "version",
                Err(other) => panic!("{name}: {other}"),
            };
            assert_eq!(found, expected, "{kind} {name}");
        };
        let check = |name: &str, expected: &str| check_of(Kind::OptimizationPass, name, expected);
        check("inferno:plugin/log@0.1.0", "allowed");
        check("inferno:plugin/graph@0.1.7", "allowed");
        check("inferno:plugin/log@0.2.0", "version");
        check("inferno:plugin/log@0.10.0", "version");
        check("inferno:plugin/log@0.1", "version");
        check("inferno:plugin/log@0.1.0-rc.1", "version");
        check("inferno:plugin/log", "foreign");
        check("inferno:plugin/secrets@0.1.0", "foreign");
        check("inferno:plugins/log@0.1.0", "foreign");
        check("wasi:cli/environment@0.2.6", "foreign");
        check("log", "foreign");
        check("", "foreign");
        check("inferno:plugin/metrics@0.1.0", "foreign");
        check_of(Kind::Widget, "inferno:plugin/log@0.2.0", "allowed");
        check_of(Kind::Widget, "inferno:plugin/view@0.2.3", "allowed");
        check_of(Kind::Widget, "inferno:plugin/metrics@0.1.0", "version");
        check_of(Kind::Widget, "inferno:plugin/graph@0.2.0", "foreign");
        check_of(Kind::Analyzer, "inferno:plugin/metrics@0.2.0", "allowed");
        check_of(Kind::Analyzer, "inferno:plugin/view@0.2.0", "foreign");
    }
}
