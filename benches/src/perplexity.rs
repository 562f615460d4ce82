//! How likely the model finds a text, beside `llama-perplexity` on the same file and the same text.
//!
//! As that program does it: windows that start afresh, and only what the second half of each says of the next token. The
//! text is this project's own documentation, or one that is named. Nothing is timed, so once is enough.

use std::{
    fs,
    num::NonZeroUsize,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use inferno::config::KvKind;
use inferno_models::{Model, Special};

use crate::{
    figure::{Figure, Samples},
    files::{self, FileType},
    llama::Llama,
    ours::Ours,
};

const SUITE: &str = "perplexity";
const WINDOW: usize = 512;

/// On what it is computed.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The types of file.
    #[arg(long, value_delimiter = ',', default_value = "q4_1,q8_0,q4_0,q4_k_m,f16")]
    files: Vec<FileType>,
    /// A text to take instead of the project's documentation.
    #[arg(long)]
    text: Option<PathBuf>,
    /// At most so many windows of 512 tokens.
    #[arg(long, default_value = "64")]
    windows: NonZeroUsize,
    /// How we keep keys and values; the peer keeps them as it does.
    #[arg(long, value_enum, default_value = "auto")]
    kv_type: KvKind,
}

/// Runs the suite, and hands figures out as they come.
pub(crate) fn measure(arguments: &Arguments, report: &dyn Fn(&[Figure])) -> Result<()> {
    let llama = Llama::find();
    let text = match &arguments.text {
        Some(path) => fs::read_to_string(path).with_context(|| path.display().to_string())?,
        None => documentation()?,
    };
    // The peer reads it from a file, and drops a line's end at the end of it.
    let text = text.trim_end();
    let written = files::made_files()?.join("text.txt");
    fs::write(&written, text)?;
    for kind in &arguments.files {
        let file = match files::file(*kind, llama.as_ref()) {
            Ok(file) => file,
            Err(error) => {
                eprintln!("{} is left out: {error:#}", kind.name());
                continue;
            }
        };
        let ours = Ours::load(&file, None)?.keeping(arguments.kv_type);
        let tokens = tokens(&ours.model, text, arguments.windows.get())?;
        eprintln!("{}: {} tokens, of which half are scored", kind.name(), tokens.len());
        let score = ours.bare()?.score_after(&tokens, WINDOW, WINDOW / 2)?;
        let mine = Samples::once((score.nll / score.count as f64).exp());
        let case = format!("{} over {} tokens", ours.name(*kind), tokens.len());
        let peer =
            llama.as_ref().map(|l| l.perplexity(&file, ours.threads(), &written, tokens.len() / WINDOW));
        report(&[match peer {
            Some(Ok(theirs)) => {
                Figure::measured(SUITE, case, "ppl", &mine, Llama::NAME, &Samples::once(theirs))
            }
            failed => {
                if let Some(Err(error)) = failed {
                    eprintln!("{case}: {} is left out, it failed: {error:#}", Llama::NAME);
                }
                Figure::alone(SUITE, case, "ppl", &mine)
            }
        }]);
    }
    Ok(())
}

/// Whole windows of the text, each of which begins as the model wants a text to begin.
fn tokens(model: &Model, text: &str, most: usize) -> Result<Vec<u32>> {
    let encode = |text| model.tokenizer().encode(text, Special::AsText);
    let mut tokens: Vec<u32> = encode(text)?.into_iter().map(|t| t.0).collect();
    let windows = (tokens.len() / WINDOW).min(most);
    ensure!(windows >= 2, "the text has {} tokens; it must have {} at least", tokens.len(), 2 * WINDOW);
    tokens.truncate(windows * WINDOW);
    if let Some(begin) = encode("")?.first() {
        tokens.chunks_mut(WINDOW).for_each(|window| window[0] = begin.0);
    }
    Ok(tokens)
}

/// The project's own words.
fn documentation() -> Result<String> {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let mut paths = vec![root.join("README.md"), root.join("LICENSE")];
    for folder in ["docs", "docs/decisions"] {
        for entry in fs::read_dir(root.join(folder))? {
            paths.push(entry?.path());
        }
    }
    paths.retain(|path| path.is_file() && path.extension().is_none_or(|e| e == "md"));
    paths.sort();
    let read = |path: &PathBuf| fs::read_to_string(path).with_context(|| path.display().to_string());
    Ok(paths.iter().map(read).collect::<Result<Vec<_>>>()?.join("\n"))
}
