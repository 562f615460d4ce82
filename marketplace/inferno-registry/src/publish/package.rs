//! The second step: `inferno.toml`, and a README if there is one.

use inferno_package::Manifest;
use inferno_types::Digest;

use super::{Push, Refusal};
use crate::{
    Broken,
    database::{Role, catalog, manifests::referrer},
    oci::image::{Descriptor, ImageManifest},
};

/// The layer that is `inferno.toml`.
const MANIFEST_LAYER: &str = "application/vnd.inferno.manifest.v1+toml";
/// The layer that is a README.
const README_LAYER: &str = "text/markdown";
/// The largest `inferno.toml`, as `inferno-package` reads it.
const MAX_MANIFEST: u64 = 64 * 1024;

/// The files of a package, read.
#[derive(Debug)]
pub(super) struct Files {
    pub(super) manifest: Manifest,
    pub(super) readme: Option<String>,
}

/// Keeps the package files of a component, in place of others, until its bundle arrives.
pub(super) async fn push(push: &Push<'_>, subject: Digest) -> Result<(), Refusal> {
    layers(push, &push.image)?;
    let database = &push.shared.database;
    let tagged = database
        .tagged_manifest(push.package, subject)
        .await?
        .ok_or(Refusal::NoSubject { digest: subject })?;
    push.check_blobs_now().await?;
    let files = read(push, &push.image).await?;
    // Whether they are those of this component is not settled before it is signed, but a slip is told at once.
    if files.manifest.name() != push.package {
        let found = files.manifest.name().clone();
        return Err(Refusal::NameOfManifest { expected: push.package.clone(), found });
    }
    if *files.manifest.version() != tagged.version {
        let found = files.manifest.version().clone();
        return Err(Refusal::VersionOfManifest { expected: tagged.version, found });
    }
    if files.manifest.kind() != tagged.kind {
        return Err(Refusal::KindOfManifest { said: files.manifest.kind(), is: tagged.kind });
    }
    let mut tx = database.write().await?;
    let same = referrer(&mut tx, push.package, subject, Role::Package).await?;
    if same.is_some_and(|found| found.digest == push.digest) {
        return Ok(());
    }
    if catalog::version(&mut tx, push.package, &tagged.version).await?.is_some() {
        return Err(Refusal::Published { version: tagged.version });
    }
    push.check_blobs(&mut tx).await?;
    database.replace_referrer(&mut tx, &push.record(Role::Package)).await?;
    tx.commit().await.map_err(Broken::from)?;
    Ok(())
}

/// Reads the files that a manifest of this type names.
pub(super) async fn read(push: &Push<'_>, image: &ImageManifest) -> Result<Files, Refusal> {
    let (manifest, readme) = layers(push, image)?;
    let text = String::from_utf8(push.read(manifest).await?).map_err(|_| Refusal::ManifestText)?;
    let manifest = Manifest::parse(&text).map_err(Refusal::Manifest)?;
    let readme = match readme {
        Some(readme) => Some(String::from_utf8(push.read(readme).await?).map_err(|_| Refusal::ReadmeText)?),
        None => None,
    };
    if readme.as_ref().is_some_and(|text| text.contains('\0')) {
        return Err(Refusal::ReadmeText);
    }
    Ok(Files { manifest, readme })
}

/// `inferno.toml`, and the README if there is one; nothing else, and nothing twice.
fn layers<'a>(
    push: &Push<'_>,
    image: &'a ImageManifest,
) -> Result<(&'a Descriptor, Option<&'a Descriptor>), Refusal> {
    let (manifest, readme) = match image.layers.as_slice() {
        [manifest] if manifest.media_type == MANIFEST_LAYER => (manifest, None),
        [manifest, readme] if manifest.media_type == MANIFEST_LAYER && readme.media_type == README_LAYER => {
            (manifest, Some(readme))
        }
        _ => return Err(Refusal::PackageLayers),
    };
    if manifest.size > MAX_MANIFEST {
        return Err(Refusal::ManifestSize { found: manifest.size, limit: MAX_MANIFEST });
    }
    let limit = push.shared.limits.readme_bytes;
    if let Some(readme) = readme.filter(|readme| readme.size > limit) {
        return Err(Refusal::ReadmeSize { found: readme.size, limit });
    }
    Ok((manifest, readme))
}
