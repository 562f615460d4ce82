//! Conversations whose text takes a while to make.

use std::{
    sync::{Arc, Mutex, mpsc},
    time::Duration,
};

use axum::http::StatusCode;
use inferno_models::{
    TemplateError,
    template::{Job, Renderer},
};
use tokio::sync::Notify;

use crate::server::TestServer;

const CHAT: &str = r#"{"model": "tiny", "messages": [{"role": "user", "content": "a"}], "max_tokens": 1}"#;

/// Renders nothing until it is told to go on.
#[derive(Debug)]
struct Slow {
    began: Arc<Notify>,
    go_on: Mutex<mpsc::Receiver<()>>,
}

impl Renderer for Slow {
    fn render(&self, _job: &Job<'_>) -> Result<String, TemplateError> {
        self.began.notify_one();
        let told = self.go_on.lock().unwrap().recv_timeout(Duration::from_secs(30));
        told.map(|()| "<|im_start|>".to_owned()).map_err(|_| TemplateError::Missing)
    }
}

#[tokio::test(flavor = "current_thread")]
async fn one_that_is_slow_holds_up_nobody() {
    let (began, (sender, go_on)) = (Arc::new(Notify::new()), mpsc::channel());
    let slow = Slow { began: Arc::clone(&began), go_on: Mutex::new(go_on) };
    let server = TestServer::with_renderer(Arc::new(slow));
    let meanwhile = async {
        began.notified().await;
        let health = server.ask("GET /health", "").await;
        sender.send(()).unwrap();
        health.status
    };
    let (chat, health) = tokio::join!(server.ask("POST /v1/chat/completions", CHAT), meanwhile);
    assert_eq!((chat.status, health), (StatusCode::OK, StatusCode::OK), "{}", chat.text());
}
