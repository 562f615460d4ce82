//! Guests in the text format: a body for `apply`, wrapped into a component of our world and signed.

use inferno_graph::{Graph, GraphPass as _, Patch, Target};
use inferno_package::{Capability, Kind, Requests};
use inferno_plugin_host::{HostConfig, Limits, LoadError, OptimizationPass, PluginHost};
use inferno_trust::{Component, Expected, Policy, Release, SigningKey, TrustedKeys, Verified, sign, verify};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// Where `apply` of a guest may leave its result: the discriminant of the result, then three lists.
pub(crate) const RESULT: u32 = 1024;

/// A component whose `apply` has this body, with more fields of the module (data, functions) beside it.
///
/// The body leaves the address of the result on the stack. `$log` takes level, address and length.
pub(crate) fn guest(body: &str, fields: &str) -> Vec<u8> {
    wrap(&format!(
        r#"(module
          (import "inferno:plugin/log@0.1.0" "log" (func $log (param i32 i32 i32)))
          (memory (export "memory") 2)
          (global $heap (mut i32) (i32.const 8192))
          (func $realloc (export "cabi_realloc") (param i32 i32) (param $align i32) (param $len i32) (result i32)
            (local $at i32)
            (local.set $at (i32.and
              (i32.add (global.get $heap) (i32.sub (local.get $align) (i32.const 1)))
              (i32.sub (i32.const 0) (local.get $align))))
            (global.set $heap (i32.add (local.get $at) (local.get $len)))
            (local.get $at))
          (func $apply (export "inferno:plugin/pass@0.1.0#apply")
            (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
            {body})
          {fields})"#
    ))
}

/// A component of the world `optimization-pass` around a core module in the text format.
pub(crate) fn wrap(module: &str) -> Vec<u8> {
    wrap_as(Kind::OptimizationPass, module)
}

/// A component of the world of this kind around a core module in the text format.
pub(crate) fn wrap_as(kind: Kind, module: &str) -> Vec<u8> {
    let mut module = wat::parse_str(module).expect("the text of a test guest is right");
    let version = if kind == Kind::OptimizationPass { "0.1" } else { "0.2" };
    let wit = format!("{}/../../wit/{version}", env!("CARGO_MANIFEST_DIR"));
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(wit).expect("the contract parses");
    let world = resolve.select_world(&[package], Some(kind.as_str())).expect("the world is there");
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).expect("embeds");
    ComponentEncoder::default().validate(true).module(&module).and_then(|e| e.encode()).expect("a component")
}

/// A component in the text format.
pub(crate) fn component(text: &str) -> Vec<u8> {
    wat::parse_str(text).expect("the text of a test component is right")
}

/// Signs the bytes with a fresh key that is trusted at once: what is tested here comes after trust.
pub(crate) fn signed(bytes: Vec<u8>) -> Verified<Component> {
    signed_as(Kind::OptimizationPass, "test/pass", &["log"], bytes)
}

/// The same for any kind, under any name, asking for any capabilities.
pub(crate) fn signed_as(kind: Kind, name: &str, requests: &[&str], bytes: Vec<u8>) -> Verified<Component> {
    let key = SigningKey::generate();
    let requests = requests.iter().map(|text| text.parse::<Capability>().expect("a capability"));
    let release = Release::new(name.parse().expect("a name"), "1.0.0".parse().expect("a version"), kind)
        .with_requests(requests.collect::<Requests>());
    let bundle = sign(&bytes, &release, &key).to_json();
    let mut keys = TrustedKeys::new();
    keys.trust("tester", key.public_key()).expect("a key can be trusted");
    let expected = Expected { name: release.name().clone(), version: release.version().clone() };
    verify(bytes, Some(bundle.as_bytes()), &expected, &Policy::Keys(keys)).expect("just signed")
}

pub(crate) fn host(limits: Limits) -> PluginHost {
    PluginHost::new(HostConfig { optimization_pass: limits, ..HostConfig::default() }).expect("a host")
}

/// Fuel that an endless loop uses up at once.
pub(crate) fn quick() -> Limits {
    let mut limits = Limits::default();
    limits.run.fuel = 5_000_000;
    limits
}

pub(crate) fn load(host: &PluginHost, bytes: Vec<u8>) -> Result<OptimizationPass, LoadError> {
    host.load_pass(&signed(bytes), &[Capability::Log].into_iter().collect())
}

/// Runs bytes as a pass over a small graph and tells what became of it.
pub(crate) fn run(host: &PluginHost, bytes: Vec<u8>) -> String {
    match load(host, bytes) {
        Err(error) => chain(&error),
        Ok(mut pass) => match pass.propose(&crate::graphs::llama(2), &target()) {
            Ok(patch) => describe(&patch),
            Err(error) => chain(&error),
        },
    }
}

pub(crate) fn describe(patch: &Patch) -> String {
    let Patch { remove, add, rewire } = patch;
    format!("a patch: {} removed, {} added, {} rewired", remove.len(), add.len(), rewire.len())
}

/// Nodes of the graph after the patch.
pub(crate) fn nodes_after(graph: &Graph, patch: &Patch) -> usize {
    graph.nodes().len() - patch.remove.len() + patch.add.len()
}

pub(crate) fn target() -> Target {
    Target {
        backend: "cpu".to_owned(),
        device: "a test".to_owned(),
        features: vec!["avx2".to_owned()],
        parallelism: 2,
    }
}

/// An error and its causes, one after the other.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |e| e.source());
    std::iter::once(error.to_string()).chain(causes.map(ToString::to_string)).collect::<Vec<_>>().join(": ")
}
