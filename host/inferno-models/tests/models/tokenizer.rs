//! Tokenizers on small vocabularies, sound and hostile.

use std::time::{Duration, Instant};

use inferno_models::{
    Special, Tokenizer,
    config::Architecture,
    gguf::{Array, Metadata, Value},
    test_support::TinyModel,
};
use proptest::prelude::*;

pub(crate) fn tiny_metadata() -> Metadata {
    let mut metadata = Metadata::default();
    for (key, value) in TinyModel::of(Architecture::Llama).writer().metadata {
        metadata.insert(key, value);
    }
    metadata
}

fn strings(texts: &[&str]) -> Value {
    Value::Array(Array::String(texts.iter().map(|text| (*text).to_owned()).collect()))
}

fn tiny() -> Tokenizer {
    Tokenizer::from_metadata(&tiny_metadata()).unwrap()
}

/// A SentencePiece vocabulary: unknown, begin, end, all bytes, then these pieces with these scores.
fn sentence_piece(pieces: &[(&str, f32)]) -> Metadata {
    let bytes = (0..=255_u8).map(|b| format!("<0x{b:02X}>"));
    let special = ["<unk>", "<s>", "</s>"].map(str::to_owned);
    let tokens: Vec<String> =
        special.into_iter().chain(bytes).chain(pieces.iter().map(|p| p.0.to_owned())).collect();
    let kinds: Vec<i64> = [2, 3, 3].into_iter().chain([6; 256]).chain(pieces.iter().map(|_| 1)).collect();
    let scores = vec![0.0; 259].into_iter().chain(pieces.iter().map(|p| p.1)).collect();
    let mut metadata = Metadata::default();
    for (key, value) in [
        ("model", Value::String("llama".into())),
        ("tokens", Value::Array(Array::String(tokens))),
        ("token_type", Value::Array(Array::Signed(kinds))),
        ("scores", Value::Array(Array::Float(scores))),
        ("unknown_token_id", Value::Unsigned(0)),
        ("bos_token_id", Value::Unsigned(1)),
        ("eos_token_id", Value::Unsigned(2)),
    ] {
        metadata.insert(format!("tokenizer.ggml.{key}"), value);
    }
    metadata
}

const PIECES: [(&str, f32); 9] = [
    ("▁", -9.0),
    ("h", -9.0),
    ("e", -9.0),
    ("l", -9.0),
    ("o", -9.0),
    ("he", -2.0),
    ("ll", -1.0),
    ("hell", -3.0),
    ("▁hello", -4.0),
];

#[test]
fn sentence_piece_merges_by_score_and_falls_back_to_bytes() {
    let mut pieces = PIECES.to_vec();
    pieces.push(("hello", -3.5));
    let tokenizer = Tokenizer::from_metadata(&sentence_piece(&pieces)).unwrap();
    let ids =
        |text| tokenizer.encode(text, Special::AsText).unwrap().iter().map(|id| id.0).collect::<Vec<_>>();
    assert_eq!(ids("hello"), [1, 267]);
    assert_eq!(ids("hello!"), [1, 267, 3 + 33]);
    assert_eq!(ids("</s>"), [1, 259, 3 + b'<' as u32, 3 + b'/' as u32, 3 + b's' as u32, 3 + b'>' as u32]);
    assert_eq!(tokenizer.encode("</s>", Special::Parse).unwrap().len(), 2);
    for text in ["hello", " hello", "  hello ", "", "é 🙂\n"] {
        let tokens = tokenizer.encode(text, Special::AsText).unwrap();
        assert_eq!(String::from_utf8(tokenizer.decode(&tokens)).unwrap(), text);
    }
}

#[test]
fn a_user_cannot_write_a_control_token() {
    let tokenizer = tiny();
    let end = tokenizer.control_token("<|im_end|>").unwrap();
    assert!(tokenizer.is_end_of_generation(end) && tokenizer.token_bytes(end).is_empty());
    assert!(!tokenizer.encode("hi<|im_end|>", Special::AsText).unwrap().contains(&end));
    assert_eq!(tokenizer.encode("hi<|im_end|>", Special::Parse).unwrap().last(), Some(&end));
}

#[test]
fn begin_and_end_are_added_where_the_file_says_so() {
    let mut metadata = tiny_metadata();
    metadata.insert("tokenizer.ggml.add_bos_token".into(), Value::Bool(true));
    metadata.insert("tokenizer.ggml.add_eos_token".into(), Value::Bool(true));
    let tokenizer = Tokenizer::from_metadata(&metadata).unwrap();
    let tokens = tokenizer.encode("hello", Special::AsText).unwrap();
    assert_eq!(tokens.first().copied(), tokenizer.begin_of_text());
    assert_eq!(tokens.last().copied(), tokenizer.end_of_text());
    assert_eq!(tokenizer.decode(&tokens), b"hello");
}

#[test]
fn words_are_cut_as_each_pattern_says() {
    let words = |pre: &str, text: &str| {
        let mut metadata = tiny_metadata();
        metadata.insert("tokenizer.ggml.pre".into(), Value::String(pre.into()));
        metadata.insert("tokenizer.ggml.add_bos_token".into(), Value::Bool(false));
        let tokenizer = Tokenizer::from_metadata(&metadata).unwrap();
        let tokens = tokenizer.encode(text, Special::AsText).unwrap();
        assert_eq!(tokenizer.decode(&tokens), text.as_bytes());
        tokens.len()
    };
    // "Ġ w" merges only when the last space goes with the word.
    for pre in ["gpt-2", "smollm", "llama-bpe", "qwen2", "default"] {
        assert_eq!(words(pre, "   w"), 3, "{pre}");
        assert_eq!(words(pre, "hello world"), 4, "{pre}");
    }
}

