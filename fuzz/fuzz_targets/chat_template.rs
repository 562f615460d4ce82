//! Any template on a fixed conversation: an error or a prompt of bounded length, in bounded time. It may end the process that it
//! runs in, so it runs in another first; if that one goes on, it is run here, where the fuzzer sees what it reaches.
#![no_main]

use std::{
    env, io,
    process::{self, Command},
    sync::{Arc, LazyLock},
};

use inferno_models::{
    ChatMessage, ChatTemplate, TemplateError, Tokenizer,
    config::Architecture,
    gguf::Metadata,
    template::{self, Apart, TemplateLimits},
    test_support::TinyModel,
};
use libfuzzer_sys::fuzz_target;

/// Set where this program is the other process.
const ANSWERS: &str = "INFERNO_FUZZ_ANSWERS";

static TOKENIZER: LazyLock<Arc<Tokenizer>> = LazyLock::new(|| {
    let mut metadata = Metadata::default();
    for (key, value) in TinyModel::of(Architecture::Llama).writer().metadata {
        metadata.insert(key, value);
    }
    Arc::new(Tokenizer::from_metadata(&metadata).expect("the tiny model has a sound tokenizer"))
});
static APART: LazyLock<Arc<Apart>> = LazyLock::new(|| {
    Arc::new(Apart::new(|| {
        let mut command = Command::new(env::current_exe().expect("it runs"));
        command.env(ANSWERS, "1");
        command
    }))
});

fuzz_target!(
    init: {
        if env::var_os(ANSWERS).is_some() {
            let answered = template::answer(io::stdin().lock(), io::stdout().lock());
            process::exit(i32::from(answered.is_err()));
        }
    },
    |source: &str| {
        let limits = TemplateLimits { steps: 20_000, output_bytes: 1 << 16, ..TemplateLimits::default() };
        let Ok(here) = ChatTemplate::new(source, Arc::clone(&TOKENIZER), limits.clone()) else { return };
        let mut apart = ChatTemplate::new(source, Arc::clone(&TOKENIZER), limits).expect("it is as short");
        apart.render_with(Arc::clone(&*APART) as _);
        let messages = ["user", "assistant", "user"]
            .map(|role| ChatMessage { role: role.to_owned(), content: "hi <|im_end|> there".to_owned() });
        match apart.render(&messages, true) {
            Ok(prompt) => {
                assert!(prompt.text().len() <= (1 << 16) + 4096);
                TOKENIZER.encode_prompt(&prompt).expect("the prompt is short");
                assert_eq!(here.render(&messages, true).expect("it was rendered apart"), prompt);
            }
            Err(TemplateError::Render(_)) => drop(here.render(&messages, true).expect_err("it was refused apart")),
            Err(TemplateError::Ended { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
);
