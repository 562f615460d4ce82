//! Bodies of inference from strangers: a request inside its limits and a prompt that can be rendered, or a refusal that says
//! why.
#![no_main]

use std::{
    sync::{Arc, LazyLock},
    time::{Duration, Instant},
};

use inferno_engine::{Request, StopStrings, TopLogprobs};
use inferno_http::testing::{self, Refused};
use inferno_models::{
    ChatTemplate, Tokenizer, config::Architecture, gguf::Metadata, template::TemplateLimits,
    test_support::TinyModel,
};
use libfuzzer_sys::fuzz_target;

const CHATML: &str =
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}";
const A_DAY: Duration = Duration::from_secs(86_400);

static TOKENIZER: LazyLock<Arc<Tokenizer>> = LazyLock::new(|| {
    let mut metadata = Metadata::default();
    for (key, value) in TinyModel::of(Architecture::Llama).writer().metadata {
        metadata.insert(key, value);
    }
    Arc::new(Tokenizer::from_metadata(&metadata).expect("the tiny model has a sound tokenizer"))
});
static TEMPLATE: LazyLock<ChatTemplate> = LazyLock::new(|| {
    ChatTemplate::new(CHATML, Arc::clone(&TOKENIZER), TemplateLimits::default()).expect("it is sound")
});

fuzz_target!(|body: &[u8]| {
    let arrived = Instant::now();
    match testing::chat(body, arrived) {
        Ok((request, turns)) => {
            check(&request, arrived);
            assert!(!turns.is_empty());
            let prompt = TEMPLATE.render(&turns, true).expect("the body is short");
            let tokens = TOKENIZER.encode_prompt(&prompt).expect("the prompt is short");
            assert!(tokens.iter().all(|id| id.index() < TOKENIZER.vocabulary_len()));
        }
        Err(refused) => explains(&refused),
    }
    match testing::completion(body, arrived) {
        Ok(request) => check(&request, arrived),
        Err(refused) => explains(&refused),
    }
});

fn check(request: &Request, arrived: Instant) {
    let sampling = request.sampling.get();
    assert!((0.0..=2.0).contains(&sampling.temperature) && sampling.top_p > 0.0 && sampling.top_p <= 1.0);
    assert!(sampling.logit_bias.values().all(|bias| bias.abs() <= 100.0));
    assert!(request.stop.as_slice().len() <= StopStrings::MOST);
    assert!(request.logprobs.is_none_or(|top| top.get() <= usize::from(TopLogprobs::MOST)));
    assert!(request.deadline.is_none_or(|deadline| deadline > arrived && deadline <= arrived + A_DAY));
}

fn explains(refused: &Refused) {
    assert!((400..500).contains(&refused.status) && refused.message.len() > 10, "{refused:?}");
}
