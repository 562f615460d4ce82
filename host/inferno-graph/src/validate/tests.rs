//! Rewrites that must pass and rewrites that must not, by hand on small random models of every variant.

use super::*;
use crate::{
    DType, NewNode, Node, NodeId, Op, Patch, RopeScaling, RopeStyle, ValueId, ValueRef,
    test_support::{MapWeights, TinyLlama},
};

/// Writes patches by looking nodes up in a graph.
struct Editor<'a> {
    graph: &'a Graph,
    patch: Patch,
}

impl<'a> Editor<'a> {
    fn new(graph: &'a Graph) -> Self {
        Self { graph, patch: Patch::default() }
    }

    /// The nodes whose op is of this name, in order.
    fn all(&self, op: &str) -> Vec<NodeId> {
        let nodes = (0..).map(NodeId).zip(self.graph.nodes());
        nodes.filter(|(_, node)| node.op.name() == op).map(|(id, _)| id).collect()
    }

    /// The matmul over this weight.
    fn matmul(&self, weight: &str) -> NodeId {
        let over = |id: &NodeId| self.graph.nodes()[id.index()].op.weights()[0].as_str() == weight;
        self.all("matmul").into_iter().find(over).unwrap()
    }

    fn input(&self, node: NodeId, index: usize) -> ValueId {
        self.graph.nodes()[node.index()].inputs[index]
    }

    fn output(&self, node: NodeId) -> ValueId {
        self.graph.nodes()[node.index()].outputs[0]
    }

    fn add(&mut self, op: Op, inputs: &[ValueRef]) -> u32 {
        self.patch.add.push(NewNode { op, inputs: inputs.to_vec() });
        self.patch.add.len() as u32 - 1
    }

    fn rewire(&mut self, from: ValueId, node: u32, output: u32) {
        self.patch.rewire.push((from, ValueRef::New { node, output }));
    }

    /// Replaces the op of a node and keeps its inputs.
    fn replace(&mut self, node: NodeId, change: impl FnOnce(&mut Op)) {
        let Node { mut op, inputs, .. } = self.graph.nodes()[node.index()].clone();
        change(&mut op);
        let inputs: Vec<_> = inputs.into_iter().map(ValueRef::Old).collect();
        let added = self.add(op, &inputs);
        self.patch.remove.push(node);
        self.rewire(self.output(node), added, 0);
    }

    /// Multiplies every use of a value.
    fn scale(&mut self, value: ValueId, factor: f32) {
        let added = self.add(Op::Scale { factor }, &[ValueRef::Old(value)]);
        self.rewire(value, added, 0);
    }
}

fn seed(n: u8) -> Seed {
    [n; 32]
}

fn variants() -> Vec<TinyLlama> {
    vec![
        TinyLlama::default(),
        TinyLlama { biases: true, rope_style: RopeStyle::Halves, tied: true, ..TinyLlama::default() },
        TinyLlama { qk_norm: true, window: Some(24), layers: 3, ..TinyLlama::default() },
        TinyLlama {
            rope_scaling: RopeScaling::Yarn { factor: 4.0, original_context: 32 },
            ..TinyLlama::of(DType::Q4K)
        },
    ]
}

