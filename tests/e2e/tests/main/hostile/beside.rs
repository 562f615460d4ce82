//! Widgets and analyzers that break, in the same server as the passes.
//!
//! Each says in its own words what it did and is counted; and the server answers, and draws another widget, as before.

use std::{
    thread,
    time::{Duration, Instant},
};

use inferno_e2e::server::{Answer, Server};
use serde_json::{Value, json};

use super::{answer, fixture, untouched};

/// Longer than analyzers are ever left alone.
const PATIENCE: Duration = Duration::from_secs(60);

fn draw(server: &Server, widget: &str) -> Answer {
    let request = json!({ "viewport": { "width": 400, "height": 300 }, "theme": "dark" });
    server.post(&format!("/api/widgets/test/{widget}/render"), &request).unwrap()
}

/// What the server says of an installed component.
fn standing(server: &Server, plugin: &str) -> Value {
    let (status, plugins) = server.get("/api/plugins").unwrap();
    assert_eq!(status, 200, "{plugins}");
    let named = |entry: &&Value| entry["name"] == format!("test/{plugin}");
    plugins.as_array().unwrap().iter().find(named).unwrap_or_else(|| panic!("{plugin}: {plugins:#}")).clone()
}

fn faults(server: &Server, plugin: &str) -> u64 {
    standing(server, plugin)["stats"]["faults"].as_u64().unwrap()
}

/// Expects the server to be as if the component had never been there.
fn check_unharmed(server: &Server) {
    assert_eq!(server.get("/ready").unwrap().0, 200);
    assert_eq!(answer(server), untouched());
    let (status, drawn) = draw(server, "throughput");
    assert_eq!(status, 200, "{drawn}");
    assert!(drawn["view"]["nodes"].as_array().unwrap().len() > 1, "{drawn}");
    assert_eq!(faults(server, "throughput"), 0);
}

/// Expects what became of a component to be known, in words that say `says`.
fn check_counted(server: &Server, plugin: &str, says: &str) {
    let known = standing(server, plugin);
    let last = known["stats"]["lastFault"].as_str().unwrap_or_default();
    assert!(last.contains(says), "{plugin}: {known:#} does not say {says:?}");
    let counter = format!("inferno_plugin_refusals_total{{plugin=\"test/{plugin}\",reason=\"fault\"}}");
    assert!(server.metric(&counter).unwrap() >= 1.0);
}

/// Expects a widget to break for a reason that says `says`.
fn check_widget(widget: &str, says: &str) {
    let server = &fixture().server;
    let before = faults(server, widget);
    let (status, refusal) = draw(server, widget);
    println!("{widget}: {refusal}");
    assert_eq!((status, &refusal["error"]["code"]), (422, &json!("plugin_fault")), "{refusal}");
    let message = refusal["error"]["message"].as_str().unwrap();
    assert!(message.starts_with(&format!("test/{widget}: ")), "{message}");
    assert!(message.contains(says), "{widget}: {message:?} does not say {says:?}");
    assert_eq!(faults(server, widget), before + 1);
    check_counted(server, widget, says);
    check_unharmed(server);
}

/// Expects an analyzer to be asked and to break for a reason that says `says`, and nobody to hear of its findings.
fn check_analyzer(analyzer: &str, says: &str) {
    let server = &fixture().server;
    let started = Instant::now();
    while faults(server, analyzer) == 0 {
        assert!(started.elapsed() < PATIENCE, "{analyzer}: {:#}", standing(server, analyzer));
        thread::sleep(Duration::from_millis(200));
    }
    check_counted(server, analyzer, says);
    let (status, found) = server.get("/api/opportunities").unwrap();
    assert_eq!(status, 200, "{found}");
    let theirs = |entry: &&Value| entry["analyzer"] == format!("test/{analyzer}");
    assert_eq!(found.as_array().unwrap().iter().find(theirs), None);
    check_unharmed(server);
}

#[test]
fn a_view_with_a_cycle() {
    check_widget("widget-cycle", "cycle");
}

#[test]
fn a_view_of_too_many_nodes() {
    check_widget("widget-many-nodes", "the view has 20001 nodes, and at most 2000 are allowed");
}

#[test]
fn a_view_of_a_million_nodes() {
    check_widget("widget-million-nodes", "more than 16 MiB of memory");
}

#[test]
fn a_text_of_ten_megabytes() {
    check_widget("widget-huge-text", "10000000 bytes in one text, and at most 2000 are allowed");
}

#[test]
fn a_widget_that_never_returns_rests_until_it_is_enabled_again() {
    // By its instructions or by the clock, whichever is up first.
    let loops = "did not finish within";
    for _ in 0..3 {
        check_widget("widget-endless-loop", loops);
    }
    let server = &fixture().server;
    let (status, refusal) = draw(server, "widget-endless-loop");
    assert_eq!((status, &refusal["error"]["code"]), (503, &json!("plugin_suspended")), "{refusal}");
    let state = standing(server, "widget-endless-loop")["state"].clone();
    assert_eq!(state["tag"], "suspended", "{state}");
    assert!(state["val"]["reason"].as_str().unwrap().contains(loops), "{state}");
    let (status, state) = server.post("/api/plugins/test/widget-endless-loop/enable", &json!({})).unwrap();
    assert_eq!((status, &state["state"]["tag"]), (200, &json!("active")), "{state}");
    check_widget("widget-endless-loop", loops);
}

#[test]
fn an_analyzer_that_asks_for_what_its_manifest_does_not_name() {
    let says = "`inferno_process_resident_memory_bytes`, which its signed manifest does not name";
    check_analyzer("analyzer-foreign-query", says);
}

#[test]
fn an_analyzer_that_speaks_of_what_it_did_not_ask_for() {
    let says = "\"inferno_process_resident_memory_bytes\", which it did not ask for";
    check_analyzer("analyzer-foreign-evidence", says);
}

#[test]
fn good_analyzers_are_asked_beside_them() {
    let server = &fixture().server;
    let started = Instant::now();
    // Its queries, and what it makes of the answers.
    while standing(server, "kv-pressure")["stats"]["calls"].as_u64().unwrap() < 2 {
        assert!(started.elapsed() < PATIENCE, "{:#}", standing(server, "kv-pressure"));
        thread::sleep(Duration::from_millis(200));
    }
    assert_eq!(faults(server, "kv-pressure"), 0);
}

/// What analyzers that propose `engine.kv_positions` count on, since metrics count blocks.
#[test]
fn a_block_of_the_cache_has_sixteen_positions() {
    let server = &fixture().server;
    let (_, models) = server.get("/api/models").unwrap();
    let context = models[0]["contextLength"].as_f64().unwrap();
    let blocks = server.metric("inferno_kv_blocks_capacity{model=\"m\"}").unwrap();
    // Unless the configuration says otherwise, the cache holds four contexts.
    assert_eq!(blocks * 16.0, 4.0 * context);
}
