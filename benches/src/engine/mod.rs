//! Inference alone, without a server, beside llama.cpp and OpenVINO GenAI: every type of file, texts that are long
//! already, many streams.
//!
//! Owns which cases run on which files. Files of other types are made from the demo model by llama.cpp's own tool. A
//! peer that is not on this machine is said to be left out, and we are measured alone.

mod single;
mod streams;

use std::{num::NonZeroUsize, path::Path};

use anyhow::Result;
use clap::{Args, ValueEnum};
use inferno::config::KvKind;

use crate::{
    Rounds,
    figure::Figure,
    files::{self, FileType},
    llama::{Llama, Work},
    openvino::{self, OpenVino},
    ours::Ours,
};

const SUITE: &str = "engine";

/// What of the suite runs, and how.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    rounds: Rounds,
    /// The types of file that every case runs on [default: all for prefill and decode, q4_1 at depth, q4_1, q8_0 and
    /// f16 for streams].
    #[arg(long, value_delimiter = ',')]
    files: Option<Vec<FileType>>,
    /// What is measured [default: everything].
    #[arg(long, value_delimiter = ',')]
    cases: Option<Vec<Case>>,
    /// How many streams at once, of the case `streams`.
    #[arg(long, value_delimiter = ',', default_value = "1,8,16")]
    streams: Vec<NonZeroUsize>,
    /// Threads of each contestant, one number after the other [default: one per core].
    #[arg(long, value_delimiter = ',')]
    threads: Vec<NonZeroUsize>,
    /// How we keep keys and values; others keep them as they do.
    #[arg(long, value_enum, default_value = "auto")]
    kv_type: KvKind,
}

/// What is measured of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Case {
    /// A prompt of 512 tokens.
    Prefill,
    /// 128 tokens, one by one.
    Decode,
    /// The same after 1,024 and 4,096 tokens.
    Depth,
    /// Many at once, 256 tokens of a prompt and 128 generated each.
    Streams,
}

impl Case {
    /// Where it is measured unless somebody says otherwise: depth is a matter of the cache and not of the file.
    fn files(self) -> &'static [FileType] {
        match self {
            Self::Prefill | Self::Decode => FileType::value_variants(),
            Self::Depth => &[FileType::Q4_1],
            Self::Streams => &[FileType::Q4_1, FileType::Q8_0, FileType::F16],
        }
    }
}

/// Whom we stand beside on a file.
struct Peers {
    llama: Option<Llama>,
    openvino: Option<openvino::Loaded>,
}

/// A file, and how it is measured.
struct Table<'a> {
    kind: FileType,
    /// What its cases are called by.
    label: String,
    file: &'a Path,
    ours: &'a Ours,
    rounds: u32,
}

/// Runs the suite, and hands figures out as they come: it takes minutes.
pub(crate) fn measure(arguments: &Arguments, report: &dyn Fn(&[Figure])) -> Result<()> {
    let (llama, openvino) = (Llama::find(), OpenVino::find());
    let wanted = arguments.cases.as_deref().unwrap_or(Case::value_variants());
    for kind in FileType::value_variants() {
        let here = |case: &&Case| arguments.files.as_deref().unwrap_or(case.files()).contains(kind);
        let cases: Vec<Case> = wanted.iter().filter(here).copied().collect();
        if cases.is_empty() {
            continue;
        }
        let file = match files::file(*kind, llama.as_ref()) {
            Ok(file) => file,
            Err(error) => {
                eprintln!("{} is left out: {error:#}", kind.name());
                continue;
            }
        };
        let counts = arguments.threads.iter().copied().map(Some);
        let default = arguments.threads.is_empty().then_some(None);
        for threads in counts.chain(default) {
            let ours = Ours::load(&file, threads)?.keeping(arguments.kv_type);
            let mut label = ours.name(*kind);
            if arguments.threads.len() > 1 {
                let (count, plural) = (ours.threads(), if ours.threads() == 1 { "" } else { "s" });
                label = format!("{label} {count} thread{plural},");
            }
            let table =
                Table { kind: *kind, label, file: &file, ours: &ours, rounds: arguments.rounds.count };
            let peers = Peers { llama: llama.clone(), openvino: start(openvino.as_ref(), &table) };
            race(&table, &cases, &arguments.streams, peers, report)?;
        }
    }
    Ok(())
}

/// Measures all cases of a file.
fn race(
    table: &Table<'_>,
    cases: &[Case],
    streams: &[NonZeroUsize],
    mut peers: Peers,
    report: &dyn Fn(&[Figure]),
) -> Result<()> {
    let decode = |depth| Work { prompt: 0, generated: 128, depth };
    for case in cases {
        match case {
            Case::Prefill => {
                let work = Work { prompt: 512, generated: 0, depth: 0 };
                report(&single::measure(table, work, &mut peers)?);
            }
            Case::Decode => report(&single::measure(table, decode(0), &mut peers)?),
            Case::Depth => {
                for depth in [1_024, 4_096] {
                    report(&single::measure(table, decode(depth), &mut peers)?);
                }
            }
            Case::Streams => {
                for count in streams {
                    report(&streams::measure(table, count.get(), &mut peers)?);
                }
            }
        }
    }
    Ok(())
}

/// OpenVINO with the file, where it is there and can read it; says so where not.
fn start(openvino: Option<&OpenVino>, table: &Table<'_>) -> Option<openvino::Loaded> {
    let openvino = openvino?;
    if !OpenVino::reads(table.kind) {
        eprintln!("{} reads no {}: it is left out there", OpenVino::NAME, table.kind.name());
        return None;
    }
    let started = openvino.load(table.file, table.ours.threads());
    started.inspect_err(|error| eprintln!("{} is left out: {error:#}", OpenVino::NAME)).ok()
}
