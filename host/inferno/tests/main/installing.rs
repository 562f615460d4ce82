//! Packages of the real registry: planned, agreed to, installed, updated, removed.

use inferno::packages::{Consent, Standing};
use inferno_package::OperatorGrants;

use crate::market::{Installation, Market, agree, capability, told, wanted};

#[test]
fn a_package_is_installed_runs_and_is_removed() {
    let market = Market::open();
    market.publisher("acme").publish("clock", "0.1.0", &["log", "inferno_requests_running"]);
    let here = market.installation();
    let plan = here.plan("acme/clock").expect("it is there");
    assert!(!plan.trusted && !plan.signer_changed && !plan.older && plan.previous.is_none());
    assert_eq!(plan.requests, [capability("log"), capability("metric:inferno_requests_running")]);
    assert!(here.files().is_empty(), "a plan changes nothing");

    let locked = here.packages.install(&plan, &agree(&plan)).expect("all of it is agreed to");
    assert_eq!((locked.digest, locked.signer.id()), (plan.digest, plan.signer));
    assert_eq!(here.runs(), ["acme/clock 0.1.0"]);
    assert_eq!(here.files().len(), 3, "{:?}", here.files());
    assert_eq!(here.packages.standing(&locked), Standing::Newest);
    // Another process sees the same.
    assert_eq!(here.packages.installed().expect("a lock file"), [locked]);

    assert!(here.plan("acme/clock").expect("it is there").trusted, "the lock file pins the key");
    insta::assert_snapshot!(told(here.install("acme/clock")), @r#"[already_installed] acme/clock 0.1.0 is installed already"#);
    here.packages.remove(&wanted("acme/clock").0).expect("it is installed");
    assert!(here.runs().is_empty() && here.files().is_empty(), "{:?}", here.files());
    assert!(!here.plan("acme/clock").expect("it is there").trusted, "the pin went with the package");
    insta::assert_snapshot!(told(here.packages.remove(&wanted("acme/clock").0)), @r#"[not_installed] acme/clock is not installed; `inferno plugin list` shows what is"#);
}

#[test]
fn nothing_is_installed_that_was_not_agreed_to() {
    let market = Market::open();
    let acme = market.publisher("acme");
    acme.publish("clock", "0.1.0", &["log", "inferno_requests_running"]);
    let here = market.installation();
    let signer = Some(acme.key.public_key().id());
    let grants = |texts: &[&str]| OperatorGrants::parse(texts).expect("capabilities");
    let check = |consent: Consent| told(here.install_with("acme/clock", &consent));
    let nobody = Consent::default();
    insta::assert_snapshot!(check(nobody.clone()), @r#"[untrusted_signer] acme/clock is signed with the key HEX, which is not trusted here yet. Compare it with the identifier that the publisher announces elsewhere; if it is theirs, say `--trust HEX`"#);
    let another = Some(inferno_trust::SigningKey::generate().public_key().id());
    insta::assert_snapshot!(check(Consent { signer: another, ..nobody.clone() }), @r#"[other_consent] you agreed to the key HEX, but acme/clock is signed with HEX; nothing is installed"#);
    insta::assert_snapshot!(check(Consent { signer, ..nobody.clone() }), @r#"[not_granted] acme/clock asks for more than you granted: log, metric:inferno_requests_running. Grant it with `--grant log --grant metric:inferno_requests_running`, or all of it with `--yes`; to install it without, say `--deny-rest`"#);
    insta::assert_snapshot!(check(Consent { signer, grants: grants(&["metrics"]), ..nobody.clone() }), @r#"[not_granted] acme/clock asks for more than you granted: log. Grant it with `--grant log`, or all of it with `--yes`; to install it without, say `--deny-rest`"#);
    assert!(here.runs().is_empty() && here.files().is_empty());

    let part = Consent { signer, grants: grants(&["metrics"]), deny_rest: true, ..nobody };
    let locked = here.install_with("acme/clock", &part).expect("the rest is denied by name");
    assert_eq!(Vec::from_iter(locked.grants), [capability("metric:inferno_requests_running")]);
    // What is granted can be changed by installing again.
    let locked = here.install("acme/clock").expect("other grants");
    assert_eq!(locked.grants.len(), 2);
}

#[test]
fn what_is_not_there_is_not_installed() {
    let market = Market::open();
    let acme = market.publisher("acme");
    acme.publish("clock", "0.1.0", &[]);
    acme.publish("clock", "0.2.0", &[]);
    let here = market.installation();
    insta::assert_snapshot!(told(here.install("acme/bell")), @r#"[not_found] http://127.0.0.1:PORT has no package acme/bell; `inferno plugin search` lists what it has"#);
    insta::assert_snapshot!(told(here.install("acme/clock@0.3.0")), @r#"[not_found] acme/clock has no version 0.3.0; there is 0.2.0, 0.1.0"#);
    assert_eq!(here.plan("acme/clock").expect("it is there").version.to_string(), "0.2.0");
    let nowhere = "http://127.0.0.1:1".parse().expect("an origin");
    let policy = here.packages.policy().expect("no lock file");
    let outcome = told(Installation::of(&nowhere, policy).install("acme/clock"));
    assert!(
        outcome.starts_with("[registry] the registry http://127.0.0.1:PORT cannot be reached"),
        "{outcome}"
    );
}

#[test]
fn a_yanked_version_is_not_installed_and_goes_on_running() {
    let market = Market::open();
    let acme = market.publisher("acme");
    acme.publish("clock", "0.1.0", &[]);
    acme.publish("clock", "0.2.0", &[]);
    let (before, after) = (market.installation(), market.installation());
    let locked = before.install("acme/clock").expect("not yanked yet");
    acme.yank("clock", "0.2.0", "shows the wrong hour");

    insta::assert_snapshot!(told(after.install("acme/clock@0.2.0")), @r#"[yanked] acme/clock 0.2.0 was yanked by its publisher: shows the wrong hour; choose another version"#);
    assert_eq!(after.install("acme/clock").expect("the one before").version.to_string(), "0.1.0");
    assert_eq!(before.runs(), ["acme/clock 0.2.0"]);
    let reason = "shows the wrong hour".to_owned();
    assert_eq!(before.packages.standing(&locked), Standing::Yanked { reason });
    acme.yank("clock", "0.1.0", "so did this");
    insta::assert_snapshot!(told(after.install("acme/clock")), @r#"[yanked] every version of acme/clock was yanked by its publisher, the newest, 0.2.0, because: shows the wrong hour"#);
    acme.client.unyank(&locked.name, &locked.version).expect("it is theirs");
    assert_eq!(before.packages.standing(&locked), Standing::Newest);
}

#[test]
fn an_update_goes_forward_and_keeps_its_signer() {
    let market = Market::open();
    let mut acme = market.publisher("acme");
    acme.publish("clock", "0.1.0", &["log"]);
    let here = market.installation();
    let first = here.install("acme/clock").expect("agreed to");
    let name = first.name.clone();
    assert_eq!(here.packages.plan_update(&name).expect("an answer"), None);

    acme.publish("clock", "0.2.0", &["log"]);
    let newest = "0.2.0".parse().expect("a version");
    assert_eq!(here.packages.standing(&first), Standing::Outdated { newest });
    let plan = here.packages.plan_update(&name).expect("an answer").expect("it is newer");
    assert!(plan.trusted && !plan.signer_changed);
    // The same signer and no new requests: what was agreed to before is enough.
    let consent = Consent { grants: first.grants.iter().cloned().collect(), ..Consent::default() };
    let second = here.packages.install(&plan, &consent).expect("nothing new is asked");
    assert_eq!(here.runs(), ["acme/clock 0.2.0"]);
    assert_eq!(here.files().len(), 3, "the older version is gone: {:?}", here.files());

    market.change_key(&mut acme);
    acme.publish("clock", "0.3.0", &["log"]);
    let plan = here.packages.plan_update(&name).expect("an answer").expect("it is newer");
    assert!(plan.signer_changed && !plan.trusted);
    insta::assert_snapshot!(told(here.packages.install(&plan, &consent)), @r#"[signer_changed] the signer of acme/clock changed: the installed 0.2.0 is signed with the key HEX, this one with HEX. Ask the publisher whether that is right; if it is, say `--trust HEX`"#);
    assert_eq!(here.packages.installed().expect("a lock file"), [second]);
    let consent = Consent { signer: Some(plan.signer), ..consent };
    let third = here.packages.install(&plan, &consent).expect("the new signer is agreed to");
    assert_eq!(third.signer.id(), acme.key.public_key().id());
    assert_eq!(here.runs(), ["acme/clock 0.3.0"]);
}

#[test]
fn going_back_needs_consent() {
    let market = Market::open();
    let acme = market.publisher("acme");
    acme.publish("clock", "0.1.0", &[]);
    acme.publish("clock", "0.2.0", &[]);
    let here = market.installation();
    here.install("acme/clock").expect("the newest");
    let plan = here.plan("acme/clock@0.1.0").expect("it is there");
    assert!(plan.older);
    let consent = Consent { downgrade: false, ..agree(&plan) };
    insta::assert_snapshot!(told(here.packages.install(&plan, &consent)), @r#"[older] http://127.0.0.1:PORT offers acme/clock 0.1.0, which is older than the installed 0.2.0; an older version may have weaknesses that were repaired since. If you want it nevertheless, say `--allow-older`"#);
    assert_eq!(here.runs(), ["acme/clock 0.2.0"]);
    here.packages.install(&plan, &agree(&plan)).expect("agreed to");
    assert_eq!(here.runs(), ["acme/clock 0.1.0"]);
}

#[test]
fn a_revoked_key_installs_nothing() {
    let market = Market::open();
    let acme = market.publisher("acme");
    acme.publish("clock", "0.1.0", &[]);
    let (before, after) = (market.installation(), market.installation());
    before.install("acme/clock").expect("not revoked yet");
    let revoked = market.administration.revoke_key("acme", acme.key.public_key().id());
    market.runtime.block_on(revoked).expect("it is theirs");
    insta::assert_snapshot!(told(after.install("acme/clock")), @r#"[revoked] acme/clock 0.1.0 is signed with the key HEX, which is revoked; wait for a version with a new key"#);
    assert_eq!(before.runs(), ["acme/clock 0.1.0"]);
}

#[test]
fn a_key_that_was_pinned_for_one_publisher_is_asked_about_for_another() {
    let market = Market::open();
    let acme = market.publisher("acme");
    acme.publish("clock", "0.1.0", &[]);
    let mut bell = market.publisher("bell");
    // The same person has both names.
    bell.key = inferno_trust::SigningKey::from_pem(acme.key.to_pem().expose()).expect("a key");
    market.enrol("bell", &bell.key);
    bell.publish("ring", "0.1.0", &[]);
    let here = market.installation();
    here.install("acme/clock").expect("agreed to");
    assert!(!here.plan("bell/ring").expect("it is there").trusted);
    insta::assert_snapshot!(told(here.install_with("bell/ring", &Consent::default())), @r#"[untrusted_signer] bell/ring is signed with the key HEX, which is not trusted here yet. Compare it with the identifier that the publisher announces elsewhere; if it is theirs, say `--trust HEX`"#);
    here.install("bell/ring").expect("agreed to");
    assert_eq!(here.runs(), ["acme/clock 0.1.0", "bell/ring 0.1.0"]);
}

#[test]
fn what_was_put_in_place_by_hand_is_not_touched() {
    let market = Market::open();
    market.publisher("acme").publish("clock", "0.1.0", &[]);
    let here = market.installation();
    let folder = here.home.plugins().join("mine");
    std::fs::create_dir_all(&folder).expect("a folder");
    let text = crate::market::Made::new("acme/clock", "9.0.0", &[]).text;
    std::fs::write(folder.join("inferno.toml"), text).expect("written");
    let told = |outcome| told(outcome).replace(&here.path().display().to_string(), "HOME");
    insta::assert_snapshot!(told(here.install("acme/clock")), @r#"[placed_by_hand] acme/clock was put into HOME/plugins/mine by hand; remove that folder first, so that there is one acme/clock"#);
    insta::assert_snapshot!(told(here.packages.remove(&wanted("acme/clock").0)), @r#"[placed_by_hand] acme/clock was put into HOME/plugins/mine by hand; remove that folder first, so that there is one acme/clock"#);
}

#[test]
fn what_was_altered_on_the_disk_does_not_run() {
    let market = Market::open();
    let acme = market.publisher("acme");
    acme.publish("clock", "0.1.0", &[]);
    let here = market.installation();
    here.install("acme/clock").expect("agreed to");
    let file = |end: &str| {
        here.path().join(here.files().iter().find(|file| file.ends_with(end)).expect("it is there"))
    };
    let altered = |end: &str, alter: &dyn Fn(&mut Vec<u8>)| {
        let path = file(end);
        let good = std::fs::read(&path).expect("readable");
        let mut bad = good.clone();
        alter(&mut bad);
        std::fs::write(&path, bad).expect("writable");
        let runs = here.runs().join("\n");
        std::fs::write(&path, good).expect("writable");
        crate::market::plain(&runs)
    };
    insta::assert_snapshot!(altered("component.wasm", &|bytes| bytes[100] ^= 1), @r#"acme/clock: the component has the digest sha256:HEX, but acme (key HEX12) signed sha256:HEX; the file was altered or damaged, so fetch it again"#);
    insta::assert_snapshot!(altered("sigstore.json", &Vec::clear), @r#"acme/clock: the bundle cannot be read: it is not valid JSON: EOF while parsing a value at line 1 column 0"#);
    let replace = |bytes: &mut Vec<u8>, from: &str, to: &str| {
        *bytes = String::from_utf8(bytes.clone()).expect("text").replace(from, to).into_bytes();
    };
    insta::assert_snapshot!(altered("inferno.toml", &|bytes| replace(bytes, "log = false", "log = true")), @r#"acme/clock: inferno.toml says something else than was signed"#);
    insta::assert_snapshot!(altered("inferno.toml", &|bytes| replace(bytes, "0.1.0", "0.2.0")), @r#"acme/clock: the bundle is for version 0.1.0, not for 0.2.0; ask for that version if it is the one you want"#);
    let lock = here.home.lock();
    let good = std::fs::read_to_string(&lock).expect("readable");
    std::fs::write(&lock, good.replace("version = 1\n", "version = 7\n")).expect("writable");
    insta::assert_snapshot!(here.runs().join("\n"), @r#"inferno.lock: no package is loaded: inferno.lock has the format 7, this version knows 1; use the version that wrote it"#);
    std::fs::write(&lock, &good).expect("writable");
    assert_eq!(here.runs(), ["acme/clock 0.1.0"]);
    std::fs::remove_file(file("sigstore.json")).expect("it is there");
    insta::assert_snapshot!(here.runs().join("\n"), @r#"acme/clock: acme/clock 0.1.0 has no signature; nothing unsigned runs here, so ask its publisher for the bundle"#);
    here.install("acme/clock").expect("installing again repairs it");
    assert_eq!(here.runs(), ["acme/clock 0.1.0"]);
}
