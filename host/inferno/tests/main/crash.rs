//! Killed in the middle: the old state or the new one, and nothing between.
//!
//! The steps are tested one by one beside the code. Here a real process is killed at moments spread over its life.

use std::{
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::market::{Installation, Market};

/// How many times it is killed.
const ROUNDS: u32 = 24;

/// `inferno plugin install acme/clock@VERSION` in this installation, agreeing to all.
fn install(here: &Installation, market: &Market, key: &str, version: &str) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_inferno"));
    command.args(["plugin", "install", &format!("acme/clock@{version}"), "--trust", key, "--yes"]);
    command.args(["--allow-older", "--registry", &market.url.to_string()]);
    command.env("INFERNO_HOME", here.path()).stdin(Stdio::null()).stdout(Stdio::null());
    command.spawn().expect("the binary starts")
}

#[test]
fn an_installation_that_is_killed_leaves_the_old_version_or_the_new_one() {
    let market = Market::open();
    let acme = market.publisher("acme");
    acme.publish("clock", "0.1.0", &[]);
    acme.publish("clock", "0.2.0", &[]);
    let key = acme.key.public_key().id().to_string();
    let here = market.installation();
    here.install("acme/clock@0.1.0").expect("agreed to");

    let start = Instant::now();
    assert!(install(&here, &market, &key, "0.2.0").wait().expect("it ends").success());
    let whole = start.elapsed();
    assert_eq!(here.runs(), ["acme/clock 0.2.0"]);

    let mut seen = [0, 0];
    for round in 0..ROUNDS {
        let (from, to) =
            if here.runs() == ["acme/clock 0.1.0"] { ("0.1.0", "0.2.0") } else { ("0.2.0", "0.1.0") };
        let mut child = install(&here, &market, &key, to);
        // Most of what matters happens near the end.
        let share = 0.5 + 0.6 * f64::from(round) / f64::from(ROUNDS);
        thread::sleep(Duration::from_secs_f64(whole.as_secs_f64() * share));
        child.kill().expect("it runs, or has just ended");
        child.wait().expect("it ends");
        let runs = here.runs();
        let old = runs == [format!("acme/clock {from}")];
        assert!(old || runs == [format!("acme/clock {to}")], "round {round}: {runs:?}");
        seen[usize::from(!old)] += 1;
    }
    eprintln!("{} times the old version, {} times the new one", seen[0], seen[1]);
    // Whatever was left behind is gone after the next change.
    let last = if here.runs() == ["acme/clock 0.1.0"] { "0.2.0" } else { "0.1.0" };
    assert!(install(&here, &market, &key, last).wait().expect("it ends").success());
    assert_eq!(here.runs(), [format!("acme/clock {last}")]);
    assert_eq!(here.files().len(), 3, "{:?}", here.files());
}

#[test]
fn two_installers_do_not_get_into_each_others_way() {
    let market = Market::open();
    let acme = market.publisher("acme");
    for version in ["0.1.0", "0.2.0", "0.3.0"] {
        acme.publish("clock", version, &[]);
        acme.publish("bell", version, &[]);
    }
    let here = market.installation();
    let key = acme.key.public_key().id().to_string();
    let children = ["0.1.0", "0.2.0", "0.3.0"].map(|version| install(&here, &market, &key, version));
    here.install("acme/bell").expect("another package");
    // Each wins, or is told that somebody else changed what it had planned for.
    let won = children.map(|mut child| child.wait().expect("it ends").success());
    assert!(won.contains(&true));
    assert_eq!(here.runs().len(), 2, "{:?}", here.runs());
    assert_eq!(here.files().len(), 6, "{:?}", here.files());
}
