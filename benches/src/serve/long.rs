//! Four answers are being written when somebody asks with a prompt of about 2,048 tokens.
//!
//! What is compared is the gaps while that prompt is read with those of four other answers of which nobody disturbs the
//! writing, between the same tokens: further on in an answer each token costs more.

use std::{
    ops::Range,
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
const LONG_ANSWER: usize = 1_400;
/// Tokens of which nothing is seen: not every one comes as a piece of text.
const SPARE: usize = 50;
/// Pieces of text that each of them has before.
const WARM_UP: usize = 100;
const LONG_PROMPT: usize = 2_048;
const QUANTITIES: [Quantity; 4] = [
    Quantity { name: "between tokens p99 without", unit: "ms" },
    Quantity { name: "between tokens p99 meanwhile", unit: "ms" },
    Quantity { name: "meanwhile / without", unit: "×" },
    Quantity { name: "its first token", unit: "ms" },
];

pub(super) fn measure(servers: &Servers) -> Result<Vec<Figure>> {
    let slots = Slots { count: WRITERS + 1, context: 4_096 };
    servers.race("2,048 tokens arrive".to_owned(), &QUANTITIES, slots, |url, _| load(url))
}

fn load(url: &str) -> Result<Vec<f64>> {
    let (answers, long) = disturbed(url)?;
    let first = long.first().context("the long prompt has an answer")?;
    let (asked, read) = (long.asked, long.asked + first);
    for answer in &answers {
        let last = answer.pieces.last().context("an answer has text")?;
        ensure!(*last > read, "an answer ended before the long prompt was read; make answers longer");
    }
    // A gap belongs to the time in which it ended.
    let meanwhile = |answer: &Arrivals| {
        let before = |then: Instant| answer.gaps().take_while(|(at, _)| *at <= then).count();
        before(asked)..before(read)
    };
    let gaps: Vec<_> = answers.iter().map(meanwhile).collect();
    let last = gaps.iter().map(|gaps| gaps.end).max().unwrap_or(0);
    let undisturbed = thread::scope(|scope| {
        let tokens = (last + SPARE).min(LONG_ANSWER);
        let writers: Vec<_> = (0..WRITERS).map(|_| scope.spawn(move || write(url, tokens, |_| ()))).collect();
        joined(writers)
    })?;
    let (without, with) = (slowest(&undisturbed, &gaps), slowest(&answers, &gaps));
    Ok(vec![without, with, with / without, ms(first)])
}

/// The p99 of some gaps of each answer.
fn slowest(answers: &[Arrivals], gaps: &[Range<usize>]) -> f64 {
    let of = |(answer, gaps): (&Arrivals, &Range<usize>)| -> Vec<f64> {
        answer.gaps().skip(gaps.start).take(gaps.len()).map(|(_, gap)| ms(gap)).collect()
    };
    let all: Vec<f64> = answers.iter().zip(gaps).flat_map(of).collect();
    quantile(&all, 0.99)
}

/// One of the four answers.
fn write(url: &str, tokens: usize, seen: impl Fn(usize)) -> Result<Arrivals> {
    complete(url, MODEL, &prompt(16, seed()), tokens, seen)
}

/// What no prompt began with before.
fn seed() -> usize {
    static SEED: AtomicUsize = AtomicUsize::new(70_000);
    SEED.fetch_add(1, Ordering::Relaxed)
}

fn joined(writers: Vec<thread::ScopedJoinHandle<'_, Result<Arrivals>>>) -> Result<Vec<Arrivals>> {
    writers.into_iter().map(|w| w.join().unwrap_or_else(|p| panic::resume_unwind(p))).collect()
}

/// The four answers, and the answer to the long prompt.
fn disturbed(url: &str) -> Result<(Vec<Arrivals>, Arrivals)> {
    let (told, tokens) = mpsc::channel();
    thread::scope(|scope| {
        let writer = |n: usize| {
            let told = told.clone();
            move || {
                write(url, LONG_ANSWER, |count| {
                    // Nobody listens once the long prompt was sent.
                    let _ = told.send((n, count));
                })
            }
        };
        let writers: Vec<_> = (0..WRITERS).map(|n| scope.spawn(writer(n))).collect();
        drop(told);
        let mut counts = [0; WRITERS];
        while counts.iter().any(|count| *count < WARM_UP) {
            let (n, count) = tokens.recv().context("an answer ended before the long prompt was sent")?;
            counts[n] = count;
        }
        let long = complete(url, MODEL, &prompt(LONG_PROMPT, seed()), 1, |_| ())?;
        Ok((joined(writers)?, long))
    })
}
