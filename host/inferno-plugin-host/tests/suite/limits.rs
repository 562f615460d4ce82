//! The log, grants and the code cache, through the host.

use inferno_graph::GraphPass as _;
use inferno_package::{Capability, OperatorGrants};
use inferno_plugin_host::{CacheStats, HostConfig, PluginHost, PluginStats};

use crate::{
    graphs,
    guest::{guest, host, quick, signed, target},
};

const FLOOD: &str = "(local $i i32) (loop $l
    (call $log (i32.const 1) (i32.const 2048) (i32.const 12))
    (local.set $i (i32.add (local.get $i) (i32.const 1)))
    (br_if $l (i32.lt_u (local.get $i) (i32.const 5000))))
  (i32.const 1024)";

fn flood(operator: &OperatorGrants) -> PluginStats {
    let host = host(quick());
    let component = signed(guest(FLOOD, r#"(data (i32.const 2048) "\1b[2J\07hello!!")"#));
    let mut pass = host.load_pass(&component, operator).expect("the guest loads");
    let patch = pass.propose(&graphs::llama(1), &target()).expect("the guest answers");
    assert!(patch.is_empty());
    pass.stats()
}

#[test]
fn a_flood_of_log_lines_is_dropped_and_the_patch_kept() {
    let stats = flood(&[Capability::Log].into_iter().collect());
    assert_eq!((stats.log_lines, stats.log_dropped, stats.denials), (100, 4900, 0));
}

#[test]
fn without_the_grant_every_line_is_a_denial() {
    let stats = flood(&OperatorGrants::none());
    assert_eq!((stats.log_lines, stats.log_dropped, stats.denials), (0, 0, 5000));
}

#[test]
fn a_giant_log_line_is_no_way_to_fill_the_host() {
    let body = "(drop (memory.grow (i32.const 512)))
        (call $log (i32.const 1) (i32.const 0) (i32.const 30000000)) (i32.const 1024)";
    insta::assert_snapshot!(crate::guest::run(&host(quick()), guest(body, "")), @"the pass failed: it handed over more than 16 MiB at once");
}

#[test]
fn the_second_start_compiles_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let component = signed(guest("(i32.const 1024)", ""));
    let start = || {
        let config = HostConfig {
            optimization_pass: quick(),
            code_cache: Some(folder.path().join("code")),
            ..HostConfig::default()
        };
        let host = PluginHost::new(config).unwrap();
        let mut pass = host.load_pass(&component, &OperatorGrants::none()).unwrap();
        assert!(pass.propose(&graphs::llama(1), &target()).unwrap().is_empty());
        host.cache_stats().unwrap()
    };
    assert_eq!(start(), CacheStats { hits: 0, misses: 1, refused: 0 });
    assert_eq!(start(), CacheStats { hits: 1, misses: 0, refused: 0 });
    for entry in std::fs::read_dir(folder.path().join("code")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some() {
            let mut bytes = std::fs::read(&path).unwrap();
            *bytes.last_mut().unwrap() ^= 1;
            std::fs::write(&path, bytes).unwrap();
        }
    }
    assert_eq!(start(), CacheStats { hits: 0, misses: 1, refused: 1 });
    assert_eq!(start(), CacheStats { hits: 1, misses: 0, refused: 0 });
}

#[test]
fn a_cache_that_cannot_be_is_an_error_that_names_it() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let config = HostConfig { code_cache: Some(file.path().join("code")), ..HostConfig::default() };
    let error = PluginHost::new(config).unwrap_err();
    assert!(error.to_string().contains("choose a folder"), "{error}");
}
