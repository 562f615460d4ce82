//! Why a manifest is not taken: one variant per reason, each with what to do about it.

use inferno_package::{Kind, ManifestError, PackageRef, ParseVersionError, Version};
use inferno_trust::{KeyId, TrustError};
use inferno_types::Digest;

use super::{BUNDLE_TYPE, PACKAGE_TYPE};
use crate::{
    Broken,
    component::ComponentError,
    oci::image::{IMAGE_MANIFEST, ImageError, WASM_CONFIG, WASM_LAYER},
};

/// A push that was refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    // The manifest itself.
    #[error("the Content-Type is {found:?}; only `{IMAGE_MANIFEST}` is kept here")]
    ContentType { found: String },
    #[error("the manifest is refused")]
    Image(#[from] ImageError),
    #[error("the manifest has the digest {found}, not {said}, which the address says")]
    Digest { said: Digest, found: Digest },
    #[error("the tag is no version")]
    Tag(#[from] ParseVersionError),
    #[error("push a component under its version as the tag, not under its digest")]
    ComponentByDigest,
    #[error("push a manifest with a `subject` under its own digest; tags are versions of components")]
    ReferrerByTag,
    #[error(
        "the artifact type {found:?} is not kept here; a component is referred to by `{PACKAGE_TYPE}` and `{BUNDLE_TYPE}`"
    )]
    ArtifactType { found: String },
    #[error("the blob {digest} was not uploaded to this package; upload it before its manifest")]
    BlobUnknown { digest: Digest },
    #[error("the manifest says that {digest} has {said} bytes; it has {found}")]
    Size { digest: Digest, said: u64, found: u64 },

    // A component.
    #[error("the config is of the type {found:?}; a component has `{WASM_CONFIG}`, as `wkg` writes it")]
    ConfigType { found: String },
    #[error("the config has {found} bytes; at most {limit} are read")]
    ConfigSize { found: u64, limit: u64 },
    #[error("the config is no JSON object")]
    Config,
    #[error(
        "`layerDigests` of the config is not the digest of this component; was the config made for another?"
    )]
    ConfigOfAnother,
    #[error("the manifest has {found} layers; a component is exactly one layer `{WASM_LAYER}`")]
    Layers { found: usize },
    #[error("the layer is of the type {found:?}; a component is `{WASM_LAYER}`")]
    LayerType { found: String },
    #[error(transparent)]
    Component(#[from] ComponentError),
    #[error("the bytes could not be judged; build the component again with current tools")]
    Unreadable,
    #[error(
        "{version} is there already, with the component {component}; a version never changes, so publish a higher one"
    )]
    Exists { version: Version, component: Digest },
    #[error(
        "{version} was yanked ({reason}); a yanked version is not published again, so publish a higher one"
    )]
    Yanked { version: Version, reason: String },
    #[error("{version} is lower than {newest}, the newest version; publish one that is higher")]
    Older { version: Version, newest: Version },
    #[error(
        "this very manifest is {other}; for {version}, let `org.opencontainers.image.version` in its annotations say so"
    )]
    SameManifest { version: Version, other: Version },
    #[error(
        "{package} is of the kind `{was}` since its first version, and this is of the kind `{is}`; publish it under another name"
    )]
    KindOfPackage { package: PackageRef, was: Kind, is: Kind },
    #[error("a package has at most {limit} versions here")]
    TooManyVersions { limit: u32 },
    #[error("a publisher has at most {limit} packages here")]
    TooManyPackages { limit: u32 },

    // What refers to a component.
    #[error("there is no component {digest} in this package; push it first, and then what refers to it")]
    NoSubject { digest: Digest },
    #[error(
        "{version} is published; its files and its signature do not change any more, so publish a higher version"
    )]
    Published { version: Version },
    #[error(
        "the package files are one layer `application/vnd.inferno.manifest.v1+toml`, and after it one `text/markdown` \
         if there is a README"
    )]
    PackageLayers,
    #[error("inferno.toml has {found} bytes; at most {limit} are read")]
    ManifestSize { found: u64, limit: u64 },
    #[error("inferno.toml is not UTF-8")]
    ManifestText,
    #[error(transparent)]
    Manifest(ManifestError),
    #[error("the README has {found} bytes; at most {limit} are kept, so shorten it")]
    ReadmeSize { found: u64, limit: u64 },
    #[error("the README is not UTF-8 text")]
    ReadmeText,
    #[error("inferno.toml is for {found}, and was pushed to {expected}")]
    NameOfManifest { expected: PackageRef, found: PackageRef },
    #[error("inferno.toml is for version {found}, and the component is tagged {expected}")]
    VersionOfManifest { expected: Version, found: Version },
    #[error("inferno.toml says `{said}`, and the component is of the world `{is}`")]
    KindOfManifest { said: Kind, is: Kind },

    // The signature.
    #[error("a bundle is exactly one layer `{BUNDLE_TYPE}`")]
    BundleLayers,
    #[error("the bundle has {found} bytes; at most {limit} are read")]
    BundleSize { found: u64, limit: u64 },
    #[error("the annotation `{key}` of the bundle is {found:?}; it is `{expected}` for a release")]
    BundleAnnotation { key: &'static str, expected: &'static str, found: String },
    #[error("push the package files (`inferno.toml`) of this component before its bundle")]
    NoPackageFiles,
    #[error(
        "`{publisher}` has no such key here (hint {hint:?}); ask the registry's operator to add the public key"
    )]
    UnknownKey { publisher: String, hint: String },
    #[error("`{publisher}` revoked the key {key}; sign with another")]
    RevokedKey { publisher: String, key: KeyId },
    #[error(
        "the signature is for {found}, not for {expected}; sign this component with its own inferno.toml"
    )]
    SignedName { expected: PackageRef, found: PackageRef },
    #[error("the signature is for version {found}, not for {expected}; sign this version")]
    SignedVersion { expected: Version, found: Version },
    #[error(
        "the signature is for a component {signed}, and the one that was pushed is {found}; sign what you push"
    )]
    SignedBytes { signed: Digest, found: Digest },
    #[error("the signature is refused")]
    Trust(#[source] TrustError),
    #[error(
        "the signed statement says `{said}`, and the component is of the world `{is}`; sign it again as what it is"
    )]
    KindOfStatement { said: Kind, is: Kind },
    #[error(
        "the signed statement asks for {signed}, and inferno.toml for {said}; sign with this inferno.toml"
    )]
    RequestsOfManifest { signed: String, said: String },

    /// Not the client's fault.
    #[error(transparent)]
    Broken(#[from] Broken),
}

impl Refusal {
    /// Whether the push is refused for what is here already.
    pub(crate) fn is_conflict(&self) -> bool {
        matches!(
            self,
            Self::Exists { .. }
                | Self::Yanked { .. }
                | Self::Older { .. }
                | Self::SameManifest { .. }
                | Self::KindOfPackage { .. }
                | Self::Published { .. }
        )
    }

    /// Whether the push is refused for who signed it.
    pub(crate) fn is_about_a_key(&self) -> bool {
        matches!(self, Self::UnknownKey { .. } | Self::RevokedKey { .. })
    }
}
