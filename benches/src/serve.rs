//! Many clients over HTTP, beside llama.cpp's server: each asks again as soon as it has its answer.
//!
//! What is counted is what clients see: tokens as the server counts them, the time to the first text, the time between
//! two pieces of it. The same
//! client reads both servers. A closed loop: when a server is slow, fewer requests arrive.

use std::{
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use inferno_e2e::{prepared, server::Server};

use crate::{
    client::{Arrivals, complete, prompt},
    figure::{Figure, Samples},
    llama::Llama,
};

const SUITE: &str = "serve";
const MODEL: &str = "bench";
/// Tokens of a prompt, about, and generated.
const PROMPT: usize = 256;
const GENERATED: usize = 128;
/// Requests of each client in one round.
const EACH: usize = 2;
/// Answers that are being written when a long prompt arrives, and their tokens: enough to outlast its reading.
const WRITERS: usize = 4;
const LONG_ANSWER: usize = 900;
/// Pieces of text that each of them has before.
const WARM_UP: usize = 100;

/// Where requests go.
struct Contestant<'a> {
    name: &'static str,
    url: &'a str,
}

/// What one round with some clients showed.
struct Round {
    total: f64,
    first: Vec<f64>,
    gaps: Vec<f64>,
}

/// Runs the suite, and hands figures out as they come: it takes minutes.
pub(crate) fn measure(rounds: u32, counts: &[usize], report: impl Fn(&[Figure])) -> Result<()> {
    let home = prepared("INFERNO_HOME");
    let ours = Server::start(&home, &["--name", MODEL])?;
    let llama = Llama::find();
    let file = prepared("INFERNO_TEST_MODEL");
    let threads = thread::available_parallelism()?.get();
    for &clients in counts {
        let server = llama.as_ref().map(|llama| llama.serve(&file, threads, clients, 1_024)).transpose()?;
        let mut contestants = vec![Contestant { name: "Inferno", url: ours.url() }];
        contestants.extend(server.as_ref().map(|s| Contestant { name: Llama::NAME, url: s.url() }));
        report(&clients_beside(&contestants, clients, rounds)?);
    }
    let server = llama.as_ref().map(|llama| llama.serve(&file, threads, 5, 4_096)).transpose()?;
    let mut contestants = vec![Contestant { name: "Inferno", url: ours.url() }];
    contestants.extend(server.as_ref().map(|s| Contestant { name: Llama::NAME, url: s.url() }));
    report(&long_prompt_arrives(&contestants, rounds)?);
    Ok(())
}

