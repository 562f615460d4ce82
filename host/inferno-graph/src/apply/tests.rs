//! What patches mean, and that no patch, however wrong, does more than fail.

use std::{error::Error, fmt::Write as _, sync::LazyLock};

use insta::assert_snapshot;
use proptest::prelude::*;

use super::*;
use crate::{NewNode, test_support::TinyLlama};

/// One layer: 0 embedding, 1 norm, 2–4 q k v, 5–6 rope, 7 attention, 8 output, 9 add, 10 norm, 11 gate, 12 up,
/// 13 silu, 14 mul, 15 down, 16 add, 17 select, 18 norm, 19 logits; node `n` makes value `n + 3`.
fn graph() -> Graph {
    static GRAPH: LazyLock<Graph> =
        LazyLock::new(|| TinyLlama { layers: 1, ..TinyLlama::default() }.build().0);
    GRAPH.clone()
}

fn old(value: u32) -> ValueRef {
    ValueRef::Old(ValueId(value))
}

fn new(node: u32) -> ValueRef {
    ValueRef::New { node, output: 0 }
}

fn patch(remove: &[u32], add: &[(Op, &[ValueRef])], rewire: &[(u32, ValueRef)]) -> Patch {
    Patch {
        remove: remove.iter().copied().map(NodeId).collect(),
        add: add.iter().map(|(op, inputs)| NewNode { op: op.clone(), inputs: inputs.to_vec() }).collect(),
        rewire: rewire.iter().map(|(from, to)| (ValueId(*from), *to)).collect(),
    }
}

fn scale(factor: f32) -> Op {
    Op::Scale { factor }
}

/// The nodes that differ from the old graph's text, or the chain of errors.
fn check(patch: &Patch) -> String {
    let before = graph();
    match before.apply(patch) {
        Ok(after) => {
            let (before, after) = (text(&before), text(&after));
            after.lines().filter(|line| !before.contains(line)).collect::<Vec<_>>().join("\n")
        }
        Err(error) => chain(&error),
    }
}

fn text(graph: &Graph) -> String {
    let mut out = String::new();
    for node in graph.nodes() {
        let values = |ids: &[ValueId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        writeln!(out, "{} = {} {}", values(&node.outputs), node.op.name(), values(&node.inputs)).unwrap();
    }
    writeln!(out, "logits {}", graph.logits()).unwrap();
    out
}

fn chain(error: &dyn Error) -> String {
    let mut out = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        write!(out, ": {error}").unwrap();
        source = error.source();
    }
    out
}

#[test]
fn an_empty_patch_changes_nothing() {
    let graph = graph();
    assert_eq!(graph.apply(&Patch::default()), Ok(graph));
}

