//! Publishers, the hashes of their tokens, and their keys.

use inferno_trust::{KeyId, PublicKey};
use sqlx::Row as _;

use super::{Database, Writing, stored};
use crate::{
    Broken,
    clock::now,
    token::{TokenHash, TokenId},
};

/// A key of a publisher.
#[derive(Debug, Clone)]
pub(crate) struct KeyRecord {
    pub(crate) key: PublicKey,
    pub(crate) revoked: bool,
}

/// A token of a publisher, without its secret.
#[derive(Debug, Clone)]
pub(crate) struct TokenRecord {
    pub(crate) id: TokenId,
    pub(crate) added_at: i64,
    pub(crate) revoked_at: Option<i64>,
}

impl Database {
    /// Every publisher, by name.
    pub(crate) async fn publishers(&self) -> Result<Vec<String>, Broken> {
        Ok(sqlx::query_scalar("SELECT name FROM publishers ORDER BY name").fetch_all(&self.pool).await?)
    }

    pub(crate) async fn has_publisher(&self, name: &str) -> Result<bool, Broken> {
        let found: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM publishers WHERE name = ?")
            .bind(name)
            .fetch_one(&self.pool)
            .await?;
        Ok(found > 0)
    }

    /// Adds a publisher; `false` when there is one of that name.
    pub(crate) async fn add_publisher(&self, tx: &mut Writing, name: &str) -> Result<bool, Broken> {
        let query =
            sqlx::query("INSERT INTO publishers (name, added_at) VALUES (?, ?) ON CONFLICT DO NOTHING");
        Ok(query.bind(name).bind(now()).execute(&mut **tx).await?.rows_affected() == 1)
    }

    pub(crate) async fn add_token(
        &self,
        tx: &mut Writing,
        publisher: &str,
        hash: TokenHash,
    ) -> Result<TokenId, Broken> {
        let done = sqlx::query("INSERT INTO tokens (publisher, hash, added_at) VALUES (?, ?, ?)")
            .bind(publisher)
            .bind(hash.as_bytes())
            .bind(now())
            .execute(&mut **tx)
            .await?;
        Ok(TokenId(done.last_insert_rowid()))
    }

    /// Whose token it is, unless it is unknown or revoked.
    pub(crate) async fn publisher_of(&self, hash: TokenHash) -> Result<Option<String>, Broken> {
        let query = sqlx::query_scalar("SELECT publisher FROM tokens WHERE hash = ? AND revoked_at IS NULL");
        Ok(query.bind(hash.as_bytes()).fetch_optional(&self.pool).await?)
    }

    pub(crate) async fn tokens(&self, publisher: &str) -> Result<Vec<TokenRecord>, Broken> {
        let rows = sqlx::query("SELECT id, added_at, revoked_at FROM tokens WHERE publisher = ? ORDER BY id")
            .bind(publisher)
            .fetch_all(&self.pool)
            .await?;
        rows.iter()
            .map(|row| {
                Ok(TokenRecord {
                    id: TokenId(row.try_get("id")?),
                    added_at: row.try_get("added_at")?,
                    revoked_at: row.try_get("revoked_at")?,
                })
            })
            .collect()
    }

    /// Revokes a token; `false` when the publisher has none of that name.
    pub(crate) async fn revoke_token(&self, publisher: &str, id: TokenId) -> Result<bool, Broken> {
        let query = sqlx::query(
            "UPDATE tokens SET revoked_at = COALESCE(revoked_at, ?) WHERE publisher = ? AND id = ?",
        );
        Ok(query.bind(now()).bind(publisher).bind(id.0).execute(&self.pool).await?.rows_affected() == 1)
    }

    /// Adds a key; `false` when the publisher has it already, revoked or not.
    pub(crate) async fn add_key(
        &self,
        tx: &mut Writing,
        publisher: &str,
        key: &PublicKey,
    ) -> Result<bool, Broken> {
        let query = sqlx::query(
            "INSERT INTO keys (publisher, id, pem, added_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        );
        let query = query.bind(publisher).bind(key.id().to_string()).bind(key.to_pem()).bind(now());
        Ok(query.execute(&mut **tx).await?.rows_affected() == 1)
    }

    /// Revokes a key; `false` when the publisher does not have it.
    pub(crate) async fn revoke_key(&self, publisher: &str, key: KeyId) -> Result<bool, Broken> {
        let query = sqlx::query(
            "UPDATE keys SET revoked_at = COALESCE(revoked_at, ?) WHERE publisher = ? AND id = ?",
        );
        let done = query.bind(now()).bind(publisher).bind(key.to_string()).execute(&self.pool).await?;
        Ok(done.rows_affected() == 1)
    }

    /// The keys of a publisher, oldest first.
    pub(crate) async fn keys(&self, publisher: &str) -> Result<Vec<KeyRecord>, Broken> {
        let rows =
            sqlx::query("SELECT id, pem, revoked_at FROM keys WHERE publisher = ? ORDER BY added_at, id")
                .bind(publisher)
                .fetch_all(&self.pool)
                .await?;
        rows.iter()
            .map(|row| {
                let id: KeyId = stored("a key", row.try_get("id")?)?;
                let key = PublicKey::from_pem(row.try_get("pem")?)
                    .ok()
                    .filter(|key| key.id() == id)
                    .ok_or_else(|| Broken::damaged(format!("record of the key {id}")))?;
                Ok(KeyRecord { key, revoked: row.try_get::<Option<i64>, _>("revoked_at")?.is_some() })
            })
            .collect()
    }

    /// Whether a key is a publisher's and not revoked, as of this transaction.
    pub(crate) async fn key_is_good(
        &self,
        tx: &mut Writing,
        publisher: &str,
        key: KeyId,
    ) -> Result<bool, Broken> {
        let query = sqlx::query_scalar(
            "SELECT COUNT(*) FROM keys WHERE publisher = ? AND id = ? AND revoked_at IS NULL",
        );
        let found: i64 = query.bind(publisher).bind(key.to_string()).fetch_one(&mut **tx).await?;
        Ok(found == 1)
    }
}