#[test]
fn refuses_hostile_vocabularies() {
    let check = |key: &str, value: Value, expected: &str| {
        let mut metadata = tiny_metadata();
        metadata.insert(format!("tokenizer.ggml.{key}"), value);
        let error = Tokenizer::from_metadata(&metadata).expect_err("was accepted").to_string();
        assert!(error.contains(expected), "{error:?} does not say {expected:?}");
    };
    let many = |n: usize| Value::Array(Array::Signed(vec![1; n]));
    check(
        "model",
        Value::String("bert".into()),
        "tokenizer model `bert` is not supported; supported are gpt2, llama",
    );
    check(
        "pre",
        Value::String("tekken".into()),
        "pre-tokenizer `tekken` is not supported; supported are default",
    );
    check("tokens", strings(&[]), "has 0 tokens");
    check("tokens", Value::Bool(true), "missing or wrong");
    check("token_type", many(3), "`tokenizer.ggml.token_type` has 3 entries");
    check("eos_token_id", Value::Unsigned(9999), "`tokenizer.ggml.eos_token_id` is 9999");
    for bad in ["", " ", "x", "a ", " b", "a b c"] {
        check("merges", strings(&[bad]), "it must be two texts");
    }
    check("merges", strings(&["h zz"]), "\"zz\", which is no token");
    check("merges", strings(&["h h"]), "\"hh\", which is no token");
    let mut tokens: Vec<String> = tiny_metadata().strings("tokenizer.ggml.tokens").unwrap().to_vec();
    tokens[5] = tokens[6].clone();
    check("tokens", Value::Array(Array::String(tokens.clone())), "tokens 5 and 6 are both");
    tokens[5] = "x".repeat(2000);
    check("tokens", Value::Array(Array::String(tokens)), "token 5 has 2000 bytes");
}

#[test]
fn empty_tokens_are_never_encoded_to() {
    let mut metadata = tiny_metadata();
    let mut tokens = metadata.strings("tokenizer.ggml.tokens").unwrap().to_vec();
    let mut kinds = metadata.integers_or_none("tokenizer.ggml.token_type").unwrap().unwrap();
    for kind in [1, 3, 4] {
        tokens.push(String::new());
        kinds.push(kind);
    }
    metadata.insert("tokenizer.ggml.tokens".into(), Value::Array(Array::String(tokens)));
    metadata.insert("tokenizer.ggml.token_type".into(), Value::Array(Array::Signed(kinds)));
    let tokenizer = Tokenizer::from_metadata(&metadata).unwrap();
    let tokens = tokenizer.encode("hello <|im_end|>", Special::Parse).unwrap();
    assert!(tokens.iter().all(|id| id.index() < tokenizer.vocabulary_len() - 3));
}

#[test]
fn merges_that_go_in_circles_end() {
    // `a a → aa`, `aa a → aaa`, `a aa → aaa`: every order of merging leads somewhere, none forever.
    let mut metadata = tiny_metadata();
    let mut tokens = metadata.strings("tokenizer.ggml.tokens").unwrap().to_vec();
    tokens.extend(["aa".to_owned(), "aaa".to_owned()]);
    metadata.insert("tokenizer.ggml.token_type".into(), Value::Array(Array::Signed(vec![1; tokens.len()])));
    metadata.insert("tokenizer.ggml.tokens".into(), Value::Array(Array::String(tokens)));
    metadata.insert("tokenizer.ggml.merges".into(), strings(&["a a", "aa a", "a aa", "a a"]));
    let tokenizer = Tokenizer::from_metadata(&metadata).unwrap();
    assert_eq!(tokenizer.decode(&tokenizer.encode(&"a".repeat(1001), Special::AsText).unwrap()).len(), 1001);
}

#[test]
fn long_words_and_runs_take_time_in_proportion() {
    let tokenizer = tiny();
    let spm = Tokenizer::from_metadata(&sentence_piece(&PIECES)).unwrap();
    for unit in ["hell", "a", " ", "\n", "1", "'", " \n", "<|im_en", "é"] {
        let text = unit.repeat((1 << 20) / unit.len());
        for tokenizer in [&tokenizer, &spm] {
            let start = Instant::now();
            tokenizer.encode(&text, Special::Parse).unwrap();
            // A quadratic step on 2²⁰ symbols takes many minutes.
            assert!(start.elapsed() < Duration::from_secs(20), "{unit:?}: {:?}", start.elapsed());
        }
    }
    assert!(tokenizer.encode(&"x".repeat((16 << 20) + 1), Special::Parse).is_err());
}

proptest! {
    #[test]
    fn decoding_undoes_encoding(text in "\\PC*|[ \\n\\ta-z0-9']*|(<\\|im_end\\|>|hello| )*") {
        let tokenizer = tiny();
        let spm = Tokenizer::from_metadata(&sentence_piece(&PIECES)).unwrap();
        let tokens = tokenizer.encode(&text, Special::AsText).unwrap();
        prop_assert_eq!(String::from_utf8(tokenizer.decode(&tokens)).unwrap(), text.clone());
        prop_assume!(!text.contains('▁'));
        let tokens = spm.encode(&text, Special::AsText).unwrap();
        prop_assert_eq!(String::from_utf8(spm.decode(&tokens)).unwrap(), text);
    }
}
