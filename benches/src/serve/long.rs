//! Four answers are being written when somebody asks with a prompt of about 2,048 tokens.
//!
//! What is compared is the gaps while that prompt is read with those just before: all four were being written, and no
//! other prompt was read.

use std::{
    panic,
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::Instant,
};

use anyhow::{Context as _, Result, ensure};

use super::{
    MODEL, Servers,
    quantile::{ms, quantile},
};
use crate::{
    client::{Arrivals, complete, prompt},
    figure::Figure,
    llama::Slots,
    race::Quantity,
};

/// Answers that are being written when the long prompt arrives, and their tokens: enough to outlast its reading.
const WRITERS: usize = 4;
const LONG_ANSWER: usize = 900;
/// Pieces of text that each of them has before.
const WARM_UP: usize = 100;
const LONG_PROMPT: usize = 2_048;
const QUANTITIES: [Quantity; 4] = [
    Quantity { name: "between tokens p99 just before", unit: "ms" },
    Quantity { name: "between tokens p99 meanwhile", unit: "ms" },
    Quantity { name: "meanwhile / before", unit: "×" },
    Quantity { name: "its first token", unit: "ms" },
];

pub(super) fn measure(servers: &Servers) -> Result<Vec<Figure>> {
    let slots = Slots { count: WRITERS + 1, context: 4_096 };
    servers.race("2,048 tokens arrive".to_owned(), &QUANTITIES, slots, |url, _| load(url))
}

fn load(url: &str) -> Result<Vec<f64>> {
    let (answers, steady, long) = answers(url)?;
    let first = long.first().context("the long prompt has an answer")?;
    let read = long.asked + first;
    for answer in &answers {
        let last = answer.pieces.last().context("an answer has text")?;
        ensure!(*last > read, "an answer ended before the long prompt was read; make answers longer");
    }
    // A gap belongs to the time in which it ended.
    let within = |from: Instant, to: Instant| {
        let all = answers.iter().flat_map(Arrivals::gaps);
        let gaps: Vec<_> = all.filter(|(at, _)| *at > from && *at <= to).map(|(_, gap)| ms(gap)).collect();
        quantile(&gaps, 0.99)
    };
    let (before, meanwhile) = (within(steady, long.asked), within(long.asked, read));
    Ok(vec![before, meanwhile, meanwhile / before, ms(first)])
}

/// The four answers, when all of them had begun, and the answer to the long prompt.
fn answers(url: &str) -> Result<(Vec<Arrivals>, Instant, Arrivals)> {
    static SEED: AtomicUsize = AtomicUsize::new(70_000);
    let seed = || SEED.fetch_add(1, Ordering::Relaxed);
    let (told, tokens) = mpsc::channel();
    thread::scope(|scope| {
        let write = |n: usize| {
            let told = told.clone();
            let text = prompt(16, seed());
            move || {
                complete(url, MODEL, &text, LONG_ANSWER, |count| {
                    // Nobody listens once the long prompt was sent.
                    let _ = told.send((n, count));
                })
            }
        };
        let writers: Vec<_> = (0..WRITERS).map(|n| scope.spawn(write(n))).collect();
        drop(told);
        // The slowest has its first token: from here on nobody reads a prompt.
        let mut counts = [0; WRITERS];
        let mut steady = None;
        while counts.iter().any(|count| *count < WARM_UP) {
            let (n, count) = tokens.recv().context("an answer ended before the long prompt was sent")?;
            counts[n] = count;
            if steady.is_none() && counts.iter().all(|count| *count > 0) {
                steady = Some(Instant::now());
            }
        }
        let steady = steady.context("every answer has begun")?;
        let long = complete(url, MODEL, &prompt(LONG_PROMPT, seed()), 1, |_| ())?;
        let join = |w: thread::ScopedJoinHandle<'_, _>| w.join().unwrap_or_else(|p| panic::resume_unwind(p));
        let answers = writers.into_iter().map(join).collect::<Result<Vec<Arrivals>>>()?;
        Ok((answers, steady, long))
    })
}
