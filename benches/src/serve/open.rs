//! An open loop: requests come when they come, whether or not earlier ones are answered.
//!
//! Arrivals follow a Poisson process that is fixed before anything is sent, and every time is counted from the moment at
//! which the request was due: a client that cannot send in time hides nothing. Prompts and answers differ in length.

use std::{
    panic, thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

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

/// Tokens of prompts, about, and of answers: each request has one of each.
const PROMPTS: [usize; 5] = [32, 128, 256, 512, 1_024];
const ANSWERS: [usize; 4] = [16, 64, 128, 256];
/// llama.cpp's server answers so many at once; more wait.
const SLOTS: Slots = Slots { count: 16, context: 2_048 };
const QUANTITIES: [Quantity; 7] = [
    Quantity { name: "first token p50", unit: "ms" },
    Quantity { name: "first token p99", unit: "ms" },
    Quantity { name: "between tokens p50", unit: "ms" },
    Quantity { name: "between tokens p99", unit: "ms" },
    Quantity { name: "whole answer p50", unit: "ms" },
    Quantity { name: "whole answer p99", unit: "ms" },
    Quantity { name: "total", unit: "tok/s" },
];

/// A request that is due.
#[derive(Debug, Clone, PartialEq)]
struct Due {
    /// After the beginning of the round.
    at: Duration,
    prompt: usize,
    answer: usize,
}

/// How many come, and how many of them a second in the mean.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrival {
    pub(super) rate: f64,
    pub(super) count: usize,
}

pub(super) fn measure(servers: &Servers, arrival: Arrival) -> Result<Vec<Figure>> {
    let case = format!("{} requests a second", arrival.rate);
    servers.race(case, &QUANTITIES, SLOTS, |url, round| load(url, &plan(arrival, round), round))
}

/// The same for every contestant of a round.
fn plan(arrival: Arrival, round: u32) -> Vec<Due> {
    let mut random = ChaCha8Rng::seed_from_u64(round.into());
    let mut at = 0.0;
    let mut due = || {
        at += -(1.0 - random.random::<f64>()).ln() / arrival.rate;
        let prompt = PROMPTS[random.random_range(0..PROMPTS.len())];
        Due {
            at: Duration::from_secs_f64(at),
            prompt,
            answer: ANSWERS[random.random_range(0..ANSWERS.len())],
        }
    };
    (0..arrival.count).map(|_| due()).collect()
}

fn load(url: &str, plan: &[Due], round: u32) -> Result<Vec<f64>> {
    let began = Instant::now();
    let request = |(n, due): (usize, &Due)| -> Result<(Instant, Arrivals)> {
        let text = prompt(due.prompt, 200_000 + round as usize * plan.len() + n);
        let scheduled = began + due.at;
        thread::sleep(scheduled.saturating_duration_since(Instant::now()));
        Ok((scheduled, complete(url, MODEL, &text, due.answer, |_| ())?))
    };
    let answers = thread::scope(|scope| {
        // All threads are there before the first request is due.
        let clients: Vec<_> = plan.iter().enumerate().map(|due| scope.spawn(move || request(due))).collect();
        let answers = clients.into_iter().map(|c| c.join().unwrap_or_else(|p| panic::resume_unwind(p)));
        answers.collect::<Result<Vec<_>>>()
    })?;
    let ends: Vec<_> = answers.iter().filter_map(|(due, a)| Some((*due, *a.pieces.last()?))).collect();
    let last = ends.iter().map(|(_, end)| *end).max().context("somebody asks")?;
    let first: Vec<_> = answers.iter().filter_map(|(due, a)| Some(ms(*a.pieces.first()? - *due))).collect();
    let whole: Vec<_> = ends.iter().map(|(due, end)| ms(*end - *due)).collect();
    let gaps: Vec<_> = answers.iter().flat_map(|(_, a)| a.gaps().map(|(_, gap)| ms(gap))).collect();
    let tokens: usize = answers.iter().map(|(_, a)| a.tokens).sum();
    let both = |samples: &[f64]| [quantile(samples, 0.5), quantile(samples, 0.99)];
    let mut seen = [both(&first), both(&gaps), both(&whole)].concat();
    seen.push(tokens as f64 / (last - began).as_secs_f64());
    Ok(seen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrivals_are_a_plan_and_keep_the_rate() {
        for (rate, count) in [(0.5, 400), (8.0, 4_000)] {
            let arrival = Arrival { rate, count };
            let due = plan(arrival, 3);
            assert_eq!(due, plan(arrival, 3));
            assert_ne!(due, plan(arrival, 4));
            assert!(due.is_sorted_by_key(|due| due.at));
            let found = count as f64 / due[count - 1].at.as_secs_f64();
            assert!((found / rate - 1.0).abs() < 0.15, "{found} instead of {rate}");
            for length in PROMPTS {
                assert!(due.iter().any(|due| due.prompt == length), "{length}");
            }
        }
    }
}
