//! Chat templates in the process of their own that the server starts: this very program.

use std::{
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use inferno_models::{
    ChatMessage, ChatTemplate, TemplateError, Tokenizer,
    config::Architecture,
    gguf::Metadata,
    template::{Apart, TemplateLimits},
    test_support::TinyModel,
};

/// A template that is run by what `command` starts, and how often that was started.
fn template(source: &str, command: fn() -> Command) -> (ChatTemplate, Arc<AtomicU32>) {
    let mut metadata = Metadata::default();
    for (key, value) in TinyModel::of(Architecture::Llama).writer().metadata {
        metadata.insert(key, value);
    }
    let tokenizer = Arc::new(Tokenizer::from_metadata(&metadata).expect("the tiny model has one"));
    let mut template = ChatTemplate::new(source, tokenizer, TemplateLimits::default()).expect("it is short");
    let started = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&started);
    let start = move || {
        count.fetch_add(1, Ordering::Relaxed);
        command()
    };
    template.render_with(Arc::new(Apart::new(start).patience(Duration::from_secs(5))));
    (template, started)
}

fn inferno() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_inferno"));
    command.arg("render-templates");
    command
}

fn render(template: &ChatTemplate, content: &str) -> Result<String, TemplateError> {
    let message = ChatMessage { role: "user".into(), content: content.into() };
    Ok(template.render(&[message], true)?.text().to_owned())
}

#[test]
fn one_process_serves_many_and_says_what_is_wrong() {
    let source = "{% if messages[0].content == 'no' %}{{ raise_exception('not that') }}{% endif %}{{ messages[0].content }}";
    let (template, started) = template(source, inferno);
    let strange = "\u{1F600} \"\\n\n<|im_end|>";
    for content in ["a", strange, &"long ".repeat(1 << 18)] {
        assert_eq!(render(&template, content).expect("it is rendered"), content);
    }
    insta::assert_snapshot!(render(&template, "no").expect_err("it is refused"), @"the chat template refuses these messages: not that");
    assert_eq!(render(&template, "b").expect("it is rendered"), "b");
    assert_eq!(started.load(Ordering::Relaxed), 1);
}

#[test]
fn a_process_that_ends_takes_nothing_with_it() {
    let source = "{% set ns = namespace() %}{% set ns.a = ns %}\
                  {% if messages[0].content == 'show' %}{{ ns }}{% endif %}{{ messages[0].content }}";
    let (template, started) = template(source, inferno);
    assert_eq!(render(&template, "a").expect("it is rendered"), "a");
    assert!(matches!(render(&template, "show"), Err(TemplateError::Ended { .. })));
    // Once in the process that was there, which might have ended before, and once in a fresh one.
    assert_eq!(started.load(Ordering::Relaxed), 2);
    assert_eq!(render(&template, "b").expect("it is rendered"), "b");
    assert_eq!(started.load(Ordering::Relaxed), 3);
}

#[test]
fn a_process_is_replaced_before_what_templates_leave_behind_matters() {
    let source = "{% for i in range(40000) %}{{ i if i < 0 }}{% endfor %}{{ messages[0].content }}";
    let (template, started) = template(source, inferno);
    for _ in 0..12 {
        assert_eq!(render(&template, "a").expect("it is rendered"), "a");
    }
    assert!((2..=4).contains(&started.load(Ordering::Relaxed)), "{started:?}");
}

#[test]
#[cfg(unix)]
fn what_does_not_answer_is_given_up() {
    let (silent, _) = template("a", || {
        let mut sleep = Command::new("sleep");
        sleep.arg("600");
        sleep
    });
    insta::assert_snapshot!(render(&silent, "a").expect_err("it is refused"), @"the chat template was stopped after 5 s; send a shorter conversation, or use plain completions");
    let (babbling, _) = template("a", || Command::new("cat"));
    assert!(matches!(render(&babbling, "a"), Err(TemplateError::Ended { .. })));
    let (missing, _) = template("a", || Command::new("/no/such/program"));
    assert!(matches!(render(&missing, "a"), Err(TemplateError::Start(_))));
}
