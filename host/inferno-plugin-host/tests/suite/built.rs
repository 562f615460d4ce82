//! Components that were built from Rust: the first-party passes, and guests that misbehave on purpose.
//!
//! `cargo xtask test` builds them and says where they are.

mod insight;

use std::{fs, path::PathBuf, time::Instant};

use inferno_graph::GraphPass as _;
use inferno_plugin_host::{HostConfig, Limits, PluginHost};

use crate::{
    graphs,
    guest::{chain, host, load, nodes_after, run, signed, target},
};

fn built(folder: &str, name: &str) -> Vec<u8> {
    let folder: PathBuf = std::env::var_os(folder)
        .unwrap_or_else(|| panic!("{folder} is not set: run `cargo xtask test`, which builds the components"))
        .into();
    let path = folder.join(format!("{name}.wasm"));
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}: run `cargo xtask test`", path.display()))
}

fn first_party(name: &str) -> Vec<u8> {
    built("INFERNO_COMPONENTS", name)
}

#[test]
fn first_party_passes_change_what_they_should() {
    let host = host(Limits::default());
    let check = |name: &str, expected: [usize; 2]| {
        let mut pass = load(&host, first_party(name)).map_err(|e| chain(&e)).unwrap();
        let found = [2, 30].map(|layers| {
            let graph = graphs::llama(layers);
            let first = pass.propose(&graph, &target()).map_err(|e| chain(&e)).unwrap();
            let fuel = pass.stats().last.unwrap().fuel;
            let second = pass.propose(&graph, &target()).unwrap();
            assert_eq!(first, second, "{name}");
            assert_eq!(fuel, pass.stats().last.unwrap().fuel, "{name}");
            nodes_after(&graph, &first)
        });
        assert_eq!(found, expected, "{name}");
    };
    // One matmul and three slices for three matmuls.
    check("fuse-qkv", [graphs::nodes(2) + 2, graphs::nodes(30) + 30]);
    // One node for gate, up, SiLU and product.
    check("fuse-gate-up", [graphs::nodes(2) - 2 * 3, graphs::nodes(30) - 30 * 3]);
    // One node for each sum and the norm after it: two in a layer.
    check("fuse-residual-norm", [graphs::nodes(2) - 2 * 2, graphs::nodes(30) - 30 * 2]);
    check("eliminate-dead", [graphs::nodes(2), graphs::nodes(30)]);
}

/// Prints what it measured; asserts only what no busy machine can undo.
#[test]
fn a_cached_component_loads_without_the_compiler() {
    let folder = tempfile::tempdir().unwrap();
    let component = signed(first_party("fuse-qkv"));
    let start = || {
        let code_cache = Some(folder.path().to_owned());
        let host = PluginHost::new(HostConfig { code_cache, ..HostConfig::default() }).unwrap();
        let started = Instant::now();
        let mut pass = host.load_pass(&component, &[].into_iter().collect()).unwrap();
        let loaded = started.elapsed();
        let graph = graphs::llama(30);
        for _ in 0..5 {
            pass.propose(&graph, &target()).unwrap();
        }
        (loaded, pass.stats(), host.cache_stats().unwrap())
    };
    let (compiled, stats, first) = start();
    let (cached, _, second) = start();
    println!(
        "compile {compiled:?}, cached {cached:?}, {} bytes, {} nodes: mean {:?}, last {:?}",
        component.get().bytes().len(),
        graphs::nodes(30),
        stats.time / 5,
        stats.last,
    );
    assert_eq!((first.misses, second.hits), (1, 1));
    assert!(cached < compiled, "{cached:?} against {compiled:?}");
}

#[test]
fn hostile_components() {
    let mut limits = Limits::default();
    limits.run.fuel = 300_000_000;
    let host = host(limits);
    let check = |name: &str| run(&host, built("INFERNO_HOSTILE_COMPONENTS", name));
    insta::assert_snapshot!(check("endless-loop"), @"the pass failed: it did not finish within 300000000 instructions: an endless loop, or far too much work");
    insta::assert_snapshot!(check("memory-hog"), @"the pass failed: it used more than 64 MiB of memory");
    // Long-winded, but within the fuel of the defaults; of its million lines the operator sees a hundred.
    let host = crate::guest::host(Limits::default());
    let check = |name: &str| run(&host, built("INFERNO_HOSTILE_COMPONENTS", name));
    insta::assert_snapshot!(check("log-flood"), @"a patch: 0 removed, 0 added, 0 rewired");
    insta::assert_snapshot!(check("deep-recursion"), @"the pass failed: it trapped: out of bounds memory access; too deep a recursion ends like this as well");
    insta::assert_snapshot!(check("trap"), @"the pass failed: it trapped: wasm `unreachable` instruction executed");
    insta::assert_snapshot!(check("huge-patch"), @"the pass failed: it handed over more than 16 MiB at once");
    insta::assert_snapshot!(check("wasi-import"), @"the component imports `wasi:random/random@0.2.0`; a plugin may import nothing but `inferno:plugin/graph` and `inferno:plugin/log`, so build it without WASI");
    insta::assert_snapshot!(check("bad-ids"), @"the pass failed: what it returned is no patch of this graph: it names node 4294967295, and there are 36");
    insta::assert_snapshot!(check("declines"), @"the pass declines this graph: knows nothing of cpu");
}
