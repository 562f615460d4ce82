//! One sequence: how fast its prompt is read, and how fast it goes on.

use anyhow::Result;

use super::{Peers, SUITE, Table};
use crate::{
    figure::Figure,
    llama::{Llama, Work},
    openvino::OpenVino,
    race::{Contestant, Quantity, Race},
    text::unseen,
};

/// What is there before the first token of a decode that is not measured at depth.
const SHORT: usize = 8;
const SPEED: [Quantity; 1] = [Quantity { name: "", unit: "tok/s" }];

/// Races for one kind of work.
pub(super) fn measure(table: &Table<'_>, work: Work, peers: &mut Peers) -> Result<Vec<Figure>> {
    let tokens = work.prompt.max(work.generated) as f64;
    let text = || unseen(if work.generated == 0 { work.prompt } else { work.depth.max(SHORT) });
    let mut bare = table.ours.bare()?;
    let ours = Contestant::new("Inferno", |_| {
        let seconds = match work.generated {
            0 => bare.prefill(&text())?,
            generated => bare.decode(&text(), generated)?,
        };
        Ok(vec![tokens / seconds])
    });
    let mut others = Vec::new();
    if let Some(llama) = &peers.llama {
        let measure = move |_| Ok(vec![llama.speed(table.file, table.ours.threads(), work)?]);
        others.push(Contestant::new(Llama::NAME, measure));
    }
    if let Some(openvino) = &mut peers.openvino {
        others.push(Contestant::new(OpenVino::NAME, |_| {
            let seconds = match work.generated {
                0 => openvino.prefill(&text())?,
                generated => openvino.decode(&text(), generated)?,
            };
            Ok(vec![tokens / seconds])
        }));
    }
    let name = match work {
        Work { generated: 0, prompt, .. } => format!("prefill {prompt}"),
        Work { generated, depth: 0, .. } => format!("decode {generated}"),
        Work { generated, depth, .. } => format!("decode {generated} after {depth}"),
    };
    let case = format!("{} {name}", table.label);
    Race { suite: SUITE, case, quantities: &SPEED, rounds: table.rounds }.run(ours, others)
}
