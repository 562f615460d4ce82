//! Eight requests at once that begin with the same thousand tokens, which nobody has seen before.

use std::{
    panic,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
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

const REQUESTS: usize = 8;
const SHARED: usize = 1_000;
/// Words of its own that each adds, and tokens of each answer.
const OWN: usize = 8;
const GENERATED: usize = 16;
const QUANTITIES: [Quantity; 4] = [
    Quantity { name: "first token of the first", unit: "ms" },
    Quantity { name: "first token p50", unit: "ms" },
    Quantity { name: "first token of the last", unit: "ms" },
    Quantity { name: "prompt tokens computed", unit: "tokens" },
];

pub(super) fn measure(servers: &Servers) -> Result<Vec<Figure>> {
    let slots = Slots { count: REQUESTS, context: 2_048 };
    let case = format!("{REQUESTS} that share {SHARED}");
    servers.race(case, &QUANTITIES, slots, |url, _| load(url))
}

fn load(url: &str) -> Result<Vec<f64>> {
    static SEED: AtomicUsize = AtomicUsize::new(400_000);
    let shared = prompt(SHARED, SEED.fetch_add(1, Ordering::Relaxed));
    let before = computed(url);
    let ask = |n: usize| complete(url, MODEL, &format!("{shared}. {}", prompt(OWN, n)), GENERATED, |_| ());
    let answers = thread::scope(|scope| {
        let clients: Vec<_> = (0..REQUESTS).map(|n| scope.spawn(move || ask(n))).collect();
        let answers = clients.into_iter().map(|c| c.join().unwrap_or_else(|p| panic::resume_unwind(p)));
        answers.collect::<Result<Vec<_>>>()
    })?;
    let first: Vec<_> = answers.iter().filter_map(Arrivals::first).map(ms).collect();
    let tokens = match (before, computed(url)) {
        (Some(before), Some(after)) => after - before,
        _ => answers.iter().map(|a| a.prompt.saturating_sub(a.cached.unwrap_or(0)) as f64).sum(),
    };
    Ok(vec![quantile(&first, 0.0), quantile(&first, 0.5), quantile(&first, 1.0), tokens])
}

/// Prompt tokens that a server of ours has computed so far. llama.cpp's says it with each answer instead.
fn computed(url: &str) -> Option<f64> {
    let text = ureq::get(format!("{url}/metrics")).call().ok()?.body_mut().read_to_string().ok()?;
    let line = text.lines().find(|line| line.starts_with("inferno_prefill_tokens_total"))?;
    line.rsplit(' ').next()?.parse().ok()
}
