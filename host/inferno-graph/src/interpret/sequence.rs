//! What the interpreter is given: sequences, each with its own past.

use std::{ops::Range, sync::Arc};

use inferno_types::TokenId;

/// Rows of equal width, one after the other.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rows {
    width: usize,
    data: Vec<f32>,
}

impl Rows {
    pub(super) fn new(width: usize, data: Vec<f32>) -> Self {
        Self { width, data }
    }

    /// Values in one row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.data.len().checked_div(self.width).unwrap_or(0)
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    /// Row `index`.
    pub fn row(&self, index: usize) -> &[f32] {
        &self.data[index * self.width..(index + 1) * self.width]
    }

    /// All rows.
    pub fn iter(&self) -> impl Iterator<Item = &[f32]> {
        self.data.chunks_exact(self.width.max(1))
    }

    /// All values, row after row.
    pub fn as_slice(&self) -> &[f32] {
        &self.data
    }
}

/// Keys (after rotation) and values of one layer, one row per position.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerKv {
    /// `[positions, kv_heads · head_dim]`.
    pub keys: Rows,
    /// As `keys`.
    pub values: Rows,
}

/// Keys and values of consecutive positions in every layer.
#[derive(Debug, Clone, PartialEq)]
pub struct KvState {
    layers: Vec<LayerKv>,
}

impl KvState {
    /// No positions, for layers of these widths.
    pub(super) fn empty(widths: &[u32]) -> Self {
        let rows = |width: &u32| Rows::new(*width as usize, Vec::new());
        Self { layers: widths.iter().map(|w| LayerKv { keys: rows(w), values: rows(w) }).collect() }
    }

    /// All layers.
    pub fn layers(&self) -> &[LayerKv] {
        &self.layers
    }

    /// How many positions it spans.
    pub fn positions(&self) -> usize {
        self.layers.first().map_or(0, |layer| layer.keys.len())
    }

    /// Adds the positions that follow.
    ///
    /// # Panics
    /// When `later` belongs to a graph with other layers.
    pub fn extend(&mut self, later: &Self) {
        assert_eq!(self.layers.len(), later.layers.len(), "both states have the layers of one graph");
        for (layer, later) in self.layers.iter_mut().zip(&later.layers) {
            assert_eq!(layer.keys.width, later.keys.width, "both states have the widths of one graph");
            layer.keys.data.extend(&later.keys.data);
            layer.values.data.extend(&later.values.data);
        }
    }

    /// Takes the rows `span` of the keys and values that a whole batch has in `layer`.
    pub(super) fn append(&mut self, layer: u32, keys: &[f32], values: &[f32], span: Range<usize>) {
        let layer = &mut self.layers[layer as usize];
        let width = layer.keys.width;
        let range = span.start * width..span.end * width;
        layer.keys.data.extend(&keys[range.clone()]);
        layer.values.data.extend(&values[range]);
    }
}

/// A past that nobody computed: every key and value follows from a hash of where it is.
///
/// The values of position 0 are larger by the square root of the length, so that its part in an average over all
/// positions is as large as that of all others together. An attention window that hides it is then noticed however
/// long the context is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RandomPast {
    /// Another seed, another past.
    pub seed: u64,
    /// How many positions.
    pub len: u32,
    /// Keys, and values but the first, are spread evenly over `−magnitude .. magnitude`.
    pub magnitude: f32,
}

/// Which of the two caches of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KvKind {
    Key = 0,
    Value = 1,
}

impl RandomPast {
    /// The channels from `first` of one cached row. `first` and the length of `out` may be anything.
    pub(super) fn fill(&self, layer: u32, kind: KvKind, position: usize, first: usize, out: &mut [f32]) {
        let cache = splitmix(self.seed ^ (u64::from(layer) << 1 | kind as u64));
        let row = splitmix(cache ^ position as u64);
        let loudness = if position == 0 && kind == KvKind::Value { (self.len as f32).sqrt() } else { 1.0 };
        let unit = self.magnitude * loudness / 32768.0;
        // One word of hash makes four values of 16 bits.
        let (mut group, mut word) = (usize::MAX, 0);
        for (channel, y) in (first..).zip(out) {
            if channel / 4 != group {
                group = channel / 4;
                word = splitmix(row ^ group as u64);
            }
            *y = f32::from((word >> (16 * (channel % 4))) as i16) * unit;
        }
    }
}

/// The finalizer of SplitMix64 (Steele, Lea and Flood 2014).
fn splitmix(x: u64) -> u64 {
    let mut z = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// What is in the cache of a sequence before its tokens.
#[derive(Debug, Clone, Default)]
pub enum Past {
    /// Nothing: the first token has position 0.
    #[default]
    Empty,
    /// What earlier evaluations appended.
    Recorded(Arc<KvState>),
    /// Made-up keys and values that take no memory, to reach any context length at once.
    Random(RandomPast),
}

impl Past {
    /// How many positions.
    pub fn positions(&self) -> usize {
        match self {
            Self::Empty => 0,
            Self::Recorded(state) => state.positions(),
            Self::Random(random) => random.len as usize,
        }
    }

    /// The channels from `first` of the row cached at `position`.
    pub(super) fn fill(&self, layer: u32, kind: KvKind, position: usize, first: usize, out: &mut [f32]) {
        match self {
            Self::Empty => unreachable!("an empty past has no positions to read"),
            Self::Random(random) => random.fill(layer, kind, position, first, out),
            Self::Recorded(state) => {
                let layer = &state.layers[layer as usize];
                let rows = if kind == KvKind::Key { &layer.keys } else { &layer.values };
                out.copy_from_slice(&rows.row(position)[first..first + out.len()]);
            }
        }
    }
}

/// One sequence of a batch.
#[derive(Debug, Clone)]
pub struct Sequence {
    /// At least one token.
    pub tokens: Vec<TokenId>,
    /// What came before them.
    pub past: Past,
    /// Which of `tokens` logits are wanted for.
    pub logits_for: Vec<u32>,
    /// What the `eps` of every norm is multiplied by in this sequence: 1 except in validation, which so makes an
    /// attribute that hardly ever matters matter.
    pub eps_factor: f32,
}

impl Sequence {
    /// Tokens whose logits are all wanted.
    pub fn new(tokens: impl IntoIterator<Item = u32>, past: Past) -> Self {
        let tokens: Vec<_> = tokens.into_iter().map(TokenId).collect();
        let logits_for = (0..tokens.len() as u32).collect();
        Self { tokens, past, logits_for, eps_factor: 1.0 }
    }
}
