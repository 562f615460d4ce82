//! Which blobs there are, and which packages they belong to.

use inferno_package::PackageRef;
use inferno_types::Digest;
use sqlx::{Row as _, SqliteConnection};

use super::{Database, Writing, stored, unsigned};
use crate::{Broken, clock::now};

/// A blob that no manifest names.
const LOOSE: &str =
    "NOT EXISTS (SELECT 1 FROM manifest_blobs m WHERE m.package = b.package AND m.digest = b.digest)";

impl Database {
    /// Says that a blob lies in the folder and belongs to a package.
    pub(crate) async fn link_blob(
        &self,
        tx: &mut Writing,
        package: &PackageRef,
        digest: Digest,
        size: u64,
    ) -> Result<(), Broken> {
        let size = i64::try_from(size).map_err(|_| Broken::damaged("size of a blob"))?;
        sqlx::query("INSERT INTO blobs (digest, size) VALUES (?, ?) ON CONFLICT DO NOTHING")
            .bind(digest.to_string())
            .bind(size)
            .execute(&mut **tx)
            .await?;
        sqlx::query(
            "INSERT INTO package_blobs (package, publisher, digest, linked_at) VALUES (?, ?, ?, ?)
             ON CONFLICT DO UPDATE SET linked_at = excluded.linked_at",
        )
        .bind(package.to_string())
        .bind(package.publisher())
        .bind(digest.to_string())
        .bind(now())
        .execute(&mut **tx)
        .await?;
        Ok(())
    }

    /// The size of a blob, if it belongs to this package.
    pub(crate) async fn blob_of(&self, package: &PackageRef, digest: Digest) -> Result<Option<u64>, Broken> {
        let mut connection = self.pool.acquire().await?;
        size_of_blob(&mut connection, package, digest).await
    }

    /// The size of a blob, whoever it belongs to.
    pub(crate) async fn blob(&self, digest: Digest) -> Result<Option<u64>, Broken> {
        let query = sqlx::query_scalar("SELECT size FROM blobs WHERE digest = ?").bind(digest.to_string());
        let size: Option<i64> = query.fetch_optional(&self.pool).await?;
        size.map(|size| unsigned("a blob", size)).transpose()
    }

    /// How many bytes a publisher has uploaded without naming them in a manifest.
    pub(crate) async fn loose_bytes(&self, publisher: &str) -> Result<u64, Broken> {
        let mut query = sqlx::QueryBuilder::new(
            "SELECT COALESCE(SUM(size), 0) FROM package_blobs b JOIN blobs USING (digest) WHERE publisher = ",
        );
        query.push_bind(publisher).push(" AND ").push(LOOSE);
        let bytes: i64 = query.build_query_scalar().fetch_one(&self.pool).await?;
        unsigned("the sizes of blobs", bytes)
    }

    /// Forgets blobs that no manifest has named since `before`, and says which files nobody needs any more.
    pub(crate) async fn forget_loose(&self, tx: &mut Writing, before: i64) -> Result<Vec<Digest>, Broken> {
        let mut query = sqlx::QueryBuilder::new("DELETE FROM package_blobs AS b WHERE linked_at < ");
        query.push_bind(before).push(" AND ").push(LOOSE);
        query.build().execute(&mut **tx).await?;
        let rows = sqlx::query(
            "DELETE FROM blobs WHERE NOT EXISTS (SELECT 1 FROM package_blobs p WHERE p.digest = blobs.digest)
             RETURNING digest",
        )
        .fetch_all(&mut **tx)
        .await?;
        rows.iter().map(|row| stored("a blob", row.try_get("digest")?)).collect()
    }

    /// Every blob that should lie in the folder.
    pub(crate) async fn all_blobs(&self) -> Result<Vec<Digest>, Broken> {
        let rows = sqlx::query("SELECT digest FROM blobs").fetch_all(&self.pool).await?;
        rows.iter().map(|row| stored("a blob", row.try_get("digest")?)).collect()
    }
}

/// The size of a blob, if it belongs to this package.
pub(crate) async fn size_of_blob(
    connection: &mut SqliteConnection,
    package: &PackageRef,
    digest: Digest,
) -> Result<Option<u64>, Broken> {
    let query = sqlx::query_scalar(
        "SELECT size FROM blobs JOIN package_blobs USING (digest) WHERE package = ? AND digest = ?",
    );
    let size: Option<i64> =
        query.bind(package.to_string()).bind(digest.to_string()).fetch_optional(connection).await?;
    size.map(|size| unsigned("a blob", size)).transpose()
}
