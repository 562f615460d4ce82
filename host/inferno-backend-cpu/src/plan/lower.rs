//! From nodes to steps.
//!
//! `identity` and `slice` become views that cost nothing. A product with quantized matrices gets a step before it
//! that quantizes its input, once for all its matrices. Ropes that turn by the same angles share one table per
//! batch. A node whose values nobody reads is still run: dropping it is for whoever owns the graph.

use inferno_backend::{BackendError, Phases};
use inferno_graph::{DType, Graph, Node, Op, ValueId, WeightName, rope::RopeAngles};

use super::{
    BufferId, BufferSpec, Lead, Out, Place, Step, StepKind,
    attend::Attention,
    product::{Input, Part, Written},
    rows::RowOp,
    work::WorkOp,
};
use crate::{
    isa::Isa,
    kernels::{
        attention,
        matmul::takes_q8,
        prefill::{Form, rounded, turned},
        quantize,
    },
    weights::{Matrix, Weights},
};

/// Steps in topological order and the buffers between them.
pub(crate) struct Lowered {
    pub(crate) steps: Vec<Step>,
    pub(crate) buffers: Vec<BufferSpec>,
    /// The buffer that the logits are written to.
    pub(crate) output: BufferId,
    /// KV heads and their width, per layer.
    pub(crate) kv_heads: Vec<(u32, u32)>,
    /// Rows of the smallest embedding table: the tokens that may be looked up.
    pub(crate) tokens: usize,
    /// Apart, once a product takes rows of prefill in another form.
    pub(crate) phases: Phases,
}

struct Lowering<'a> {
    isa: Isa,
    weights: Weights<'a>,
    /// Where each value lies; `None` for the inputs of the graph.
    places: Vec<Option<Place>>,
    /// Where the rows of prefill of a value lie that is rounded when it is computed.
    rounded: Vec<Option<Place>>,
    /// Where they lie turned, once a product took them so.
    turned: Vec<Option<Place>>,
    angles: Vec<(RopeAngles, Place)>,
    done: Lowered,
}

/// How the matrices of a product go through the rows of its input.
#[derive(Clone, Copy)]
enum Rows {
    EachItsOwn,
    /// All at once, so that they take a row in the same phase.
    Shared,
}

/// Lowers a graph.
///
/// # Errors
/// When a weight is missing or not as declared.
pub(crate) fn lower(isa: Isa, weights: Weights<'_>) -> Result<Lowered, BackendError> {
    let graph = weights.graph;
    let done = Lowered {
        steps: Vec::new(),
        buffers: Vec::new(),
        output: 0,
        kv_heads: vec![(0, 0); graph.kv_widths().len()],
        tokens: usize::MAX,
        phases: Phases::Alike,
    };
    let places = vec![None; graph.values().len()];
    let (rounded, turned) = (vec![None; graph.values().len()], vec![None; graph.values().len()]);
    let mut lowering = Lowering { isa, weights, places, rounded, turned, angles: Vec::new(), done };
    for node in graph.nodes() {
        lowering.node(node)?;
    }
    lowering.output(graph);
    Ok(lowering.done)
}

