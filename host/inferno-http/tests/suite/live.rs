//! The socket: who gets what, and what nobody can do to the others.

use std::{sync::Arc, sync::atomic::Ordering::SeqCst, time::Duration};

use serde_json::{Value, json};
use tokio::time::timeout;

use crate::{
    fake::{large_snapshot, snapshot},
    server::TestServer,
    socket::Client,
};

/// What a test waits for at most. Nothing is measured against it: a test that gets here has failed.
const PATIENCE: Duration = Duration::from_secs(60);

fn watched(id: &str, widget: &str) -> Value {
    json!({"id": id, "widget": widget, "settings": {"s": id.len()}, "viewport": {"width": 10, "height": 10}, "theme": "dark"})
}

/// A beat: the next snapshot.
fn beat(server: &TestServer, at: f64) {
    server.fake.snapshots.send_replace(Arc::new(snapshot(at)));
}

async fn next(client: &mut Client, event: &str) -> Value {
    timeout(PATIENCE, client.next(event)).await.expect("it comes").expect("the socket is open")
}

/// Sends beats until an event comes that is not a snapshot; says how many.
async fn until(server: &TestServer, client: &mut Client, event: &str) -> (Value, usize) {
    for sent in 1..=600 {
        beat(server, sent as f64);
        if let Ok(found) = timeout(Duration::from_millis(100), client.next(event)).await {
            return (found.expect("the socket is open"), sent);
        }
    }
    panic!("no {event} came")
}

