//! Benchmarks: each figure beside a peer or a limit that was measured in the same run on the same machine.
//!
//! Owns how things are timed, compared and printed. Refuses verdicts and stored figures: machines differ and are
//! noisy, so only ratios within one run mean anything. Run through `cargo xtask bench`.

mod client;
mod engine;
mod figure;
mod llama;
mod peers;
mod plugins;
mod serve;

use anyhow::Result;
use clap::{Parser, ValueEnum};

/// Measures a suite.
#[derive(Debug, Parser)]
struct Cli {
    /// Which.
    suite: Suite,
    /// One JSON object a line instead of a table.
    #[arg(long)]
    json: bool,
    /// How often each side is measured, in turn, after a warm-up.
    #[arg(long, default_value_t = 7)]
    rounds: u32,
    /// Of the suite `serve`: how many clients at once.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 4, 8, 32])]
    clients: Vec<usize>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Suite {
    /// Prefill and decode of the demo model on the CPU, beside candle and beside the machine's limits.
    Engine,
    /// Prefill and decode of five types of file, and at depth, beside llama.cpp.
    Peers,
    /// 1 to 32 clients over HTTP, and a long prompt among answers, beside llama.cpp's server.
    Serve,
    /// Decode over HTTP with all first-party components at work, beside passes only.
    Plugins,
}

fn main() -> Result<()> {
    let cli = Cli::parse();
    let figures = match cli.suite {
        Suite::Engine => engine::measure(cli.rounds.max(1))?,
        Suite::Peers => peers::measure(cli.rounds.max(1))?,
        Suite::Serve => {
            let report = |figures: &[figure::Figure]| figure::print(figures, cli.json);
            return serve::measure(cli.rounds.max(1), &cli.clients, report);
        }
        Suite::Plugins => plugins::measure(cli.rounds.max(1))?,
    };
    figure::print(&figures, cli.json);
    Ok(())
}
