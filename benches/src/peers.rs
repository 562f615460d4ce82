//! Prefill and decode beside llama.cpp: every type of file, and texts that are long already.
//!
//! Within a round we and the peer take turns on the same file; the first, uncounted round warms everything up. Files
//! of other types are made from the demo model by the peer's own tool. Without the peer there is nothing to stand
//! beside, and nothing is measured.

use std::path::Path;

use anyhow::Result;
use inferno::{
    assemble::{optimized, plugins},
    config::Config,
    home::Home,
};
use inferno_backend::Backend as _;
use inferno_backend_cpu::CpuBackend;
use inferno_e2e::{
    bare::{self, Bare},
    prepared,
};

use crate::{
    figure::{Figure, Samples},
    llama::Llama,
};

const SUITE: &str = "peers";
/// Tokens of a prompt, tokens generated, tokens there before.
const CASES: [(&str, usize, usize, usize); 4] = [
    ("prefill 512", 512, 0, 0),
    ("decode 128", 0, 128, 0),
    ("decode 64 at 1,024", 0, 64, 1_024),
    ("decode 32 at 4,096", 0, 32, 4_096),
];

/// Runs the suite.
pub(crate) fn measure(rounds: u32) -> Result<Vec<Figure>> {
    let Some(llama) = Llama::find() else { return Ok(Vec::new()) };
    let demo = prepared("INFERNO_TEST_MODEL");
    let folder = Path::new("target/bench-models");
    let mut figures = Vec::new();
    for kind in ["Q4_1", "Q8_0", "Q4_0", "Q4_K_M", "F16"] {
        let file = if kind == "Q4_1" { demo.clone() } else { llama.requantized(&demo, kind, folder)? };
        // Depth is a matter of the cache and not of the file.
        let cases = if kind == "Q4_1" { &CASES[..] } else { &CASES[..2] };
        figures.extend(file_beside(&llama, kind, &file, cases, rounds)?);
    }
    Ok(figures)
}

fn file_beside(
    llama: &Llama,
    kind: &str,
    file: &Path,
    cases: &[(&str, usize, usize, usize)],
    rounds: u32,
) -> Result<Vec<Figure>> {
    let model = bare::open(file)?;
    let backend = CpuBackend::new(None);
    let threads = backend.target().parallelism as usize;
    let home = Home::find()?;
    let policy = plugins::policy(&home, &Config::default(), plugins::Development::On)?;
    let (_host, loaded) = plugins::load(&home, &Config::default(), &policy)?;
    let graph = optimized::optimize(&model, &backend, loaded, None)?.graph;
    let mut ours = Bare::new(&backend, &graph, model.weights())?;
    let mut figures = Vec::new();
    for &(case, prompt, generated, depth) in cases {
        let mut samples: [Samples; 2] = Default::default();
        for round in 0..=rounds {
            eprint!("\r{kind}, {case}: round {round} of {rounds}    ");
            let text: Vec<u32> =
                (0..prompt.max(depth).max(8) as u32).map(|i| 1_000 + (i + round) * 7_919 % 40_000).collect();
            let seconds = if generated == 0 { ours.prefill(&text)? } else { ours.decode(&text, generated)? };
            let speed = prompt.max(generated) as f64 / seconds;
            // Their better setting, where it matters: flash attention helps some texts and hinders others.
            let tries: &[bool] = if depth > 0 { &[true, false] } else { &[true] };
            let mut theirs = 0_f64;
            for flash in tries {
                theirs = theirs.max(llama.speed(file, threads, (prompt, generated, depth), *flash)?);
            }
            if round > 0 {
                samples[0].push(speed);
                samples[1].push(theirs);
            }
        }
        let [us, them] = &samples;
        figures.push(Figure::measured(SUITE, format!("{kind} {case}"), "tok/s", us, Llama::NAME, them));
    }
    eprintln!();
    Ok(figures)
}
