//! Guests that break while they run: each gets an error of its own, and the next call is as if nothing had been.

use std::time::{Duration, Instant};

use inferno_graph::GraphPass as _;
use inferno_plugin_host::Limits;

use crate::{
    graphs,
    guest::{chain, guest, host, load, quick, run, target, wrap},
};

/// What becomes of a guest with this body, and that the host runs another one afterwards.
fn check_with(limits: Limits, body: &str, fields: &str) -> String {
    let host = host(limits);
    let fate = run(&host, guest(body, fields));
    assert_eq!(run(&host, guest("(i32.const 1024)", "")), "a patch: 0 removed, 0 added, 0 rewired");
    fate
}

fn check(body: &str, fields: &str) -> String {
    check_with(quick(), body, fields)
}

#[test]
fn endless_loops() {
    insta::assert_snapshot!(check("(loop $l (br $l)) (unreachable)", ""), @"the pass failed: it did not finish within 5000000 instructions: an endless loop, or far too much work");
    let in_start = "(func $start (loop $l (br $l))) (start $start)";
    insta::assert_snapshot!(check("(i32.const 1024)", in_start), @"the pass failed: it did not finish within 5000000 instructions: an endless loop, or far too much work");
    let after =
        r#"(func (export "cabi_post_inferno:plugin/pass@0.1.0#apply") (param i32) (loop $l (br $l)))"#;
    insta::assert_snapshot!(check("(i32.const 1024)", after), @"the pass failed: it did not finish within 5000000 instructions: an endless loop, or far too much work");
    // One instruction that copies much counts for much.
    let copy =
        "(loop $l (memory.copy (i32.const 0) (i32.const 65536) (i32.const 65536)) (br $l)) (unreachable)";
    insta::assert_snapshot!(check(copy, ""), @"the pass failed: it did not finish within 5000000 instructions: an endless loop, or far too much work");
}

#[test]
fn a_deadline_on_the_clock() {
    let mut limits = Limits::default();
    limits.run.fuel = u64::MAX;
    limits.run.wall_time = Duration::from_millis(250);
    let started = Instant::now();
    insta::assert_snapshot!(check_with(limits, "(loop $l (br $l)) (unreachable)", ""), @"the pass failed: it did not finish within 0.25 s");
    // Generous: the machine may be busy. An endless loop without a deadline would never come here.
    assert!(started.elapsed() >= Duration::from_millis(250) && started.elapsed() < Duration::from_secs(60));
}

#[test]
fn memory() {
    let hog = "(loop $l (drop (memory.grow (i32.const 16))) (br $l)) (unreachable)";
    insta::assert_snapshot!(check(hog, ""), @"the pass failed: it used more than 64 MiB of memory");
    insta::assert_snapshot!(check("(drop (memory.grow (i32.const 65000))) (i32.const 1024)", ""), @"the pass failed: it used more than 64 MiB of memory");
    let table = "(table $t 1 funcref)";
    let grow = "(loop $l (drop (table.grow $t (ref.null func) (i32.const 5000))) (br $l)) (unreachable)";
    insta::assert_snapshot!(check(grow, table), @"the pass failed: it grew a table beyond 10000 elements");
}

#[test]
fn recursion() {
    let deep = "(func $deep (param i64) (result i64) (i64.add (local.get 0) (call $deep (i64.add (local.get 0) (i64.const 1)))))";
    insta::assert_snapshot!(check("(drop (call $deep (i64.const 0))) (i32.const 1024)", deep), @"the pass failed: its calls nest too deeply: they used more than 512 KiB of stack");
}

#[test]
fn traps() {
    insta::assert_snapshot!(check("(unreachable)", ""), @"the pass failed: it trapped: wasm `unreachable` instruction executed (in apply)");
    insta::assert_snapshot!(check("(i32.div_u (i32.const 1) (i32.const 0))", ""), @"the pass failed: it trapped: integer divide by zero (in apply)");
    insta::assert_snapshot!(check("(i32.load (i32.const -4))", ""), @"the pass failed: it trapped: out of bounds memory access (in apply); too deep a recursion ends like this as well");
}

