//! Many clients over HTTP, beside llama.cpp's server: each asks again as soon as it has its answer.
//!
//! What is counted is what clients see: tokens that arrive, the time to the first, the time between two. The same
//! client reads both servers. A closed loop: when a server is slow, fewer requests arrive.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
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
        let unit = if at == 0 { "tok/s" } else { "ms" };
        let peer = samples.last().context("we are one of them")?;
        let beside = contestants.last().map_or("", |c| c.name);
        Ok(Figure::measured(
            SUITE,
            format!("{clients} clients, {name}"),
            unit,
            &samples[0][at],
            beside,
            &peer[at],
        ))
    };
    names.iter().enumerate().map(figure).collect()
}

/// Each client asks, reads, and asks again.
fn run(url: &str, clients: usize, round: usize) -> Result<Round> {
    static SEED: AtomicUsize = AtomicUsize::new(1_000);
    let began = Instant::now();
    let answers: Vec<Arrivals> = thread::scope(|scope| {
        let client = || {
            let ask = |_| {
                let seed = SEED.fetch_add(1, Ordering::Relaxed) + round * 7;
                complete(url, MODEL, &prompt(PROMPT, seed), GENERATED)
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
    let tokens: usize = answers.iter().map(|a| a.tokens.len()).sum();
    Ok(Round {
        total: tokens as f64 / took,
        first: answers.iter().filter_map(Arrivals::first).map(ms).collect(),
        gaps: answers.iter().flat_map(|a| a.gaps().map(|(_, gap)| ms(gap)).collect::<Vec<_>>()).collect(),
    })
}

/// Four answers are being written when somebody asks with a prompt of about 2,048 tokens.
fn long_prompt_arrives(contestants: &[Contestant<'_>], rounds: u32) -> Result<Vec<Figure>> {
    let mut samples = vec![[Samples::default(), Samples::default()]; contestants.len()];
    for round in 0..=rounds {
        for (contestant, samples) in contestants.iter().zip(&mut samples) {
            eprint!("\ra long prompt, {}: round {round} of {rounds}    ", contestant.name);
            let url = contestant.url;
            let (answers, asked, answered) = thread::scope(|scope| -> Result<_> {
                let writers: Vec<_> = (0..4)
                    .map(|n| scope.spawn(move || complete(url, MODEL, &prompt(16, 90_000 + n), 400)))
                    .collect();
                thread::sleep(Duration::from_millis(1_500));
                let long = complete(url, MODEL, &prompt(2_048, 70_000 + round as usize), 1)?;
                let answered = long.tokens.first().copied().context("the long prompt has an answer")?;
                let answers = writers
                    .into_iter()
                    .map(|w| w.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                    .collect::<Result<Vec<_>>>()?;
                Ok((answers, long.asked, answered))
            })?;
            let gaps = |during: bool| -> Vec<f64> {
                let all = answers.iter().flat_map(|a| a.gaps().collect::<Vec<_>>());
                let within = all.filter(|(at, gap)| (*at >= asked && *at - *gap <= answered) == during);
                within.map(|(_, gap)| ms(gap)).collect()
            };
            if round > 0 && !gaps(true).is_empty() && !gaps(false).is_empty() {
                samples[0].push(quantile(&gaps(false), 0.99));
                samples[1].push(quantile(&gaps(true), 0.99));
            }
        }
    }
    eprintln!();
    let figure = |(samples, contestant): (&[Samples; 2], &Contestant<'_>)| {
        let case = format!("{}: between tokens p99 while 2,048 arrive", contestant.name);
        Figure::measured(SUITE, case, "ms", &samples[1], "without", &samples[0])
    };
    Ok(samples.iter().zip(contestants).filter(|(s, _)| !s[0].is_empty()).map(figure).collect())
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
