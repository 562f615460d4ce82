//! The steps of an installation, one by one: whichever is the last, the state is the old one or the new one.

use std::{collections::BTreeSet, fs, path::PathBuf};

use inferno_package::{Manifest, OperatorGrants};
use inferno_trust::{Expected, Release, SigningKey, TrustedKeys, sign, verify};

use super::*;
use crate::assemble::installed;

/// A signed version of `acme/clock`, ready to be staged, and its entry.
fn version(version: &str, key: &SigningKey) -> (Parts, Locked) {
    let manifest = format!(
        "[package]\nname = \"acme/clock\"\nversion = \"{version}\"\nkind = \"widget\"\n\
         description = \"For a test\"\nlicense = \"Apache-2.0\"\n"
    );
    let release = Release::from(&Manifest::parse(&manifest).expect("a manifest"));
    let bytes = format!("the component {version}").into_bytes();
    let bundle = sign(&bytes, &release, key).to_json();
    let mut keys = TrustedKeys::new();
    keys.trust("acme", key.public_key()).expect("a new key");
    let expected = Expected { name: release.name().clone(), version: release.version().clone() };
    let verified = verify(bytes, Some(bundle.as_bytes()), &expected, &Policy::Keys(keys)).expect("signed");
    let locked = Locked {
        name: release.name().clone(),
        version: release.version().clone(),
        digest: verified.digest(),
        signer: key.public_key(),
        registry: "https://plugins.example.org".parse().expect("an origin"),
        grants: BTreeSet::new(),
    };
    (Parts { component: verified.get().clone(), bundle: bundle.into_bytes(), manifest }, locked)
}

/// Which versions an installation has, and which are refused.
fn state(home: &Home) -> Vec<String> {
    let nobody = Policy::Keys(TrustedKeys::new());
    let found = installed::find(home, &nobody, &OperatorGrants::none()).expect("a folder");
    let good = found.accepted.iter().map(|accepted| accepted.component.version().to_string());
    good.chain(found.refused.iter().map(|refused| refused.reason.clone())).collect()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    folders(folder)
        .iter()
        .flat_map(|publisher| folders(publisher))
        .flat_map(|package| folders(&package))
        .collect()
}

/// Installs 0.1.0, takes `steps` of the steps to 0.2.0, and then everything stops.
fn stopped_after(steps: usize, home: &Home, key: &SigningKey) {
    let store = Store::of(home);
    let (parts, first) = version("0.1.0", key);
    store.place(store.stage(&parts).expect("staged"), &first).expect("placed");
    let mut lock = LockFile::default();
    lock.insert(first);
    store.write(&lock).expect("written");

    let (parts, second) = version("0.2.0", key);
    if steps == 0 {
        return;
    }
    let staged = store.stage(&parts).expect("staged");
    if steps == 1 {
        // A process that is killed drops nothing.
        let _ = staged.0.keep();
        return;
    }
    store.place(staged, &second).expect("placed");
    if steps == 2 {
        return;
    }
    lock.insert(second);
    store.write(&lock).expect("written");
    if steps == 3 {
        return;
    }
    store.sweep(&lock);
}

#[test]
fn whichever_step_is_the_last_there_is_one_version() {
    let key = SigningKey::generate();
    for (steps, version) in [(0, "0.1.0"), (1, "0.1.0"), (2, "0.1.0"), (3, "0.2.0"), (4, "0.2.0")] {
        let folder = tempfile::tempdir().expect("a folder");
        let home = Home::at(folder.path());
        stopped_after(steps, &home, &key);
        assert_eq!(state(&home), [version], "after {steps} steps");
        // The next change finds whatever was left and removes it.
        let store = Store::of(&home);
        store.sweep(&LockFile::read(&home.lock()).expect("a lock file"));
        assert_eq!(state(&home), [version], "after {steps} steps and a sweep");
        assert_eq!(entries(&home.packages()).len(), 1, "after {steps} steps and a sweep");
        assert_eq!(folders(&home.packages()).len(), 1, "nothing stays staged after {steps} steps");
    }
}

#[test]
fn a_folder_is_replaced_file_by_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = Home::at(folder.path());
    let key = SigningKey::generate();
    stopped_after(0, &home, &key);
    let (parts, locked) = version("0.1.0", &key);
    let store = Store::of(&home);
    fs::write(store.folder(&locked).join(COMPONENT), "damaged").expect("written");
    assert_ne!(state(&home), ["0.1.0"]);
    store.place(store.stage(&parts).expect("staged"), &locked).expect("placed");
    assert_eq!(state(&home), ["0.1.0"]);
    assert!(store.holds(&locked, &parts));
    store.sweep(&LockFile::read(&home.lock()).expect("a lock file"));
    assert_eq!(folders(&home.packages()).len(), 1, "nothing stays staged");
}

#[test]
fn what_the_lock_file_pins_is_what_counts() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = Home::at(folder.path());
    let (key, other) = (SigningKey::generate(), SigningKey::generate());
    stopped_after(4, &home, &key);
    let store = Store::of(&home);
    let good = LockFile::read(&home.lock()).expect("a lock file");
    let entry = good.iter().next().expect("one package").clone();
    let pin = |entry: &Locked| {
        // The good files, where this entry looks for them.
        let place = store.folder(entry);
        if place != store.folder(&good.iter().next().expect("one package").clone()) {
            fs::create_dir_all(&place).expect("a folder");
            for file in [COMPONENT, BUNDLE, MANIFEST] {
                let from = store.folder(good.iter().next().expect("one package")).join(file);
                fs::copy(from, place.join(file)).expect("copied");
            }
        }
        let mut lock = LockFile::default();
        lock.insert(entry.clone());
        store.write(&lock).expect("written");
        state(&home).join("\n")
    };
    let hidden = |text: String| text.replace(&key.public_key().id().to_string(), "KEY");
    let digest = inferno_types::Digest::of(b"another component");
    insta::assert_snapshot!(pin(&Locked { digest, ..entry.clone() }), @r#"it has the digest sha256:619a424f74674ee6db75d685254d2b62f1e5779e83fee75af01da273133e47c4, but inferno.lock pins sha256:a77052d6b3b1d061fe2f3e102167bcf7e3e7ca94b9c574cfe11a5ee08e250cca; install it again"#);
    let version = "0.3.0".parse().expect("a version");
    insta::assert_snapshot!(pin(&Locked { version, ..entry.clone() }), @r#"acme/clock 0.2.0 lies where inferno.lock has acme/clock 0.3.0; install it again"#);
    let name = "acme/bell".parse().expect("a name");
    insta::assert_snapshot!(pin(&Locked { name, ..entry.clone() }), @r#"acme/clock 0.2.0 lies where inferno.lock has acme/bell 0.2.0; install it again"#);
    insta::assert_snapshot!(hidden(pin(&Locked { signer: other.public_key(), ..entry.clone() })), @r#"nobody whom you trust has the key that signed this (key KEY); if you know the publisher, add their public key to the trusted keys"#);
    assert_eq!(pin(&entry), "0.2.0");
}
