//! A batch laid out as the inputs of a graph.

use std::ops::Range;

use super::{InterpretError, Past, Sequence};
use crate::{Graph, InputKind, ValueId};

/// The graph's inputs, and which of their rows belong to whom.
pub(super) struct Layout {
    pub(super) tokens: Vec<u32>,
    pub(super) positions: Vec<u32>,
    pub(super) rows: Vec<u32>,
    /// Per token.
    pub(super) eps_factors: Vec<f32>,
    /// Per sequence, its rows among the tokens.
    pub(super) spans: Vec<Range<usize>>,
}

impl Layout {
    pub(super) fn new(graph: &Graph, batch: &[Sequence]) -> Result<Self, InterpretError> {
        let (mut tokens, mut positions, mut rows) = (Vec::new(), Vec::new(), Vec::new());
        let (mut eps_factors, mut spans) = (Vec::new(), Vec::new());
        for (index, sequence) in batch.iter().enumerate() {
            let refuse = |reason: String| Err(InterpretError::Sequence { index, reason });
            let (start, len, past) = (tokens.len(), sequence.tokens.len(), sequence.past.positions());
            if len == 0 {
                return refuse("it has no tokens".to_owned());
            }
            if past + len > graph.context_length() as usize {
                let context = graph.context_length();
                return refuse(format!("{past} + {len} positions exceed the context of {context}"));
            }
            if let Some(row) = sequence.logits_for.iter().find(|r| **r as usize >= len) {
                return refuse(format!("logits are wanted for token {row} of {len}"));
            }
            if let Past::Recorded(state) = &sequence.past {
                let widths: Vec<_> = state.layers().iter().map(|l| l.keys.width() as u32).collect();
                if widths != graph.kv_widths() {
                    return refuse("its past was recorded by a graph with other layers".to_owned());
                }
            }
            rows.extend(sequence.logits_for.iter().map(|r| start as u32 + r));
            tokens.extend(sequence.tokens.iter().map(|t| t.0));
            positions.extend(past as u32..(past + len) as u32);
            eps_factors.extend(std::iter::repeat_n(sequence.eps_factor, len));
            spans.push(start..start + len);
        }
        Ok(Self { tokens, positions, rows, eps_factors, spans })
    }

    /// An input by its value. Which of them an op reads is the graph's choice, and a patch's.
    pub(super) fn indices(&self, value: ValueId) -> &[u32] {
        let kind = InputKind::ALL.into_iter().find(|kind| kind.value() == value);
        match kind.expect("no op produces indices, so they are inputs") {
            InputKind::Tokens => &self.tokens,
            InputKind::Positions => &self.positions,
            InputKind::Rows => &self.rows,
        }
    }
}
