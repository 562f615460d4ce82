//! From metadata and declared weights to a graph.

use std::error::Error;

use inferno_graph::{Op, RopeScaling, RopeStyle};
use inferno_models::{
    Model,
    config::Architecture,
    gguf::Value,
    inspect,
    test_support::{GgufWriter, TinyModel},
};

fn open(file: &GgufWriter) -> Result<Model, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.gguf");
    std::fs::write(&path, file.bytes()).unwrap();
    Model::open(path).map_err(|error| {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            text += &format!(": {error}");
            cause = error.source();
        }
        text
    })
}

fn set(mut file: GgufWriter, key: &str, value: Value) -> GgufWriter {
    file.metadata.retain(|(k, _)| k != key);
    file.with(key, value)
}

fn count(model: &Model, wanted: &str) -> usize {
    model.graph().nodes().iter().filter(|node| node.op.name() == wanted).count()
}

#[test]
fn every_family_opens() {
    for architecture in Architecture::ALL {
        for tied in [true, false] {
            let model = open(&TinyModel { architecture, tied, seed: 3 }.writer()).unwrap();
            assert_eq!(count(&model, "attention"), 2);
            assert_eq!(count(&model, "matmul"), 2 * 7 + 1);
            let norms = if architecture == Architecture::Qwen3 { 4 } else { 2 };
            assert_eq!(count(&model, "rms-norm"), 2 * norms + 1);
            let biased = model
                .graph()
                .nodes()
                .iter()
                .filter(|node| matches!(&node.op, Op::MatMul { biases, .. } if !biases.is_empty()));
            assert_eq!(biased.count(), if architecture == Architecture::Qwen2 { 6 } else { 0 });
            assert_eq!(model.graph().vocabulary() as usize, model.tokenizer().vocabulary_len());
            let style =
                if architecture == Architecture::Llama { RopeStyle::Interleaved } else { RopeStyle::Halves };
            assert_eq!(model.config().rope_style, style);
            assert!(model.chat_template().is_ok());
        }
    }
}

#[test]
fn rope_and_window_follow_the_metadata() {
    let tiny = || TinyModel::of(Architecture::Llama).writer();
    let text = |text: &str| Value::String(text.into());
    let linear = set(tiny(), "llama.rope.scaling.type", text("linear"))
        .with("llama.rope.scaling.factor", Value::Float(4.0));
    assert_eq!(open(&linear).unwrap().config().rope_scaling, RopeScaling::Linear { factor: 4.0 });
    let yarn = set(linear, "llama.rope.scaling.type", text("yarn"))
        .with("llama.rope.scaling.original_context_length", Value::Unsigned(32));
    assert_eq!(
        open(&yarn).unwrap().config().rope_scaling,
        RopeScaling::Yarn { factor: 4.0, original_context: 32 }
    );
    let factors = tiny().tensor("rope_freqs.weight", &[4], 0, 1_f32.to_le_bytes().repeat(4));
    assert!(matches!(open(&factors).unwrap().config().rope_scaling, RopeScaling::Factors { .. }));
    let window = tiny().with("llama.attention.sliding_window", Value::Unsigned(16));
    assert_eq!(open(&window).unwrap().config().window, Some(16));
    let whole = tiny().with("llama.attention.sliding_window", Value::Unsigned(4096));
    assert_eq!(open(&whole).unwrap().config().window, None);
}

#[test]
fn refuses_what_it_cannot_compute() {
    let tiny = || TinyModel::of(Architecture::Llama).writer();
    #[track_caller]
    fn check(file: &GgufWriter, expected: &str) {
        let error = open(file).expect_err("was accepted");
        assert!(error.contains(expected), "{error:?} does not say {expected:?}");
    }
    let number = Value::Unsigned;
    let text = |text: &str| Value::String(text.into());
    check(
        &set(tiny(), "general.architecture", text("mamba")),
        "`mamba` is not supported; supported are llama, qwen2, qwen3",
    );
    check(&set(tiny(), "llama.block_count", number(0)), "`llama.block_count` is 0, but must be at least 1");
    check(&set(tiny(), "llama.block_count", number(1 << 31)), "from 1 to 1024");
    check(
        &set(tiny(), "llama.block_count", text("two")),
        "`llama.block_count` is a string, but must be an integer",
    );
    check(&set(tiny(), "llama.attention.head_count", number(5)), "`attention.key_length`");
    check(&set(tiny(), "llama.feed_forward_length", number(65)), "has 64 where the metadata says 65");
    check(&tiny().with("llama.expert_count", number(8)), "`llama.expert_count` is 8");
    check(&tiny().with("llama.attention.value_length", number(16)), "value_length");
    check(&set(tiny(), "llama.attention.head_count_kv", number(3)), "type rule");
    check(&tiny().with("llama.rope.dimension_count", number(7)), "rotated elements");
    check(
        &tiny()
            .with("llama.rope.scaling.type", text("longrope"))
            .with("llama.rope.scaling.factor", Value::Float(2.0)),
        "longrope",
    );
    check(
        &tiny().tensor("blk.0.mystery.weight", &[1], 0, vec![0; 4]),
        "weight `blk.0.mystery.weight` is no part",
    );
    let mut missing = tiny();
    missing.tensors.retain(|tensor| tensor.name != "blk.1.ffn_up.weight");
    check(&missing, "there is no weight `blk.1.ffn_up.weight`");
    let mut missing = tiny();
    missing.metadata.retain(|(key, _)| key != "llama.context_length");
    check(&missing, "the metadata has no `llama.context_length`");
}

#[test]
fn inspect_reads_the_header_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.gguf");
    TinyModel::of(Architecture::Qwen3).write(&path).unwrap();
    let summary = inspect(&path).unwrap();
    assert_eq!((summary.architecture, summary.layers, summary.head_dim), ("qwen3", 2, 8));
    assert_eq!(summary.tokenizer, "gpt2/smollm");
    assert_eq!(serde_json::to_value(&summary).unwrap()["quantization"]["f32"]["tensors"], 24);
}
