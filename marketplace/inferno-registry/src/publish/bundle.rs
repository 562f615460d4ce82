//! The third step: the signature, and with it the version becomes public.

use inferno_package::{Capability, Manifest};
use inferno_trust::{Component, Expected, PREDICATE_TYPE, Policy, TrustError, TrustedKeys, Verified, verify};
use inferno_types::Digest;

use super::{BUNDLE_TYPE, Push, Refusal, package};
use crate::{
    Broken,
    database::{NewVersion, Role, Tagged, catalog, manifests::referrer},
    oci::image::{Descriptor, ImageManifest, shorten},
};

/// What sigstore's clients write about a bundle, and look for.
const CONTENT: &str = "dev.sigstore.bundle.content";
const PREDICATE: &str = "dev.sigstore.bundle.predicateType";
const DSSE: &str = "dsse-envelope";
/// The largest bundle, as `inferno-trust` reads it.
const MAX_BUNDLE: u64 = 256 * 1024;

/// Checks everything about a version, and publishes it.
pub(super) async fn push(push: &Push<'_>, subject: Digest) -> Result<(), Refusal> {
    let layer = check_layout(push)?;
    let database = &push.shared.database;
    let tagged = database
        .tagged_manifest(push.package, subject)
        .await?
        .ok_or(Refusal::NoSubject { digest: subject })?;
    let files = database.referrer(push.package, subject, Role::Package).await?;
    let files_digest = files.as_ref().map(|files| files.digest);
    let files = files.ok_or(Refusal::NoPackageFiles)?;
    let files = package::read(push, &ImageManifest::parse(&files.bytes)?).await?;
    push.check_blobs_now().await?;
    let verified = check_signature(push, layer, &tagged).await?;
    check_statement(&verified, &tagged, &files.manifest)?;

    let mut tx = database.write().await?;
    // Everything that another request may have changed meanwhile is looked at again.
    let same = referrer(&mut tx, push.package, subject, Role::Bundle).await?;
    if same.is_some_and(|found| found.digest == push.digest) {
        return Ok(());
    }
    if catalog::version(&mut tx, push.package, &tagged.version).await?.is_some() {
        return Err(Refusal::Published { version: tagged.version });
    }
    push.check_blobs(&mut tx).await?;
    push.check_order(&mut tx, &tagged.version).await?;
    let key = verified.signer().key();
    if !database.key_is_good(&mut tx, push.package.publisher(), key).await? {
        return Err(Refusal::RevokedKey { publisher: push.package.publisher().to_owned(), key });
    }
    if referrer(&mut tx, push.package, subject, Role::Package).await?.map(|files| files.digest)
        != files_digest
    {
        return Err(Refusal::NoPackageFiles);
    }
    database.replace_referrer(&mut tx, &push.record(Role::Bundle)).await?;
    let new = NewVersion {
        package: push.package,
        version: &tagged.version,
        bundle: push.digest,
        signer: key,
        requests: verified.requests().iter().cloned().collect(),
        description: files.manifest.description(),
        license: files.manifest.license(),
        readme: files.readme.as_deref(),
    };
    database.insert_version(&mut tx, &new).await?;
    tx.commit().await.map_err(Broken::from)?;
    tracing::info!(package = %push.package, version = %tagged.version, signer = %key.short(), "published");
    Ok(())
}

fn check_layout<'a>(push: &'a Push<'_>) -> Result<&'a Descriptor, Refusal> {
    let [layer] = push.image.layers.as_slice() else { return Err(Refusal::BundleLayers) };
    if layer.media_type != BUNDLE_TYPE {
        return Err(Refusal::BundleLayers);
    }
    if layer.size > MAX_BUNDLE {
        return Err(Refusal::BundleSize { found: layer.size, limit: MAX_BUNDLE });
    }
    for (key, expected) in [(CONTENT, DSSE), (PREDICATE, PREDICATE_TYPE)] {
        let found = push.image.annotations.get(key).map(String::as_str).unwrap_or_default();
        if found != expected {
            return Err(Refusal::BundleAnnotation { key, expected, found: shorten(found) });
        }
    }
    Ok(layer)
}

/// Checks the signature against the keys of the publisher, and of nobody else.
async fn check_signature(
    push: &Push<'_>,
    layer: &Descriptor,
    tagged: &Tagged,
) -> Result<Verified<Component>, Refusal> {
    let mut keys = TrustedKeys::new();
    let publisher = push.package.publisher();
    for record in push.shared.database.keys(publisher).await? {
        if record.revoked {
            keys.revoke(record.key.id());
        } else {
            keys.trust(publisher, record.key)
                .map_err(|_| Broken::damaged(format!("list of keys of {publisher}")))?;
        }
    }
    let bundle = push.read(layer).await?;
    let _turn = push
        .shared
        .inspections
        .acquire()
        .await
        .map_err(|_| Broken::Stopped { what: "queue of inspections" })?;
    let component = push.shared.storage.read(tagged.component).await?;
    let expected = Expected { name: push.package.clone(), version: tagged.version.clone() };
    let check = move || verify(component, Some(&bundle), &expected, &Policy::Keys(keys));
    let checked = tokio::task::spawn_blocking(check).await.map_err(|_| Refusal::Unreadable)?;
    // The words of `inferno-trust` are for operators who install; these are for the publisher.
    checked.map_err(|error| match error {
        TrustError::UnknownKey { hint } => Refusal::UnknownKey { publisher: publisher.to_owned(), hint },
        TrustError::RevokedKey { key } => Refusal::RevokedKey { publisher: publisher.to_owned(), key },
        TrustError::OtherName { expected, found } => Refusal::SignedName { expected, found },
        TrustError::OtherVersion { expected, found } => Refusal::SignedVersion { expected, found },
        TrustError::DigestMismatch { signed, found, .. } => Refusal::SignedBytes { signed, found },
        other => Refusal::Trust(other),
    })
}

/// Checks that the signed statement, the component and `inferno.toml` say the same.
fn check_statement(
    verified: &Verified<Component>,
    tagged: &Tagged,
    manifest: &Manifest,
) -> Result<(), Refusal> {
    if verified.kind() != tagged.kind {
        return Err(Refusal::KindOfStatement { said: verified.kind(), is: tagged.kind });
    }
    if verified.requests() != manifest.requests() {
        let list = |requests: &inferno_package::Requests| {
            let texts: Vec<_> = requests.iter().map(Capability::to_string).collect();
            if texts.is_empty() { "nothing".to_owned() } else { texts.join(", ") }
        };
        return Err(Refusal::RequestsOfManifest {
            signed: list(verified.requests()),
            said: list(manifest.requests()),
        });
    }
    Ok(())
}
