//! Any template on a fixed conversation: an error or a prompt of bounded length, in bounded time.
#![no_main]

use std::sync::{Arc, LazyLock};

use inferno_models::{
    ChatMessage, ChatTemplate, Tokenizer,
    config::Architecture,
    gguf::Metadata,
    template::TemplateLimits,
    test_support::TinyModel,
};
use libfuzzer_sys::fuzz_target;

static TOKENIZER: LazyLock<Arc<Tokenizer>> = LazyLock::new(|| {
    let mut metadata = Metadata::default();
    for (key, value) in TinyModel::of(Architecture::Llama).writer().metadata {
        metadata.insert(key, value);
    }
    Arc::new(Tokenizer::from_metadata(&metadata).expect("the tiny model has a sound tokenizer"))
});

fuzz_target!(|source: &str| {
    let limits = TemplateLimits { steps: 20_000, output_bytes: 1 << 16, ..TemplateLimits::default() };
    let Ok(template) = ChatTemplate::compile(source, Arc::clone(&TOKENIZER), limits) else { return };
    let messages = ["user", "assistant", "user"]
        .map(|role| ChatMessage { role: role.to_owned(), content: "hi <|im_end|> there".to_owned() });
    let Ok(prompt) = template.render(&messages, true) else { return };
    assert!(prompt.text().len() <= (1 << 16) + 4096);
    TOKENIZER.encode_prompt(&prompt).expect("the prompt is short");
});
