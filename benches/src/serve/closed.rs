//! A closed loop: each client asks again as soon as it has its answer. When a server is slow, fewer requests arrive.

use std::{
    panic,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Instant,
};

use anyhow::Result;

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

/// Tokens of a prompt, about, and generated.
const PROMPT: usize = 256;
const GENERATED: usize = 128;
/// Requests of each client in one round.
const EACH: usize = 2;
const QUANTITIES: [Quantity; 5] = [
    Quantity { name: "total", unit: "tok/s" },
    Quantity { name: "first token p50", unit: "ms" },
    Quantity { name: "first token p99", unit: "ms" },
    Quantity { name: "between tokens p50", unit: "ms" },
    Quantity { name: "between tokens p99", unit: "ms" },
];

pub(super) fn measure(servers: &Servers, clients: usize) -> Result<Vec<Figure>> {
    let case = if clients == 1 { "1 client".to_owned() } else { format!("{clients} clients") };
    servers.race(case, &QUANTITIES, Slots { count: clients, context: 1_024 }, |url, _| load(url, clients))
}

fn load(url: &str, clients: usize) -> Result<Vec<f64>> {
    static SEED: AtomicUsize = AtomicUsize::new(1_000);
    let ask = |_| {
        let seed = SEED.fetch_add(1, Ordering::Relaxed);
        complete(url, MODEL, &prompt(PROMPT, seed), GENERATED, |_| ())
    };
    let client = || (0..EACH).map(ask).collect::<Result<Vec<_>>>();
    let began = Instant::now();
    let answers: Vec<Arrivals> = thread::scope(|scope| {
        let clients: Vec<_> = (0..clients).map(|_| scope.spawn(client)).collect();
        let answers = clients.into_iter().map(|c| c.join().unwrap_or_else(|p| panic::resume_unwind(p)));
        answers.collect::<Result<Vec<_>>>()
    })?
    .concat();
    let took = began.elapsed().as_secs_f64();
    let tokens: usize = answers.iter().map(|a| a.tokens).sum();
    let first: Vec<_> = answers.iter().filter_map(Arrivals::first).map(ms).collect();
    let gaps: Vec<_> = answers.iter().flat_map(|a| a.gaps().map(|(_, gap)| ms(gap))).collect();
    Ok(vec![
        tokens as f64 / took,
        quantile(&first, 0.5),
        quantile(&first, 0.99),
        quantile(&gaps, 0.5),
        quantile(&gaps, 0.99),
    ])
}
