//! Widgets that behave, and widgets that do not: each gets an error of its own, and the next one draws as if nothing
//! had been.

use inferno_insight::Frame;
use inferno_package::{Kind, OperatorGrants};
use inferno_plugin_host::{HostConfig, PluginHost, inspect_component};

use crate::{
    guest::{chain, signed_as},
    panel::{
        METRIC, WidgetParts, config, data, everything, fate, frame, load_widget, query, render, stack_node,
        text_node, view, widget, words,
    },
};

/// What becomes of a call of `render` with these parts; and that another widget is as well afterwards as before.
fn check_with(config: HostConfig, parts: WidgetParts) -> String {
    let host = PluginHost::new(config).expect("a host");
    let good = load_widget(&host, "test/good", widget(&WidgetParts::default())).expect("it loads");
    let before = fate(&good);
    let drawn = match load_widget(&host, "test/bad", widget(&parts)) {
        Err(error) => chain(&error),
        Ok(bad) => render(&bad, &[frame(METRIC, 3)]).unwrap_or_else(|error| chain(&error)),
    };
    assert_eq!(fate(&good), before);
    drawn
}

fn check(parts: WidgetParts) -> String {
    check_with(config(), parts)
}

fn rendering(render: &'static str) -> WidgetParts {
    WidgetParts { render, ..WidgetParts::default() }
}

fn drawing(view: String) -> WidgetParts {
    WidgetParts { view, ..WidgetParts::default() }
}