fn clients_beside(contestants: &[Contestant<'_>], clients: usize, rounds: u32) -> Result<Vec<Figure>> {
    let names = ["total", "first token p50", "first token p99", "between tokens p50", "between tokens p99"];
    let mut samples = vec![vec![Samples::default(); names.len()]; contestants.len()];
    for round in 0..=rounds {
        for (contestant, samples) in contestants.iter().zip(&mut samples) {
            eprint!("\r{clients} clients, {}: round {round} of {rounds}    ", contestant.name);
            let seen = run(contestant.url, clients, round as usize)?;
            if round == 0 {
                continue;
            }
            let figures = [
                seen.total,
                quantile(&seen.first, 0.5),
                quantile(&seen.first, 0.99),
                quantile(&seen.gaps, 0.5),
                quantile(&seen.gaps, 0.99),
            ];
            samples.iter_mut().zip(figures).for_each(|(samples, figure)| samples.push(figure));
        }
    }
    eprintln!();
    let figure = |(at, name): (usize, &&str)| {
        let (case, unit) = (format!("{clients} clients, {name}"), if at == 0 { "tok/s" } else { "ms" });
        match (contestants, &samples[..]) {
            ([_, peer], [ours, theirs]) => {
                Figure::measured(SUITE, case, unit, &ours[at], peer.name, &theirs[at])
            }
            _ => Figure::alone(SUITE, case, unit, &samples[0][at]),
        }
    };
    Ok(names.iter().enumerate().map(figure).collect())
}

/// Each client asks, reads, and asks again.
fn run(url: &str, clients: usize, round: usize) -> Result<Round> {
    static SEED: AtomicUsize = AtomicUsize::new(1_000);
    let began = Instant::now();
    let answers: Vec<Arrivals> = thread::scope(|scope| {
        let client = || {
            let ask = |_| {
                let seed = SEED.fetch_add(1, Ordering::Relaxed) + round * 7;
                complete(url, MODEL, &prompt(PROMPT, seed), GENERATED, |_| ())
            };
            (0..EACH).map(ask).collect::<Result<Vec<_>>>()
        };
        let clients: Vec<_> = (0..clients).map(|_| scope.spawn(client)).collect();
        let answers =
            clients.into_iter().map(|c| c.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        answers.collect::<Result<Vec<_>>>()
    })?
    .concat();
    let took = began.elapsed().as_secs_f64();
    let tokens: usize = answers.iter().map(|a| a.tokens).sum();
    Ok(Round {
        total: tokens as f64 / took,
        first: answers.iter().filter_map(Arrivals::first).map(ms).collect(),
        gaps: answers.iter().flat_map(|a| a.gaps().map(|(_, gap)| ms(gap)).collect::<Vec<_>>()).collect(),
    })
}

/// Four answers are being written when somebody asks with a prompt of about 2,048 tokens. What is compared is the gaps
/// while that prompt is read with those just before: all four were being written, and no other prompt was read.
fn long_prompt_arrives(contestants: &[Contestant<'_>], rounds: u32) -> Result<Vec<Figure>> {
    let mut samples = vec![[Samples::default(), Samples::default()]; contestants.len()];
    for round in 0..=rounds {
        for (contestant, samples) in contestants.iter().zip(&mut samples) {
            eprint!("\ra long prompt, {}: round {round} of {rounds}    ", contestant.name);
            let [before, during] = gaps_around(contestant.url, round as usize)?;
            if round > 0 {
                samples[0].push(quantile(&before, 0.99));
                samples[1].push(quantile(&during, 0.99));
            }
        }
    }
    eprintln!();
    let figure = |(samples, contestant): (&[Samples; 2], &Contestant<'_>)| {
        let case = format!("{}: between tokens p99 while 2,048 arrive", contestant.name);
        Figure::measured(SUITE, case, "ms", &samples[1], "just before", &samples[0])
    };
    Ok(samples.iter().zip(contestants).map(figure).collect())
}

/// The gaps between tokens of four answers, before a long prompt arrives and while it is read.
fn gaps_around(url: &str, round: usize) -> Result<[Vec<f64>; 2]> {
    let (told, tokens) = mpsc::channel();
    let (answers, steady, long) = thread::scope(|scope| -> Result<_> {
        let write = |n: usize| {
            let told = told.clone();
            move || {
                complete(url, MODEL, &prompt(16, 90_000 + round * 4 + n), LONG_ANSWER, |count| {
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
        let long = complete(url, MODEL, &prompt(2_048, 70_000 + round), 1, |_| ())?;
        let join =
            |w: thread::ScopedJoinHandle<'_, _>| w.join().unwrap_or_else(|p| std::panic::resume_unwind(p));
        let answers = writers.into_iter().map(join).collect::<Result<Vec<Arrivals>>>()?;
        Ok((answers, steady, long))
    })?;
    let read = long.asked + long.first().context("the long prompt has an answer")?;
    for answer in &answers {
        let last = answer.pieces.last().context("an answer has text")?;
        ensure!(*last > read, "an answer ended before the long prompt was read; make answers longer");
    }
    // A gap belongs to the time in which it ended.
    let within = |from: Instant, to: Instant| -> Vec<f64> {
        let all = answers.iter().flat_map(|answer| answer.gaps().collect::<Vec<_>>());
        all.filter(|(at, _)| *at > from && *at <= to).map(|(_, gap)| ms(gap)).collect()
    };
    Ok([within(steady, long.asked), within(long.asked, read)])
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// The value below which a share `q` of the samples lies.
fn quantile(samples: &[f64], q: f64) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
        .get(((sorted.len() as f64 * q) as usize).min(sorted.len().saturating_sub(1)))
        .copied()
        .unwrap_or(f64::NAN)
}
