//! Files that are no model of a kind that is read: refused by what they are, whatever they claim of themselves.

use std::fs;

use inferno_e2e::installation::Installation;

/// What `inferno` says of a file with these bytes.
fn refusal(name: &str, bytes: &[u8]) -> String {
    let installation = Installation::new().unwrap();
    let path = installation.path().join(name);
    fs::write(&path, bytes).unwrap();
    installation.inferno(&["bench", "--file", path.to_str().unwrap()]).unwrap_err().to_string()
}

/// A header of safetensors: its length, and what it says.
fn safetensors(length: u64, header: &str) -> Vec<u8> {
    [&length.to_le_bytes(), header.as_bytes(), &[0; 64]].concat()
}

#[test]
fn safetensors_are_no_model_here_whatever_their_headers_say() {
    let overlapping = r#"{"a":{"dtype":"F32","shape":[8],"data_offsets":[0,32]},"b":{"dtype":"F32","shape":[8],"data_offsets":[16,48]}}"#;
    for (name, bytes) in [
        ("sound.safetensors", safetensors(2, "{}")),
        ("huge.safetensors", safetensors(2 << 30, "{}")),
        ("endless.gguf", safetensors(u64::MAX, "{}")),
        ("overlapping.gguf", safetensors(overlapping.len() as u64, overlapping)),
        ("empty.gguf", Vec::new()),
    ] {
        let said = refusal(name, &bytes);
        assert!(said.contains("GGUF"), "{name}: {said}");
    }
}

#[test]
fn a_file_that_is_pulled_and_is_no_model_is_kept_and_called_so() {
    let installation = Installation::new().unwrap();
    let path = installation.path().join("page.gguf");
    fs::write(&path, "<html>not found</html>").unwrap();
    let source = format!("file:{}", path.display());
    let said = installation.inferno(&["model", "pull", &source]).unwrap_err().to_string();
    for part in ["page cannot be served", "`inferno model rm page`", "GGUF"] {
        assert!(said.contains(part), "{said}");
    }
    assert!(installation.inferno(&["model", "list"]).unwrap().contains("page"));
    assert!(installation.inferno(&["model", "rm", "page"]).is_ok());
}
