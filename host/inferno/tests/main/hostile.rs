//! What a registry can try that lies consistently, each refused in its own words, with nothing left behind.

use inferno::packages::Consent;
use inferno_trust::{Policy, Release, SigningKey, TrustedKeys, sign};

use crate::{
    liar::{Liar, Told},
    market::{Installation, Made, agree, told},
};

/// One version of `acme/clock` 0.1.0, signed with `key`; `alter` makes a lie of it.
fn lie(key: &SigningKey, alter: impl FnOnce(&mut Told)) -> Installation {
    let made = Made::new("acme/clock", "0.1.0", &[]);
    let mut version = Told::honest("0.1.0", &made, &made.signed(key), &key.public_key());
    alter(&mut version);
    visit(&[key], &[version])
}

/// An installation whose operator trusts nobody, and whose registry tells these versions.
fn visit(keys: &[&SigningKey], versions: &[Told]) -> Installation {
    let keys: Vec<_> = keys.iter().map(|key| pair(key)).collect();
    let liar = Liar::start("acme/clock", &keys, versions);
    let here = Installation::of(&liar.url, Policy::Keys(TrustedKeys::new()));
    // It serves until the test's process ends.
    std::mem::forget(liar);
    here
}

fn pair(key: &SigningKey) -> (String, String) {
    (key.public_key().id().to_string(), key.public_key().to_pem())
}

/// Agrees to everything, is refused, and finds nothing changed.
fn refused(here: &Installation) -> String {
    let before = here.files();
    let text = told(here.install("acme/clock"));
    assert_eq!(here.files(), before);
    text
}

#[test]
fn an_honest_package_is_installed() {
    assert!(lie(&SigningKey::generate(), |_| ()).install("acme/clock").is_ok());
}

