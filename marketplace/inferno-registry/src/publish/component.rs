//! The first step: a component under its version.

use inferno_package::{Kind, Version};
use inferno_types::Digest;
use serde_json::Value;

use super::{Push, Refusal};
use crate::{
    Broken,
    component::kind_of,
    database::{
        NewComponent, Role,
        catalog::newest,
        tags::{count_packages, count_tags, tagged, tagged_manifest},
    },
    oci::image::{Descriptor, WASM_CONFIG, WASM_LAYER, shorten},
};

/// The largest config that is read. `wkg` lists imports and exports in it.
const MAX_CONFIG: u64 = 256 * 1024;

/// Tags a component with its version. To push the same manifest again changes nothing and is no error.
pub(super) async fn push(push: &Push<'_>, version: &Version) -> Result<(), Refusal> {
    let layer = check_layout(push)?;
    if is_there(push, version).await? {
        return Ok(());
    }
    push.check_blobs_now().await?;
    let config = push.read(&push.image.config).await?;
    check_config(&config, layer.digest)?;
    let kind = inspect(push, layer).await?;

    let database = &push.shared.database;
    let mut tx = database.write().await?;
    // Everything that another request may have changed meanwhile is looked at again.
    if already(push, &mut tx, version).await? {
        return Ok(());
    }
    push.check_blobs(&mut tx).await?;
    push.check_order(&mut tx, version).await?;
    if let Some(newest) = newest(&mut tx, push.package).await?
        && newest.kind != kind
    {
        return Err(Refusal::KindOfPackage { package: push.package.clone(), was: newest.kind, is: kind });
    }
    let versions = count_tags(&mut tx, push.package).await?;
    if versions >= push.shared.limits.versions_per_package.into() {
        return Err(Refusal::TooManyVersions { limit: push.shared.limits.versions_per_package });
    }
    let publisher = push.package.publisher();
    let packages = count_packages(&mut tx, publisher).await?;
    if versions == 0 && packages >= push.shared.limits.packages_per_publisher.into() {
        return Err(Refusal::TooManyPackages { limit: push.shared.limits.packages_per_publisher });
    }
    let manifest = push.record(Role::Component);
    let new = NewComponent { manifest, version, component: layer.digest, size: layer.size, kind };
    database.insert_component(&mut tx, &new).await?;
    tx.commit().await.map_err(Broken::from)?;
    tracing::info!(package = %push.package, %version, digest = %layer.digest, "tagged a component");
    Ok(())
}

/// The layout that `wkg` writes and reads: one layer, which is the component.
fn check_layout<'a>(push: &'a Push<'_>) -> Result<&'a Descriptor, Refusal> {
    if push.image.config.media_type != WASM_CONFIG {
        return Err(Refusal::ConfigType { found: shorten(&push.image.config.media_type) });
    }
    if push.image.config.size > MAX_CONFIG {
        return Err(Refusal::ConfigSize { found: push.image.config.size, limit: MAX_CONFIG });
    }
    match push.image.layers.as_slice() {
        [layer] if layer.media_type == WASM_LAYER => Ok(layer),
        [layer] => Err(Refusal::LayerType { found: shorten(&layer.media_type) }),
        layers => Err(Refusal::Layers { found: layers.len() }),
    }
}

/// A config is an object, and does not speak of another component.
fn check_config(config: &[u8], component: Digest) -> Result<(), Refusal> {
    let config: Value = serde_json::from_slice(config).map_err(|_| Refusal::Config)?;
    let config = config.as_object().ok_or(Refusal::Config)?;
    let Some(digests) = config.get("layerDigests") else { return Ok(()) };
    let component = component.to_string();
    match digests.as_array().map(Vec::as_slice) {
        Some([digest]) if digest.as_str() == Some(&component) => Ok(()),
        _ => Err(Refusal::ConfigOfAnother),
    }
}

async fn inspect(push: &Push<'_>, layer: &Descriptor) -> Result<Kind, Refusal> {
    let _turn = push
        .shared
        .inspections
        .acquire()
        .await
        .map_err(|_| Broken::Stopped { what: "queue of inspections" })?;
    let bytes = push.read(layer).await?;
    // On a thread of its own, where a bug in a parser ends as a refusal.
    let kind = tokio::task::spawn_blocking(move || kind_of(&bytes)).await.map_err(|_| Refusal::Unreadable)?;
    Ok(kind?)
}

/// A quick look before anything expensive.
async fn is_there(push: &Push<'_>, version: &Version) -> Result<bool, Refusal> {
    let mut connection = push.shared.database.read().await?;
    let there = already(push, &mut connection, version).await?;
    if !there {
        push.check_order(&mut connection, version).await?;
    }
    Ok(there)
}

/// Whether this very manifest is this version already. Any other manifest, or version of it, is refused.
async fn already(
    push: &Push<'_>,
    connection: &mut sqlx::SqliteConnection,
    version: &Version,
) -> Result<bool, Refusal> {
    match tagged(connection, push.package, version).await? {
        Some(found) => {
            // First, since a yanked version is not to be pushed again in any form.
            push.check_yank(connection, version).await?;
            if found.manifest == push.digest {
                return Ok(true);
            }
            Err(Refusal::Exists { version: version.clone(), component: found.component })
        }
        None => match tagged_manifest(connection, push.package, push.digest).await? {
            Some(found) => Err(Refusal::SameManifest { version: version.clone(), other: found.version }),
            None => Ok(false),
        },
    }
}
