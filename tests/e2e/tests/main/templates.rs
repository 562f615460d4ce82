//! Models whose chat templates end whoever runs them: the request is refused, and the server goes on.

use inferno_e2e::{installation::Installation, server::Server};
use inferno_models::{config::Architecture, gguf::Value, test_support::TinyModel};
use serde_json::json;

/// A server of a tiny model with this template, and what it answers to a conversation.
struct Scene {
    server: Server,
    _installation: Installation,
}

impl Scene {
    fn of(template: &str) -> Self {
        let installation = Installation::new().unwrap();
        let file = installation.path().join("model.gguf");
        let mut writer = TinyModel::of(Architecture::Llama).writer();
        writer.metadata.retain(|(key, _)| key != "tokenizer.chat_template");
        let writer = writer.with("tokenizer.chat_template", Value::String(template.into()));
        std::fs::write(&file, writer.bytes()).unwrap();
        let server = Server::of(&file, installation.path(), &["--name", "m", "--no-passes"]).unwrap();
        Self { server, _installation: installation }
    }

    fn says(&self, word: &str) -> (u16, String) {
        let messages = json!([{ "role": "user", "content": word }]);
        let body = json!({ "model": "m", "messages": messages, "max_tokens": 2, "ignore_eos": true });
        let (status, answer) = self.server.post("/v1/chat/completions", &body).unwrap();
        (status, answer["error"]["message"].as_str().unwrap_or_default().to_owned())
    }

    fn completes(&self) -> bool {
        let body = json!({ "model": "m", "prompt": "a", "max_tokens": 2, "ignore_eos": true });
        self.server.post("/v1/completions", &body).unwrap().0 == 200
    }
}

#[test]
fn values_that_nest_without_end() {
    let scene = Scene::of(
        "{% set ns = namespace(a=0) %}{% set word = messages[0].content %}\
         {% if word == 'circle' %}{% set ns.a = ns %}{{ ns }}{% endif %}\
         {% if word == 'equal' %}{% set ns.a = ns %}{% set m = namespace() %}{% set m.a = m %}{{ ns == m }}{% endif %}\
         {{ word }}",
    );
    assert_eq!(scene.says("a").0, 200);
    for word in ["circle", "equal"] {
        let (status, message) = scene.says(word);
        assert_eq!(status, 400, "{word}: {message}");
        assert!(message.contains("ended the process"), "{word}: {message}");
        assert_eq!(scene.says("a").0, 200, "after {word}");
    }
    assert!(scene.completes());
}

#[test]
fn text_that_nests_without_end() {
    let scene = Scene::of(&format!("{{{{ {}1 }}}}", "-".repeat(900_000)));
    for _ in 0..2 {
        let (status, message) = scene.says("a");
        assert_eq!(status, 400);
        assert!(message.contains("ended the process") && message.contains("plain completions"), "{message}");
    }
    assert!(scene.completes());
}
