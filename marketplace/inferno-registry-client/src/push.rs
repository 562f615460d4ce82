//! Publishing a version: blobs, then what names them, then the signature.
//!
//! Owns: the order. The version becomes visible with the last request, when the registry accepts the bundle; until then
//! nobody finds half of it. Every step can be repeated, so an interrupted publication is published again. Refuses
//! nothing by itself: the registry judges.

use inferno_package::Manifest;
use inferno_types::Digest;
use ureq::http::header;

use crate::{
    ClientError, RegistryClient,
    oci::{self, Descriptor, ImageManifest},
    transport::{Method, Payload},
};

/// The most bytes that are read of an answer that says nothing.
const MAX_ANSWER: u64 = 64 << 10;

/// A version, ready to be published.
#[derive(Debug, Clone, Copy)]
pub struct Publication<'a> {
    /// The component.
    pub component: &'a [u8],
    /// `inferno.toml`, as its publisher wrote it.
    pub manifest_text: &'a str,
    /// The same, read.
    pub manifest: &'a Manifest,
    /// The signature, as JSON.
    pub bundle: &'a str,
    /// The README, Markdown.
    pub readme: Option<&'a str>,
    /// What the component imports, for people who look at the registry with other tools.
    pub imports: &'a [String],
    /// What it exports.
    pub exports: &'a [String],
}

/// A version that is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pushed {
    /// The digest of the component.
    pub digest: Digest,
    /// The digest of its OCI manifest.
    pub manifest_digest: Digest,
}

impl RegistryClient {
    /// Publishes a version.
    ///
    /// # Errors
    /// When the registry cannot be reached or refuses: without the publisher's token, when the version exists with
    /// other bytes or is lower than the newest, when the signature is not the publisher's, and so on; in its words.
    pub fn push(&self, publication: &Publication<'_>) -> Result<Pushed, ClientError> {
        let Publication { component, manifest, bundle, imports, exports, .. } = *publication;
        let name = manifest.name().to_string();
        let component = self.upload(&name, oci::WASM, component)?;
        let config = oci::config(&component, imports, exports);
        let config = self.upload(&name, oci::WASM_CONFIG, &config)?;
        let digest = component.digest;
        let image = ImageManifest::of_component(config, component, manifest).to_bytes();
        let image = self.put_manifest(&name, &manifest.version().to_string(), &image)?;

        self.upload(&name, oci::EMPTY, oci::EMPTY_BYTES)?;
        let mut layers = vec![self.upload(&name, oci::TOML, publication.manifest_text.as_bytes())?];
        if let Some(readme) = publication.readme {
            layers.push(self.upload(&name, oci::MARKDOWN, readme.as_bytes())?);
        }
        self.attach(&name, ImageManifest::of_referrer(oci::PACKAGE, image.clone(), layers))?;

        let layers = vec![self.upload(&name, oci::BUNDLE, bundle.as_bytes())?];
        let signature = ImageManifest::of_referrer(oci::BUNDLE, image.clone(), layers).with_annotations(&[
            ("dev.sigstore.bundle.content", "dsse-envelope"),
            ("dev.sigstore.bundle.predicateType", inferno_trust::PREDICATE_TYPE),
        ]);
        self.attach(&name, signature)?;
        Ok(Pushed { digest, manifest_digest: image.digest })
    }

    fn attach(&self, name: &str, manifest: ImageManifest) -> Result<(), ClientError> {
        let bytes = manifest.to_bytes();
        self.put_manifest(name, &Digest::of(&bytes).to_string(), &bytes)?;
        Ok(())
    }

    fn put_manifest(&self, name: &str, reference: &str, bytes: &[u8]) -> Result<Descriptor, ClientError> {
        let address = self.registry().at(&format!("/v2/{name}/manifests/{reference}"));
        let payload = Payload::Bytes { media_type: oci::MANIFEST, bytes };
        let what = format!("repository {name}");
        self.transport.send(Method::Put, &address, payload, &what)?.bytes(MAX_ANSWER)?;
        Ok(Descriptor::of(oci::MANIFEST, bytes))
    }

    /// Uploads bytes unless they are there already.
    fn upload(&self, name: &str, media_type: &str, bytes: &[u8]) -> Result<Descriptor, ClientError> {
        let descriptor = Descriptor::of(media_type, bytes);
        let what = format!("repository {name}");
        if self.transport.has(&format!("/v2/{name}/blobs/{}", descriptor.digest), &what)? {
            return Ok(descriptor);
        }
        let begin = self.registry().at(&format!("/v2/{name}/blobs/uploads/"));
        let answer = self.transport.send(Method::Post, &begin, Payload::Nothing, &what)?;
        let location = answer.header(header::LOCATION).unwrap_or_default().to_owned();
        answer.bytes(MAX_ANSWER)?;
        let elsewhere = || {
            ClientError::malformed(
                self.registry(),
                "place for an upload",
                format!("it is elsewhere, {location:?}"),
            )
        };
        let address = self.registry().own(&location).ok_or_else(elsewhere)?;
        let separator = if address.contains('?') { '&' } else { '?' };
        let address = format!("{address}{separator}digest={}", descriptor.digest);
        let payload = Payload::Bytes { media_type: "application/octet-stream", bytes };
        self.transport.send(Method::Put, &address, payload, &what)?.bytes(MAX_ANSWER)?;
        Ok(descriptor)
    }
}
