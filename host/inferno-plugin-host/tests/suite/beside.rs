//! Plugins beside streams: what keeps breaking is suspended, and nobody else notices.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use inferno_insight::{
    Theme::{self, Dark, Light},
    Viewport,
};
use inferno_plugin_host::{BackoffRule, CallError, Health, HostConfig, HostFault, PluginHost, Widget};

use crate::{
    guest::chain,
    panel::{METRIC, WidgetParts, config, fate, frame, load_widget, render, widget},
};

/// Traps when drawing a theme other than dark, so that a test decides when it breaks.
fn moody() -> Vec<u8> {
    let render = "(if (local.get 6) (then (unreachable))) (i32.const 1024)";
    widget(&WidgetParts { render, ..WidgetParts::default() })
}

fn draw(widget: &Widget, theme: Theme) -> String {
    let viewport = Viewport { width: 1, height: 1 };
    match widget.render("{}", &[frame(METRIC, 1)], viewport, theme) {
        Ok(_) => "it draws".to_owned(),
        // How long exactly is the clock's to say.
        Err(CallError::Suspended { retry_after }) if retry_after <= Duration::from_secs(10) => {
            "suspended".to_owned()
        }
        Err(error) => chain(&error),
    }
}

#[test]
fn three_faults_in_a_row_suspend() {
    let host = PluginHost::new(HostConfig::default()).unwrap();
    let widget = load_widget(&host, "test/moody", moody()).unwrap();
    let trapped = "it failed: it trapped: wasm `unreachable` instruction executed (in render)";
    assert_eq!(
        [Light, Light, Light, Light, Dark].map(|theme| draw(&widget, theme)),
        [trapped, trapped, trapped, "suspended", "suspended"]
    );
    assert!(matches!(widget.queries("{}"), Err(CallError::Suspended { .. })));
    assert!(matches!(widget.health(), Health::Suspended { .. }));
    // Nothing was called in vain, and a second load is no way around it.
    assert_eq!((widget.stats().calls, widget.stats().faults), (3, 3));
    let again = load_widget(&host, "test/moody", moody()).unwrap();
    assert_eq!(draw(&again, Dark), "suspended");
    again.enable();
    assert_eq!([&widget, &again].map(|widget| draw(widget, Dark)), ["it draws", "it draws"]);
}

#[test]
fn six_faults_quarantine_until_somebody_enables_it() {
    let backoff = BackoffRule { first: Duration::ZERO, ..BackoffRule::default() };
    let host = PluginHost::new(HostConfig { backoff, ..HostConfig::default() }).unwrap();
    let widget = load_widget(&host, "test/moody", moody()).unwrap();
    // Now and then a good one: no excuse.
    for theme in [Light, Dark, Light, Dark, Light, Light, Light, Light] {
        draw(&widget, theme);
    }
    assert_eq!(widget.health(), Health::Quarantined);
    insta::assert_snapshot!(draw(&widget, Dark), @"it is quarantined after repeated failures; enable it again to give it another try");
    widget.enable();
    assert_eq!((widget.health(), draw(&widget, Dark)), (Health::Active, "it draws".to_owned()));
}

#[test]
fn a_suspension_says_how_long() {
    let error = CallError::Suspended { retry_after: Duration::from_millis(9_300) };
    insta::assert_snapshot!(error.to_string(), @"it is suspended after repeated failures; it may be called again in 10 s");
}

#[test]
fn a_widget_that_loops_disturbs_no_other() {
    let mut config = config();
    config.widget.run.fuel = u64::MAX;
    config.widget.run.wall_time = Duration::from_millis(100);
    let host = PluginHost::new(config).unwrap();
    let looping = WidgetParts { render: "(loop $l (br $l)) (unreachable)", ..WidgetParts::default() };
    let looping = load_widget(&host, "test/looping", widget(&looping)).unwrap();
    let good = load_widget(&host, "test/good", widget(&WidgetParts::default())).unwrap();
    let expected = fate(&good);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        // More callers than places: all but one of them wait for the one that loops.
        for _ in 0..3 {
            scope.spawn(|| {
                while !done.load(Ordering::SeqCst) {
                    render(&looping, &[]).unwrap_err();
                }
            });
        }
        for _ in 0..100 {
            assert_eq!(fate(&good), expected);
        }
        done.store(true, Ordering::SeqCst);
    });
    assert_eq!((good.stats().faults, good.stats().host_faults), (0, 0));
}

#[test]
fn who_waits_too_long_for_a_turn_is_told_so() {
    let mut config = config();
    config.beside_streams = 1;
    config.patience = Duration::ZERO;
    config.widget.run.fuel = u64::MAX;
    config.widget.run.wall_time = Duration::from_millis(100);
    let host = PluginHost::new(config).unwrap();
    let looping = WidgetParts { render: "(loop $l (br $l)) (unreachable)", ..WidgetParts::default() };
    let looping = load_widget(&host, "test/looping", widget(&looping)).unwrap();
    let good = load_widget(&host, "test/good", widget(&WidgetParts::default())).unwrap();
    let refused = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !refused.load(Ordering::SeqCst) {
                render(&looping, &[]).unwrap_err();
            }
        });
        while !refused.load(Ordering::SeqCst) {
            if let Err(error) = render(&good, &[]) {
                assert_eq!(error, CallError::Host(HostFault::Busy));
                refused.store(true, Ordering::SeqCst);
            }
        }
    });
}

#[test]
fn sixteen_threads_share_one_widget() {
    let host = PluginHost::new(config()).unwrap();
    let widget = load_widget(&host, "test/good", widget(&WidgetParts::default())).unwrap();
    let expected = fate(&widget);
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| (0..20).for_each(|_| assert_eq!(fate(&widget), expected)));
        }
    });
    assert_eq!((widget.stats().calls, widget.stats().faults), (3 + 16 * 20 * 3, 0));
}

#[test]
fn the_log_of_a_widget_has_its_own_budget() {
    let body = "(local $i i32) (loop $l (call $log (i32.const 1) (i32.const 1200) (i32.const 5))
        (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 100)))) (i32.const 1024)";
    let host = PluginHost::new(config()).unwrap();
    let widget =
        load_widget(&host, "test/chatty", widget(&WidgetParts { render: body, ..WidgetParts::default() }))
            .unwrap();
    render(&widget, &[frame(METRIC, 1)]).unwrap();
    assert_eq!((widget.stats().log_lines, widget.stats().log_dropped), (5, 95));
}
