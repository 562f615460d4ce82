//! Every way to be refused, with the message that teaches the way out.

use serde_json::json;

use super::*;

fn check(bundle: &str) -> String {
    told(judge(bundle))
}

#[test]
fn nothing_unsigned_runs() {
    insta::assert_snapshot!(told(verify(COMPONENT.to_vec(), None, &expected(), &policy())), @r#"inferno/fuse-qkv 0.1.0 has no signature; nothing unsigned runs here, so ask its publisher for the bundle"#);
    insta::assert_snapshot!(check(""), @r#"the bundle cannot be read: it is not valid JSON: EOF while parsing a value at line 1 column 0"#);
}

#[test]
fn malformed_bundles() {
    insta::assert_snapshot!(check("{\"mediaType\":"), @r#"the bundle cannot be read: it is not valid JSON: EOF while parsing a value at line 1 column 13"#);
    insta::assert_snapshot!(check(&" ".repeat(256 * 1024 + 1)), @r#"the bundle has 262145 bytes; at most 262144 are read"#);
    insta::assert_snapshot!(check(&"[".repeat(200_000)), @r#"the bundle cannot be read: it is not valid JSON: recursion limit exceeded at line 1 column 128"#);
    insta::assert_snapshot!(check("[]"), @r#"the bundle has the media type ""; sign again for `application/vnd.dev.sigstore.bundle.v0.3+json`"#);
    insta::assert_snapshot!(check(&(bundle().to_json() + "{}")), @r#"the bundle cannot be read: it is not valid JSON: trailing characters at line 1 column 828"#);
    let twice = |from: &str, to: &str| check(&bundle().to_json().replacen(from, to, 1));
    insta::assert_snapshot!(twice("\"mediaType\"", "\"mediaType\":\"x\",\"mediaType\""), @r#"the bundle cannot be read: the key "mediaType" is said twice; each key may be said once"#);
    insta::assert_snapshot!(twice("\"sig\"", "\"s\\u0069g\":\"\",\"sig\""), @r#"the bundle cannot be read: the key "sig" is said twice; each key may be said once"#);
    insta::assert_snapshot!(check(&altered(|b| b["mediaType"] = json!("application/json"))), @r#"the bundle has the media type "application/json"; sign again for `application/vnd.dev.sigstore.bundle.v0.3+json`"#);
    let older = json!("application/vnd.dev.sigstore.bundle+json;version=0.2");
    insta::assert_snapshot!(check(&altered(|b| b["mediaType"] = older)), @r#"the bundle has the media type "application/vnd.dev.sigstore.bundle+json;version=0.2"; sign again for `application/vnd.dev.sigstore.bundle.v0.3+json`"#);
    insta::assert_snapshot!(check(&altered(|b| b["dsseEnvelope"]["payloadType"] = json!("text/plain"))), @r#"the bundle's payload has the type "text/plain"; `application/vnd.in-toto+json` is needed"#);
    insta::assert_snapshot!(check(&altered(|b| b["dsseEnvelope"]["payload"] = json!("%%%"))), @r#"the bundle does not have the form of a sigstore bundle: Invalid encoding: invalid base64: Invalid symbol 37, offset 0."#);
    insta::assert_snapshot!(check(&altered(|b| b["verificationMaterial"] = json!({}))), @r#"the bundle names no public key; certificates cannot be judged yet, so sign with a key"#);
    let certificate = json!({ "certificate": { "rawBytes": "AAAA" } });
    insta::assert_snapshot!(check(&altered(|b| b["verificationMaterial"] = certificate)), @r#"the bundle names no public key; certificates cannot be judged yet, so sign with a key"#);
}

#[test]
fn a_blob_signature_is_not_enough() {
    let blob = json!({
        "messageDigest": { "algorithm": "SHA2_256", "digest": "AAAA" },
        "signature": "AAAA",
    });
    let both = altered(|b| b["messageSignature"] = blob.clone());
    insta::assert_snapshot!(check(&both), @r#"the bundle has a statement and a blob signature; it may have one of them only"#);
    let alone = altered(|b| {
        b["messageSignature"] = blob;
        b.as_object_mut().expect("an object").remove("dsseEnvelope");
    });
    insta::assert_snapshot!(check(&alone), @r#"the bundle signs no statement, so it does not say which package and version it is for; sign with `inferno plugin sign`, not as a blob"#);
}

#[test]
fn one_signature_and_no_other_number() {
    insta::assert_snapshot!(check(&altered(|b| b["dsseEnvelope"]["signatures"] = json!([]))), @r#"the bundle has 0 signatures; exactly one is needed, so that it is plain who signed"#);
    let twice = altered(|b| {
        let signature = b["dsseEnvelope"]["signatures"][0].clone();
        b["dsseEnvelope"]["signatures"] = json!([signature, signature]);
    });
    insta::assert_snapshot!(check(&twice), @r#"the bundle has 2 signatures; exactly one is needed, so that it is plain who signed"#);
}

#[test]
fn keys_that_nobody_trusts() {
    insta::assert_snapshot!(check(&sign(COMPONENT, &release(), &stranger()).to_json()), @r#"nobody whom you trust has the key that signed this (key 40f5ccec4350fd377f2d52ac92cac8cd175a3cef278890c33803812304b5a3e1); if you know the publisher, add their public key to the trusted keys"#);
    let hint = |hint: &str| altered(|b| b["verificationMaterial"]["publicKey"]["hint"] = json!(hint));
    insta::assert_snapshot!(check(&hint("")), @r#"nobody whom you trust has the key that signed this (hint ""); if you know the publisher, add their public key to the trusted keys"#);
    insta::assert_snapshot!(check(&hint(&"\u{1b}[2J".repeat(99))), @r#"nobody whom you trust has the key that signed this (hint "\u{1b}[2J\u{1b}[2J\u{1b}[2J\u{1b}[2J\u{1b}[2J\u{1b}[2J\u{1b}[2J\u{1b}[2J\u{1b}[2J\u{1b}[2J\u{1b}[2J\u{1b}[2J\u{1b}[2J\u{1b}[2J\u{1b}[2J\u{1b}[2J\u{1b}[2J\u{1b}[2J\u{1b}[2J\u{1b}[2J\u{1b}[2J\u{1b}[2J\u{1b}[2J\u{1b}[2J\u{1b}[2J"); if you know the publisher, add their public key to the trusted keys"#);

    let mut keys = trusted();
    keys.revoke(key().public_key().id());
    let revoked = Policy::Keys(keys.clone());
    let bundle = bundle().to_json();
    let try_with = |policy| told(verify(COMPONENT.to_vec(), Some(bundle.as_bytes()), &expected(), policy));
    insta::assert_snapshot!(try_with(&revoked), @r#"the key ce97ec20d43661a19b215cb2e376a698d0b4aa2aa5b4c7854e916bd05082fcee that signed this is revoked; ask the publisher for a release signed with a new key"#);
    let development = Policy::Development { key: key().public_key(), keys };
    assert_eq!(try_with(&development), try_with(&revoked), "a revoked key is refused in development too");
    insta::assert_snapshot!(development, @r#"DEVELOPMENT: also trusts the local key ce97ec20d436; 1 trusted signer, 1 revoked key"#);
}

#[test]
fn signatures_that_are_not() {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let signature = |der: &[u8]| {
        check(&altered(|b| b["dsseEnvelope"]["signatures"][0]["sig"] = json!(STANDARD.encode(der))))
    };
    let forged = signature(&stranger().sign(&Bundle::signed_bytes(bundle().payload())));
    insta::assert_snapshot!(forged, @r#"the signature was not made by inferno (key ce97ec20d436) over this statement; the bundle was altered or forged, so fetch it again from its publisher"#);
    // Zero for r and s satisfies a verifier that forgets to look; so does the order of the group.
    assert_eq!(signature(&[0x30, 6, 2, 1, 0, 2, 1, 0]), forged);
    assert_eq!(signature(&[0x30, 6, 2, 1, 1, 2, 1, 0]), forged);
    assert_eq!(signature(&[]), forged);
    assert_eq!(signature(&[0; 64]), forged);
    // A signature over the bare component, and over the payload without its encoding.
    assert_eq!(signature(&key().sign(COMPONENT)), forged);
    assert_eq!(signature(&key().sign(bundle().payload())), forged);
    // DER with a trailing byte, and with a length that is longer than needed.
    let good = bundle().signature().to_vec();
    assert_eq!(signature(&[&good[..], &[0]].concat()), forged);
    assert_eq!(signature(&[&[0x30, 0x81], &good[1..]].concat()), forged);
    // The hint of a trusted key over a stranger's signature.
    let stolen = sign(COMPONENT, &release(), &stranger()).to_json();
    let stolen = stolen.replace(&stranger().public_key().id().to_hint(), &key().public_key().id().to_hint());
    assert_eq!(check(&stolen), forged);
}

#[test]
fn good_signatures_for_something_else() {
    let other = |name: &str, version: &str, component: &[u8]| {
        let (Ok(name), Ok(version)) = (name.parse(), version.parse()) else { panic!("well-formed") };
        check(&sign(component, &Release::new(name, version, release().kind()), &key()).to_json())
    };
    insta::assert_snapshot!(other("inferno/other", "0.1.0", COMPONENT), @r#"the bundle is for inferno/other, not for inferno/fuse-qkv; was a bundle of another package put beside it?"#);
    insta::assert_snapshot!(other("inferno/fuse-qkv", "0.0.9", COMPONENT), @r#"the bundle is for version 0.0.9, not for 0.1.0; ask for that version if it is the one you want"#);
    insta::assert_snapshot!(other("inferno/fuse-qkv", "0.1.0", b"another artifact"), @r#"the component has the digest sha256:13876d4875104503eeebea410aa6f91f1539b8e40691267681bba8c43577b19d, but inferno (key ce97ec20d436) signed sha256:b689d048c691ecb41faac2794e8d2ead69afa42a2d06aad26af3002de6217bde; the file was altered or damaged, so fetch it again"#);
}

#[test]
fn statements_that_are_no_release() {
    insta::assert_snapshot!(check(&resigned(|s| s["_type"] = json!("https://in-toto.io/Statement/v0.1"))), @r#"the signed statement has the type "https://in-toto.io/Statement/v0.1"; `https://in-toto.io/Statement/v1` is needed"#);
    let provenance = json!("https://slsa.dev/provenance/v1");
    insta::assert_snapshot!(check(&resigned(|s| s["predicateType"] = provenance)), @r#"the signed statement is about "https://slsa.dev/provenance/v1"; only `urn:inferno:package-release:v1` says that a component may be installed"#);
    insta::assert_snapshot!(check(&resigned(|s| s["subject"] = json!([]))), @r#"the signed statement has 0 subjects; a release is one component, so one is needed"#);
    let two = resigned(|s| s["subject"] = json!([s["subject"][0], s["subject"][0]]));
    insta::assert_snapshot!(check(&two), @r#"the signed statement has 2 subjects; a release is one component, so one is needed"#);
    insta::assert_snapshot!(check(&resigned(|s| s["subject"][0]["name"] = json!("inferno/other"))), @r#"the signed statement calls the component inferno/other and then inferno/fuse-qkv; ask its publisher to sign again"#);
    insta::assert_snapshot!(check(&resigned(|s| s["subject"][0]["digest"]["sha256"] = json!("00"))), @r#"the signed statement is not a release as this version knows it: a SHA-256 digest has 64 hexadecimal digits, not 2"#);
    insta::assert_snapshot!(check(&resigned(|s| s["subject"][0]["digest"]["sha512"] = json!("00"))), @r#"the signed statement is not a release as this version knows it: unknown field `sha512`, expected `sha256`"#);
    insta::assert_snapshot!(check(&resigned(|s| s["predicate"]["grants"] = json!(["network"]))), @r#"the signed statement is not a release as this version knows it: "network" is not a capability; this version knows `log` and `metric:NAME`"#);
    insta::assert_snapshot!(check(&resigned(|s| s["predicate"]["kind"] = json!("profiler"))), @r#"the signed statement is not a release as this version knows it: "profiler" is not a kind of package; this version knows `optimization-pass`, `widget` and `analyzer`"#);
    insta::assert_snapshot!(check(&resigned(|s| s["predicate"]["extra"] = json!(1))), @r#"the signed statement is not a release as this version knows it: unknown field `extra`, expected one of `name`, `version`, `kind`, `grants`"#);
    let twice =
        String::from_utf8(bundle().payload().to_vec()).expect("text").replacen('{', "{\"_type\":1,", 1);
    insta::assert_snapshot!(check(&crate::sign::sign_payload(twice.as_bytes(), &key()).to_json()), @r#"the signed statement cannot be read: the key "_type" is said twice; each key may be said once"#);
}
