//! Manifests as clients write them, and as they should not.

use super::*;

const DIGEST: &str = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

fn manifest(change: impl Fn(String) -> String) -> Result<ImageManifest, ImageError> {
    let text = format!(
        r#"{{"schemaVersion":2,"mediaType":"{IMAGE_MANIFEST}","config":{{"mediaType":"{WASM_CONFIG}","digest":"{DIGEST}","size":2}},"layers":[{{"mediaType":"{WASM_LAYER}","digest":"{DIGEST}","size":4,"annotations":{{"{TITLE}":"x.wasm"}}}}],"annotations":null}}"#
    );
    ImageManifest::parse(change(text).as_bytes())
}

#[test]
fn a_manifest_of_wkg_is_read() {
    let manifest = manifest(|text| text).unwrap();
    assert_eq!(manifest.listed_type(), WASM_CONFIG);
    assert_eq!(manifest.layers[0].size, 4);
    assert_eq!(manifest.blobs().count(), 2);
}

#[test]
fn manifests_that_are_refused() {
    let swap = |from: &'static str, to: &'static str| move |text: String| text.replacen(from, to, 1);
    let layer = format!(r#"{{"mediaType":"a/b","digest":"{DIGEST}","size":1}},"#);
    let many = move |text: String| text.replace("\"layers\":[", &format!("\"layers\":[{}", layer.repeat(8)));
    let table: Vec<String> = [
        ("empty", manifest(|_| String::new())),
        ("an array", manifest(|_| "[]".into())),
        ("schema 1", manifest(swap("\"schemaVersion\":2", "\"schemaVersion\":1"))),
        ("an index", manifest(swap("manifest.v1", "index.v1"))),
        ("layers twice", manifest(swap("\"annotations\":null", "\"layers\":[]"))),
        ("no config", manifest(swap("\"config\"", "\"konfig\""))),
        ("sha512", manifest(swap("sha256:", "sha512:"))),
        ("negative size", manifest(swap("\"size\":2", "\"size\":-2"))),
        ("fractional size", manifest(swap("\"size\":2", "\"size\":2.5"))),
        ("a line break in a type", manifest(swap("application/wasm", "application/wasm\\n"))),
        ("nine layers", manifest(many)),
        ("an absolute title", manifest(swap("x.wasm", "/etc/passwd"))),
        ("a title that climbs", manifest(swap("x.wasm", "a/../../x.wasm"))),
        ("a title of Windows", manifest(swap("x.wasm", "C:\\\\x.wasm"))),
    ]
    .into_iter()
    .map(|(what, result)| format!("{what}: {}", result.expect_err(what)))
    .collect();
    insta::assert_snapshot!(table.join("\n"), @r#"
    empty: it is not an OCI image manifest: EOF while parsing a value at line 1 column 0
    an array: it is not an OCI image manifest: invalid length 0, expected struct Wire with 7 elements at line 1 column 2
    schema 1: its `schemaVersion` is 1; 2 is needed
    an index: its `mediaType` is "application/vnd.oci.image.index.v1+json"; only `application/vnd.oci.image.manifest.v1+json` is kept here
    layers twice: it is not an OCI image manifest: duplicate field `layers` at line 1 column 431
    no config: it is not an OCI image manifest: missing field `config` at line 1 column 442
    sha512: it is not an OCI image manifest: a digest starts with `sha256:` at line 1 column 218
    negative size: it is not an OCI image manifest: invalid value: integer `-2`, expected u64 at line 1 column 228
    fractional size: it is not an OCI image manifest: invalid type: floating point `2.5`, expected u64 at line 1 column 229
    a line break in a type: "application/wasm\n" is no media type
    nine layers: it has 9 layers; at most 8 are read, and a component has one
    an absolute title: the title "/etc/passwd" of a layer is not a plain relative path; a client would write a file by that name
    a title that climbs: the title "a/../../x.wasm" of a layer is not a plain relative path; a client would write a file by that name
    a title of Windows: the title "C:\\x.wasm" of a layer is not a plain relative path; a client would write a file by that name
    "#);
}

#[test]
fn a_manifest_nested_to_exhaust_the_stack_is_refused() {
    let deep = format!("{{\"schemaVersion\":2,\"x\":{}", "[".repeat(100_000));
    assert!(ImageManifest::parse(deep.as_bytes()).is_err());
}
