//! What is probed: ordinary text-like inputs, and every corner that an attribute can make.
//!
//! An attribute that is a threshold (attention window, trained context) shows only in contexts beyond it, so
//! contexts of one less, exactly and one more are probed for every threshold of either graph, and the end of the
//! context always. A random past makes a long context as cheap as a short one. An `eps` hardly shows where
//! activations are large, so some probes multiply all of them.

use std::{collections::BTreeSet, fmt};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;
use serde::{Deserialize, Serialize};

use super::{Disagreement, Seed};
use crate::{
    Graph, Op, RopeScaling,
    interpret::{Past, RandomPast, Sequence},
};

/// How many thresholds the new graph may bring that the old one does not have.
const MAX_NEW_THRESHOLDS: usize = 16;
/// Magnitude of cached keys and values that spreads attention over the whole past.
const CALM: f32 = 1.0;
/// Magnitude that makes attention pick few positions.
const EXTREME: f32 = 8.0;

/// What a probe is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProbeKind {
    /// Tokens at the beginning of a sequence.
    Prompt,
    /// A token at a chosen depth of a long context.
    Depth,
    /// A short past with keys and values so large that attention is nearly one-hot.
    Extreme,
    /// Every `eps` multiplied.
    Epsilon,
}

impl ProbeKind {
    /// The deviation, relative to the root mean square of a row, that rounding may cause.
    ///
    /// Rewrites that keep the order of operations give the same bits. Others were measured on a 30-layer model by
    /// reassociating sums, over three seeds: short prompts then deviated by up to 3e-5, depths by 3e-4, extremes and
    /// probes of `eps` by 9e-4. Scaling any one of that model's branches by 1.001 moved prompts by 3e-4 at least.
    /// (Keys of magnitude 30 over 8,192 positions were plain chaos: rounding moved logits by as much as they are
    /// large.) The tight bound is that of prompts; the others notice what prompts cannot, which deviates by far
    /// more.
    pub const fn tolerance(self) -> f32 {
        match self {
            Self::Prompt => 1e-4,
            Self::Epsilon => 2e-3,
            Self::Depth => 1e-3,
            Self::Extreme => 5e-3,
        }
    }
}

impl fmt::Display for ProbeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Prompt => "prompt",
            Self::Depth => "depth",
            Self::Extreme => "extreme",
            Self::Epsilon => "epsilon",
        })
    }
}

/// One sequence that both graphs evaluate.
#[derive(Debug, Clone)]
pub struct Probe {
    /// Why it is there.
    pub kind: ProbeKind,
    /// The sequence.
    pub sequence: Sequence,
}

/// All probes for a pair of graphs.
///
/// # Errors
/// When the new graph has so many thresholds that probing them all would let a patch hold up the server.
pub(super) fn draw(before: &Graph, after: &Graph, seed: Seed) -> Result<Vec<Probe>, Disagreement> {
    let (mut thresholds, new) = (thresholds(before), thresholds(after));
    let found = new.difference(&thresholds).count();
    if found > MAX_NEW_THRESHOLDS {
        return Err(Disagreement::TooManyThresholds { found, limit: MAX_NEW_THRESHOLDS });
    }
    thresholds.extend(new);

    let context = before.context_length();
    let mut draw =
        Draw { rng: ChaCha20Rng::from_seed(seed), tokens: tokens(before).min(tokens(after)), context };
    let mut probes = Vec::new();
    let prompt = draw.sequence(6, 0, CALM);
    // Not all rows, and not in order: so that what picks them counts.
    let logits_for = (0..prompt.tokens.len() as u32).rev().step_by(3).collect();
    probes.push(Probe { kind: ProbeKind::Prompt, sequence: Sequence { logits_for, ..prompt } });
    // Few positions leave attention a choice, and little to average a small difference away.
    for past in 1..=3 {
        probes.push(Probe { kind: ProbeKind::Prompt, sequence: draw.sequence(1, past, CALM) });
    }
    // The usual 1e-5 becomes 0.1 to 1, which matters to norms of small rows such as a head's, and 10 to 100, which
    // matters to the residual stream.
    for least in [1e4, 1e6] {
        let eps_factor = least * (1.0 + 9.0 * draw.rng.random::<f32>());
        let sequence = Sequence { eps_factor, ..draw.sequence(2, 0, CALM) };
        probes.push(Probe { kind: ProbeKind::Epsilon, sequence });
    }
    probes.push(Probe { kind: ProbeKind::Extreme, sequence: draw.sequence(2, 12, EXTREME) });

    let around = |t: u32| [t.saturating_sub(1), t, t.saturating_add(1), t.saturating_mul(2)];
    let depths: BTreeSet<u32> =
        thresholds.into_iter().flat_map(around).map(|total| total.clamp(1, context.max(1)) - 1).collect();
    let depths = depths
        .into_iter()
        .map(|past| Probe { kind: ProbeKind::Depth, sequence: draw.sequence(1, past, CALM) });
    probes.extend(depths);
    Ok(probes)
}

/// Context lengths at which some attribute of the graph begins to matter, up to the longest context.
fn thresholds(graph: &Graph) -> BTreeSet<u32> {
    let mut found = BTreeSet::from([graph.context_length()]);
    for node in graph.nodes() {
        match &node.op {
            Op::Attention { window: Some(window), .. } => found.insert(*window),
            Op::Rope(spec) => match spec.scaling {
                RopeScaling::Yarn { original_context, .. } => found.insert(original_context),
                _ => false,
            },
            _ => false,
        };
    }
    found.retain(|t| *t <= graph.context_length());
    found
}

/// How many tokens every embedding of the graph knows.
fn tokens(graph: &Graph) -> u32 {
    let tables = graph.nodes().iter().filter_map(|node| match &node.op {
        Op::Embedding { table } => graph.weights().get(table).map(|decl| decl.rows),
        _ => None,
    });
    tables.min().unwrap_or(1)
}

struct Draw {
    rng: ChaCha20Rng,
    tokens: u32,
    context: u32,
}

impl Draw {
    /// Up to `len` random tokens after `past` random positions, cut to the context.
    fn sequence(&mut self, len: u32, past: u32, magnitude: f32) -> Sequence {
        let past = past.min(self.context.saturating_sub(1));
        let len = len.min(self.context - past);
        let tokens: Vec<_> = (0..len).map(|_| self.rng.random_range(0..self.tokens)).collect();
        let past = match past {
            0 => Past::Empty,
            len => Past::Random(RandomPast { seed: self.rng.random(), len, magnitude }),
        };
        Sequence::new(tokens, past)
    }
}
