//! `inferno bench`: how fast this machine reads and writes with a model.
//!
//! Owns what is asked and how it is said; `measure` does it, `figures` keeps what came out. Easily confused with `cargo
//! xtask bench`, which compares with others and knows many cases.

mod figures;
mod measure;

use std::num::NonZeroU32;

use anyhow::Result;
use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use inferno_backend::Backend as _;

use super::load::{LoadArguments, Ready};
use figures::{Measured, Report};
use measure::Bench as Run;

#[derive(Debug, Args)]
pub(super) struct Bench {
    /// A model of the library [default: the only one].
    model: Option<String>,
    #[command(flatten)]
    load: LoadArguments,
    /// Tokens of the prompt that is read.
    #[arg(long, default_value = "512", value_name = "TOKENS")]
    prompt: NonZeroU32,
    /// Tokens that are written after it: at least two, since the first belongs to the reading.
    #[arg(long, default_value_t = 128, value_name = "TOKENS", value_parser = clap::value_parser!(u32).range(2..))]
    generate: u32,
    /// How often; one more, which does not count, comes before.
    #[arg(long, default_value = "5", value_name = "TIMES")]
    rounds: NonZeroU32,
    /// Print the figures as JSON.
    #[arg(long)]
    json: bool,
}

impl Bench {
    pub(super) fn run(self) -> Result<()> {
        let ready = self.load.load(self.model.as_deref(), true)?;
        let Ready { opened, file, network, text, backend, optimized, .. } = ready;
        let (model, graph, asked) =
            (text.model(network)?, optimized.graph, (self.prompt.get(), self.generate));
        let mut run = Run::prepare(&opened.config.engine, &model, &backend, &graph, asked)?;
        let bar = bar(u64::from(self.rounds.get() + 1) * u64::from(self.generate));
        let mut measured = Measured::default();
        for round in 0..=self.rounds.get() {
            bar.set_message(match round {
                0 => "warming up".to_owned(),
                round => format!("round {round} of {}", self.rounds),
            });
            let sample = run.round(|| bar.inc(1))?;
            let read = inferno_backend_cpu::roofline::memory_read(&backend);
            if round > 0 {
                measured.push(sample, read);
            }
        }
        bar.finish_and_clear();
        let report = Report::new(&file.id, &file.digest, backend.target(), &graph, asked, &measured);
        match self.json {
            true => println!("{}", serde_json::to_string_pretty(&report)?),
            false => print!("{report}"),
        }
        Ok(())
    }
}

/// On a terminal a bar, without colour; elsewhere nothing.
fn bar(tokens: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} [{wide_bar}] {percent} %");
    ProgressBar::with_draw_target(Some(tokens), ProgressDrawTarget::stderr())
        .with_style(style.expect("the template above is well formed"))
}
