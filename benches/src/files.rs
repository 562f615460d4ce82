//! The files that contestants are measured on: the demo model, and the same model in other types.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::ValueEnum;
use inferno_e2e::prepared;

use crate::llama::Llama;

/// How the weights of a file are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FileType {
    /// As the demo model is.
    #[value(name = "q4_1")]
    Q4_1,
    #[value(name = "q8_0")]
    Q8_0,
    #[value(name = "q4_0")]
    Q4_0,
    #[value(name = "q4_k_m")]
    Q4KM,
    /// Numbers that take all bits of binary16, as they come from a quantized file.
    #[value(name = "f16")]
    F16,
    #[value(name = "bf16")]
    Bf16,
    /// Binary16 made from bfloat16, as a file of F16 is that was made from weights trained in bfloat16.
    #[value(name = "bf16-as-f16")]
    Bf16AsF16,
}

impl FileType {
    /// As the figures and llama.cpp call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Q4_1 => "Q4_1",
            Self::Q8_0 => "Q8_0",
            Self::Q4_0 => "Q4_0",
            Self::Q4KM => "Q4_K_M",
            Self::F16 => "F16",
            Self::Bf16 => "BF16",
            Self::Bf16AsF16 => "BF16 as F16",
        }
    }

    /// What its file is made from, and as what.
    fn made(self) -> (Self, &'static str) {
        match self {
            Self::Bf16AsF16 => (Self::Bf16, Self::F16.name()),
            kind => (Self::Q4_1, kind.name()),
        }
    }
}

/// The demo model in this type; made from it once by the peer's own tool where it is another one.
///
/// # Errors
/// When there is no such file and nothing to make it with.
pub(crate) fn file(kind: FileType, llama: Option<&Llama>) -> Result<PathBuf> {
    if kind == FileType::Q4_1 {
        return Ok(prepared("INFERNO_TEST_MODEL"));
    }
    let made = made_files()?.join(format!("{}.gguf", kind.name().replace(' ', "-")));
    if !made.exists() {
        let (from, to) = kind.made();
        let from = file(from, llama)?;
        let llama = llama.with_context(|| format!("llama.cpp is needed to make a {} file", kind.name()))?;
        llama.quantize(&from, to, &made)?;
    }
    Ok(made)
}

/// Where files that the benchmarks make are kept.
pub(crate) fn made_files() -> Result<PathBuf> {
    let binary = prepared("INFERNO_BINARY");
    let target = binary.parent().and_then(Path::parent).context("the binary is in no target folder")?;
    let folder = target.join("bench-models");
    std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    Ok(folder)
}
