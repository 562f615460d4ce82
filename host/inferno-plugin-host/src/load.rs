//! From a verified component to a plugin that can be called.
//!
//! Owns the order of the checks: kind, bytes, imports, then the compiler, then the world. Nothing of the
//! component runs here. Easily confused with `inspect`, which is one of those checks.

use std::sync::Arc;

use inferno_package::{Grants, Kind, OperatorGrants};
use inferno_trust::{Component as SignedComponent, Verified};
use wasmtime::component::{Component, InstancePre};

use crate::{
    Analyzer, OptimizationPass, PluginIdentity, Widget,
    bindings::{analyzer::AnalyzerPre, pass::OptimizationPassPre, widget::WidgetPre},
    host::Runtime,
    inspect::inspect,
    plugin::{GuestState, Plugin},
    text,
    world::world,
};

/// The most bytes of wasmtime's words that an error repeats; they can quote the component.
const REASON_BYTES: usize = 500;

/// Makes a pass of a component.
pub(crate) fn pass(
    runtime: &Arc<Runtime>,
    component: &Verified<SignedComponent>,
    operator: &OperatorGrants,
) -> Result<OptimizationPass, LoadError> {
    let kind = Kind::OptimizationPass;
    let (plugin, pre) = load(runtime, component, operator, kind)?;
    let world = world(kind).ok_or(LoadError::NotServed { kind })?;
    Ok(OptimizationPass::new(plugin, OptimizationPassPre::new(pre).map_err(mismatch(kind))?, world))
}

/// Makes a widget of a component.
pub(crate) fn widget(
    runtime: &Arc<Runtime>,
    component: &Verified<SignedComponent>,
    operator: &OperatorGrants,
) -> Result<Widget, LoadError> {
    let kind = Kind::Widget;
    let (plugin, pre) = load(runtime, component, operator, kind)?;
    Ok(Widget::new(plugin, WidgetPre::new(pre).map_err(mismatch(kind))?))
}

/// Makes an analyzer of a component.
pub(crate) fn analyzer(
    runtime: &Arc<Runtime>,
    component: &Verified<SignedComponent>,
    operator: &OperatorGrants,
) -> Result<Analyzer, LoadError> {
    let kind = Kind::Analyzer;
    let (plugin, pre) = load(runtime, component, operator, kind)?;
    Ok(Analyzer::new(plugin, AnalyzerPre::new(pre).map_err(mismatch(kind))?))
}

fn load(
    runtime: &Arc<Runtime>,
    component: &Verified<SignedComponent>,
    operator: &OperatorGrants,
    expected: Kind,
) -> Result<(Plugin, InstancePre<GuestState>), LoadError> {
    let kind = component.kind();
    if kind != expected {
        return Err(LoadError::WrongKind { found: kind, expected });
    }
    let bytes = component.get().bytes();
    inspect(bytes, kind, runtime.limits(kind))?;
    let compiled = compile(runtime, component, bytes)?;
    let pre = runtime.linker.instantiate_pre(&compiled).map_err(mismatch(kind))?;
    let record = runtime.record(PluginIdentity::of(component), kind);
    let grants = Grants::intersect(component.requests(), operator);
    Ok((Plugin::new(Arc::clone(runtime), record, grants), pre))
}

fn mismatch(kind: Kind) -> impl Fn(wasmtime::Error) -> LoadError {
    move |error| LoadError::World { kind, reason: text::chain(&error, REASON_BYTES) }
}

fn compile(
    runtime: &Runtime,
    component: &Verified<SignedComponent>,
    bytes: &[u8],
) -> Result<Component, LoadError> {
    if let Some(cache) = &runtime.cache
        && let Some(found) = cache.get(&runtime.engine, &component.digest())
    {
        return Ok(found);
    }
    let compiled = Component::from_binary(&runtime.engine, bytes)
        .map_err(|error| LoadError::Invalid { reason: text::chain(&error, REASON_BYTES) })?;
    if let Some(cache) = &runtime.cache {
        cache.put(&component.digest(), &compiled);
    }
    Ok(compiled)
}

/// Why a component cannot be used, however well it is signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// Its signed statement names another kind.
    #[error("the package is of the kind {found}, and {expected} is needed here")]
    WrongKind {
        /// The signed kind.
        found: Kind,
        /// The kind that was asked for.
        expected: Kind,
    },
    /// A kind that this host cannot run.
    #[error("this host runs no packages of the kind {kind}; get a newer one")]
    NotServed {
        /// The kind.
        kind: Kind,
    },
    /// Other bytes.
    #[error(
        "this is {found}, not a WebAssembly component; make one of a core module with `wasm-tools component new`"
    )]
    NotAComponent {
        /// What they seem to be.
        found: &'static str,
    },
    /// The bytes break the binary format.
    #[error("the component is broken at byte {offset}: {reason}")]
    Malformed {
        /// Where.
        offset: u64,
        /// The parser's words.
        reason: String,
    },
    /// More of something than [`CodeLimits`](crate::CodeLimits) or [`RunLimits`](crate::RunLimits) allow.
    #[error("the component has {found} {what}, and at most {limit} are allowed")]
    TooMuch {
        /// Of what.
        what: &'static str,
        /// How much, as far as it was counted.
        found: u64,
        /// How much is allowed.
        limit: u64,
    },
    /// It wants something that no plugin gets.
    #[error(
        "the component imports `{import}`; a plugin may import nothing but {allowed}, so build it without WASI"
    )]
    ForeignImport {
        /// The import.
        import: String,
        /// The interfaces that its kind may import.
        allowed: String,
    },
    /// It was made for another version of the contract.
    #[error(
        "the component was built for `{interface}`, and this host serves version {served}; get a build for that, or another host"
    )]
    ContractVersion {
        /// The interface with its version.
        interface: String,
        /// The version that is served.
        served: &'static str,
    },
    /// It is of another kind than its package says.
    #[error(
        "the component is of the kind {found} by what it exports, and its package says {kind}; correct `kind` in inferno.toml"
    )]
    AnotherKind {
        /// The kind that it should be of.
        kind: Kind,
        /// The kind that it is of.
        found: Kind,
    },
    /// It is a component, but not of this kind.
    #[error("the component does not export `{export}`, which a component of the kind {kind} has")]
    MissingExport {
        /// The kind that it should be of.
        kind: Kind,
        /// The interface with its version.
        export: String,
    },
    /// The validator or the compiler refuses it.
    #[error("the component is not valid here: {reason}")]
    Invalid {
        /// Their words.
        reason: String,
    },
    /// The names are right and the types are not.
    #[error("the component does not fit the world `{kind}`: {reason}")]
    World {
        /// The kind, which is also the name of the world.
        kind: Kind,
        /// What does not fit.
        reason: String,
    },
}
