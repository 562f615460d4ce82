//! Versions that can be pulled, published or not.

use inferno_package::{Kind, PackageRef, Version};
use inferno_types::Digest;
use sqlx::{Row as _, SqliteConnection, sqlite::SqliteRow};

use super::{Database, stored, unsigned};
use crate::Broken;

/// A version that can be pulled by its tag.
#[derive(Debug, Clone)]
pub(crate) struct Tagged {
    pub(crate) version: Version,
    pub(crate) manifest: Digest,
    pub(crate) component: Digest,
    pub(crate) kind: Kind,
}

impl Database {
    /// Which version a component manifest is.
    pub(crate) async fn tagged_manifest(
        &self,
        package: &PackageRef,
        manifest: Digest,
    ) -> Result<Option<Tagged>, Broken> {
        let mut connection = self.pool.acquire().await?;
        tagged_manifest(&mut connection, package, manifest).await
    }

    /// The tags of a package after `last`, in the order of bytes; `None` when there is no such package.
    pub(crate) async fn tags(
        &self,
        package: &PackageRef,
        last: &str,
        limit: u32,
    ) -> Result<Option<Vec<String>>, Broken> {
        let mut tx = self.pool.begin().await?;
        if count_tags(&mut tx, package).await? == 0 {
            return Ok(None);
        }
        let tags = sqlx::query_scalar(
            "SELECT version FROM tags WHERE package = ? AND version > ? ORDER BY version LIMIT ?",
        )
        .bind(package.to_string())
        .bind(last)
        .bind(limit)
        .fetch_all(&mut *tx)
        .await?;
        Ok(Some(tags))
    }
}

/// Which version has this tag.
pub(crate) async fn tagged(
    connection: &mut SqliteConnection,
    package: &PackageRef,
    version: &Version,
) -> Result<Option<Tagged>, Broken> {
    let row =
        sqlx::query("SELECT version, manifest, component, kind FROM tags WHERE package = ? AND version = ?")
            .bind(package.to_string())
            .bind(version.to_string())
            .fetch_optional(connection)
            .await?;
    row.as_ref().map(tagged_from).transpose()
}

/// Which version a component manifest is.
pub(crate) async fn tagged_manifest(
    connection: &mut SqliteConnection,
    package: &PackageRef,
    manifest: Digest,
) -> Result<Option<Tagged>, Broken> {
    let row =
        sqlx::query("SELECT version, manifest, component, kind FROM tags WHERE package = ? AND manifest = ?")
            .bind(package.to_string())
            .bind(manifest.to_string())
            .fetch_optional(connection)
            .await?;
    row.as_ref().map(tagged_from).transpose()
}

/// How many versions of a package are tagged.
pub(crate) async fn count_tags(
    connection: &mut SqliteConnection,
    package: &PackageRef,
) -> Result<u64, Broken> {
    let query = sqlx::query_scalar("SELECT COUNT(*) FROM tags WHERE package = ?").bind(package.to_string());
    unsigned("tags", query.fetch_one(connection).await?)
}

/// How many packages a publisher has.
pub(crate) async fn count_packages(
    connection: &mut SqliteConnection,
    publisher: &str,
) -> Result<u64, Broken> {
    let query =
        sqlx::query_scalar("SELECT COUNT(DISTINCT package) FROM tags WHERE publisher = ?").bind(publisher);
    unsigned("packages", query.fetch_one(connection).await?)
}

fn tagged_from(row: &SqliteRow) -> Result<Tagged, Broken> {
    Ok(Tagged {
        version: stored("a version", row.try_get("version")?)?,
        manifest: stored("a manifest", row.try_get("manifest")?)?,
        component: stored("a component", row.try_get("component")?)?,
        kind: stored("a kind", row.try_get("kind")?)?,
    })
}
