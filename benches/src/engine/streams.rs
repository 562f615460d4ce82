//! Many sequences at once, through the engine and not over HTTP: a prompt of 256 and 128 tokens each.
//!
//! For everybody the same is counted: the tokens generated, over the time from the prompts to the last token of all.
//! (llama.cpp's program takes random tokens and chooses none, which spares it a little.)

use anyhow::{Context as _, Result, bail, ensure};
use inferno_engine::{Engine, EventKind, Request};
use inferno_types::TokenId;

use super::{Peers, SUITE, Table};
use crate::{
    figure::Figure,
    llama::{Crowd, Llama},
    openvino::OpenVino,
    race::{Contestant, Quantity, Race},
    text::unseen,
};

const PROMPT: usize = 256;
const GENERATED: usize = 128;
const TOTAL: [Quantity; 1] = [Quantity { name: "", unit: "tok/s" }];

/// Races with so many streams.
pub(super) fn measure(table: &Table<'_>, streams: usize, peers: &mut Peers) -> Result<Vec<Figure>> {
    let total = (streams * GENERATED) as f64;
    let mut engine = table.ours.engine(streams * (PROMPT + GENERATED))?;
    let ours = Contestant::new("Inferno", |_| {
        let began = std::time::Instant::now();
        crowd(&mut engine, streams)?;
        Ok(vec![total / began.elapsed().as_secs_f64()])
    });
    let mut others = Vec::new();
    if let Some(llama) = &peers.llama {
        // Flash attention helps some and hinders others: the warm-up finds out.
        let mut flash = None;
        let threads = table.ours.threads();
        others.push(Contestant::new(Llama::NAME, move |_| {
            let crowd = Crowd { streams, prompt: PROMPT, generated: GENERATED };
            let seconds = |flash| llama.crowd(table.file, threads, crowd, flash);
            let taken = match flash {
                Some(flash) => seconds(flash)?,
                None => {
                    let (with, without) = (seconds(true)?, seconds(false)?);
                    flash = Some(with <= without);
                    with.min(without)
                }
            };
            Ok(vec![total / taken])
        }));
    }
    if let Some(openvino) = &mut peers.openvino {
        others.push(Contestant::new(OpenVino::NAME, move |_| {
            let prompts: Vec<_> = (0..streams).map(|_| unseen(PROMPT)).collect();
            Ok(vec![total / openvino.streams(&prompts, GENERATED)?])
        }));
    }
    let plural = if streams == 1 { "" } else { "s" };
    let case = format!("{} {streams} stream{plural} of {PROMPT} + {GENERATED}", table.label);
    Race { suite: SUITE, case, quantities: &TOTAL, rounds: table.rounds }.run(ours, others)
}

/// Sends all requests at once and steps until the last one is answered.
fn crowd(engine: &mut Engine, streams: usize) -> Result<()> {
    for _ in 0..streams {
        let prompt = unseen(PROMPT).into_iter().map(TokenId).collect();
        let request = Request::greedy(prompt, Some(GENERATED as u32));
        engine.submit(Request { ignore_end: true, ..request }).context("the engine takes the request")?;
    }
    let mut tokens = 0;
    while !engine.is_idle() {
        for event in engine.step()? {
            match event.kind {
                EventKind::Token(_) => tokens += 1,
                EventKind::Finished { .. } => {}
                EventKind::Failed(fault) => bail!("a stream failed: {fault}"),
            }
        }
    }
    ensure!(tokens == streams * GENERATED, "{tokens} tokens came");
    Ok(())
}
