//! The demo model: its tokenizer against the reference implementation's, and its first words.

use std::{path::PathBuf, time::Instant};

use inferno_graph::interpret::{Past, Sequence, evaluate};
use inferno_models::{ChatMessage, Model, Special};
use serde::Deserialize;

fn path() -> PathBuf {
    std::env::var_os("INFERNO_TEST_MODEL")
        .expect(
            "INFERNO_TEST_MODEL names no model file: run `cargo xtask test`, which fetches it and sets this",
        )
        .into()
}

#[derive(Deserialize)]
struct Case {
    text: String,
    ids: Vec<u32>,
}

/// `tests/data/smollm2.json` holds what Hugging Face `tokenizers` makes of each text, with this vocabulary, these
/// merges, and the pre-tokenizers `Digits(individual_digits)` and `ByteLevel(add_prefix_space=False)`.
#[test]
fn tokenizes_as_the_reference_does() {
    let tokenizer = Model::open(path()).unwrap().tokenizer();
    let cases: Vec<Case> = serde_json::from_str(include_str!("data/smollm2.json")).unwrap();
    assert!(cases.len() > 50);
    for Case { text, ids } in cases {
        let tokens = tokenizer.encode(&text, Special::AsText).unwrap();
        assert_eq!(tokens.iter().map(|id| id.0).collect::<Vec<_>>(), ids, "{text:?}");
        if !text.contains('\u{4}') {
            assert_eq!(String::from_utf8(tokenizer.decode(&tokens)).unwrap(), text);
        }
    }
}

#[test]
fn knows_what_is_in_the_file() {
    let start = Instant::now();
    let model = Model::open(path()).unwrap();
    println!("opened in {:?}", start.elapsed());
    let summary = model.summary();
    assert_eq!((summary.architecture, summary.layers, summary.width), ("llama", 30, 576));
    assert_eq!((summary.heads, summary.kv_heads, summary.head_dim), (9, 3, 64));
    assert_eq!((summary.parameters, summary.vocabulary), (134_515_008, 49_152));
    let user = ChatMessage { role: "user".into(), content: "Hi".into() };
    let prompt = model.chat_template().unwrap().render(&[user], true).unwrap();
    insta::assert_snapshot!(prompt.text(), @r"
    <|im_start|>system
    You are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>
    <|im_start|>user
    Hi<|im_end|>
    <|im_start|>assistant
    ");
}

#[test]
fn says_something_sensible() {
    let model = Model::open(path()).unwrap();
    let tokenizer = model.tokenizer();
    let tokens = tokenizer.encode("The capital of France is", Special::AsText).unwrap();
    let mut sequence = Sequence::new(tokens.iter().map(|id| id.0), Past::Empty);
    sequence.logits_for = vec![tokens.len() as u32 - 1];
    let logits = evaluate(model.graph(), &*model.weights(), &[sequence]).unwrap().logits;
    let best = (0..).zip(logits.row(0)).max_by(|a, b| a.1.total_cmp(b.1)).unwrap().0;
    assert_eq!(tokenizer.token_bytes(inferno_types::TokenId(best)), b" Paris");
}