#[test]
fn a_good_widget_draws() {
    let host = PluginHost::new(config()).unwrap();
    let widget = load_widget(&host, "test/good", widget(&WidgetParts::default())).unwrap();
    insta::assert_snapshot!(fate(&widget), @r#"
    {}
    inferno_requests_running Last 60/1
    {"nodes":[{"tag":"text","val":{"text":"hello","style":"body","tone":"neutral"}}],"root":0}
    "#);
    assert_eq!((widget.stats().calls, widget.stats().faults), (3, 0));
    assert_eq!(widget.identity().name.to_string(), "test/good");
}

#[test]
fn loops_and_hogs() {
    insta::assert_snapshot!(check(rendering("(loop $l (br $l)) (unreachable)")), @"it failed: it did not finish within 5000000 instructions: an endless loop, or far too much work");
    insta::assert_snapshot!(check(rendering("(loop $l (drop (memory.grow (i32.const 16))) (br $l)) (unreachable)")), @"it failed: it used more than 16 MiB of memory");
    insta::assert_snapshot!(check(rendering("(unreachable)")), @"it failed: it trapped: wasm `unreachable` instruction executed (in render)");
    let deep = "(func $deep (param i64) (result i64) (i64.add (local.get 0) (call $deep (local.get 0))))";
    let recursive = WidgetParts {
        fields: deep.to_owned(),
        ..rendering("(drop (call $deep (i64.const 0))) (i32.const 1024)")
    };
    insta::assert_snapshot!(check(recursive), @"it failed: its calls nest too deeply: they used more than 512 KiB of stack");
    let mut slow = config();
    slow.widget.run.fuel = u64::MAX;
    slow.widget.run.wall_time = HostConfig::default().widget.run.wall_time;
    insta::assert_snapshot!(check_with(slow, rendering("(loop $l (br $l)) (unreachable)")), @"it failed: it did not finish within 0.25 s");
}

#[test]
fn views_that_are_no_trees() {
    let children = |ids: &[u32]| data(1100, &words(ids));
    let cycle = [stack_node(1100, 1), stack_node(1104, 1)];
    insta::assert_snapshot!(check(drawing(view(&cycle, 0) + &children(&[1, 0]))), @"it failed: what it drew is no view: node 1 has the child 0, which does not come after it; a view is a tree, without cycles");
    insta::assert_snapshot!(check(drawing(view(&[stack_node(1100, 1)], 0) + &children(&[9]))), @"it failed: what it drew is no view: node 0 has the child 9, and there are 1 nodes");
    insta::assert_snapshot!(check(drawing(view(&[stack_node(1100, 2), text_node(1200, 0)], 0) + &children(&[1, 1]))), @"it failed: what it drew is no view: node 1 is the child of two nodes; a view is a tree");
    insta::assert_snapshot!(check(drawing(view(&[text_node(1200, 0)], 7))), @"it failed: what it drew is no view: the root is node 7, and there are 1 nodes");
    insta::assert_snapshot!(check(drawing(view(&[], 0))), @"it failed: what it drew is no view: the root is node 0, and there are 0 nodes");
}

/// A result of `render` whose list of nodes is so long, in memory that is grown so far.
fn many(nodes: u32, pages: u32) -> WidgetParts {
    let fields = format!("(global $pages i32 (i32.const {pages}))");
    let render = "(drop (memory.grow (global.get $pages))) (i32.const 1024)";
    WidgetParts {
        render,
        view: data(1024, &words(&[0, 131_072, nodes, 0])),
        fields,
        ..WidgetParts::default()
    }
}

#[test]
fn views_that_are_too_large() {
    // Nodes of zeros are empty rows. A million of them does not fit into the memory of a widget at all.
    insta::assert_snapshot!(check(many(2_001, 10)), @"it failed: what it drew is no view: the view has 2001 nodes, and at most 2000 are allowed");
    insta::assert_snapshot!(check(many(100_000, 90)), @"it failed: what it drew is no view: the view has 100000 nodes, and at most 2000 are allowed");
    insta::assert_snapshot!(check(many(200_000, 180)), @"it failed: it handed over more than 16 MiB at once");
    insta::assert_snapshot!(check(many(1_000_000, 870)), @"it failed: it used more than 16 MiB of memory");
    insta::assert_snapshot!(check(many(1_000_000, 10)), @"it failed: it breaks the calling convention: list pointer/length out of bounds of memory");
    insta::assert_snapshot!(check(many(u32::MAX, 10)), @"it failed: it breaks the calling convention: list pointer/length out of bounds of memory");
    // A text of 10 MB, and one that the host does not even read.
    let text = |len| WidgetParts {
        render: "(drop (memory.grow (i32.const 160))) (i32.const 1024)",
        ..drawing(view(&[text_node(131_072, len)], 0))
    };
    insta::assert_snapshot!(check(text(10_000_000)), @"it failed: what it drew is no view: the view has 10000000 bytes in one text, and at most 2000 are allowed");
    insta::assert_snapshot!(check(text(100_000_000)), @"it failed: it breaks the calling convention: string pointer/length out of bounds of memory");
    let mut narrow = config();
    narrow.widget.run.transfer_bytes = 1 << 20;
    insta::assert_snapshot!(check_with(narrow, text(10_000_000)), @"it failed: it handed over more than 1 MiB at once");
}

#[test]
fn values_that_are_none() {
    let mut tag = text_node(1200, 5);
    tag[0] = 8;
    insta::assert_snapshot!(check(drawing(view(&[tag], 0))), @"it failed: it breaks the calling convention: unexpected discriminant: 8");
    insta::assert_snapshot!(check(drawing(view(&[text_node(1200, 1)], 0) + &data(1200, &[0xff]))), @"it failed: it breaks the calling convention: invalid utf-8 sequence of 1 bytes from index 0");
}

/// What becomes of a call of `queries` and one of `settings_schema`.
fn asking(parts: &WidgetParts) -> String {
    let host = PluginHost::new(config()).expect("a host");
    let widget = load_widget(&host, "test/bad", widget(parts)).expect("it loads");
    fate(&widget).lines().take(2).collect::<Vec<_>>().join("\n")
}

#[test]
fn queries_that_nobody_answers() {
    let with = |query: String| asking(&WidgetParts { query, ..WidgetParts::default() });
    let one = data(560, &words(&[0, 600, 1]));
    insta::assert_snapshot!(with(one.clone() + &query("inferno_secrets_total", 60, 1)), @r#"
    {}
    it failed: it asks for the metric `inferno_secrets_total`, which its signed manifest does not name
    "#);
    insta::assert_snapshot!(with(one.clone() + &query("\u{1b}[2J", 60, 1)), @r#"
    {}
    it failed: it asks for what cannot be answered: "\u{1b}[2J" is no name of a metric: use lower-case letters, digits and `_`
    "#);
    insta::assert_snapshot!(with(one + &query(METRIC, 100_000, 1)), @r#"
    {}
    it failed: it asks for what cannot be answered: a window has 1 to 86400 seconds, not 100000
    "#);
    insta::assert_snapshot!(with(data(560, &words(&[0, 3000, 17]))), @r#"
    {}
    it failed: it asks 17 queries at once, and at most 16 are allowed
    "#);
    let declines = data(560, &words(&[1, 0, 700, 10])) + &data(700, b"no \x1b[1mway");
    insta::assert_snapshot!(with(declines), @r#"
    {}
    it declines: no way
    "#);
    let breaks = data(560, &words(&[1, 2, 700, 5])) + &data(700, b"oops!");
    insta::assert_snapshot!(with(breaks), @r#"
    {}
    it failed: it reports an internal error: oops!
    "#);
}

#[test]
fn schemas_that_no_form_can_be_made_of() {
    let with = |text: &[u8]| {
        let schema_text = data(4096, text) + &data(520, &words(&[4096, text.len() as u32]));
        let fate = asking(&WidgetParts { schema_text, ..WidgetParts::default() });
        fate.lines().next().unwrap().to_owned()
    };
    insta::assert_snapshot!(with(b"[]"), @"it failed: its schema of settings cannot be used: invalid type: sequence, expected a map at line 1 column 0");
    insta::assert_snapshot!(with(b"{"), @"it failed: its schema of settings cannot be used: EOF while parsing an object at line 1 column 1");
    insta::assert_snapshot!(with(&b" ".repeat(20_000)), @"it failed: its schema of settings cannot be used: it has 20000 bytes, and at most 16384 are allowed");
}

#[test]
fn a_metric_is_seen_only_if_signed_and_granted() {
    let host = PluginHost::new(config()).unwrap();
    let bytes = widget(&WidgetParts::default());
    let check = |requests: &[&str], operator: &[&str]| {
        let operator = OperatorGrants::parse(operator).unwrap();
        let widget = host.load_widget(&signed_as(Kind::Widget, "test/w", requests, bytes.clone()), &operator);
        let widget = widget.expect("it loads");
        let asked = widget.queries("{}").map_err(|error| chain(&error)).map(|_| "it asks".to_owned());
        let drawn = render(&widget, &[frame(METRIC, 1)]).map_err(|error| chain(&error));
        let fate = |fate: Result<String, String>| fate.unwrap_or_else(|error| error);
        format!("{}\n{}", fate(asked), fate(drawn.map(|_| "it draws".to_owned())))
    };
    let metric = format!("metric:{METRIC}");
    insta::assert_snapshot!(check(&[&metric], &["metrics"]), @r#"
    it asks
    it draws
    "#);
    insta::assert_snapshot!(check(&[&metric], &[&metric]), @r#"
    it asks
    it draws
    "#);
    insta::assert_snapshot!(check(&["metric:inferno_other"], &["metrics"]), @r#"
    it failed: it asks for the metric `inferno_requests_running`, which its signed manifest does not name
    it was not called: it did not ask for the metric `inferno_requests_running` that it would be shown
    "#);
    insta::assert_snapshot!(check(&[&metric], &["log", "metric:inferno_other"]), @r#"
    it needs the metric `inferno_requests_running`, which is not granted to it; grant `metric:inferno_requests_running`, or remove it
    it needs the metric `inferno_requests_running`, which is not granted to it; grant `metric:inferno_requests_running`, or remove it
    "#);
}

#[test]
fn what_a_refused_metric_counts_as() {
    let host = PluginHost::new(HostConfig::default()).unwrap();
    let metric = format!("metric:{METRIC}");
    let component = signed_as(Kind::Widget, "test/w", &[&metric], widget(&WidgetParts::default()));
    let widget = host.load_widget(&component, &OperatorGrants::none()).unwrap();
    for _ in 0..10 {
        widget.queries("{}").unwrap_err();
    }
    // It is the operator who does not grant it, so the widget is not suspended for it.
    assert_eq!((widget.stats().calls, widget.stats().faults, widget.stats().denials), (10, 0, 10));
}

#[test]
fn what_is_not_handed_to_a_widget() {
    let host = PluginHost::new(config()).unwrap();
    let widget = load_widget(&host, "test/good", widget(&WidgetParts::default())).unwrap();
    let settings = |text: &str| chain(&widget.queries(text).unwrap_err());
    insta::assert_snapshot!(settings("[]"), @"it was not called: the settings are no JSON object: invalid type: sequence, expected a map at line 1 column 0");
    insta::assert_snapshot!(settings("{\"a\":"), @"it was not called: the settings are no JSON object: EOF while parsing a value at line 1 column 5");
    insta::assert_snapshot!(settings(&format!("{{\"a\":{}}}", "[".repeat(200))), @"it was not called: the settings are no JSON object: recursion limit exceeded at line 1 column 132");
    insta::assert_snapshot!(settings(&" ".repeat(20_000)), @"it was not called: there are 20000 bytes of settings, and at most 16384 are allowed");
    let frames = |frames: &[Frame]| chain(&render(&widget, frames).unwrap_err());
    insta::assert_snapshot!(frames(&vec![frame(METRIC, 1); 17]), @"it was not called: there are 17 frames, and at most 16 are allowed");
    insta::assert_snapshot!(frames(&[frame(METRIC, 100_001)]), @"it was not called: there are 200002 values, and at most 200000 are allowed");
    assert_eq!(widget.stats().calls, 0);
}

#[test]
fn what_can_be_read_off_without_compiling() {
    let facts = inspect_component(&widget(&WidgetParts::default()), Kind::Widget).unwrap();
    insta::assert_snapshot!(format!("{facts:?}"), @r#"ComponentFacts { imports: ["inferno:plugin/log@0.2.0", "inferno:plugin/metrics@0.2.0", "inferno:plugin/view@0.2.0"], exports: ["inferno:plugin/panel@0.2.0"], contract: "0.2" }"#);
    let error = inspect_component(&widget(&WidgetParts::default()), Kind::Analyzer).unwrap_err();
    insta::assert_snapshot!(error.to_string(), @"the component is of the kind widget by what it exports, and its package says analyzer; correct `kind` in inferno.toml");
}

#[test]
fn another_kind_or_another_contract() {
    let host = PluginHost::new(config()).unwrap();
    let good = widget(&WidgetParts::default());
    let as_pass =
        host.load_pass(&signed_as(Kind::OptimizationPass, "test/p", &[], good.clone()), &everything());
    insta::assert_snapshot!(chain(&as_pass.unwrap_err()), @"the component is of the kind widget by what it exports, and its package says optimization-pass; correct `kind` in inferno.toml");
    let as_analyzer =
        host.load_analyzer(&signed_as(Kind::Analyzer, "test/a", &[], good.clone()), &everything());
    insta::assert_snapshot!(chain(&as_analyzer.unwrap_err()), @"the component is of the kind widget by what it exports, and its package says analyzer; correct `kind` in inferno.toml");
    let mislabelled = host.load_widget(&signed_as(Kind::Analyzer, "test/a", &[], good), &everything());
    insta::assert_snapshot!(chain(&mislabelled.unwrap_err()), @"the package is of the kind analyzer, and widget is needed here");
    let text = |text: &str| {
        let signed = signed_as(Kind::Widget, "test/w", &[], crate::guest::component(text));
        chain(&host.load_widget(&signed, &everything()).unwrap_err())
    };
    insta::assert_snapshot!(text("(component)"), @"the component does not export `inferno:plugin/panel@0.2.0`, which a component of the kind widget has");
    insta::assert_snapshot!(text(r#"(component (instance $i) (export "inferno:plugin/panel@0.3.0" (instance $i)))"#), @"the component was built for `inferno:plugin/panel@0.3.0`, and this host serves version 0.2; get a build for that, or another host");
    insta::assert_snapshot!(text(r#"(component (instance $i) (export "inferno:plugin/panel@0.2.0" (instance $i)))"#), @"the component does not fit the world `widget`: instance export `inferno:plugin/panel@0.2.0` does not have export `settings-schema`");
    insta::assert_snapshot!(text(r#"(component (import "inferno:plugin/graph@0.1.0" (instance)))"#), @"the component imports `inferno:plugin/graph@0.1.0`; a plugin may import nothing but `inferno:plugin/metrics`, `inferno:plugin/view` and `inferno:plugin/log`, so build it without WASI");
    insta::assert_snapshot!(text(r#"(component (import "wasi:clocks/monotonic-clock@0.2.6" (instance)))"#), @"the component imports `wasi:clocks/monotonic-clock@0.2.6`; a plugin may import nothing but `inferno:plugin/metrics`, `inferno:plugin/view` and `inferno:plugin/log`, so build it without WASI");
}