#[test]
fn bytes_that_nobody_signed() {
    let key = SigningKey::generate();
    insta::assert_snapshot!(refused(&lie(&key, |told| told.component[100] ^= 1)), @r#"[tampered] acme/clock 0.1.0 is refused: the component has the digest sha256:HEX, but acme (key HEX12) signed sha256:HEX; the file was altered or damaged, so fetch it again"#);
    insta::assert_snapshot!(refused(&lie(&key, |told| told.bundle = None)), @r#"[unsigned] acme/clock 0.1.0 is refused: acme/clock 0.1.0 has no signature; nothing unsigned runs here, so ask its publisher for the bundle"#);
    insta::assert_snapshot!(refused(&lie(&key, |told| told.bundle = Some("{}".to_owned()))), @r#"[malformed_signature] acme/clock 0.1.0 is refused: the bundle has the media type ""; sign again for `application/vnd.dev.sigstore.bundle.v0.3+json`"#);
    // No component at all, and it does not matter: the signature is looked at before the bytes are.
    insta::assert_snapshot!(refused(&lie(&key, |told| told.component = b"no component".to_vec())), @r#"[tampered] acme/clock 0.1.0 is refused: the component has the digest sha256:HEX, but acme (key HEX12) signed sha256:HEX; the file was altered or damaged, so fetch it again"#);
}

#[test]
fn signatures_for_something_else() {
    let key = SigningKey::generate();
    let of = |name: &str, version: &str| {
        let made = Made::new(name, version, &[]);
        let component = Made::new("acme/clock", "0.1.0", &[]).component;
        sign(&component, &Release::from(&made.manifest), &key).to_json()
    };
    insta::assert_snapshot!(refused(&lie(&key, |told| told.bundle = Some(of("acme/bell", "0.1.0")))), @r#"[other_name] acme/clock 0.1.0 is refused: the bundle is for acme/bell, not for acme/clock; was a bundle of another package put beside it?"#);
    insta::assert_snapshot!(refused(&lie(&key, |told| told.bundle = Some(of("acme/clock", "0.0.9")))), @r#"[other_version] acme/clock 0.1.0 is refused: the bundle is for version 0.0.9, not for 0.1.0; ask for that version if it is the one you want"#);
    insta::assert_snapshot!(refused(&lie(&key, |told| told.bundle = Some(of("bell/clock", "0.1.0")))), @r#"[untrusted_signer] acme/clock 0.1.0 is refused: bell/clock is signed by acme (key HEX12), whose key is trusted for that publisher's packages only; add the key to the trusted keys if it may sign for bell too"#);
}

#[test]
fn signers_that_are_not_who_they_are_said_to_be() {
    let (key, other) = (SigningKey::generate(), SigningKey::generate());
    let made = Made::new("acme/clock", "0.1.0", &[]);
    // Said to be signed with a key that is agreed to, and signed with another one.
    insta::assert_snapshot!(refused(&lie(&key, |told| told.bundle = Some(made.signed(&other)))), @r#"[untrusted_signer] acme/clock 0.1.0 is refused: nobody whom you trust has the key that signed this (key HEX); if you know the publisher, add their public key to the trusted keys"#);
    // The same, where the operator trusts that other one as well.
    let mut keys = TrustedKeys::new();
    keys.trust("somebody", other.public_key()).expect("a new key");
    let version = Told::honest("0.1.0", &made, &made.signed(&other), &key.public_key());
    let liar = Liar::start("acme/clock", &[pair(&key)], &[version]);
    insta::assert_snapshot!(refused(&Installation::of(&liar.url, Policy::Keys(keys))), @r#"[misdescribed] acme/clock 0.1.0 is not what http://127.0.0.1:PORT said it is: it was said to be signed with the key HEX, and is signed with HEX. Nothing is installed; tell the registry's operator"#);
    // A key under another key's identifier, a key that is none, and no key.
    let version = || [Told::honest("0.1.0", &made, &made.signed(&key), &key.public_key())];
    for pem in [other.public_key().to_pem(), "no key".to_owned()] {
        let liar = Liar::start("acme/clock", &[(pair(&key).0, pem)], &version());
        let here = Installation::of(&liar.url, Policy::Keys(TrustedKeys::new()));
        insta::allow_duplicates! { insta::assert_snapshot!(refused(&here), @r#"[untrusted_signer] acme/clock is signed with the key HEX, which the registry does not have; get the public key from the publisher and add it to `[trust]` in config.toml"#); }
    }
    insta::assert_snapshot!(refused(&lie(&key, |told| told.signer = "nobody".to_owned())), @r#"[misdescribed] acme/clock 0.1.0 is not what http://127.0.0.1:PORT said it is: it was not said which key signed it. Nothing is installed; tell the registry's operator"#);
}

#[test]
fn descriptions_that_are_not_what_was_signed() {
    let key = SigningKey::generate();
    // It is shown as asking for nothing, and asks for the log.
    let greedy = Made::new("acme/clock", "0.1.0", &["log"]);
    let here = lie(&key, |told| {
        told.bundle = Some(greedy.signed(&key));
        told.manifest.clone_from(&greedy.text);
    });
    insta::assert_snapshot!(refused(&here), @r#"[misdescribed] acme/clock 0.1.0 is not what http://127.0.0.1:PORT said it is: it was said to ask for nothing, and asks for log. Nothing is installed; tell the registry's operator"#);
    insta::assert_snapshot!(refused(&lie(&key, |told| told.kind = "analyzer")), @r#"[misdescribed] acme/clock 0.1.0 is not what http://127.0.0.1:PORT said it is: it was said to be of the kind analyzer, and is of the kind widget. Nothing is installed; tell the registry's operator"#);
    insta::assert_snapshot!(refused(&lie(&key, |told| told.manifest.clone_from(&greedy.text))), @r#"[misdescribed] acme/clock 0.1.0 is not what http://127.0.0.1:PORT said it is: its inferno.toml has another name, version or kind, or asks for something else than was signed. Nothing is installed; tell the registry's operator"#);
    insta::assert_snapshot!(refused(&lie(&key, |told| told.manifest = "[package]".to_owned())), @r#"
    [manifest] the inferno.toml of acme/clock 0.1.0 is refused: inferno.toml cannot be read: TOML parse error at line 1, column 1
      |
    1 | [package]
      | ^^^^^^^^^
    missing field `name`
    "#);
}

#[test]
fn signed_bytes_that_no_host_would_run() {
    let key = SigningKey::generate();
    let junk = lie(&key, |told| {
        let manifest = Made::new("acme/clock", "0.1.0", &[]).manifest;
        told.component = b"signed, and no component".to_vec();
        told.bundle = Some(sign(&told.component, &Release::from(&manifest), &key).to_json());
    });
    insta::assert_snapshot!(refused(&junk), @r#"[unusable] acme/clock 0.1.0 is signed, but cannot run on this version of Inferno: this is something that is not WebAssembly, not a WebAssembly component; make one of a core module with `wasm-tools component new`"#);
}

#[test]
fn an_older_version_offered_as_the_newest() {
    let key = SigningKey::generate();
    let version = |version: &'static str| {
        let made = Made::new("acme/clock", version, &[]);
        Told::honest(version, &made, &made.signed(&key), &key.public_key())
    };
    let here = visit(&[&key], &[version("0.1.0"), version("0.2.0")]);
    let locked = here.install("acme/clock").expect("an honest registry");
    assert_eq!(here.runs(), ["acme/clock 0.2.0"]);

    // From now on it only has the version whose weakness is known; rightly signed, and old.
    let liar = Liar::start("acme/clock", &[pair(&key)], &[version("0.1.0")]);
    let later = Installation::of(&liar.url, Policy::Keys(TrustedKeys::new()));
    std::fs::create_dir_all(later.path()).expect("a folder");
    let moved = std::fs::read_to_string(here.home.lock()).expect("a lock file");
    let moved = moved.replace(&locked.registry.to_string(), &liar.url.to_string());
    std::fs::write(later.home.lock(), moved).expect("written");
    insta::assert_snapshot!(told(later.packages.plan_update(&locked.name)), @r#"[older] http://127.0.0.1:PORT offers acme/clock 0.1.0, which is older than the installed 0.2.0; an older version may have weaknesses that were repaired since. If you want it nevertheless, say `--allow-older`"#);
    let plan = later.plan("acme/clock").expect("shown, and marked");
    assert!(plan.older);
    let consent = Consent { downgrade: false, ..agree(&plan) };
    insta::assert_snapshot!(told(later.packages.install(&plan, &consent)), @r#"[older] http://127.0.0.1:PORT offers acme/clock 0.1.0, which is older than the installed 0.2.0; an older version may have weaknesses that were repaired since. If you want it nevertheless, say `--allow-older`"#);
}

#[test]
fn other_bytes_under_the_version_that_is_installed() {
    let key = SigningKey::generate();
    let here = lie(&key, |_| ());
    let locked = here.install("acme/clock").expect("an honest registry");
    let made = Made::new("acme/clock", "0.1.0", &[]);
    let component = Made::new("acme/clock", "9.9.9", &[]).component;
    let changed = Made { component, ..made };
    let version = Told::honest("0.1.0", &changed, &changed.signed(&key), &key.public_key());
    let liar = Liar::start("acme/clock", &[pair(&key)], &[version]);
    let text = std::fs::read_to_string(here.home.lock()).expect("a lock file");
    let text = text.replace(&locked.registry.to_string(), &liar.url.to_string());
    std::fs::write(here.home.lock(), text).expect("written");
    insta::assert_snapshot!(told(here.packages.plan_update(&locked.name)), @r#"[replaced] acme/clock 0.1.0 is installed, and http://127.0.0.1:PORT has other bytes under the same version; a version never changes, so ask its publisher what happened"#);
    assert_eq!(here.runs(), ["acme/clock 0.1.0"]);
}
