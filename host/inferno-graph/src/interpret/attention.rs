//! Causal softmax attention of each token over its own sequence.

use std::{
    ops::Range,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use super::{Layout, Sequence, Tensor, sequence::KvKind};
use crate::Op;

/// Tokens whose scores are in memory at once; each reads the past anew.
const TOKENS_AT_ONCE: usize = 16;

/// One KV head of one sequence.
struct Head<'a> {
    sequence: &'a Sequence,
    span: Range<usize>,
    kv_head: usize,
    /// Query heads that share this KV head.
    group: usize,
    head_dim: usize,
    kv_width: usize,
    layer: u32,
    scale: f32,
    window: Option<u32>,
    q: &'a [f32],
    k: &'a [f32],
    v: &'a [f32],
}

/// The attention of `op` over a whole batch: `[T, heads · head_dim]`.
pub(super) fn attention(
    op: &Op,
    [q, k, v]: [&Tensor; 3],
    batch: &[Sequence],
    layout: &Layout,
    threads: usize,
) -> Tensor {
    let Op::Attention { layer, heads, kv_heads, head_dim, scale, window } = op else {
        unreachable!("only an attention is evaluated as one")
    };
    let (heads, kv_heads, head_dim) = (*heads as usize, *kv_heads as usize, *head_dim as usize);
    let group = heads / kv_heads;
    let tasks: Vec<_> = batch
        .iter()
        .zip(&layout.spans)
        .flat_map(|(sequence, span)| (0..kv_heads).map(move |kv_head| (sequence, span.clone(), kv_head)))
        .map(|(sequence, span, kv_head)| Head {
            sequence,
            span,
            kv_head,
            group,
            head_dim,
            kv_width: kv_heads * head_dim,
            layer: *layer,
            scale: *scale,
            window: *window,
            q,
            k,
            v,
        })
        .collect();

    // Sequences differ a thousandfold in length, so threads take heads one by one.
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        while let Some(task) = tasks.get(next.fetch_add(1, Ordering::Relaxed)) {
            let out = task.attend();
            done.lock().expect("no thread panics while it holds the lock").push((task, out));
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads.min(tasks.len()) {
            scope.spawn(work);
        }
        work();
    });

    let mut out = vec![0.0; q.len()];
    for (task, rows) in done.into_inner().expect("no thread panics while it holds the lock") {
        let width = task.group * head_dim;
        for (t, row) in task.span.clone().zip(rows.chunks_exact(width)) {
            let first = t * heads * head_dim + task.kv_head * width;
            out[first..first + width].copy_from_slice(row);
        }
    }
    out.into()
}

impl Head<'_> {
    /// `[span.len(), group · head_dim]`.
    fn attend(&self) -> Vec<f32> {
        let mut out = vec![0.0; self.span.len() * self.group * self.head_dim];
        let width = self.group * self.head_dim;
        for (chunk, out) in out.chunks_mut(TOKENS_AT_ONCE * width).enumerate() {
            let first = chunk * TOKENS_AT_ONCE;
            self.attend_tokens(first..first + out.len() / width, out);
        }
        out
    }

    /// The tokens `tokens` of this sequence.
    fn attend_tokens(&self, tokens: Range<usize>, out: &mut [f32]) {
        let past = self.sequence.past.positions();
        let seen = |token: usize| {
            let end = past + token + 1;
            end.saturating_sub(self.window.map_or(end, |w| w as usize))..end
        };
        let all = seen(tokens.start).start..past + tokens.end;
        let mut row = vec![0.0; self.head_dim];

        // Scores of every query head of every token against every visible key.
        let mut scores = vec![f32::NEG_INFINITY; tokens.len() * self.group * all.len()];
        for position in all.clone() {
            self.read(KvKind::Key, position, &mut row);
            for (i, token) in tokens.clone().enumerate().filter(|(_, t)| seen(*t).contains(&position)) {
                for head in 0..self.group {
                    let at = (i * self.group + head) * all.len() + position - all.start;
                    scores[at] = dot(self.query(token, head), &row) * self.scale;
                }
            }
        }
        scores.chunks_exact_mut(all.len()).for_each(softmax);

        for position in all.clone() {
            self.read(KvKind::Value, position, &mut row);
            for (i, _) in tokens.clone().enumerate().filter(|(_, t)| seen(*t).contains(&position)) {
                for head in 0..self.group {
                    let at = i * self.group + head;
                    let weight = scores[at * all.len() + position - all.start];
                    let out = &mut out[at * self.head_dim..(at + 1) * self.head_dim];
                    out.iter_mut().zip(&row).for_each(|(y, v)| *y += weight * v);
                }
            }
        }
    }

    fn query(&self, token: usize, head: usize) -> &[f32] {
        let width = self.group * self.kv_width;
        let first = (self.span.start + token) * width + (self.kv_head * self.group + head) * self.head_dim;
        &self.q[first..first + self.head_dim]
    }

    /// This head's part of the key or value at `position`, cached or of this batch.
    fn read(&self, kind: KvKind, position: usize, out: &mut [f32]) {
        let past = self.sequence.past.positions();
        let first = self.kv_head * self.head_dim;
        if position < past {
            return self.sequence.past.fill(self.layer, kind, position, first, out);
        }
        let rows = if kind == KvKind::Key { self.k } else { self.v };
        let first = (self.span.start + position - past) * self.kv_width + first;
        out.copy_from_slice(&rows[first..first + self.head_dim]);
    }
}

fn softmax(scores: &mut [f32]) {
    let max = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    scores.iter_mut().for_each(|s| *s = (*s - max).exp());
    let sum = scores.iter().map(|s| f64::from(*s)).sum::<f64>() as f32;
    scores.iter_mut().for_each(|s| *s /= sum);
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    let ((a8, a_rest), (b8, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let mut sums = [0.0; 8];
    for (a, b) in a8.iter().zip(b8) {
        for lane in 0..8 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum::<f32>() + a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum::<f32>()
}
