//! Sigstore's own verifiers, unmodified, on what we signed.

use std::{fs, process::Command};

use inferno_e2e::{installation::Installation, prepared, tools};
use inferno_types::Digest;

/// Signs a component and has a verifier tell what it found in the bundle.
fn check(verifier: impl FnOnce(&str, &str) -> anyhow::Result<String>) {
    let installation = Installation::new().unwrap();
    let component = prepared("INFERNO_COMPONENTS").join("fuse-qkv.wasm");
    installation.install("fuse-qkv", &component).unwrap();
    let bundle = installation.plugin("fuse-qkv").join("component.wasm.sigstore.json");
    let key = installation.path().join("keys/development.pub.pem");
    let found = verifier(&bundle.display().to_string(), &key.display().to_string()).unwrap();
    let digest = Digest::of(&fs::read(component).unwrap()).hex();
    assert_eq!(found.trim(), format!("test/fuse-qkv 0.1.0 {digest}"));
}

#[test]
fn sigstore_for_javascript_agrees() {
    let folder = tools::node("sigstore", &["@sigstore/verify@4", "@sigstore/bundle@5"]).unwrap();
    check(|bundle, key| tools::node_script(&folder, "verify.mjs", &[bundle, key]));
}

#[test]
fn sigstore_for_python_agrees() {
    let python = tools::python("sigstore-python", &["sigstore==4.5.*"]).unwrap();
    check(|bundle, key| tools::run(Command::new(python).arg(tools::client("verify.py")).args([bundle, key])));
}
