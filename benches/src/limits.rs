//! Prefill of 512 and decode of 128 tokens, passes on and off, beside candle and beside the machine's limits.

use anyhow::{Result, ensure};
use inferno_backend_cpu::roofline;
use inferno_e2e::{
    bare::Bare,
    prepared,
    reference::{Arithmetic, Reference},
};
use inferno_graph::{Graph, cost::StaticCost};

use crate::{
    figure::{Figure, Samples},
    ours::Ours,
};

const SUITE: &str = "limits";
const PREFILL: usize = 512;
const DECODE: usize = 128;

/// Runs the suite. Within a round the contestants take turns; the first, uncounted round warms everything up.
pub(crate) fn measure(rounds: u32) -> Result<Vec<Figure>> {
    let path = prepared("INFERNO_TEST_MODEL");
    let ours = Ours::load(&path, None)?;
    let (optimized, backend) = (&ours.graph, &ours.backend);
    ensure!(
        optimized.nodes().len() < ours.model.graph().nodes().len(),
        "no pass was accepted; run `cargo xtask up` first"
    );

    let mut on = ours.bare()?;
    let mut off = Bare::new(backend, ours.model.graph(), ours.model.weights())?;
    let mut candle = Reference::start(&prepared("INFERNO_REFERENCE"), &path, Arithmetic::Quantized)?;

    // What a token costs on paper turns the measured limits into tokens per second.
    let cost = StaticCost::of(optimized);
    let prompt: Vec<u32> = (0..PREFILL as u32).map(|i| 1_000 + i * 7_919 % 40_000).collect();
    let start = &prompt[..8];
    let mut prefill: [Samples; 3] = Default::default();
    let mut decode: [Samples; 3] = Default::default();
    let (mut bandwidth, mut peak) = (Samples::default(), Samples::default());
    for round in 0..=rounds {
        eprint!("\rround {round} of {rounds} ");
        let read = [on.prefill(&prompt)?, off.prefill(&prompt)?, candle.prefill(&prompt)?];
        let written = [on.decode(start, DECODE)?, off.decode(start, DECODE)?, candle.decode(start, DECODE)?];
        let limits = (roofline::memory_read(backend), roofline::int8_peak(backend));
        if round == 0 {
            continue;
        }
        read.into_iter().zip(&mut prefill).for_each(|(seconds, s)| s.push(PREFILL as f64 / seconds));
        written.into_iter().zip(&mut decode).for_each(|(seconds, s)| s.push(DECODE as f64 / seconds));
        bandwidth.push(limits.0 / cost.weight_bytes as f64);
        if let Some(operations) = limits.1 {
            peak.push(operations / (2.0 * (cost.multiply_adds - head(optimized)) as f64));
        }
    }
    eprintln!("\r");

    let figure =
        |case: &str, ours, peer: &str, theirs| Figure::measured(SUITE, case, "tok/s", ours, peer, theirs);
    let mut figures = vec![
        figure("prefill 512", &prefill[0], "candle quantized_llama", &prefill[2]),
        figure("decode 128", &decode[0], "candle quantized_llama", &decode[2]),
        figure("prefill 512", &prefill[0], "without passes", &prefill[1]),
        figure("decode 128", &decode[0], "without passes", &decode[1]),
        figure("decode 128", &decode[0], "limit: memory bandwidth", &bandwidth).beside_an_estimate(),
    ];
    if !peak.is_empty() {
        figures.push(figure("prefill 512", &prefill[0], "limit: int8 peak", &peak).beside_an_estimate());
    }
    Ok(figures)
}

/// Multiply-adds of the logits of one row, which a prompt takes once and not per token.
fn head(graph: &Graph) -> u64 {
    let producer = graph.producers()[graph.logits().index()];
    let weights = producer.map_or_else(Vec::new, |node| graph.nodes()[node.index()].op.weights());
    weights.iter().map(|name| &graph.weights()[*name]).map(|w| u64::from(w.rows) * u64::from(w.cols)).sum()
}
