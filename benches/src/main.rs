//! Benchmarks: each figure beside a peer or a limit that was measured in the same run on the same machine.
//!
//! Owns how things are timed, compared and printed. Refuses verdicts and stored figures: machines differ and are
//! noisy, so only ratios within one run mean anything. Run through `cargo xtask bench`.

mod client;
mod engine;
mod figure;
mod files;
mod limits;
mod llama;
mod openvino;
mod ours;
mod perplexity;
mod picture;
mod plugins;
mod race;
mod serve;
mod start;
mod text;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};

/// Measures a suite.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask bench", bin_name = "cargo xtask bench")]
struct Cli {
    #[command(subcommand)]
    suite: Suite,
    /// One JSON object a line instead of a table.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Suite {
    /// Prefill, decode, decode at depth and many streams, over types of file and numbers of threads, beside llama.cpp and OpenVINO GenAI.
    Engine(engine::Arguments),
    /// Prefill and decode of the demo model, beside candle, ourselves without passes, and the machine's limits.
    Limits(Rounds),
    /// Clients over HTTP, and a long prompt among answers, beside llama.cpp's server.
    Serve(serve::Arguments),
    /// From a server's start to its first token, and the memory it holds, beside llama.cpp's server.
    Start(Rounds),
    /// How likely the model finds a text, beside llama.cpp.
    Perplexity(perplexity::Arguments),
    /// Decode over HTTP with all first-party components at work, beside passes only.
    Plugins(Rounds),
    /// Draws the JSON lines of `engine`, `serve` and `start`.
    Picture(picture::Arguments),
}

/// How often each side is measured.
#[derive(Debug, Clone, Copy, Args)]
struct Rounds {
    /// How often each side is measured, in turn, after a warm-up.
    #[arg(long = "rounds", value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..))]
    count: u32,
}

fn main() -> Result<()> {
    let cli = Cli::parse();
    // Suites that take minutes hand their figures out as they come.
    let report = |figures: &[figure::Figure]| figure::print(figures, cli.json);
    match cli.suite {
        Suite::Engine(arguments) => engine::measure(&arguments, &report)?,
        Suite::Limits(rounds) => report(&limits::measure(rounds.count)?),
        Suite::Serve(arguments) => serve::measure(&arguments, &report)?,
        Suite::Start(rounds) => report(&start::measure(rounds)?),
        Suite::Perplexity(arguments) => perplexity::measure(&arguments, &report)?,
        Suite::Plugins(rounds) => report(&plugins::measure(rounds.count)?),
        Suite::Picture(arguments) => picture::draw(&arguments)?,
    }
    Ok(())
}
