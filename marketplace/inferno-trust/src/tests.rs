//! One fixture, altered in one way at a time: what is refused, and in which words.

mod keys;
mod publishers;
mod refusals;
mod tamper;

use std::error::Error;

use inferno_package::{Capability, Requests};
use serde_json::{Value, json};

use crate::{
    Bundle, Component, Expected, Policy, Release, SigningKey, TrustError, TrustedKeys, Verified, sign, verify,
};

const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0 a component, as far as trust is concerned";

/// The key that the fixture's operator trusts as `inferno`.
fn key() -> SigningKey {
    SigningKey::for_test(7)
}

/// A key that nobody trusts.
fn stranger() -> SigningKey {
    SigningKey::for_test(8)
}

fn release() -> Release {
    let parts = ("inferno/fuse-qkv".parse(), "0.1.0".parse(), "optimization-pass".parse());
    let (Ok(name), Ok(version), Ok(kind)) = parts else { panic!("the fixture is well-formed") };
    Release::new(name, version, kind).with_requests(Requests::from_iter([Capability::Log]))
}

fn expected() -> Expected {
    Expected { name: release().name().clone(), version: release().version().clone() }
}

fn trusted() -> TrustedKeys {
    let mut keys = TrustedKeys::new();
    keys.trust("inferno", key().public_key()).expect("a good name, a new key");
    keys
}

fn policy() -> Policy {
    Policy::Keys(trusted())
}

fn bundle() -> Bundle {
    sign(COMPONENT, &release(), &key())
}

/// Verifies `bundle` for the fixture's component, expectation and policy.
fn judge(bundle: &str) -> Result<Verified<Component>, TrustError> {
    verify(COMPONENT.to_vec(), Some(bundle.as_bytes()), &expected(), &policy())
}

/// The fixture's bundle, altered as JSON.
fn altered(alter: impl FnOnce(&mut Value)) -> String {
    let mut value: Value = serde_json::from_str(&bundle().to_json()).expect("we wrote it");
    alter(&mut value);
    value.to_string()
}

/// The fixture's statement, altered as JSON and signed again with the trusted key.
fn resigned(alter: impl FnOnce(&mut Value)) -> String {
    let mut value: Value = serde_json::from_slice(bundle().payload()).expect("we wrote it");
    alter(&mut value);
    crate::sign::sign_payload(value.to_string().as_bytes(), &key()).to_json()
}

/// An error and its causes, as an operator reads them.
fn told(outcome: Result<Verified<Component>, TrustError>) -> String {
    let Err(error) = outcome else { return "verified".to_owned() };
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text += &format!(": {error}");
        cause = error.source();
    }
    text
}

#[test]
fn a_signed_component_is_verified_as_what_was_signed() {
    let verified = judge(&bundle().to_json()).expect("signed, trusted, expected");
    assert_eq!(verified.get().bytes(), COMPONENT);
    assert_eq!((verified.name(), verified.version()), (release().name(), release().version()));
    assert_eq!(verified.kind(), release().kind());
    assert!(verified.requests().contains(&Capability::Log));
    assert_eq!(verified.digest(), inferno_types::Digest::of(COMPONENT));
    assert!(!verified.signer().is_development());
    insta::assert_snapshot!(verified.signer(), @r#"inferno (key ce97ec20d436)"#);
}

#[test]
fn a_bundle_is_the_same_every_time() {
    insta::assert_snapshot!(bundle().to_json(), @r#"{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{"publicKey":{"hint":"zpfsINQ2YaGbIVyy43ammNC0qiqltMeFTpFr0FCC/O4="},"tlogEntries":[],"timestampVerificationData":{}},"dsseEnvelope":{"payloadType":"application/vnd.in-toto+json","payload":"eyJfdHlwZSI6Imh0dHBzOi8vaW4tdG90by5pby9TdGF0ZW1lbnQvdjEiLCJzdWJqZWN0IjpbeyJuYW1lIjoiaW5mZXJuby9mdXNlLXFrdiIsImRpZ2VzdCI6eyJzaGEyNTYiOiIxMzg3NmQ0ODc1MTA0NTAzZWVlYmVhNDEwYWE2ZjkxZjE1MzliOGU0MDY5MTI2NzY4MWJiYThjNDM1NzdiMTlkIn19XSwicHJlZGljYXRlVHlwZSI6InVybjppbmZlcm5vOnBhY2thZ2UtcmVsZWFzZTp2MSIsInByZWRpY2F0ZSI6eyJuYW1lIjoiaW5mZXJuby9mdXNlLXFrdiIsInZlcnNpb24iOiIwLjEuMCIsImtpbmQiOiJvcHRpbWl6YXRpb24tcGFzcyIsImdyYW50cyI6WyJsb2ciXX19","signatures":[{"sig":"MEUCIQCha3kT9GldRmWp/KQ9n5JGYbQuLM3t1gYXxd1OFk2SmQIgE/T3/QrDuNHLyClHpER9ee5whSKmxKvKo/vXqpoNWwA="}]}}"#);
    let payload = String::from_utf8(bundle().payload().to_vec()).expect("a statement is text");
    insta::assert_snapshot!(payload, @r#"{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"inferno/fuse-qkv","digest":{"sha256":"13876d4875104503eeebea410aa6f91f1539b8e40691267681bba8c43577b19d"}}],"predicateType":"urn:inferno:package-release:v1","predicate":{"name":"inferno/fuse-qkv","version":"0.1.0","kind":"optimization-pass","grants":["log"]}}"#);
}

#[test]
fn a_development_policy_says_so_and_still_wants_a_signature() {
    let policy = Policy::Development { key: stranger().public_key(), keys: trusted() };
    assert!(policy.is_development());
    insta::assert_snapshot!(policy, @r#"DEVELOPMENT: also trusts the local key 40f5ccec4350; 1 trusted signer"#);
    let try_with = |bundle: Option<String>| {
        verify(COMPONENT.to_vec(), bundle.as_deref().map(str::as_bytes), &expected(), &policy)
    };
    let mine = try_with(Some(sign(COMPONENT, &release(), &stranger()).to_json())).expect("my own key");
    assert!(mine.signer().is_development());
    insta::assert_snapshot!(mine.signer(), @r#"development (key 40f5ccec4350)"#);
    let theirs = try_with(Some(bundle().to_json())).expect("a trusted key");
    assert!(!theirs.signer().is_development());
    assert!(matches!(try_with(None), Err(TrustError::NoBundle { .. })));
    let other = sign(COMPONENT, &release(), &SigningKey::for_test(9)).to_json();
    assert!(matches!(try_with(Some(other)), Err(TrustError::UnknownKey { .. })));
}

#[test]
fn a_bundle_with_a_log_entry_keeps_it() {
    // The entry is not judged offline, but a bundle that passes through us must come out whole.
    let entry = json!({
        "logIndex": "7",
        "logId": { "keyId": "wNI9atQGlz+VWfO6LRygH4QUfY/8W4RFwiT5i5WRgB0=" },
        "kindVersion": { "kind": "dsse", "version": "0.0.1" },
        "integratedTime": "1766077479",
        "canonicalizedBody": "e30=",
    });
    let text = altered(|b| b["verificationMaterial"]["tlogEntries"] = json!([entry]));
    assert!(judge(&text).is_ok());
    let parsed = Bundle::parse(text.as_bytes()).expect("it is well-formed");
    assert!(parsed.to_json().contains("\"integratedTime\":\"1766077479\""));
    assert_eq!(Bundle::parse(parsed.to_json().as_bytes()), Ok(parsed));
}
