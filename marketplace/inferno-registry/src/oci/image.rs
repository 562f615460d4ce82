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
mod tests;
