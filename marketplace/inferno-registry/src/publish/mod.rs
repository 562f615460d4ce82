//! What may be pushed, and when it becomes public.
//!
//! Owns: the three steps of a version (component, package files, bundle), what is checked at each, and the one
//! transaction that publishes. Refuses everything that the first check can refuse as early as it can be known. Easily
//! confused with the check before an installation, which trusts nothing that was checked here.

mod bundle;
mod component;
mod package;
mod refusal;

use inferno_package::{PackageRef, Version};
use inferno_types::Digest;
use sqlx::SqliteConnection;

pub(crate) use self::refusal::Refusal;
use crate::{
    Broken,
    database::{NewReferrer, Role, blobs::size_of_blob, catalog},
    oci::{
        image::{Descriptor, IMAGE_MANIFEST, ImageManifest, shorten},
        reference::Reference,
    },
    shared::Shared,
};

/// The type of the package files, as a referrer of a component.
const PACKAGE_TYPE: &str = "application/vnd.inferno.package.v1";
/// The type of a bundle, as a referrer and as its layer.
const BUNDLE_TYPE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

/// A manifest that was taken.
#[derive(Debug)]
pub(crate) struct Pushed {
    pub(crate) digest: Digest,
    pub(crate) subject: Option<Digest>,
}

/// A manifest that was read, on its way in.
#[derive(Debug)]
struct Push<'a> {
    shared: &'a Shared,
    package: &'a PackageRef,
    bytes: &'a [u8],
    digest: Digest,
    image: ImageManifest,
}

/// Takes a manifest, if it may be.
pub(crate) async fn push(
    shared: &Shared,
    package: &PackageRef,
    reference: &Reference,
    content_type: Option<&str>,
    bytes: &[u8],
) -> Result<Pushed, Refusal> {
    let content_type = content_type.and_then(|value| value.split(';').next()).unwrap_or_default().trim();
    if content_type != IMAGE_MANIFEST {
        return Err(Refusal::ContentType { found: shorten(content_type) });
    }
    let digest = Digest::of(bytes);
    let image = ImageManifest::parse(bytes)?;
    let push = Push { shared, package, bytes, digest, image };
    let subject = push.image.subject;
    match (reference, subject, push.image.artifact_type.as_deref()) {
        (Reference::Digest(said), ..) if *said != digest => {
            return Err(Refusal::Digest { said: *said, found: digest });
        }
        (Reference::Digest(_), None, _) => return Err(Refusal::ComponentByDigest),
        (Reference::Tag(_), Some(_), _) => return Err(Refusal::ReferrerByTag),
        (Reference::Tag(tag), None, _) => component::push(&push, &tag.version()?).await?,
        (Reference::Digest(_), Some(subject), Some(PACKAGE_TYPE)) => package::push(&push, subject).await?,
        (Reference::Digest(_), Some(subject), Some(BUNDLE_TYPE)) => bundle::push(&push, subject).await?,
        (Reference::Digest(_), Some(_), found) => {
            return Err(Refusal::ArtifactType { found: shorten(found.unwrap_or_default()) });
        }
    }
    Ok(Pushed { digest, subject })
}

impl Push<'_> {
    /// The manifest as it is kept.
    fn record(&self, role: Role) -> NewReferrer<'_> {
        NewReferrer {
            package: self.package,
            role,
            subject: self.image.subject,
            digest: self.digest,
            bytes: self.bytes,
            artifact_type: self.image.listed_type(),
            annotations: &self.image.annotations,
            blobs: self.image.blobs().map(|blob| blob.digest).collect(),
        }
    }

    /// Checks that every blob is here, and as large as the manifest says.
    async fn check_blobs(&self, connection: &mut SqliteConnection) -> Result<(), Refusal> {
        for blob in self.image.blobs() {
            let found = size_of_blob(connection, self.package, blob.digest).await?;
            let found = found.ok_or(Refusal::BlobUnknown { digest: blob.digest })?;
            if found != blob.size {
                return Err(Refusal::Size { digest: blob.digest, said: blob.size, found });
            }
        }
        Ok(())
    }

    /// Checks the blobs before their bytes are read. Whoever writes checks them again.
    async fn check_blobs_now(&self) -> Result<(), Refusal> {
        let mut connection = self.shared.database.read().await?;
        self.check_blobs(&mut connection).await
    }

    /// The bytes of a small blob.
    async fn read(&self, blob: &Descriptor) -> Result<Vec<u8>, Broken> {
        self.shared.storage.read(blob.digest).await
    }

    /// Checks that `version` is not one that was taken back.
    async fn check_yank(&self, connection: &mut SqliteConnection, version: &Version) -> Result<(), Refusal> {
        match catalog::version(connection, self.package, version).await?.and_then(|found| found.yanked) {
            Some((_, reason)) => Err(Refusal::Yanked { version: version.clone(), reason }),
            None => Ok(()),
        }
    }

    /// Checks that `version` may still become the newest.
    async fn check_order(&self, connection: &mut SqliteConnection, version: &Version) -> Result<(), Refusal> {
        match catalog::newest(connection, self.package).await? {
            Some(newest) if newest.version > *version => {
                Err(Refusal::Older { version: version.clone(), newest: newest.version })
            }
            _ => Ok(()),
        }
    }
}