/// What a guest does with a realloc of its own.
fn with_realloc(body: &str) -> String {
    let module = format!(
        r#"(module (memory (export "memory") 1)
             (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) {body})
             (func (export "inferno:plugin/pass@0.1.0#apply")
               (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32) (i32.const 0)))"#
    );
    run(&host(quick()), wrap(&module))
}

#[test]
fn lying_allocators() {
    insta::assert_snapshot!(with_realloc("(i32.const 65533)"), @"the pass failed: it breaks the calling convention: realloc return: result not aligned");
    insta::assert_snapshot!(with_realloc("(i32.const 65532)"), @"the pass failed: it breaks the calling convention: realloc return: beyond end of memory");
    insta::assert_snapshot!(with_realloc("(i32.const -4)"), @"the pass failed: it breaks the calling convention: realloc return: beyond end of memory");
    insta::assert_snapshot!(with_realloc("(loop $l (br $l)) (unreachable)"), @"the pass failed: it did not finish within 5000000 instructions: an endless loop, or far too much work");
}

#[test]
fn what_the_pass_says_itself() {
    let unsupported = r#"(data (i32.const 1024) "\01\00\00\00\00\00\00\00\00\05\00\00\16\00\00\00") (data (i32.const 1280) "no \1b[31mred\1b[0m models")"#;
    insta::assert_snapshot!(check("(i32.const 1024)", unsupported), @"the pass declines this graph: no red models");
    let internal = r#"(data (i32.const 1024) "\01\00\00\00\01\00\00\00\00\05\00\00\05\00\00\00") (data (i32.const 1280) "oops!")"#;
    insta::assert_snapshot!(check("(i32.const 1024)", internal), @"the pass failed: it reports an internal error: oops!");
}

#[test]
fn no_call_sees_what_an_earlier_one_left() {
    // Leaves a mark and declines to trap only when it finds memory as it was given.
    let body = "(if (i32.load (i32.const 4000)) (then (unreachable))) (i32.store (i32.const 4000) (i32.const 1)) (i32.const 1024)";
    let host = host(quick());
    let mut pass = load(&host, guest(body, "")).unwrap();
    for _ in 0..40 {
        pass.propose(&graphs::llama(1), &target()).map_err(|e| chain(&e)).unwrap();
    }
    assert_eq!(pass.stats().calls, 40);
}

#[test]
fn calls_are_deterministic_and_counted() {
    let host = host(quick());
    let mut pass = load(&host, guest("(i32.const 1024)", "")).unwrap();
    let usages: Vec<_> = (0..3)
        .map(|_| {
            pass.propose(&graphs::llama(2), &target()).unwrap();
            let last = pass.stats().last.unwrap();
            (last.fuel, last.peak_memory)
        })
        .collect();
    assert!(usages.iter().all(|usage| *usage == usages[0]), "{usages:?}");
    assert_eq!(usages[0].1, 2 * 65_536);
    let stats = pass.stats();
    assert_eq!((stats.calls, stats.faults, stats.fuel), (3, 0, 3 * usages[0].0));

    let mut broken = load(&host, guest("(unreachable)", "")).unwrap();
    broken.propose(&graphs::llama(2), &target()).unwrap_err();
    assert_eq!((broken.stats().calls, broken.stats().faults), (1, 1));
    assert_eq!(host.reports().len(), 2);
}

#[test]
fn eight_guests_at_once() {
    let host = host(quick());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let mut pass = load(&host, guest("(i32.const 1024)", "")).unwrap();
                for _ in 0..20 {
                    pass.propose(&graphs::llama(1), &target()).map_err(|e| chain(&e)).unwrap();
                }
            });
        }
    });
}
