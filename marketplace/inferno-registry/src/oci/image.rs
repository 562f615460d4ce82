//! OCI image manifests, as far as they describe a component, its package files or its bundle.
//!
//! Owns: reading the JSON under limits. Refuses image indexes, other schema versions, digests that are not SHA-256 and
//! names of files that lead out of a folder. Easily confused with `inferno.toml`, which is a
//! [`Manifest`](inferno_package::Manifest) too: a publisher writes that one, a client writes this one.

use std::collections::BTreeMap;

use inferno_types::Digest;
use serde::Deserialize;

/// The media type of an image manifest.
pub(crate) const IMAGE_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// The media type of an image index.
pub(crate) const IMAGE_INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// The config of a component, as `wkg` writes it.
pub(crate) const WASM_CONFIG: &str = "application/vnd.wasm.config.v0+json";
/// The layer of a component.
pub(crate) const WASM_LAYER: &str = "application/wasm";

/// What a client's file is called when it is pulled.
const TITLE: &str = "org.opencontainers.image.title";
/// The most layers that are looked at.
const MAX_LAYERS: usize = 8;
/// The longest media type.
const MAX_MEDIA_TYPE: usize = 255;

/// An image manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageManifest {
    /// What kind of artifact it says it is.
    pub artifact_type: Option<String>,
    /// Its config.
    pub config: Descriptor,
    /// Its layers.
    pub layers: Vec<Descriptor>,
    /// The digest of the manifest that it refers to.
    pub subject: Option<Digest>,
    /// What it says about itself.
    pub annotations: BTreeMap<String, String>,
}

/// A blob, as a manifest names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Descriptor {
    /// What its bytes are.
    pub media_type: String,
    /// The digest of its bytes.
    pub digest: Digest,
    /// How many bytes there are.
    pub size: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    schema_version: u64,
    media_type: Option<String>,
    artifact_type: Option<String>,
    config: WireDescriptor,
    layers: Vec<WireDescriptor>,
    subject: Option<WireDescriptor>,
    // Some clients write `null` where they have nothing to say.
    annotations: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireDescriptor {
    media_type: String,
    digest: Digest,
    size: u64,
    annotations: Option<BTreeMap<String, String>>,
}

impl ImageManifest {
    /// Reads a manifest. Fields that mean nothing here are left alone: the bytes are kept as they came.
    ///
    /// # Errors
    /// When it is not JSON of that form, says a field twice, or a part of it is refused.
    pub fn parse(bytes: &[u8]) -> Result<Self, ImageError> {
        let wire: Wire =
            serde_json::from_slice(bytes).map_err(|e| ImageError::Format { reason: e.to_string() })?;
        if wire.schema_version != 2 {
            return Err(ImageError::SchemaVersion { found: wire.schema_version });
        }
        if let Some(found) = wire.media_type.filter(|found| found != IMAGE_MANIFEST) {
            return Err(ImageError::MediaType { found: shorten(&found) });
        }
        if wire.layers.len() > MAX_LAYERS {
            return Err(ImageError::Layers { found: wire.layers.len() });
        }
        Ok(Self {
            artifact_type: wire.artifact_type.filter(|text| !text.is_empty()).map(media_type).transpose()?,
            config: wire.config.parse()?,
            layers: wire.layers.into_iter().map(WireDescriptor::parse).collect::<Result<_, _>>()?,
            subject: wire.subject.map(|subject| subject.digest),
            annotations: wire.annotations.unwrap_or_default(),
        })
    }

    /// What it is listed as among the referrers of another: OCI falls back to the type of its config.
    pub(crate) fn listed_type(&self) -> &str {
        self.artifact_type.as_deref().unwrap_or(&self.config.media_type)
    }

    /// Every blob that it names.
    pub(crate) fn blobs(&self) -> impl Iterator<Item = &Descriptor> {
        std::iter::once(&self.config).chain(&self.layers)
    }
}

impl WireDescriptor {
    fn parse(self) -> Result<Descriptor, ImageError> {
        if let Some(title) = self.annotations.unwrap_or_default().get(TITLE) {
            check_title(title)?;
        }
        Ok(Descriptor { media_type: media_type(self.media_type)?, digest: self.digest, size: self.size })
    }
}

fn media_type(text: String) -> Result<String, ImageError> {
    let plain = text.bytes().all(|b| matches!(b, b'!'..=b'~'));
    if text.is_empty() || text.len() > MAX_MEDIA_TYPE || !plain {
        return Err(ImageError::NotAMediaType { found: shorten(&text) });
    }
    Ok(text)
}

/// Clients write a layer to the file that its title names.
fn check_title(title: &str) -> Result<(), ImageError> {
    let leads_out = title.split('/').any(|part| matches!(part, "" | "." | ".."));
    if leads_out || title.contains(['\\', ':']) || title.chars().any(char::is_control) {
        return Err(ImageError::Title { found: shorten(title) });
    }
    Ok(())
}

/// The beginning of a text from outside, for quoting it in an error.
pub(crate) fn shorten(text: &str) -> String {
    text.chars().take(100).collect()
}

/// Why bytes are not an [`ImageManifest`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImageError {
    /// They are not JSON of that form.
    #[error("it is not an OCI image manifest: {reason}")]
    Format {
        /// What the parser says.
        reason: String,
    },
    /// It is of another time.
    #[error("its `schemaVersion` is {found}; 2 is needed")]
    SchemaVersion {
        /// What it says.
        found: u64,
    },
    /// It is another kind of manifest.
    #[error("its `mediaType` is {found:?}; only `{IMAGE_MANIFEST}` is kept here")]
    MediaType {
        /// The media type, shortened.
        found: String,
    },
    /// Something is no media type.
    #[error("{found:?} is no media type")]
    NotAMediaType {
        /// The text, shortened.
        found: String,
    },
    /// It has more layers than anything that is kept here.
    #[error("it has {found} layers; at most 8 are read, and a component has one")]
    Layers {
        /// How many.
        found: usize,
    },
    /// The name of a file leads out of the folder that it is pulled to.
    #[error(
        "the title {found:?} of a layer is not a plain relative path; a client would write a file by that name"
    )]
    Title {
        /// The title, shortened.
        found: String,
    },
}

#[cfg(test)]
mod tests {
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
        let many =
            move |text: String| text.replace("\"layers\":[", &format!("\"layers\":[{}", layer.repeat(8)));
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
}
