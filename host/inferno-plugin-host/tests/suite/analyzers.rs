//! Analyzers that behave, and analyzers that do not.

use inferno_plugin_host::PluginHost;

use crate::{
    guest::chain,
    panel::{
        AnalyzerParts, METRIC, analyzer, config, data, describe, found, frame, load_analyzer, query, words,
    },
};

/// What becomes of a call of `queries` and one of `analyze`.
fn check(parts: &AnalyzerParts) -> String {
    let host = PluginHost::new(config()).expect("a host");
    let analyzer = load_analyzer(&host, analyzer(parts)).expect("it loads");
    let found =
        analyzer.analyze(&[frame(METRIC, 3)]).map(|found| serde_json::to_string(&found).expect("JSON"));
    let fates = [analyzer.queries().map(describe), found];
    fates.map(|fate| fate.unwrap_or_else(|error| chain(&error))).join("\n")
}

fn finding(found: String) -> String {
    check(&AnalyzerParts { found, ..AnalyzerParts::default() })
}

#[test]
fn a_good_analyzer_finds() {
    insta::assert_snapshot!(check(&AnalyzerParts::default()), @r#"
    inferno_requests_running Last 60/1
    [{"id":"queue","severity":"high","title":"well","evidence":[{"statement":"well","metric":"inferno_requests_running","value":3.0,"unit":"requests"}],"prediction":{"metric":"inferno_requests_running","direction":"decrease","atLeast":0.5,"withinSeconds":60},"action":{"tag":"investigate","val":"well"}}]
    "#);
    insta::assert_snapshot!(finding(data(1024, &words(&[0, 8, 0]))), @r#"
    inferno_requests_running Last 60/1
    []
    "#);
}

#[test]
fn an_analyzer_that_lies_about_its_metrics() {
    insta::assert_snapshot!(finding(found("queue", "inferno_secrets_total", 0.5)), @r#"
    inferno_requests_running Last 60/1
    it failed: what it found is refused: it speaks of the metric "inferno_secrets_total", which it did not ask for
    "#);
    let asks = data(560, &words(&[600, 1])) + &query("inferno_secrets_total", 60, 1);
    insta::assert_snapshot!(check(&AnalyzerParts { query: asks, ..AnalyzerParts::default() }), @r#"
    it failed: it asks for the metric `inferno_secrets_total`, which its signed manifest does not name
    [{"id":"queue","severity":"high","title":"well","evidence":[{"statement":"well","metric":"inferno_requests_running","value":3.0,"unit":"requests"}],"prediction":{"metric":"inferno_requests_running","direction":"decrease","atLeast":0.5,"withinSeconds":60},"action":{"tag":"investigate","val":"well"}}]
    "#);
}

#[test]
fn findings_that_nobody_should_believe() {
    insta::assert_snapshot!(finding(found("Queue", METRIC, 0.5)), @r#"
    inferno_requests_running Last 60/1
    it failed: what it found is refused: an id of a finding has 1 to 64 lower-case letters, digits and `-`
    "#);
    insta::assert_snapshot!(finding(found("queue", METRIC, f64::NAN)), @r#"
    inferno_requests_running Last 60/1
    it failed: what it found is refused: the finding `queue` has a number that is not finite, or predicts nothing
    "#);
    insta::assert_snapshot!(finding(found("queue", METRIC, 0.0)), @r#"
    inferno_requests_running Last 60/1
    it failed: what it found is refused: the finding `queue` has a number that is not finite, or predicts nothing
    "#);
    let many = data(1024, &words(&[0, 1104, 51])) + &data(1104, &[0; 51 * 96]);
    insta::assert_snapshot!(finding(many), @r#"
    inferno_requests_running Last 60/1
    it failed: what it found is refused: there are 51 findings, and at most 50 are allowed
    "#);
}

#[test]
fn what_the_analyzer_says_itself() {
    insta::assert_snapshot!(finding(data(1024, &words(&[1, 0, 1900, 7])) + &data(1900, b"too few")), @r#"
    inferno_requests_running Last 60/1
    it declines: too few
    "#);
    insta::assert_snapshot!(finding(data(1024, &words(&[1, 1, 1900, 8])) + &data(1900, b"2 plus 2")), @r#"
    inferno_requests_running Last 60/1
    it failed: it reports an internal error: 2 plus 2
    "#);
}

#[test]
fn loops_and_hogs() {
    let analyzing = |analyze| check(&AnalyzerParts { analyze, ..AnalyzerParts::default() });
    insta::assert_snapshot!(analyzing("(loop $l (br $l)) (unreachable)"), @r#"
    inferno_requests_running Last 60/1
    it failed: it did not finish within 5000000 instructions: an endless loop, or far too much work
    "#);
    insta::assert_snapshot!(analyzing("(loop $l (drop (memory.grow (i32.const 16))) (br $l)) (unreachable)"), @r#"
    inferno_requests_running Last 60/1
    it failed: it used more than 16 MiB of memory
    "#);
    insta::assert_snapshot!(analyzing("(unreachable)"), @r#"
    inferno_requests_running Last 60/1
    it failed: it trapped: wasm `unreachable` instruction executed (in analyze)
    "#);
}

#[test]
fn frames_of_other_metrics_are_not_handed_over() {
    let host = PluginHost::new(config()).unwrap();
    let analyzer = load_analyzer(&host, analyzer(&AnalyzerParts::default())).unwrap();
    let error = analyzer.analyze(&[frame(METRIC, 1), frame("inferno_secrets_total", 1)]).unwrap_err();
    insta::assert_snapshot!(chain(&error), @"it was not called: it did not ask for the metric `inferno_secrets_total` that it would be shown");
    assert_eq!((analyzer.stats().calls, analyzer.stats().denials), (0, 1));
}
