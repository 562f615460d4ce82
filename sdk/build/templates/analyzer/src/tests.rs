//! What the analyzer finds.

use inferno_plugin::{
    Analyzer,
    metrics::Unit,
    testing::{findings, frame},
};

use crate::MyPlugin;

fn check(waiting: &[f64], running: &[f64], expected: &str) {
    let queries = MyPlugin::queries();
    let frame = |query: usize, values: &[f64]| {
        frame(
            &queries[query],
            Unit::Requests,
            [(vec![("model", "m")], values.to_vec())],
        )
    };
    let found = MyPlugin::analyze(&[frame(0, waiting), frame(1, running)]).expect("findings");
    assert_eq!(findings(&found), expected);
}

#[test]
fn a_queue_that_lasts_is_noticed() {
    let expected = "\
requests-wait (medium): 2.0 requests wait on average
  inferno_requests_waiting = 2: somebody waited during 100 % of the last minute
  inferno_requests_running = 4: requests were running meanwhile
  then inferno_requests_waiting falls by 50 % within 300 s
  look at who sends the requests, and whether a second server should answer some of them
";
    check(&[1.0, 3.0], &[4.0, 4.0], expected);
}

#[test]
fn nothing_is_found_where_there_is_nothing() {
    // A short queue, an empty one, a server that runs nothing, and one that measured nothing.
    check(&[0.0, 0.0, 3.0], &[4.0, 4.0, 4.0], "");
    check(&[0.0, 0.0], &[4.0, 4.0], "");
    check(&[2.0, 2.0], &[0.0, 0.0], "");
    check(&[f64::NAN], &[f64::NAN], "");
}
