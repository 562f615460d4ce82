//! Answers to spans of one text, computed by several threads, until the last of them makes them one.
//!
//! Owns the memory between the threads. Easily confused with `kernels::attention::Partial`, which is one such answer
//! and says how two become one.

use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use crate::kernels::attention::Partial;

/// Partial answers of the texts that are shared out in a batch.
#[derive(Default)]
pub(crate) struct Splits {
    /// Into how many spans each text is cut; one where none is.
    cuts: usize,
    texts: Vec<Text>,
}

#[derive(Default)]
struct Text {
    /// Never contended: a span is computed by one thread, and read after all are done.
    partials: Vec<Mutex<Partial>>,
    /// Spans that are done.
    done: AtomicUsize,
}

impl Splits {
    /// Makes room for `texts` texts of `cuts` spans.
    pub(crate) fn reserve(&mut self, texts: usize, cuts: usize) {
        self.cuts = cuts;
        if cuts < 2 {
            return;
        }
        if self.texts.len() < texts {
            self.texts.resize_with(texts, Text::default);
        }
        for text in &mut self.texts {
            if text.partials.len() < cuts {
                text.partials.resize_with(cuts, Mutex::default);
            }
            *text.done.get_mut() = 0;
        }
    }

    /// Into how many spans a text is cut.
    pub(crate) fn cuts(&self) -> usize {
        self.cuts
    }

    /// Computes a span of a text.
    pub(crate) fn compute(&self, text: usize, span: usize, compute: impl FnOnce(&mut Partial)) {
        compute(&mut lock(&self.texts[text].partials[span]));
    }

    /// Calls `finish` with the answer to a text, if this was the last of its spans; the next layer begins anew.
    pub(crate) fn finish(&self, text: usize, head_dim: usize, finish: impl FnOnce(&Partial)) {
        let Text { partials, done } = &self.texts[text];
        // What others computed is seen by whoever comes last.
        if done.fetch_add(1, Ordering::AcqRel) + 1 < self.cuts {
            return;
        }
        done.store(0, Ordering::Relaxed);
        let mut all = lock(&partials[0]);
        for next in &partials[1..self.cuts] {
            all.add(&lock(next), head_dim);
        }
        finish(&all);
    }
}

fn lock(partial: &Mutex<Partial>) -> MutexGuard<'_, Partial> {
    partial.lock().unwrap_or_else(PoisonError::into_inner)
}
