//! Published versions: what search, package pages and installations see.
//!
//! Within a package, versions are published in rising order, so the newest is the one that was published last.

use inferno_package::{Capability, Kind, PackageRef, Version};
use inferno_trust::KeyId;
use inferno_types::Digest;
use sqlx::{QueryBuilder, Row as _, Sqlite, SqliteConnection, sqlite::SqliteRow};

use super::{Database, Writing, stored, unsigned};
use crate::{Broken, clock::now};

const VERSIONS: &str =
    "SELECT v.version, v.signer, v.requests, v.description, v.license, v.readme, v.published_at,
    v.yanked_at, v.yank_reason, t.manifest, t.component, t.size, t.kind
    FROM versions v JOIN tags t USING (package, version) WHERE v.package = ";

/// A published version.
#[derive(Debug, Clone)]
pub(crate) struct VersionRecord {
    pub(crate) version: Version,
    pub(crate) kind: Kind,
    pub(crate) manifest: Digest,
    pub(crate) component: Digest,
    pub(crate) size: u64,
    pub(crate) signer: KeyId,
    pub(crate) requests: Vec<Capability>,
    pub(crate) description: String,
    pub(crate) license: String,
    pub(crate) readme: Option<String>,
    pub(crate) published_at: u64,
    /// Since when it is yanked, and why.
    pub(crate) yanked: Option<(u64, String)>,
}

/// What a bundle makes public.
#[derive(Debug)]
pub(crate) struct NewVersion<'a> {
    pub(crate) package: &'a PackageRef,
    pub(crate) version: &'a Version,
    pub(crate) bundle: Digest,
    pub(crate) signer: KeyId,
    pub(crate) requests: Vec<Capability>,
    pub(crate) description: &'a str,
    pub(crate) license: &'a str,
    pub(crate) readme: Option<&'a str>,
}

/// What is searched for. Every word must occur in the name or the description.
#[derive(Debug, Default)]
pub(crate) struct Search {
    pub(crate) words: Vec<String>,
    pub(crate) kind: Option<Kind>,
    pub(crate) publisher: Option<String>,
    pub(crate) offset: u32,
    pub(crate) limit: u32,
}

/// A package that was found.
#[derive(Debug, Clone)]
pub(crate) struct PackageRecord {
    pub(crate) package: PackageRef,
    pub(crate) kind: Kind,
    pub(crate) description: String,
    pub(crate) license: String,
    pub(crate) latest: Option<Version>,
    pub(crate) updated_at: u64,
    pub(crate) versions: u32,
}

impl Database {
    /// The published versions of a package, newest first.
    pub(crate) async fn versions(&self, package: &PackageRef) -> Result<Vec<VersionRecord>, Broken> {
        let mut query = QueryBuilder::new(VERSIONS);
        query.push_bind(package.to_string()).push(" ORDER BY v.sequence DESC");
        query.build().fetch_all(&self.pool).await?.iter().map(version_from).collect()
    }

