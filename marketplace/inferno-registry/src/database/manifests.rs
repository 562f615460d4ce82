//! Manifests as they were pushed, the versions that tag them, and who refers to whom.

use std::collections::BTreeMap;

use inferno_package::{Kind, PackageRef, Version};
use inferno_types::Digest;
use sqlx::{Row as _, SqliteConnection, sqlite::SqliteRow};

use super::{Database, Writing, stored, unsigned};
use crate::{Broken, clock::now};

/// What a manifest is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// A component, under a version.
    Component,
    /// `inferno.toml` and README of a component.
    Package,
    /// The signature of a component.
    Bundle,
}

impl Role {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Component => "component",
            Self::Package => "package",
            Self::Bundle => "bundle",
        }
    }
}

/// A manifest, byte for byte.
#[derive(Debug, Clone)]
pub(crate) struct StoredManifest {
    pub(crate) digest: Digest,
    pub(crate) bytes: Vec<u8>,
}

/// One line of a list of referrers.
#[derive(Debug, Clone)]
pub(crate) struct Referrer {
    pub(crate) digest: Digest,
    pub(crate) size: u64,
    pub(crate) artifact_type: String,
    pub(crate) annotations: BTreeMap<String, String>,
}

/// What every manifest brings along.
#[derive(Debug)]
pub(crate) struct NewReferrer<'a> {
    pub(crate) package: &'a PackageRef,
    pub(crate) role: Role,
    pub(crate) subject: Option<Digest>,
    pub(crate) digest: Digest,
    pub(crate) bytes: &'a [u8],
    pub(crate) artifact_type: &'a str,
    pub(crate) annotations: &'a BTreeMap<String, String>,
    pub(crate) blobs: Vec<Digest>,
}

/// A component's manifest and the version that tags it.
#[derive(Debug)]
pub(crate) struct NewComponent<'a> {
    pub(crate) manifest: NewReferrer<'a>,
    pub(crate) version: &'a Version,
    pub(crate) component: Digest,
    pub(crate) size: u64,
    pub(crate) kind: Kind,
}

impl Database {
    pub(crate) async fn manifest(
        &self,
        package: &PackageRef,
        digest: Digest,
    ) -> Result<Option<StoredManifest>, Broken> {
        let row = sqlx::query("SELECT digest, bytes FROM manifests WHERE package = ? AND digest = ?")
            .bind(package.to_string())
            .bind(digest.to_string())
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(manifest_from).transpose()
    }

    pub(crate) async fn manifest_of_version(
        &self,
        package: &PackageRef,
        version: &Version,
    ) -> Result<Option<StoredManifest>, Broken> {
        let row = sqlx::query(
            "SELECT m.digest, m.bytes FROM tags t
             JOIN manifests m ON m.package = t.package AND m.digest = t.manifest
             WHERE t.package = ? AND t.version = ?",
        )
        .bind(package.to_string())
        .bind(version.to_string())
        .fetch_optional(&self.pool)
        .await?;
        row.as_ref().map(manifest_from).transpose()
    }

    /// The package file or bundle of a component.
    pub(crate) async fn referrer(
        &self,
        package: &PackageRef,
        subject: Digest,
        role: Role,
    ) -> Result<Option<StoredManifest>, Broken> {
        let mut connection = self.pool.acquire().await?;
        referrer(&mut connection, package, subject, role).await
    }

    /// What refers to a manifest, oldest first.
    pub(crate) async fn referrers(
        &self,
        package: &PackageRef,
        subject: Digest,
        artifact_type: Option<&str>,
    ) -> Result<Vec<Referrer>, Broken> {
        let rows = sqlx::query(
            "SELECT digest, LENGTH(bytes) AS size, artifact_type, annotations FROM manifests
             WHERE package = ?1 AND subject = ?2 AND (?3 IS NULL OR artifact_type = ?3) ORDER BY pushed_at, digest",
        )
        .bind(package.to_string())
        .bind(subject.to_string())
        .bind(artifact_type)
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                let annotations = serde_json::from_str(row.try_get("annotations")?)
                    .map_err(|_| Broken::damaged("record of annotations"))?;
                Ok(Referrer {
                    digest: stored("a manifest", row.try_get("digest")?)?,
                    size: unsigned("a manifest", row.try_get("size")?)?,
                    artifact_type: row.try_get("artifact_type")?,
                    annotations,
                })
            })
            .collect()
    }

    /// Keeps a component's manifest and tags it.
    pub(crate) async fn insert_component(
        &self,
        tx: &mut Writing,
        new: &NewComponent<'_>,
    ) -> Result<(), Broken> {
        insert_manifest(tx, &new.manifest).await?;
        sqlx::query(
            "INSERT INTO tags (package, publisher, version, manifest, component, size, kind, pushed_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(new.manifest.package.to_string())
        .bind(new.manifest.package.publisher())
        .bind(new.version.to_string())
        .bind(new.manifest.digest.to_string())
        .bind(new.component.to_string())
        .bind(i64::try_from(new.size).map_err(|_| Broken::damaged("size of a component"))?)
        .bind(new.kind.as_str())
        .bind(now())
        .execute(&mut **tx)
        .await?;
        Ok(())
    }

    /// Keeps a manifest that refers to a component, in place of others of its role.
    ///
    /// Only while the version is not published, which the caller has looked up in this transaction: a publisher who
    /// finds a mistake in `inferno.toml` pushes it again.
    pub(crate) async fn replace_referrer(
        &self,
        tx: &mut Writing,
        new: &NewReferrer<'_>,
    ) -> Result<(), Broken> {
        sqlx::query("DELETE FROM manifests WHERE package = ? AND subject = ? AND role = ?")
            .bind(new.package.to_string())
            .bind(new.subject.map(|digest| digest.to_string()))
            .bind(new.role.as_str())
            .execute(&mut **tx)
            .await?;
        insert_manifest(tx, new).await
    }
}

/// The package file or bundle of a component.
pub(crate) async fn referrer(
    connection: &mut SqliteConnection,
    package: &PackageRef,
    subject: Digest,
    role: Role,
) -> Result<Option<StoredManifest>, Broken> {
    let row =
        sqlx::query("SELECT digest, bytes FROM manifests WHERE package = ? AND subject = ? AND role = ?")
            .bind(package.to_string())
            .bind(subject.to_string())
            .bind(role.as_str())
            .fetch_optional(connection)
            .await?;
    row.as_ref().map(manifest_from).transpose()
}

async fn insert_manifest(tx: &mut Writing, new: &NewReferrer<'_>) -> Result<(), Broken> {
    let annotations =
        serde_json::to_string(new.annotations).map_err(|_| Broken::damaged("list of annotations"))?;
    sqlx::query(
        "INSERT INTO manifests (package, digest, role, bytes, artifact_type, annotations, subject, pushed_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(new.package.to_string())
    .bind(new.digest.to_string())
    .bind(new.role.as_str())
    .bind(new.bytes)
    .bind(new.artifact_type)
    .bind(annotations)
    .bind(new.subject.map(|digest| digest.to_string()))
    .bind(now())
    .execute(&mut **tx)
    .await?;
    for blob in &new.blobs {
        sqlx::query(
            "INSERT INTO manifest_blobs (package, manifest, digest) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        )
        .bind(new.package.to_string())
        .bind(new.digest.to_string())
        .bind(blob.to_string())
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

fn manifest_from(row: &SqliteRow) -> Result<StoredManifest, Broken> {
    Ok(StoredManifest { digest: stored("a manifest", row.try_get("digest")?)?, bytes: row.try_get("bytes")? })
}
