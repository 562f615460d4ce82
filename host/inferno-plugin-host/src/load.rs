//! From a verified component to a pass that can be called.
//!
//! Owns the order of the checks: kind, bytes, imports, then the compiler, then the world. Nothing of the
//! component runs here. Easily confused with `inspect`, which is one of those checks.

use std::sync::Arc;

use inferno_graph::PassIdentity;
use inferno_package::{Grants, Kind, OperatorGrants};
use inferno_trust::{Component as SignedComponent, Verified};
use wasmtime::component::Component;

use crate::{
    OptimizationPass,
    host::Runtime,
    inspect::{SERVED, inspect},
    pass::GuestState,
    text,
};

/// The most bytes of wasmtime's words that an error repeats; they can quote the component.
const REASON_BYTES: usize = 500;

/// Makes a pass of a component.
pub(crate) fn load(
    runtime: &Arc<Runtime>,
    component: &Verified<SignedComponent>,
    operator: &OperatorGrants,
) -> Result<OptimizationPass, LoadError> {
    let kind = component.kind();
    if kind != Kind::OptimizationPass {
        return Err(LoadError::WrongKind { found: kind, expected: Kind::OptimizationPass });
    }
    let bytes = component.get().bytes();
    inspect(bytes, &runtime.limits)?;
    let compiled = compile(runtime, component, bytes)?;
    let mismatch = |error| LoadError::World { reason: text::chain(&error, REASON_BYTES) };
    let pre = runtime.linker.instantiate_pre(&compiled).map_err(mismatch)?;
    let pre = crate::bindings::OptimizationPassPre::<GuestState>::new(pre).map_err(mismatch)?;
    let identity = PassIdentity {
        name: component.name().to_string(),
        version: component.version().to_string(),
        digest: component.digest(),
        signer: component.signer().name().to_owned(),
    };
    let counters = runtime.counters(&identity);
    let grants = Grants::intersect(component.requests(), operator);
    Ok(OptimizationPass::new(Arc::clone(runtime), pre, identity, grants, counters))
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
        "the component imports `{import}`; a plugin may import nothing but `inferno:plugin/graph` and `inferno:plugin/log`, so build it without WASI"
    )]
    ForeignImport {
        /// The import.
        import: String,
    },
    /// It was made for another version of the contract.
    #[error(
        "the component was built for `{interface}`, and this host serves version {SERVED}; get a build for that, or another host"
    )]
    ContractVersion {
        /// The interface with its version.
        interface: String,
    },
    /// It is a component, but not of this kind.
    #[error(
        "the component does not export `inferno:plugin/{export}@{SERVED}.0`, so it is no optimization pass"
    )]
    MissingExport {
        /// The interface.
        export: &'static str,
    },
    /// The validator or the compiler refuses it.
    #[error("the component is not valid here: {reason}")]
    Invalid {
        /// Their words.
        reason: String,
    },
    /// The names are right and the types are not.
    #[error("the component does not fit the world `optimization-pass`: {reason}")]
    World {
        /// What does not fit.
        reason: String,
    },
}
