//! A patch, as a plugin returned it.
//!
//! Untrusted: every index is compared with what it indexes, every list with its limit, every name with the
//! weights of the model, before it becomes part of a [`Patch`]. Numbers such as an epsilon pass through as they
//! are: the type rules of `inferno-graph` refuse those that make no sense.

use inferno_graph::{
    Graph, NewNode, NodeId, Op, Patch, RopeScaling, RopeSpec, RopeStyle, ValueId, ValueRef, WeightName,
};

use crate::{PatchLimits, bindings::pass::graph as wit, text};

const NAME_BYTES: usize = 100;

/// Reads a patch of this graph.
///
/// # Errors
/// When it is too large, or refers to something that neither the graph nor the patch has.
pub(crate) fn patch(patch: wit::Patch, graph: &Graph, limits: &PatchLimits) -> Result<Patch, PatchDefect> {
    let reader = Reader { graph, limits, outputs: outputs(&patch, limits)? };
    at_most("removed nodes", patch.remove.len(), graph.nodes().len())?;
    at_most("rewired values", patch.rewire.len(), graph.values().len())?;
    let remove = patch.remove.into_iter().map(|id| reader.node(id)).collect::<Result<_, _>>()?;
    let add = patch.add.into_iter().map(|node| reader.new_node(node)).collect::<Result<_, _>>()?;
    let rewire = patch
        .rewire
        .into_iter()
        .map(|rewire| Ok((reader.value(rewire.from)?, reader.value_ref(rewire.to)?)))
        .collect::<Result<_, _>>()?;
    Ok(Patch { remove, add, rewire })
}

/// How many values each added node produces.
fn outputs(patch: &wit::Patch, limits: &PatchLimits) -> Result<Vec<u32>, PatchDefect> {
    at_most("added nodes", patch.add.len(), limits.nodes)?;
    let two = |node: &wit::NewNode| matches!(node.op, wit::Op::AddRmsNorm(_));
    Ok(patch.add.iter().map(|node| 1 + u32::from(two(node))).collect())
}

struct Reader<'a> {
    graph: &'a Graph,
    limits: &'a PatchLimits,
    outputs: Vec<u32>,
}

impl Reader<'_> {
    fn node(&self, id: u32) -> Result<NodeId, PatchDefect> {
        index("node", id, self.graph.nodes().len()).map(NodeId)
    }

    fn value(&self, id: u32) -> Result<ValueId, PatchDefect> {
        index("value", id, self.graph.values().len()).map(ValueId)
    }

    fn value_ref(&self, value: wit::ValueRef) -> Result<ValueRef, PatchDefect> {
        match value {
            wit::ValueRef::Old(id) => self.value(id).map(ValueRef::Old),
            wit::ValueRef::New(wit::NewValue { node, output }) => {
                let node = index("added node", node, self.outputs.len())?;
                let output = index("output of an added node", output, self.outputs[node as usize] as usize)?;
                Ok(ValueRef::New { node, output })
            }
        }
    }

    fn new_node(&self, node: wit::NewNode) -> Result<NewNode, PatchDefect> {
        at_most("inputs of one node", node.inputs.len(), self.limits.inputs)?;
        let op = self.op(node.op)?;
        let inputs = node.inputs.into_iter().map(|value| self.value_ref(value)).collect::<Result<_, _>>()?;
        Ok(NewNode { op, inputs })
    }

    fn op(&self, op: wit::Op) -> Result<Op, PatchDefect> {
        Ok(match op {
            wit::Op::Embedding(table) => Op::Embedding { table: self.weight(&table)? },
            wit::Op::Matmul(wit::Matmul { weights, biases }) => {
                Op::MatMul { weights: self.weights(&weights)?, biases: self.weights(&biases)? }
            }
            wit::Op::RmsNorm(wit::Norm { weight, eps }) => Op::RmsNorm { weight: self.weight(&weight)?, eps },
            wit::Op::Rope(spec) => Op::Rope(self.rope(spec)?),
            wit::Op::Attention(wit::Attention { layer, heads, kv_heads, head_dim, scale, window }) => {
                Op::Attention { layer, heads, kv_heads, head_dim, scale, window }
            }
            wit::Op::Silu => Op::Silu,
            wit::Op::Mul => Op::Mul,
            wit::Op::Add => Op::Add,
            wit::Op::Scale(factor) => Op::Scale { factor },
            wit::Op::Identity => Op::Identity,
            wit::Op::Slice(wit::Slice { start, len }) => Op::Slice { start, len },
            wit::Op::SelectRows => Op::SelectRows,
            wit::Op::GatedMatmul(wit::GatedMatmul { gate, up }) => {
                Op::GatedMatMul { gate: self.weight(&gate)?, up: self.weight(&up)? }
            }
            wit::Op::AddRmsNorm(wit::Norm { weight, eps }) => {
                Op::AddRmsNorm { weight: self.weight(&weight)?, eps }
            }
        })
    }

    fn rope(&self, rope: wit::Rope) -> Result<RopeSpec, PatchDefect> {
        let wit::Rope { heads, head_dim, rotary_dim, base, style, scaling } = rope;
        let style = match style {
            wit::RopeStyle::Interleaved => RopeStyle::Interleaved,
            wit::RopeStyle::Halves => RopeStyle::Halves,
        };
        let scaling = match scaling {
            wit::RopeScaling::None => RopeScaling::None,
            wit::RopeScaling::Linear(factor) => RopeScaling::Linear { factor },
            wit::RopeScaling::Factors(weight) => RopeScaling::Factors { weight: self.weight(&weight)? },
            wit::RopeScaling::Yarn(wit::Yarn { factor, original_context }) => {
                RopeScaling::Yarn { factor, original_context }
            }
        };
        Ok(RopeSpec { heads, head_dim, rotary_dim, base, style, scaling })
    }

    fn weights(&self, names: &[String]) -> Result<Vec<WeightName>, PatchDefect> {
        at_most("weights of one node", names.len(), self.limits.weights)?;
        names.iter().map(|name| self.weight(name)).collect()
    }

    /// The graph's own copy of a name, so that nothing of the guest's is kept.
    fn weight(&self, name: &str) -> Result<WeightName, PatchDefect> {
        match self.graph.weights().get_key_value(name) {
            Some((known, _)) => Ok(known.clone()),
            None => Err(PatchDefect::NoSuchWeight { name: text::clean(name, NAME_BYTES) }),
        }
    }
}

fn index(what: &'static str, index: u32, count: usize) -> Result<u32, PatchDefect> {
    if (index as usize) < count { Ok(index) } else { Err(PatchDefect::NoSuchIndex { what, index, count }) }
}

fn at_most(what: &'static str, found: usize, limit: usize) -> Result<(), PatchDefect> {
    if found <= limit { Ok(()) } else { Err(PatchDefect::TooMany { what, found, limit }) }
}

/// Why what a plugin returned is no patch of the graph it was given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PatchDefect {
    /// A list longer than its limit.
    #[error("it has {found} {what}, and at most {limit} are allowed")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many.
        found: usize,
        /// How many are allowed.
        limit: usize,
    },
    /// An index beyond what it indexes.
    #[error("it names {what} {index}, and there are {count}")]
    NoSuchIndex {
        /// What is indexed.
        what: &'static str,
        /// The index.
        index: u32,
        /// How many there are.
        count: usize,
    },
    /// A weight that the model does not have.
    #[error("it names a weight `{name}`, which the model does not have")]
    NoSuchWeight {
        /// The name, cleaned and cut.
        name: String,
    },
}
