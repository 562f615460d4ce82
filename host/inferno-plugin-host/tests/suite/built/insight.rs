//! Widgets and analyzers that were built from Rust, on recorded windows, under the limits that a server gives them.

use std::{fmt::Write as _, fs, path::Path};

use inferno_insight::{Frame, Query, Theme, Viewport};
use inferno_package::{Kind, Manifest};
use inferno_plugin_build::recordings::{self, Recording};
use inferno_plugin_host::{
    Analyzer, CallError, HostConfig, Limits, PluginHost, PluginStats, Widget, inspect_component,
};
use inferno_trust::{Component, Verified};

use super::{built, first_party};
use crate::{
    guest::{chain, signed_as},
    panel::everything,
};

/// The smallest phone and a wall.
const VIEWPORTS: [Viewport; 2] =
    [Viewport { width: 240, height: 160 }, Viewport { width: 2560, height: 1440 }];

/// The bytes, signed with what their manifest asks for and nothing more.
fn as_published(bytes: Vec<u8>, manifest: &Path) -> Verified<Component> {
    let text = fs::read_to_string(manifest).unwrap_or_else(|error| panic!("{}: {error}", manifest.display()));
    let manifest = Manifest::parse(&text).expect("a manifest");
    let requests: Vec<String> = manifest.requests().iter().map(ToString::to_string).collect();
    let requests: Vec<&str> = requests.iter().map(String::as_str).collect();
    signed_as(manifest.kind(), &manifest.name().to_string(), &requests, bytes)
}

fn of_ours(name: &str) -> Verified<Component> {
    let plugins = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugins");
    as_published(first_party(name), &plugins.join(name).join("inferno.toml"))
}

fn load_widget(name: &str) -> Widget {
    let host = PluginHost::new(HostConfig::default()).expect("a host");
    host.load_widget(&of_ours(name), &everything())
        .unwrap_or_else(|error| panic!("{name}: {}", chain(&error)))
}

fn load_analyzer(name: &str) -> Analyzer {
    let host = PluginHost::new(HostConfig::default()).expect("a host");
    host.load_analyzer(&of_ours(name), &everything())
        .unwrap_or_else(|error| panic!("{name}: {}", chain(&error)))
}

fn answers(recording: &Recording, queries: &[Query]) -> Vec<Frame> {
    let answer =
        |query| recording.answer(query).unwrap_or_else(|error| panic!("{}: {error}", recording.name));
    queries.iter().map(answer).collect()
}

/// That the last call used less than half of what it may.
fn check_usage(what: &str, stats: &PluginStats) {
    let limits = Limits::beside_streams().run;
    let used = stats.last.expect("it was called");
    println!("{what}: {} instructions, {} KiB, {:?}", used.fuel, used.peak_memory / 1024, used.time);
    assert!(used.fuel < limits.fuel / 2, "{what}: {} instructions", used.fuel);
    assert!(used.peak_memory < limits.memory_bytes / 2, "{what}: {} bytes", used.peak_memory);
    assert_eq!((stats.faults, stats.host_faults, stats.declined, stats.denials), (0, 0, 0, 0), "{what}");
}

#[test]
fn first_party_widgets_draw_every_recording() {
    for name in ["throughput", "latency-heatmap", "op-breakdown"] {
        let widget = load_widget(name);
        let queries = widget.queries("{}").map_err(|error| chain(&error)).expect("it asks");
        for recording in recordings::for_kind(Kind::Widget) {
            let frames = answers(recording, &queries);
            for viewport in VIEWPORTS {
                let what = format!("{name} on {}, {} wide", recording.name, viewport.width);
                let draw = |theme| {
                    let view = widget.render("{}", &frames, viewport, theme);
                    let view = view.unwrap_or_else(|error| panic!("{what}: {}", chain(&error)));
                    assert!(view.nodes().len() > 1, "{what}: it drew nothing");
                    // As text: what was not sampled is NaN, which equals nothing.
                    serde_json::to_string(&view).expect("JSON")
                };
                let [dark, again, ..] =
                    [Theme::Dark, Theme::Dark, Theme::Light, Theme::HighContrast].map(draw);
                assert_eq!(dark, again, "{what}: the same twice");
                check_usage(&what, &widget.stats());
            }
        }
    }
}

