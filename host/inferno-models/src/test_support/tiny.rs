//! Complete models of a few thousand random weights, with a tokenizer and a chat template.
//!
//! They talk nonsense, but deterministically, and go through every code path of a real file of their family.

use std::path::Path;

use super::GgufWriter;
use crate::{
    config::Architecture,
    gguf::{Array, Value},
};

/// A tiny model: 2 layers, width 32, 4 query heads, 2 KV heads, head 8, context 128, F32 weights, and a
/// byte-level vocabulary with the markers of ChatML.
#[derive(Debug, Clone, Copy)]
pub struct TinyModel {
    /// Its family.
    pub architecture: Architecture,
    /// Whether it has an output matrix of its own.
    pub tied: bool,
    /// Different seeds, different weights.
    pub seed: u64,
}

const WIDTH: u64 = 32;
const HEAD: u64 = 8;
const HEADS: u64 = 4;
const KV_HEADS: u64 = 2;
const FEED_FORWARD: u64 = 64;

impl TinyModel {
    /// The tiny model of a family, with a tied output.
    pub const fn of(architecture: Architecture) -> Self {
        Self { architecture, tied: true, seed: 1 }
    }

    /// Writes the file to `path`.
    ///
    /// # Errors
    /// When the operating system refuses.
    pub fn write(self, path: impl AsRef<Path>) -> std::io::Result<()> {
        std::fs::write(path, self.writer().bytes())
    }

    /// The parts of the file, to be changed or written.
    pub fn writer(self) -> GgufWriter {
        let tokens = tokens();
        let vocabulary = tokens.len() as u64;
        let mut weights = Weights { file: self.metadata(tokens), state: self.seed };
        weights.matrix("token_embd.weight", WIDTH, vocabulary);
        for layer in 0..2 {
            self.layer(&mut weights, &|name: &str| format!("blk.{layer}.{name}"));
        }
        weights.norm("output_norm.weight", WIDTH);
        if !self.tied {
            weights.matrix("output.weight", WIDTH, vocabulary);
        }
        weights.file
    }

    fn layer(self, weights: &mut Weights, name: &dyn Fn(&str) -> String) {
        weights.norm(&name("attn_norm.weight"), WIDTH);
        for (part, rows) in
            [("attn_q", HEADS * HEAD), ("attn_k", KV_HEADS * HEAD), ("attn_v", KV_HEADS * HEAD)]
        {
            weights.matrix(&name(&format!("{part}.weight")), WIDTH, rows);
            if self.architecture == Architecture::Qwen2 {
                weights.vector(&name(&format!("{part}.bias")), rows);
            }
        }
        if self.architecture == Architecture::Qwen3 {
            weights.norm(&name("attn_q_norm.weight"), HEAD);
            weights.norm(&name("attn_k_norm.weight"), HEAD);
        }
        weights.matrix(&name("attn_output.weight"), HEADS * HEAD, WIDTH);
        weights.norm(&name("ffn_norm.weight"), WIDTH);
        weights.matrix(&name("ffn_gate.weight"), WIDTH, FEED_FORWARD);
        weights.matrix(&name("ffn_up.weight"), WIDTH, FEED_FORWARD);
        weights.matrix(&name("ffn_down.weight"), FEED_FORWARD, WIDTH);
    }

    fn metadata(self, tokens: Vec<String>) -> GgufWriter {
        let arch = self.architecture.name();
        let key = |name: &str| format!("{arch}.{name}");
        let text = |text: &str| Value::String(text.to_owned());
        let kinds = tokens.iter().map(|token| if token.starts_with("<|") { 3 } else { 1 }).collect();
        let control = |text: &str| Value::Unsigned(tokens.iter().position(|t| t == text).unwrap_or(0) as u64);
        GgufWriter::default()
            .with("general.architecture", text(arch))
            .with("general.name", text(&format!("tiny {arch}")))
            .with(&key("block_count"), Value::Unsigned(2))
            .with(&key("context_length"), Value::Unsigned(128))
            .with(&key("embedding_length"), Value::Unsigned(WIDTH))
            .with(&key("feed_forward_length"), Value::Unsigned(FEED_FORWARD))
            .with(&key("attention.head_count"), Value::Unsigned(HEADS))
            .with(&key("attention.head_count_kv"), Value::Unsigned(KV_HEADS))
            .with(&key("attention.layer_norm_rms_epsilon"), Value::Float(1e-5))
            .with("tokenizer.ggml.model", text("gpt2"))
            .with("tokenizer.ggml.pre", text("smollm"))
            .with("tokenizer.ggml.bos_token_id", control("<|im_start|>"))
            .with("tokenizer.ggml.eos_token_id", control("<|im_end|>"))
            .with("tokenizer.ggml.tokens", Value::Array(Array::String(tokens)))
            .with("tokenizer.ggml.token_type", Value::Array(Array::Signed(kinds)))
            .with("tokenizer.ggml.merges", Value::Array(Array::String(MERGES.map(str::to_owned).to_vec())))
    }
}

const MERGES: [&str; 8] = ["h e", "l l", "he ll", "hell o", "Ġ w", "o r", "Ġw or", "Ġ t"];

/// Three control tokens, the byte alphabet, and what the merges make.
fn tokens() -> Vec<String> {
    ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
        .map(str::to_owned)
        .into_iter()
        .chain(crate::tokenizer::byte_alphabet().map(String::from))
        .chain(MERGES.map(|merge| merge.replace(' ', "")))
        .collect()
}

struct Weights {
    file: GgufWriter,
    state: u64,
}

impl Weights {
    fn matrix(&mut self, name: &str, cols: u64, rows: u64) {
        let scale = 1.0 / (cols as f32).sqrt();
        let values = (0..cols * rows).map(|_| self.next() * scale).collect();
        self.push(name, &[cols, rows], values);
    }

    fn vector(&mut self, name: &str, len: u64) {
        let values = (0..len).map(|_| self.next() * 0.1).collect();
        self.push(name, &[len], values);
    }

    fn norm(&mut self, name: &str, len: u64) {
        let values = (0..len).map(|_| 1.0 + self.next() * 0.1).collect();
        self.push(name, &[len], values);
    }

    fn push(&mut self, name: &str, dims: &[u64], values: Vec<f32>) {
        let bytes = values.iter().flat_map(|x| x.to_le_bytes()).collect();
        self.file = std::mem::take(&mut self.file).tensor(name, dims, 0, bytes);
    }

    /// Uniform in [−√3, √3), so of variance 1; SplitMix64 (Steele et al. 2014).
    fn next(&mut self) -> f32 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let unit = (z ^ (z >> 31)) as f64 / (u64::MAX as f64 + 1.0);
        ((unit * 2.0 - 1.0) * 3.0_f64.sqrt()) as f32
    }
}