#[tokio::test(flavor = "multi_thread")]
async fn snapshots_reach_everybody() {
    let server = TestServer::new();
    let address = server.listen().await;
    let mut clients = [Client::connect(address).await, Client::connect(address).await];
    beat(&server, 7.0);
    for client in &mut clients {
        assert_eq!(next(client, "snapshot").await["at"], 7.0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_between_two_snapshots_gets_the_last() {
    let server = TestServer::new();
    let address = server.listen().await;
    let mut first = Client::connect(address).await;
    beat(&server, 7.0);
    next(&mut first, "snapshot").await;
    assert_eq!(next(&mut Client::connect(address).await, "snapshot").await["at"], 7.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_picture_is_drawn_once_for_all() {
    let server = TestServer::new();
    let address = server.listen().await;
    let mut clients = [Client::connect(address).await, Client::connect(address).await];
    for client in &mut clients {
        // Two of the same under two names, and both clients the same.
        let widgets = [watched("aa", "test/counting"), watched("bb", "test/counting")];
        client.emit("watch", json!({ "widgets": widgets })).await;
    }
    let mut beats = 0;
    for _ in 0..10 {
        for client in &mut clients {
            let (one, sent) = until(&server, client, "view").await;
            beats += sent;
            let two = next(client, "view").await;
            let mut ids = [one["id"].as_str().unwrap(), two["id"].as_str().unwrap()];
            ids.sort_unstable();
            assert_eq!(ids, ["aa", "bb"]);
            assert_eq!(one["view"], two["view"]);
        }
    }
    let drawn = server.fake.renders.load(SeqCst);
    // Once for the first `watch`, then at most once a beat; there are four who watch.
    assert!(drawn <= beats + 1, "{drawn} times in {beats} beats");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_widget_that_loops_delays_nobody_s_snapshot() {
    let server = TestServer::new();
    let address = server.listen().await;
    let (mut victim, mut other) = (Client::connect(address).await, Client::connect(address).await);
    victim.emit("watch", json!({"widgets": [watched("e", "test/endless")]})).await;
    for at in 1..=20 {
        beat(&server, f64::from(at));
        for client in [&mut victim, &mut other] {
            // While `test/endless` runs, which it does until it is released below.
            assert_eq!(next(client, "snapshot").await["at"], f64::from(at));
        }
    }
    assert_eq!(server.fake.renders.load(SeqCst), 0, "it still runs");
    server.fake.release();
    assert_eq!(next(&mut victim, "view").await["id"], "e");
    assert_eq!(server.fake.renders.load(SeqCst), 1, "and did not run twenty times");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_widget_that_fails_says_why() {
    let server = TestServer::new();
    let mut client = Client::connect(server.listen().await).await;
    client.emit("watch", json!({"widgets": [watched("d", "test/declining")]})).await;
    let error = next(&mut client, "viewError").await;
    insta::assert_snapshot!(error.to_string(), @r#"{"code":"widget_declined","id":"d","message":"test/declining does not take these settings: {\"s\":1}."}"#);
    client.emit("watch", json!({"widgets": [watched("n", "test/nothing")]})).await;
    let error = next(&mut client, "viewError").await;
    assert_eq!(error["code"], "plugin_not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_that_is_none_changes_nothing() {
    let server = TestServer::new();
    let mut client = Client::connect(server.listen().await).await;
    client.emit("watch", json!({"widgets": [watched("kept", "test/counting")]})).await;
    next(&mut client, "view").await;
    let many: Vec<_> = (0..65).map(|i| watched(&i.to_string(), "test/counting")).collect();
    let long = json!({"id": "x", "widget": "test/counting", "settings": {"s": "y".repeat(9_000)}, "viewport": {"width": 1, "height": 1}, "theme": "dark"});
    let mut rows = Vec::new();
    for wanted in [
        json!({ "widgets": many }),
        json!({"widgets": [watched("a", "test/counting"), watched("a", "test/counting")]}),
        json!({"widgets": [watched("", "test/counting")]}),
        json!({"widgets": [watched("a", "../counting")]}),
        json!({ "widgets": [long] }),
        json!({"widgets": [], "more": 1}),
        json!("nonsense"),
    ] {
        client.emit("watch", wanted).await;
        let error = next(&mut client, "viewError").await;
        rows.push(format!("{}: {}", error["code"].as_str().unwrap(), error["message"].as_str().unwrap()));
    }
    insta::assert_snapshot!(rows.join("\n"));
    assert_eq!(until(&server, &mut client, "view").await.0["id"], "kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_widgets_are_watched() {
    let server = TestServer::new();
    let mut client = Client::connect(server.listen().await).await;
    let many: Vec<_> = (0..64).map(|i| watched(&"i".repeat(i + 1), "test/counting")).collect();
    client.emit("watch", json!({ "widgets": many })).await;
    let mut seen = std::collections::BTreeSet::new();
    while seen.len() < 64 {
        seen.insert(next(&mut client, "view").await["id"].as_str().unwrap().to_owned());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_too_long_ends_its_own_socket_only() {
    let server = TestServer::new();
    let address = server.listen().await;
    let (mut loud, mut other) = (Client::connect(address).await, Client::connect(address).await);
    loud.emit("watch", json!({"widgets": [], "more": "x".repeat(2 << 20)})).await;
    let ended = timeout(PATIENCE, async { while loud.event().await.is_some() {} }).await;
    assert!(ended.is_ok(), "the server ends it");
    beat(&server, 1.0);
    assert_eq!(next(&mut other, "snapshot").await["at"], 1.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_does_not_read_loses_what_it_does_not_read() {
    const BEATS: u32 = 100;
    let server = TestServer::new();
    let address = server.listen().await;
    let (mut slow, mut quick) = (Client::connect(address).await, Client::connect(address).await);
    for at in 1..=BEATS {
        // A megabyte a beat, a hundred times what the buffers of a connection hold together.
        server.fake.snapshots.send_replace(Arc::new(large_snapshot(f64::from(at), 1 << 20)));
        assert_eq!(next(&mut quick, "snapshot").await["at"], f64::from(at), "the other does not wait");
    }
    let mut read = 0;
    loop {
        read += 1;
        if next(&mut slow, "snapshot").await["at"] == f64::from(BEATS) {
            break;
        }
    }
    assert!(read < BEATS / 2, "{read} of {BEATS} were kept for a client that did not read");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_watch_counts() {
    let server = TestServer::new();
    let mut client = Client::connect(server.listen().await).await;
    for round in 0..20 {
        for id in 0..20 {
            let id = format!("{round}-{id}");
            client.emit("watch", json!({"widgets": [watched(&id, "test/counting")]})).await;
        }
        // A refusal shows that everything before it was heard.
        client.emit("watch", json!("nonsense")).await;
        next(&mut client, "viewError").await;
        beat(&server, f64::from(round));
        let last = format!("{round}-19");
        while until(&server, &mut client, "view").await.0["id"] != last.as_str() {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_is_drawn_for_no_more() {
    let server = TestServer::new();
    let address = server.listen().await;
    let (mut leaving, mut staying) = (Client::connect(address).await, Client::connect(address).await);
    leaving.emit("watch", json!({"widgets": [watched("l", "test/counting")]})).await;
    next(&mut leaving, "view").await;
    leaving.send("1".to_owned()).await;
    while leaving.event().await.is_some() {}
    // What was begun before it left may end after that.
    let mut drawn = usize::MAX;
    for at in 1..=600 {
        beat(&server, f64::from(at));
        next(&mut staying, "snapshot").await;
        let now = server.fake.renders.load(SeqCst);
        if now == drawn && at > 10 {
            return;
        }
        drawn = now;
    }
    panic!("it is still drawn after 600 beats");
}
