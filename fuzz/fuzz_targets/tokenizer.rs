//! Any vocabulary with any text: an error, or tokens inside the vocabulary.
//!
//! The input is lines: pre-tokenizer, tokens separated by tabs, their types as digits, merges separated by tabs,
//! and then the text. A model `llama` uses the digits as scores, too.
#![no_main]

use inferno_models::{
    Special, Tokenizer,
    gguf::{Array, Metadata, Value},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &str| {
    let mut lines = input.splitn(5, '\n');
    let mut line = || lines.next().unwrap_or_default();
    let (pre, tokens, digits, merges, text) = (line(), line(), line(), line(), line());
    let list = |text: &str| Value::Array(Array::String(text.split('\t').map(str::to_owned).collect()));
    let digits: Vec<i64> = digits.bytes().map(|b| i64::from(b) - i64::from(b'0')).collect();
    for model in ["gpt2", "llama"] {
        let mut metadata = Metadata::default();
        for (key, value) in [
            ("model", Value::String(model.to_owned())),
            ("pre", Value::String(pre.to_owned())),
            ("tokens", list(tokens)),
            ("token_type", Value::Array(Array::Signed(digits.clone()))),
            ("scores", Value::Array(Array::Float(digits.iter().map(|d| *d as f32).collect()))),
            ("merges", list(merges)),
            ("eos_token_id", Value::Unsigned(0)),
        ] {
            metadata.insert(format!("tokenizer.ggml.{key}"), value);
        }
        let Ok(tokenizer) = Tokenizer::from_metadata(&metadata) else { continue };
        for special in [Special::AsText, Special::Parse] {
            let tokens = tokenizer.encode(text, special).expect("the text is short");
            assert!(tokens.iter().all(|id| id.index() < tokenizer.vocabulary_len()));
            let _ = tokenizer.decode(&tokens);
        }
    }
});