#[test]
fn first_party_analyzers_read_every_recording() {
    let mut all = String::new();
    for name in ["batch-tuner", "kv-pressure"] {
        let analyzer = load_analyzer(name);
        let queries = analyzer.queries().map_err(|error| chain(&error)).expect("it asks");
        for recording in recordings::for_kind(Kind::Analyzer) {
            let frames = answers(recording, &queries);
            let what = format!("{name} on {}", recording.name);
            let found = analyzer.analyze(&frames).unwrap_or_else(|error| panic!("{what}: {}", chain(&error)));
            assert_eq!(analyzer.analyze(&frames).as_ref().ok(), Some(&found), "{what}: the same twice");
            let ids = found.iter().map(|found| format!(" {} ({:?})", found.id, found.severity));
            writeln!(all, "{what}:{}", ids.collect::<String>()).expect("a string takes everything");
            check_usage(&what, &analyzer.stats());
        }
    }
    insta::assert_snapshot!(all, @"
    batch-tuner on busy:
    batch-tuner on idle:
    batch-tuner on synthetic-busy: larger-batch-pays-demo (Medium)
    batch-tuner on synthetic-idle:
    kv-pressure on busy: cache-full-smollm2-135m-instruct-q4-1 (Medium)
    kv-pressure on idle:
    kv-pressure on synthetic-busy:
    kv-pressure on synthetic-idle:
    ");
}

#[test]
fn first_party_components_import_what_their_world_has() {
    let imports = |name, kind| inspect_component(&first_party(name), kind).expect("a component").imports;
    for name in ["throughput", "latency-heatmap", "op-breakdown"] {
        let expected =
            ["inferno:plugin/log@0.2.0", "inferno:plugin/metrics@0.2.0", "inferno:plugin/view@0.2.0"];
        assert_eq!(imports(name, Kind::Widget), expected, "{name}");
    }
    for name in ["batch-tuner", "kv-pressure"] {
        let expected = ["inferno:plugin/log@0.2.0", "inferno:plugin/metrics@0.2.0"];
        assert_eq!(imports(name, Kind::Analyzer), expected, "{name}");
    }
}

/// What becomes of a hostile component under the limits of a server.
fn hostile(name: &str) -> String {
    const FOLDER: &str = "INFERNO_HOSTILE_COMPONENTS";
    let folder =
        std::env::var_os(FOLDER).unwrap_or_else(|| panic!("{FOLDER} is not set: run `cargo xtask test`"));
    let component = as_published(built(FOLDER, name), &Path::new(&folder).join(name).with_extension("toml"));
    let mut config = HostConfig::default();
    // On a busy machine the clock may run out first, and says so in other words.
    config.widget.run.wall_time = std::time::Duration::from_secs(20);
    let host = PluginHost::new(config).expect("a host");
    let busy =
        recordings::all().iter().find(|recording| recording.name == "synthetic-busy").expect("it is there");
    let fate: Result<String, CallError> = if name.starts_with("widget") {
        let widget = host.load_widget(&component, &everything()).expect("it loads");
        let queries = widget.queries("{}").expect("it asks");
        let view = widget.render("{}", &answers(busy, &queries), VIEWPORTS[0], Theme::Dark);
        view.map(|view| format!("a view of {} nodes", view.nodes().len()))
    } else {
        let analyzer = host.load_analyzer(&component, &everything()).expect("it loads");
        let found = analyzer.queries().and_then(|queries| analyzer.analyze(&answers(busy, &queries)));
        found.map(|found| format!("{} findings", found.len()))
    };
    fate.unwrap_or_else(|error| chain(&error))
}

#[test]
fn hostile_widgets_and_analyzers() {
    insta::assert_snapshot!(hostile("widget-cycle"), @"it failed: what it drew is no view: node 1 has the child 0, which does not come after it; a view is a tree, without cycles");
    insta::assert_snapshot!(hostile("widget-many-nodes"), @"it failed: what it drew is no view: the view has 20001 nodes, and at most 2000 are allowed");
    insta::assert_snapshot!(hostile("widget-million-nodes"), @"it failed: it used more than 16 MiB of memory");
    insta::assert_snapshot!(hostile("widget-huge-text"), @"it failed: what it drew is no view: the view has 10000000 bytes in one text, and at most 2000 are allowed");
    insta::assert_snapshot!(hostile("widget-endless-loop"), @"it failed: it did not finish within 100000000 instructions: an endless loop, or far too much work");
    insta::assert_snapshot!(hostile("analyzer-foreign-query"), @"it failed: it asks for the metric `inferno_process_resident_memory_bytes`, which its signed manifest does not name");
    insta::assert_snapshot!(hostile("analyzer-foreign-evidence"), @r#"it failed: what it found is refused: it speaks of the metric "inferno_process_resident_memory_bytes", which it did not ask for"#);
}