    /// Makes a version public.
    pub(crate) async fn insert_version(&self, tx: &mut Writing, new: &NewVersion<'_>) -> Result<(), Broken> {
        let requests =
            serde_json::to_string(&new.requests).map_err(|_| Broken::damaged("list of requests"))?;
        sqlx::query(
            "INSERT INTO versions
             (package, publisher, version, bundle, signer, requests, description, license, readme, published_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(new.package.to_string())
        .bind(new.package.publisher())
        .bind(new.version.to_string())
        .bind(new.bundle.to_string())
        .bind(new.signer.to_string())
        .bind(requests)
        .bind(new.description)
        .bind(new.license)
        .bind(new.readme)
        .bind(now())
        .execute(&mut **tx)
        .await?;
        Ok(())
    }

    /// Yanks a version, or takes that back; the time of the first yank stays. `false` when there is no such version.
    pub(crate) async fn set_yanked(
        &self,
        package: &PackageRef,
        version: &Version,
        reason: Option<&str>,
    ) -> Result<bool, Broken> {
        let at = reason.map(|_| now());
        let done = sqlx::query(
            "UPDATE versions SET yanked_at = CASE WHEN ?1 IS NULL THEN NULL ELSE COALESCE(yanked_at, ?1) END,
             yank_reason = ?2 WHERE package = ?3 AND version = ?4",
        )
        .bind(at)
        .bind(reason)
        .bind(package.to_string())
        .bind(version.to_string())
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// The packages that match, best first, and how many there are altogether.
    pub(crate) async fn search(&self, search: &Search) -> Result<(Vec<PackageRecord>, u64), Broken> {
        // One transaction, so that the total belongs to the rows.
        let mut tx = self.pool.begin().await?;
        let mut count = QueryBuilder::new("SELECT COUNT(*)");
        matching(&mut count, search);
        let total: i64 = count.build_query_scalar().fetch_one(&mut *tx).await?;
        let mut query = QueryBuilder::new(
            "SELECT n.package, t.kind, n.description, n.license, n.published_at, newest.versions,
             (SELECT version FROM versions l WHERE l.package = n.package AND l.yanked_at IS NULL
              ORDER BY sequence DESC LIMIT 1) AS latest",
        );
        matching(&mut query, search);
        let text = search.words.join(" ");
        query.push(" ORDER BY CASE WHEN n.package = ").push_bind(text.clone());
        query.push(" OR n.package = n.publisher || '/' || ").push_bind(text);
        let first = search.words.first().map(String::as_str).unwrap_or_default();
        query.push(" THEN 0 WHEN INSTR(n.package, ").push_bind(first.to_owned());
        query.push(") > 0 THEN 1 ELSE 2 END, n.published_at DESC, n.package LIMIT ").push_bind(search.limit);
        query.push(" OFFSET ").push_bind(search.offset);
        let rows = query.build().fetch_all(&mut *tx).await?;
        Ok((rows.iter().map(package_from).collect::<Result<_, _>>()?, unsigned("packages", total)?))
    }
}

/// The rest of a query over the newest versions `n` that match, with their tags `t`.
fn matching(query: &mut QueryBuilder<Sqlite>, search: &Search) {
    query.push(
        " FROM versions n
         JOIN (SELECT MAX(sequence) AS sequence, COUNT(*) AS versions FROM versions GROUP BY package) newest
           USING (sequence)
         JOIN tags t ON t.package = n.package AND t.version = n.version
         WHERE TRUE",
    );
    if let Some(kind) = search.kind {
        query.push(" AND t.kind = ").push_bind(kind.as_str());
    }
    if let Some(publisher) = &search.publisher {
        query.push(" AND n.publisher = ").push_bind(publisher.clone());
    }
    for word in &search.words {
        // INSTR knows no wildcards, so nothing in a word has a meaning.
        query.push(" AND (INSTR(n.package, ").push_bind(word.clone());
        query.push(") > 0 OR INSTR(LOWER(n.description), ").push_bind(word.clone()).push(") > 0)");
    }
}

/// The newest published version of a package, yanked or not.
pub(crate) async fn newest(
    connection: &mut SqliteConnection,
    package: &PackageRef,
) -> Result<Option<VersionRecord>, Broken> {
    let mut query = QueryBuilder::new(VERSIONS);
    query.push_bind(package.to_string()).push(" ORDER BY v.sequence DESC LIMIT 1");
    query.build().fetch_optional(connection).await?.as_ref().map(version_from).transpose()
}

/// One published version.
pub(crate) async fn version(
    connection: &mut SqliteConnection,
    package: &PackageRef,
    version: &Version,
) -> Result<Option<VersionRecord>, Broken> {
    let mut query = QueryBuilder::new(VERSIONS);
    query.push_bind(package.to_string()).push(" AND v.version = ").push_bind(version.to_string());
    query.build().fetch_optional(connection).await?.as_ref().map(version_from).transpose()
}

fn version_from(row: &SqliteRow) -> Result<VersionRecord, Broken> {
    let yanked = match (row.try_get::<Option<i64>, _>("yanked_at")?, row.try_get("yank_reason")?) {
        (Some(at), Some(reason)) => Some((unsigned("a yank", at)?, reason)),
        _ => None,
    };
    Ok(VersionRecord {
        version: stored("a version", row.try_get("version")?)?,
        kind: stored("a kind", row.try_get("kind")?)?,
        manifest: stored("a manifest", row.try_get("manifest")?)?,
        component: stored("a component", row.try_get("component")?)?,
        size: unsigned("a component", row.try_get("size")?)?,
        signer: stored("a signer", row.try_get("signer")?)?,
        requests: serde_json::from_str(row.try_get("requests")?)
            .map_err(|_| Broken::damaged("record of requests"))?,
        description: row.try_get("description")?,
        license: row.try_get("license")?,
        readme: row.try_get("readme")?,
        published_at: unsigned("a time", row.try_get("published_at")?)?,
        yanked,
    })
}

fn package_from(row: &SqliteRow) -> Result<PackageRecord, Broken> {
    let latest = row.try_get::<Option<&str>, _>("latest")?;
    Ok(PackageRecord {
        package: stored("a package", row.try_get("package")?)?,
        kind: stored("a kind", row.try_get("kind")?)?,
        description: row.try_get("description")?,
        license: row.try_get("license")?,
        latest: latest.map(|version| stored("a version", version)).transpose()?,
        updated_at: unsigned("a time", row.try_get("published_at")?)?,
        versions: row.try_get("versions")?,
    })
}
