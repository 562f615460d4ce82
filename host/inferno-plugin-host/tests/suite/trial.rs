//! Passes that are tried out: JSON in, JSON out, with nothing in between.

use inferno_plugin_host::{CallError, HostConfig, OptimizationPass, PluginHost, graph_json, target_json};
use serde_json::{Value, json};

use crate::{
    graphs,
    guest::{chain, guest, host, load, quick, target},
    panel::{data, words},
};

/// What a pass with this memory makes of a small graph.
fn check(fields: &str) -> String {
    let host = host(quick());
    try_out(&load(&host, guest("(i32.const 1024)", fields)).expect("it loads"))
}

fn try_out(pass: &OptimizationPass) -> String {
    match pass.propose_json(&graphs::llama(1), &target()) {
        Ok(patch) => patch.to_string(),
        Err(error) => chain(&error),
    }
}

#[test]
fn a_patch_is_told_as_it_was_returned() {
    assert_eq!(check(""), r#"{"add":[],"remove":[],"rewire":[]}"#);
    // Removes node 7, which need not exist, and rewires value 3 to output 1 of an added node 2.
    let patch = data(1024, &words(&[0, 1100, 1, 0, 0, 1120, 1]))
        + &data(1100, &words(&[7]))
        + &data(1120, &words(&[3, 1, 2, 1]));
    insta::assert_snapshot!(check(&patch), @r#"{"add":[],"remove":[7],"rewire":[{"from":3,"to":{"tag":"new","val":{"node":2,"output":1}}}]}"#);
    let unsupported = data(1024, &words(&[1, 0, 1200, 2])) + &data(1200, b"no");
    insta::assert_snapshot!(check(&unsupported), @"it declines: no");
    let internal = data(1024, &words(&[1, 1, 1200, 4])) + &data(1200, b"oops");
    insta::assert_snapshot!(check(&internal), @"it failed: it reports an internal error: oops");
}

#[test]
fn any_graph_that_is_one_by_its_shape_may_be_handed_in() {
    let host = host(quick());
    let pass = load(&host, guest("(i32.const 1024)", "")).unwrap();
    let target = target_json(&target());
    let check = |graph: Value, target: &Value| match pass.apply_json(&graph, target) {
        Ok(patch) => patch.to_string(),
        Err(error) => chain(&error),
    };
    let empty = json!({ "contextLength": 1, "weights": [], "values": [], "nodes": [], "logits": 99 });
    assert_eq!(check(empty.clone(), &target), r#"{"add":[],"remove":[],"rewire":[]}"#);
    insta::assert_snapshot!(check(json!({}), &target), @"it was not called: `graph.contextLength` is missing, and should be an integer within the bounds of its type");
    let mut graph = graph_json(&graphs::llama(1)).unwrap();
    graph["nodes"][3]["op"] = json!({ "tag": "sorcery" });
    insta::assert_snapshot!(check(graph, &target), @"it was not called: `graph.nodes[3].op.tag` is another text, and should be one of embedding, matmul, rms-norm, rope, attention, silu, mul, add, scale, identity, slice, select-rows, gated-matmul, add-rms-norm");
    insta::assert_snapshot!(check(empty, &json!({ "backend": "cpu", "device": "", "features": [1], "parallelism": 1 })), @"it was not called: `target.features[0]` is another number, and should be a text");
    assert_eq!(pass.stats().calls, 1);
}

#[test]
fn a_loop_ends_and_a_trial_is_suspended_like_any_call() {
    let mut config = HostConfig::default();
    config.trial_pass.run.fuel = 5_000_000;
    let host = PluginHost::new(config).unwrap();
    let pass = load(&host, guest("(loop $l (br $l)) (unreachable)", "")).unwrap();
    insta::assert_snapshot!(try_out(&pass), @"it failed: it did not finish within 5000000 instructions: an endless loop, or far too much work");
    for _ in 0..2 {
        try_out(&pass);
    }
    let graph = graphs::llama(1);
    assert!(matches!(pass.propose_json(&graph, &target()), Err(CallError::Suspended { .. })));
    // Loading a model asks it in any case.
    let mut pass = pass;
    inferno_graph::GraphPass::propose(&mut pass, &graph, &target()).unwrap_err();
    assert_eq!(pass.stats().calls, 4);
}