#[test]
fn an_added_node_wraps_a_value_that_it_replaces() {
    assert_snapshot!(check(&patch(&[], &[(scale(2.0), &[old(19)])], &[(19, new(0))])), @r"
    %20 = scale %19
    %21 = select-rows %20 %2
    %22 = rms-norm %21
    %23 = matmul %22
    logits %23
    ");
}

#[test]
fn a_removed_value_stands_for_what_replaces_it() {
    // Silu and mul become one op each time removed values are mentioned.
    let gated = Op::GatedMatMul { gate: "blk.0.ffn_gate.weight".into(), up: "blk.0.ffn_up.weight".into() };
    let fused = patch(&[11, 12, 13, 14], &[(scale(1.0), &[old(17)]), (gated, &[old(13)])], &[(17, new(1))]);
    assert_snapshot!(check(&fused), @r"
    %14 = gated-matmul %13
    %15 = matmul %14
    %16 = add %12 %15
    %17 = select-rows %16 %2
    %18 = rms-norm %17
    %19 = matmul %18
    %20 = scale %14
    logits %19
    ");
}

#[test]
fn rewires_substitute_all_at_once() {
    assert_snapshot!(check(&patch(&[], &[], &[(14, old(15)), (15, old(14))])), @r"
    %16 = silu %15
    %17 = mul %16 %14
    ");
}

#[test]
fn what_does_not_hold_is_named() {
    let many = vec!["output.weight".into(); 65];
    let cases = [
        patch(&[20], &[], &[]),
        patch(&[13, 13], &[], &[]),
        patch(&[], &[], &[(3, old(99))]),
        patch(&[], &[], &[(99, old(3))]),
        patch(&[], &[(Op::Silu, &[ValueRef::New { node: 0, output: 1 }])], &[]),
        patch(&[], &[], &[(3, old(19)), (3, old(12))]),
        patch(&[13], &[], &[]),
        patch(&[19], &[], &[]),
        patch(&[], &[(Op::Silu, &[new(0)])], &[]),
        patch(&[], &[(Op::Silu, &[new(1)]), (Op::Silu, &[new(0)])], &[(16, new(0))]),
        patch(&[], &[], &[(3, old(12))]),
        patch(&[13, 14], &[], &[(16, old(17)), (17, old(16))]),
        patch(&[], &[], &[(16, old(3))]),
        patch(&[], &[(Op::Slice { start: 0, len: 32 }, &[old(3)])], &[(3, new(0))]),
        patch(&[], &[(Op::Add, &[old(3)])], &[]),
        patch(&[], &[(Op::MatMul { weights: vec!["nothing".into()], biases: vec![] }, &[old(3)])], &[]),
        patch(&[], &[(Op::MatMul { weights: many, biases: vec![] }, &[old(3)])], &[]),
        patch(&[7], &[], &[(10, old(8))]),
        patch(&[], &[(graph().nodes()[7].op.clone(), &[old(8), old(9), old(7)])], &[]),
    ];
    let messages: Vec<_> = cases.iter().map(check).collect();
    assert_snapshot!(messages.join("\n"), @r"
    the patch removes node 20, which does not exist
    the patch removes node 13 twice
    the patch names %99, which does not exist
    the patch names %99, which does not exist
    the patch names output 1 of added node 0, which does not exist
    the patch rewires %3 twice
    %16 has no substitute for node 14 (mul): node 13, which made it, is removed, and nothing takes its place
    %22 has no substitute for the logits: node 19, which made it, is removed, and nothing takes its place
    the new graph has a cycle: added node 0 (silu)
    the new graph has a cycle: added node 0 (silu) → added node 1 (silu)
    the new graph has a cycle: node 9 (add)
    following the rewires from %16 leads round in a circle
    %16 is f32[T, 96] and cannot be replaced by f32[T, 64]
    %3 is f32[T, 64] and cannot be replaced by f32[T, 32]
    added node 0 (add) breaks its type rule: it takes 2 inputs, not 1
    added node 0 (matmul) breaks its type rule: there is no weight `nothing`
    added node 0 names 65 inputs or weights; 64 are allowed
    the KV rows of the layers would become [] wide; they must stay [32]
    the patched graph is not well-formed: layer 0 has two attentions
    ");
}

#[test]
fn a_patch_cannot_buy_unbounded_work() {
    let op = Op::MatMul { weights: vec!["output.weight".into(); 64], biases: vec![] };
    let add = vec![NewNode { op, inputs: vec![old(3)] }];
    assert_snapshot!(check(&Patch { add, ..Patch::default() }), @"the new graph has 363520 multiply-adds per token, more than 4 times the 35840 before");
    let add = vec![NewNode { op: Op::Silu, inputs: vec![old(3)] }; MAX_ADDED + 1];
    assert_snapshot!(check(&Patch { add, ..Patch::default() }), @"a patch may add 65536 nodes, not 65537");
    // A chain as long as allowed is sorted without recursion.
    let link = |i: u32| NewNode { op: Op::Silu, inputs: vec![if i == 0 { old(3) } else { new(i - 1) }] };
    let add = (0..MAX_ADDED as u32).map(link).collect();
    assert_snapshot!(check(&Patch { add, rewire: vec![(ValueId(3), new(65535))], ..Patch::default() }), @"the new graph has 4195632 activations per token, more than 4 times the 1328 before");
}

#[test]
fn patches_survive_json() {
    let gated = Op::GatedMatMul { gate: "a".into(), up: "b".into() };
    let nodes: &[(Op, &[ValueRef])] = &[(gated, &[old(13)]), (scale(1.001), &[new(0)])];
    let patch = patch(&[1, 2], nodes, &[(5, new(1))]);
    let json = serde_json::to_string(&patch).unwrap();
    assert_eq!(serde_json::from_str::<Patch>(&json).unwrap(), patch);
}

fn any_ref() -> impl Strategy<Value = ValueRef> {
    prop_oneof![
        4 => (0..24_u32).prop_map(old),
        2 => (0..5_u32, 0..2_u32).prop_map(|(node, output)| ValueRef::New { node, output }),
    ]
}

fn any_op() -> impl Strategy<Value = Op> {
    let ops: Vec<Op> = graph().nodes().iter().map(|n| n.op.clone()).collect();
    prop_oneof![
        prop::sample::select(ops),
        Just(Op::Silu),
        Just(Op::Add),
        Just(Op::Identity),
        any::<f32>().prop_map(scale),
        (0..70_u32, 0..70_u32).prop_map(|(start, len)| Op::Slice { start, len }),
        Just(Op::AddRmsNorm { weight: "output_norm.weight".into(), eps: 1e-5 }),
    ]
}

prop_compose! {
    fn any_patch()(
        remove in prop::collection::vec(0..22_u32, 0..4),
        add in prop::collection::vec((any_op(), prop::collection::vec(any_ref(), 1..3)), 0..4),
        rewire in prop::collection::vec((0..24_u32, any_ref()), 0..4),
    ) -> Patch {
        let add: Vec<_> = add.iter().map(|(op, inputs)| (op.clone(), inputs.as_slice())).collect();
        patch(&remove, &add, &rewire)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn any_patch_gives_a_graph_or_an_error(patch in any_patch()) {
        let before = graph();
        if let Ok(after) = before.apply(&patch) {
            prop_assert_eq!(after.kv_widths(), before.kv_widths());
            prop_assert_eq!(after.value_type(after.logits()), before.value_type(before.logits()));
            prop_assert_eq!(after.nodes().len(), before.nodes().len() - patch.remove.len() + patch.add.len());
            // Built again node by node, it is the same graph: numbering is canonical, order topological.
            let mut builder = GraphBuilder::new(after.context_length(), after.weights().values().cloned()).unwrap();
            for node in after.nodes() {
                prop_assert_eq!(&builder.push(node.op.clone(), &node.inputs).unwrap(), &node.outputs);
            }
            prop_assert_eq!(builder.finish(after.logits()).unwrap(), after);
        }
    }
}
