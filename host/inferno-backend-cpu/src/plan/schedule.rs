//! Stages: steps that may run between two barriers.
//!
//! A stage is either a chain of row-wise steps, which each thread runs on its own rows, or a set of independent
//! steps whose items threads share out. Stages alternate until every step is placed, each step as early as it can
//! be, so that for example three projections of one value, or two ropes, cost one barrier and not three or two.

use super::{BufferSpec, Lead, Step, StepKind, memory::Life};

/// Indices of the steps between two barriers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stage {
    Rows(Lead, Vec<usize>),
    Work(Vec<usize>),
}

impl Stage {
    pub(crate) fn steps(&self) -> &[usize] {
        let (Self::Rows(_, steps) | Self::Work(steps)) = self;
        steps
    }

    /// Whether threads that each compute all of it, into buffers of their own, need no barrier after it.
    pub(crate) fn repeatable(&self, steps: &[Step]) -> bool {
        matches!(self, Self::Rows(..)) && self.steps().iter().all(|i| !steps[*i].once)
    }
}

/// Places every step, in an order that respects what they read.
pub(crate) fn stages(steps: &[Step], buffers: &[BufferSpec]) -> Vec<Stage> {
    let mut written = vec![false; buffers.len()];
    let mut left: Vec<usize> = (0..steps.len()).collect();
    let mut stages = Vec::new();
    while !left.is_empty() {
        for lead in [Lead::Tokens, Lead::Rows] {
            // Steps are in topological order, so one sweep finds whole chains.
            let before = written.clone();
            let mut taken = Vec::new();
            left.retain(|&i| {
                let ready = match &steps[i].kind {
                    StepKind::Rows(_) => steps[i].reads.iter().all(|b| written[*b]),
                    StepKind::Gather(_) => steps[i].reads.iter().all(|b| before[*b]),
                    StepKind::Work(_) => false,
                };
                let take = ready && steps[i].lead == lead;
                if take {
                    steps[i].writes.iter().for_each(|b| written[*b] = true);
                    taken.push(i);
                }
                !take
            });
            if !taken.is_empty() {
                stages.push(Stage::Rows(lead, taken));
            }
        }
        let is_ready = |i: &usize| {
            matches!(steps[*i].kind, StepKind::Work(_)) && steps[*i].reads.iter().all(|b| written[*b])
        };
        let (ready, rest): (Vec<usize>, Vec<usize>) = left.iter().partition(|i| is_ready(i));
        left = rest;
        for i in &ready {
            steps[*i].writes.iter().for_each(|b| written[*b] = true);
        }
        if !ready.is_empty() {
            stages.push(Stage::Work(ready));
        }
    }
    stages
}

/// From the stage that writes each buffer to the last that uses it, or in which a thread may still use it that was not
/// waited for.
pub(crate) fn lives(steps: &[Step], buffers: &[BufferSpec], stages: &[Stage]) -> Vec<Life> {
    let mut lives = vec![(usize::MAX, 0); buffers.len()];
    for (at, stage) in stages.iter().enumerate() {
        let waited_for = stages[at..].iter().take_while(|stage| stage.repeatable(steps)).count();
        for buffer in stage.steps().iter().flat_map(|i| steps[*i].reads.iter().chain(&steps[*i].writes)) {
            let life = &mut lives[*buffer];
            *life = (life.0.min(at), life.1.max(at + waited_for));
        }
    }
    lives
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Out, Place, attend::Attention, rows::RowOp, work::WorkOp};

    fn place(buffer: usize) -> Place {
        Place { buffer, offset: 0, width: 8, stride: 8 }
    }

    fn rows(op: RowOp, reads: &[usize], out: usize) -> Step {
        let once = matches!(op, RowOp::Append { .. });
        Step { kind: StepKind::Rows(op), lead: Lead::Tokens, reads: reads.into(), writes: vec![out], once }
    }

    fn copy(from: usize, to: usize) -> RowOp {
        RowOp::Copy { x: place(from), out: place(to) }
    }

    fn work(from: usize, to: usize) -> Step {
        let (q, out) = (place(from), place(to));
        let out = Out { x: out, bf16: None };
        let op = Attention { layer: 0, heads: 1, kv_heads: 1, head_dim: 8, scale: 1.0, window: None, q, out };
        let kind = StepKind::Work(WorkOp::Attention(op));
        Step { kind, lead: Lead::Tokens, reads: vec![from], writes: vec![to], once: true }
    }

    /// Buffer 1 is written by work and read by `op`, which writes buffer 2, which work reads: their lives.
    fn check(op: RowOp, expected: [Life; 2]) {
        let steps = [rows(copy(9, 0), &[], 0), work(0, 1), rows(op, &[1], 2), work(2, 3)];
        let buffers = [BufferSpec { lead: Lead::Tokens, width: 8 }; 10];
        let stages = stages(&steps, &buffers);
        assert_eq!(stages.len(), 4);
        let lives = lives(&steps, &buffers, &stages);
        assert_eq!([lives[1], lives[2]], expected);
    }

    #[test]
    fn what_a_thread_reads_that_nobody_waits_for_is_not_written_meanwhile() {
        check(copy(1, 2), [(1, 3), (2, 3)]);
        check(RowOp::Append { layer: 0, k: place(1), v: place(1) }, [(1, 2), (2, 3)]);
    }
}
