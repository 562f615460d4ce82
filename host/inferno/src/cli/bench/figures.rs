//! What was measured, as people and as programs read it: medians, and the least and the most beside them.

use std::fmt;

use inferno_graph::{Graph, Target, cost::StaticCost};
use inferno_types::{Digest, ModelId};
use serde::Serialize;

use super::measure::Sample;

/// Samples, in rounds.
#[derive(Debug, Default)]
pub(super) struct Measured {
    samples: Vec<Sample>,
    /// Bytes per second that the backend's threads read from memory.
    memory: Vec<f64>,
}

impl Measured {
    pub(super) fn push(&mut self, sample: Sample, memory: f64) {
        self.samples.push(sample);
        self.memory.push(memory);
    }
}

/// All that `inferno bench` says.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    model: String,
    model_digest: String,
    backend: String,
    device: String,
    /// Instruction sets that are used.
    features: Vec<String>,
    threads: u32,
    rounds: usize,
    prefill: Speed,
    decode: Speed,
    memory: Memory,
}

/// Tokens per second.
#[derive(Debug, Serialize)]
struct Speed {
    tokens: u32,
    median: f64,
    least: f64,
    most: f64,
}

/// What memory allows: writing a token reads all weights once.
#[derive(Debug, Serialize)]
struct Memory {
    /// Measured, by the same threads.
    read_bytes_per_second: f64,
    /// By the shapes of the graph, so an estimate.
    weight_bytes_per_token: u64,
    /// An estimate, from both.
    decode_limit: f64,
}

impl Report {
    /// `asked` are the tokens of the prompt and of the answer.
    pub(super) fn new(
        model: &ModelId,
        digest: &Digest,
        target: &Target,
        graph: &Graph,
        asked: (u32, u32),
        measured: &Measured,
    ) -> Self {
        let (prompt, generate) = asked;
        let speed = |tokens: u32, counted: u32, seconds: fn(&Sample) -> f64| {
            let speeds = measured.samples.iter().map(|sample| f64::from(counted) / seconds(sample));
            let [least, median, most] = spread(speeds.collect());
            Speed { tokens, median, least, most }
        };
        let [_, read, _] = spread(measured.memory.clone());
        let weight_bytes_per_token = StaticCost::of(graph).weight_bytes;
        Self {
            model: model.to_string(),
            model_digest: digest.to_string(),
            backend: target.backend.clone(),
            device: target.device.clone(),
            features: target.features.clone(),
            threads: target.parallelism,
            rounds: measured.samples.len(),
            prefill: speed(prompt, prompt, |sample| sample.reading.as_secs_f64()),
            // The first token came with the reading.
            decode: speed(generate, generate - 1, |sample| sample.writing.as_secs_f64()),
            memory: Memory {
                read_bytes_per_second: read,
                weight_bytes_per_token,
                decode_limit: read / weight_bytes_per_token as f64,
            },
        }
    }
}

/// The least, the median and the most of at least one number.
fn spread(mut numbers: Vec<f64>) -> [f64; 3] {
    numbers.sort_by(f64::total_cmp);
    let (half, last) = (numbers.len() / 2, numbers.len() - 1);
    [numbers[0], f64::midpoint(numbers[last - half], numbers[half]), numbers[last]]
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { model, backend, device, features, threads, rounds, prefill, decode, memory, .. } = self;
        let features =
            if features.is_empty() { "no special instructions".to_owned() } else { features.join(" ") };
        writeln!(f, "{model} on {backend} ({device}), {threads} threads, {features}")?;
        for (what, speed) in [("prefill", prefill), ("decode", decode)] {
            let Speed { tokens, median, least, most } = speed;
            writeln!(
                f,
                "  {what:8}{tokens:>5} tokens  {median:>8.1} tok/s  ({least:.1} to {most:.1}, {rounds} rounds)"
            )?;
        }
        writeln!(
            f,
            "  Decode is at {:.0} % of {:.1} tok/s, an estimate of what memory allows: {:.1} GB/s were measured, and a \
             token reads {:.1} MB of weights, as their file keeps them.",
            100.0 * decode.median / memory.decode_limit,
            memory.decode_limit,
            memory.read_bytes_per_second / 1e9,
            memory.weight_bytes_per_token as f64 / 1e6,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_stands_between_the_least_and_the_most() {
        for (numbers, expected) in [
            (vec![3.0], [3.0, 3.0, 3.0]),
            (vec![4.0, 1.0], [1.0, 2.5, 4.0]),
            (vec![9.0, 1.0, 2.0], [1.0, 2.0, 9.0]),
            (vec![9.0, 1.0, 2.0, 3.0], [1.0, 2.5, 9.0]),
        ] {
            assert_eq!(spread(numbers.clone()), expected, "{numbers:?}");
        }
    }
}