/// Applies what `edit` writes to every variant and hands the verdict of a validation to `judge`.
fn check(edit: impl Fn(&mut Editor<'_>), judge: impl Fn(Result<Agreement, Disagreement>)) {
    for (n, variant) in variants().into_iter().enumerate() {
        let (graph, weights): (Graph, MapWeights) = variant.build();
        let mut editor = Editor::new(&graph);
        edit(&mut editor);
        let after = graph.apply(&editor.patch).unwrap();
        judge(validate(&graph, &after, &weights, seed(n as u8)));
    }
}

fn same_bits(edit: impl Fn(&mut Editor<'_>)) {
    check(edit, |verdict| {
        let agreement = verdict.unwrap();
        assert_eq!((agreement.logits.absolute, agreement.cache.absolute), (0.0, 0.0));
    });
}

fn refused(what: &str, edit: impl Fn(&mut Editor<'_>)) {
    check(edit, |verdict| {
        let Err(Disagreement::Deviates { deviation, tolerance }) = verdict else {
            panic!("{what} was not noticed: {verdict:?}")
        };
        // Far from the border, so that the verdict does not depend on the seed.
        assert!(deviation.relative > 2.0 * tolerance, "{what}: {deviation:?} is hardly above {tolerance}");
    });
}

#[test]
fn rewrites_that_keep_the_meaning_pass() {
    same_bits(|_| {});
    same_bits(|e| {
        // Three projections into one, sliced.
        for layer in 0..2 {
            let parts = ["q", "k", "v"].map(|p| e.matmul(&format!("blk.{layer}.attn_{p}.weight")));
            let ops = parts.map(|p| e.graph.nodes()[p.index()].op.clone());
            let (mut all, mut all_biases) = (Vec::new(), Vec::new());
            for op in ops {
                let Op::MatMul { weights, biases } = op else { unreachable!() };
                all.extend(weights);
                all_biases.extend(biases);
            }
            let x = ValueRef::Old(e.input(parts[0], 0));
            let node = e.add(Op::MatMul { weights: all, biases: all_biases }, &[x]);
            let mut start = 0;
            for part in parts {
                let len = e.graph.value_type(e.output(part)).width;
                let slice = e.add(Op::Slice { start, len }, &[ValueRef::New { node, output: 0 }]);
                e.rewire(e.output(part), slice, 0);
                e.patch.remove.push(part);
                start += len;
            }
        }
    });
    same_bits(|e| {
        for (layer, (silu, mul)) in e.all("silu").into_iter().zip(e.all("mul")).enumerate() {
            let [gate, up] = ["gate", "up"].map(|p| format!("blk.{layer}.ffn_{p}.weight"));
            let nodes = [e.matmul(&gate), e.matmul(&up), silu, mul];
            let x = ValueRef::Old(e.input(nodes[0], 0));
            let op = Op::GatedMatMul { gate: gate.into(), up: up.into() };
            let node = e.add(op, &[x]);
            e.rewire(e.output(mul), node, 0);
            e.patch.remove.extend(nodes);
        }
    });
    same_bits(|e| {
        let norms = e.all("rms-norm");
        for add in e.all("add") {
            let sum = e.output(add);
            let Some(norm) = norms.iter().copied().find(|norm| e.input(*norm, 0) == sum) else { continue };
            let Op::RmsNorm { weight, eps } = e.graph.nodes()[norm.index()].op.clone() else {
                unreachable!()
            };
            let inputs = [0, 1].map(|i| ValueRef::Old(e.input(add, i)));
            let node = e.add(Op::AddRmsNorm { weight, eps }, &inputs);
            e.rewire(e.output(add), node, 0);
            e.rewire(e.output(norm), node, 1);
            e.patch.remove.extend([add, norm]);
        }
    });
    same_bits(|e| {
        // A window as long as the context hides nothing; it may only narrow what has one already.
        let node = e.all("attention")[0];
        let context = e.graph.context_length();
        e.replace(node, |op| {
            if let Op::Attention { window: window @ None, .. } = op {
                *window = Some(context);
            }
        });
    });
}

#[test]
fn reassociation_is_rounding() {
    check(
        |e| {
            // a + f + g becomes a + (f + g) around the second layer's input, which is still read as it was.
            let adds = e.all("add");
            let [first, second] = [adds[1], adds[2]];
            let [f, g] = [first, second].map(|add| ValueRef::Old(e.input(add, 1)));
            let branches = e.add(Op::Add, &[f, g]);
            let a = ValueRef::Old(e.input(first, 0));
            let sum = e.add(Op::Add, &[a, ValueRef::New { node: branches, output: 0 }]);
            e.rewire(e.output(second), sum, 0);
            // silu(x) · u becomes u · silu(2 · (x / 2)).
            let half = e.add(Op::Scale { factor: 1.0 / 3.0 }, &[ValueRef::Old(e.input(e.all("silu")[0], 0))]);
            let whole = e.add(Op::Scale { factor: 3.0 }, &[ValueRef::New { node: half, output: 0 }]);
            e.rewire(e.input(e.all("silu")[0], 0), whole, 0);
        },
        |verdict| {
            let agreement = verdict.unwrap();
            assert!(agreement.logits.absolute > 0.0, "the rewrite does change bits");
        },
    );
}

#[test]
fn rewrites_that_change_the_meaning_are_refused() {
    refused("swapped gate and up", |e| {
        let (gate, up) = (e.matmul("blk.1.ffn_gate.weight"), e.matmul("blk.1.ffn_up.weight"));
        let (gate, up) = (e.output(gate), e.output(up));
        e.patch.rewire.extend([(gate, ValueRef::Old(up)), (up, ValueRef::Old(gate))]);
    });
    refused("swapped k and v", |e| {
        let (k, v) = (e.matmul("blk.0.attn_k.weight"), e.matmul("blk.0.attn_v.weight"));
        let (k, v) = (e.output(k), e.output(v));
        e.patch.rewire.extend([(k, ValueRef::Old(v)), (v, ValueRef::Old(k))]);
    });
    refused("scaled logits", |e| e.scale(e.graph.logits(), 1.001));
    for at in 0..2 {
        refused("a scaled v", |e| e.scale(e.output(e.matmul(&format!("blk.{at}.attn_v.weight"))), 1.001));
        refused("a scaled k", |e| e.scale(e.output(e.all("rope")[2 * at + 1]), 1.001));
        refused("a scaled q", |e| e.scale(e.output(e.all("rope")[2 * at]), 1.001));
        refused("a scaled gate", |e| {
            e.scale(e.output(e.matmul(&format!("blk.{at}.ffn_gate.weight"))), 1.001);
        });
        refused("a scaled residual branch", |e| e.scale(e.input(e.all("add")[2 * at], 1), 1.001));
        refused("a scaled feed-forward", |e| e.scale(e.input(e.all("add")[2 * at + 1], 1), 1.001));
        refused("a scaled residual stream", |e| e.scale(e.input(e.all("add")[2 * at + 1], 0), 1.001));
        refused("a dropped branch", |e| {
            let add = e.all("add")[2 * at + 1];
            e.patch.remove.push(add);
            e.patch.rewire.push((e.output(add), ValueRef::Old(e.input(add, 0))));
        });
        refused("half the window", |e| {
            let half = e.graph.context_length() / 2;
            e.replace(e.all("attention")[at], |op| {
                let Op::Attention { window, .. } = op else { unreachable!() };
                *window = Some(window.map_or(half, |w| w / 2));
            });
        });
        refused("a window one shorter", |e| {
            let longest = e.graph.context_length();
            e.replace(e.all("attention")[at], |op| {
                let Op::Attention { window, .. } = op else { unreachable!() };
                *window = Some(window.unwrap_or(longest) - 1);
            });
        });
        refused("another scale of the scores", |e| {
            e.replace(e.all("attention")[at], |op| {
                let Op::Attention { scale, .. } = op else { unreachable!() };
                *scale *= 1.001;
            });
        });
        refused("another base", |e| {
            e.replace(e.all("rope")[2 * at], |op| {
                let Op::Rope(spec) = op else { unreachable!() };
                spec.base *= 1.01;
            });
        });
    }
    for norm in 0..5 {
        refused("another eps", |e| {
            e.replace(e.all("rms-norm")[norm], |op| {
                let Op::RmsNorm { eps, .. } = op else { unreachable!() };
                *eps *= 1.5;
            });
        });
    }
}

#[test]
fn positions_instead_of_tokens_are_refused() {
    check(
        |e| e.patch.rewire.push((ValueId(0), ValueRef::Old(ValueId(1)))),
        |verdict| {
            let error = verdict.unwrap_err();
            // Positions go beyond a small vocabulary.
            let expected = matches!(error, Disagreement::Deviates { .. } | Disagreement::After(_));
            assert!(expected, "{error:?}");
        },
    );
}

#[test]
fn what_overflows_is_refused() {
    check(
        |e| e.scale(e.graph.logits(), f32::MAX),
        |verdict| assert!(matches!(verdict, Err(Disagreement::NotFinite { .. })), "{verdict:?}"),
    );
}

#[test]
fn a_patch_cannot_hold_validation_up_with_thresholds() {
    let (graph, weights) = TinyLlama { layers: 18, ..TinyLlama::default() }.build();
    let mut editor = Editor::new(&graph);
    for (layer, node) in (0..).zip(editor.all("attention")) {
        editor.replace(node, |op| {
            let Op::Attention { window, .. } = op else { unreachable!() };
            *window = Some(64 + layer);
        });
    }
    let after = graph.apply(&editor.patch).unwrap();
    let verdict = validate(&graph, &after, &weights, seed(0));
    assert!(matches!(verdict, Err(Disagreement::TooManyThresholds { found: 18, limit: 16 })), "{verdict:?}");
}