impl Lowering<'_> {
    fn node(&mut self, node: &Node) -> Result<(), BackendError> {
        let inputs = &node.inputs;
        match &node.op {
            Op::Embedding { table } => {
                let table = self.weights.table(table)?;
                self.done.tokens = self.done.tokens.min(table.rows());
                let out = self.define(node.outputs[0]);
                self.rows(Lead::Tokens, RowOp::Embed { table, out }, &[], [out]);
            }
            Op::MatMul { weights, biases } => {
                let mut parts = Vec::with_capacity(weights.len());
                let mut column = 0;
                for (i, name) in weights.iter().enumerate() {
                    let matrix = self.weights.matrix(name)?;
                    let bias = biases.get(i).map(|b| self.weights.vector(b)).transpose()?;
                    let rows = matrix.rows;
                    parts.push(Part { matrix, bias, column });
                    column += rows;
                }
                let matrices: Vec<&Matrix> = parts.iter().map(|p| &*p.matrix).collect();
                let (input, lead) = self.product_input(node, &matrices, Rows::EachItsOwn);
                let (residual, sum) = self.added_to(node).unzip();
                let out = self.define(sum.unwrap_or(node.outputs[0]));
                let op = WorkOp::MatMul { input, parts, to: Written { out, residual } };
                self.work(lead, op, (input, residual), [out]);
            }
            Op::GatedMatMul { gate, up } => {
                let (gate, up) = (self.weights.matrix(gate)?, self.weights.matrix(up)?);
                let (input, lead) = self.product_input(node, &[&gate, &up], Rows::Shared);
                let out = self.define_for_products(node.outputs[0], 1);
                self.work(lead, WorkOp::Gated { input, gate, up, out }, (input, None), out.places());
            }
            Op::RmsNorm { weight, eps } => {
                let weight = self.weights.vector(weight)?;
                let (x, out) = (self.place(inputs[0]), self.define_for_products(node.outputs[0], 1));
                let op = RowOp::Norm { x, weight, eps: *eps, out };
                self.rows(self.lead(inputs[0]), op, &[x], out.places());
            }
            Op::AddRmsNorm { weight, eps } => {
                let weight = self.weights.vector(weight)?;
                if let Some(x) = self.places[node.outputs[0].index()] {
                    let out = self.define_for_products(node.outputs[1], 1);
                    let op = RowOp::Norm { x, weight, eps: *eps, out };
                    self.rows(self.lead(inputs[0]), op, &[x], out.places());
                    return Ok(());
                }
                let (a, b) = (self.place(inputs[0]), self.place(inputs[1]));
                let (sum, out) = (self.define(node.outputs[0]), self.define_for_products(node.outputs[1], 1));
                let op = RowOp::AddNorm { a, b, weight, eps: *eps, sum, out };
                self.rows(self.lead(inputs[0]), op, &[a, b], out.places().chain([sum]));
            }
            Op::Rope(spec) => {
                let factors = spec.weight().map(|name| self.weights.vector(name)).transpose()?;
                let angles = self.angles(spec.angles(&factors.unwrap_or_default()));
                let (x, out) = (self.place(inputs[0]), self.define(node.outputs[0]));
                let (head_dim, style) = (spec.head_dim as usize, spec.style);
                let op = RowOp::Rope { x, angles, head_dim, style, out };
                self.rows(Lead::Tokens, op, &[x, angles], [out]);
            }
            Op::Attention { layer, heads, kv_heads, head_dim, scale, window } => {
                let [q, k, v] = [inputs[0], inputs[1], inputs[2]].map(|v| self.place(v));
                if attention::rounds_prompts(self.isa) {
                    self.done.phases = Phases::Apart;
                }
                let layer = *layer as usize;
                self.done.kv_heads[layer] = (*kv_heads, *head_dim);
                // Carries no data: it makes the attention wait for the cache.
                let appended = self.buffer(Lead::Tokens, 0);
                self.rows(Lead::Tokens, RowOp::Append { layer, k, v }, &[k, v], [appended]);
                let out = self.define_for_products(node.outputs[0], *head_dim as usize);
                let op = Attention {
                    layer,
                    heads: *heads as usize,
                    kv_heads: *kv_heads as usize,
                    head_dim: *head_dim as usize,
                    scale: *scale,
                    window: *window,
                    q,
                    out,
                };
                self.done.steps.push(Step {
                    kind: StepKind::Work(WorkOp::Attention(op)),
                    lead: Lead::Tokens,
                    reads: vec![q.buffer, appended.buffer],
                    writes: out.places().map(|p| p.buffer).collect(),
                    once: true,
                });
            }
            Op::Silu => self.unary(node, |x, out| RowOp::Silu { x, out }),
            Op::Scale { factor } => self.unary(node, |x, out| RowOp::Scale { x, factor: *factor, out }),
            Op::Mul => self.binary(node, |a, b, out| RowOp::Mul { a, b, out }),
            // Where a product was written.
            Op::Add if self.places[node.outputs[0].index()].is_some() => {}
            Op::Add => self.binary(node, |a, b, out| RowOp::Add { a, b, out }),
            Op::Identity => self.places[node.outputs[0].index()] = self.places[inputs[0].index()],
            Op::Slice { start, len } => {
                let x = self.place(inputs[0]);
                let view = Place { offset: x.offset + *start as usize, width: *len as usize, ..x };
                self.places[node.outputs[0].index()] = Some(view);
            }
            Op::SelectRows => {
                let (x, out) = (self.place(inputs[0]), self.define(node.outputs[0]));
                self.done.steps.push(Step {
                    kind: StepKind::Gather(RowOp::Select { x, out }),
                    lead: Lead::Rows,
                    reads: vec![x.buffer],
                    writes: vec![out.buffer],
                    once: false,
                });
            }
        }
        Ok(())
    }

    /// Makes the logits lie in a buffer of their own, row after row.
    fn output(&mut self, graph: &Graph) {
        let logits = self.place(graph.logits());
        let whole = self.done.buffers[logits.buffer].width == logits.width;
        self.done.output = if whole {
            logits.buffer
        } else {
            let out = self.buffer(Lead::Rows, logits.width);
            self.rows(Lead::Rows, RowOp::Copy { x: logits, out }, &[logits], [out]);
            out.buffer
        };
        for step in &mut self.done.steps {
            step.once |= step.writes.contains(&self.done.output);
        }
    }

    /// Where a value lies. The type rules keep the graph's inputs away from every op that reads activations.
    fn place(&self, value: ValueId) -> Place {
        self.places[value.index()].expect("activations are computed before they are read")
    }

    fn lead(&self, value: ValueId) -> Lead {
        Lead::of(self.weights.graph.value_type(value).lead)
    }

    fn buffer(&mut self, lead: Lead, width: usize) -> Place {
        self.done.buffers.push(BufferSpec { lead, width });
        Place { buffer: self.done.buffers.len() - 1, offset: 0, width, stride: width }
    }

    fn define(&mut self, value: ValueId) -> Place {
        let width = self.weights.graph.value_type(value).width as usize;
        let place = self.buffer(self.lead(value), width);
        self.places[value.index()] = Some(place);
        place
    }

    /// As [`define`](Self::define), for a value that is computed `columns` columns at a time: where nothing but products of
    /// prefill reads its rows of prefill, they are rounded at once.
    fn define_for_products(&mut self, value: ValueId, columns: usize) -> Out {
        let x = self.define(value);
        let whole = columns == 1 || columns.is_multiple_of(rounded::DEPTH);
        let bf16 = (whole && self.only_multiplied(value))
            .then(|| self.buffer(Lead::Tokens, rounded::row_len(x.width)));
        self.rounded[value.index()] = bf16;
        Out { x, bf16 }
    }

    /// Whether all that reads a value are products whose matrices take rows of prefill rounded.
    fn only_multiplied(&self, value: ValueId) -> bool {
        let graph = self.weights.graph;
        let width = graph.value_type(value).width as usize;
        let takes = |node: &Node, names: &[&WeightName], rows| {
            let types: Option<Vec<_>> =
                names.iter().map(|name| Some(graph.weights().get(*name)?.dtype)).collect();
            types.is_some_and(|types| self.forms(node, &types, width, rows).iter().all(Option::is_some))
        };
        let mut readers = graph.nodes().iter().filter(|node| node.inputs.contains(&value));
        self.lead(value) == Lead::Tokens
            && value != graph.logits()
            && readers.all(|node| match &node.op {
                Op::MatMul { weights, .. } => {
                    takes(node, &weights.iter().collect::<Vec<_>>(), Rows::EachItsOwn)
                }
                Op::GatedMatMul { gate, up } => takes(node, &[gate, up], Rows::Shared),
                _ => false,
            })
    }

    fn rows(&mut self, lead: Lead, op: RowOp, reads: &[Place], writes: impl IntoIterator<Item = Place>) {
        let reads = reads.iter().map(|p| p.buffer).collect();
        let writes = writes.into_iter().map(|p| p.buffer).collect();
        let once = matches!(op, RowOp::Append { .. });
        self.done.steps.push(Step { kind: StepKind::Rows(op), lead, reads, writes, once });
    }

    fn work(
        &mut self,
        lead: Lead,
        op: WorkOp,
        (input, residual): (Input, Option<Place>),
        out: impl IntoIterator<Item = Place>,
    ) {
        let forms = [Some(input.x), input.q8, input.bf16, input.turned, residual];
        let reads = forms.into_iter().flatten().map(|p| p.buffer).collect();
        let (kind, writes) = (StepKind::Work(op), out.into_iter().map(|p| p.buffer).collect());
        self.done.steps.push(Step { kind, lead, reads, writes, once: true });
    }

    fn unary(&mut self, node: &Node, op: impl FnOnce(Place, Place) -> RowOp) {
        let x = self.place(node.inputs[0]);
        let out = self.define(node.outputs[0]);
        self.rows(self.lead(node.inputs[0]), op(x, out), &[x], [out]);
    }

    fn binary(&mut self, node: &Node, op: impl FnOnce(Place, Place, Place) -> RowOp) {
        let (a, b) = (self.place(node.inputs[0]), self.place(node.inputs[1]));
        let out = self.define(node.outputs[0]);
        self.rows(self.lead(node.inputs[0]), op(a, b, out), &[a, b], [out]);
    }

    /// The input of a product, in the forms that its matrices take.
    fn product_input(&mut self, node: &Node, matrices: &[&Matrix], rows: Rows) -> (Input, Lead) {
        let x = node.inputs[0];
        let (place, lead) = (self.place(x), self.lead(x));
        let quantized = matrices.iter().any(|m| takes_q8(m.dtype()));
        let types: Vec<_> = matrices.iter().map(|m| m.dtype()).collect();
        let forms = self.forms(node, &types, place.width, rows);
        // Rows of logits are never computed as in prefill.
        let rounded = lead == Lead::Tokens && forms.iter().any(Option::is_some);
        let turned = rounded && forms.contains(&Some(Form::Turned));
        let both = types.iter().zip(&forms).any(|(dtype, form)| takes_q8(*dtype) && form.is_none());
        if rounded {
            self.done.phases = Phases::Apart;
        }
        let q8 = quantized.then(|| self.buffer(lead, quantize::row_len(place.width)));
        let there = self.rounded[x.index()].filter(|_| rounded);
        let bf16 = if rounded && there.is_none() {
            Some(self.buffer(lead, rounded::row_len(place.width)))
        } else {
            None
        };
        let writes: Vec<Place> = [q8, bf16].into_iter().flatten().collect();
        if !writes.is_empty() {
            let op = RowOp::Quantize { x: place, q8, bf16, apart: rounded, both, lead };
            self.rows(lead, op, &[place], writes);
        }
        let bf16 = there.or(bf16);
        let turned = bf16.filter(|_| turned).map(|rounded| self.turned(x, rounded));
        (Input { x: place, q8, bf16, turned }, lead)
    }

    /// How the matrices of a product, of these types and this width, take rows of prefill, each if differently from those of
    /// decode. Those that share their rows take them in one form.
    fn forms(&self, node: &Node, types: &[DType], width: usize, rows: Rows) -> Vec<Option<Form>> {
        let all = |gate: bool| types.iter().map(move |dtype| Form::of(self.isa, *dtype, width, gate));
        let turned = self.is_gate(node) && all(true).all(|form| form == Some(Form::Turned));
        let alone = matches!(rows, Rows::EachItsOwn) || all(turned).all(|form| form.is_some());
        all(turned).map(|form| form.filter(|_| alone)).collect()
    }

    /// Whether a product gives a gate, or what passes one: half of all that is multiplied, in two matrices that read the same
    /// rows. What bytes lose there weighs least; queries and keys are magnified by the softmax, and what is added to the
    /// residual stream stays in it.
    fn is_gate(&self, node: &Node) -> bool {
        let reads = |reader: &&Node| reader.inputs.contains(&node.outputs[0]);
        let mut readers = self.weights.graph.nodes().iter().filter(reads);
        matches!(node.op, Op::GatedMatMul { .. })
            || readers.all(|reader| matches!(reader.op, Op::Silu | Op::Mul))
    }

    /// What the values of a product are added to, and the sum, where nothing else is done with them: they are added where
    /// they are written. So is it whether the addition was fused with a norm or not, to the bit.
    fn added_to(&self, node: &Node) -> Option<(Place, ValueId)> {
        let (graph, product) = (self.weights.graph, node.outputs[0]);
        let mut readers = graph.nodes().iter().filter(|node| node.inputs.contains(&product));
        let (Some(reader), None) = (readers.next(), readers.next()) else { return None };
        let adds = matches!(reader.op, Op::Add | Op::AddRmsNorm { .. }) && product != graph.logits();
        let other = reader.inputs.iter().find(|value| **value != product).filter(|_| adds)?;
        // Computed before the product, or the other way round.
        self.places[other.index()].map(|place| (place, reader.outputs[0]))
    }

    /// Where the rows of prefill of a value lie turned, which are rounded at `rounded`.
    fn turned(&mut self, value: ValueId, rounded: Place) -> Place {
        if let Some(turned) = self.turned[value.index()] {
            return turned;
        }
        let width = self.place(value).width;
        let out = self.buffer(Lead::Tokens, turned::row_len(width));
        self.rows(Lead::Tokens, RowOp::Turn { rounded, width, out }, &[rounded], [out]);
        self.turned[value.index()] = Some(out);
        out
    }

    /// The table of these angles.
    fn angles(&mut self, angles: RopeAngles) -> Place {
        if let Some((_, place)) = self.angles.iter().find(|(known, _)| *known == angles) {
            return *place;
        }
        let out = self.buffer(Lead::Tokens, angles.inverse_frequencies.len() * 2);
        self.angles.push((angles.clone(), out));
        self.rows(Lead::Tokens, RowOp::Angles { angles, out }, &[], [out]);
        out
    }
}
