//! What the operator of a registry does: publishers, their tokens, their keys.
//!
//! Owns: library calls for the command line. They work on the database alone, so they may be made while a server serves
//! from the same folder, and count from the next request on. Refuses to show a token twice. Easily confused with the
//! API for publishers, which goes over HTTP and can enrol nobody.

use std::path::Path;

use inferno_package::{
    PackageRef, ParsePackageRefError,
    catalog::{PublisherInfo, PublisherKey},
};
use inferno_trust::{KeyId, PublicKey};

use crate::{
    Broken,
    database::{Database, KeyRecord},
    token::{PublisherToken, TokenId},
};

/// The administration of one registry.
#[derive(Debug, Clone)]
pub struct Administration {
    database: Database,
}

/// A token in a list, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenInfo {
    /// What it is called when it is revoked.
    pub id: TokenId,
    /// When it was made, in milliseconds since 1970.
    pub added_at: i64,
    /// When it was revoked.
    pub revoked_at: Option<i64>,
}

/// Why something about a publisher was refused.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// The name is none.
    #[error("{name:?} cannot be a publisher's name")]
    Name {
        /// The name, shortened.
        name: String,
        /// Why.
        #[source]
        cause: ParsePackageRefError,
    },
    /// There is one of that name.
    #[error("there is a publisher {name} already; add a key or a token to it")]
    Exists {
        /// The name.
        name: String,
    },
    /// There is none of that name.
    #[error("there is no publisher {name}; add it with its public key first")]
    NoPublisher {
        /// The name.
        name: String,
    },
    /// The key is enrolled already.
    #[error("{publisher} has the key {key} already; a key that was revoked stays revoked")]
    KeyExists {
        /// The publisher.
        publisher: String,
        /// The key.
        key: KeyId,
    },
    /// The key is not enrolled.
    #[error("{publisher} does not have the key {key}")]
    NoKey {
        /// The publisher.
        publisher: String,
        /// The key.
        key: KeyId,
    },
    /// There is no such token.
    #[error("{publisher} has no token {token}; list its tokens to see which it has")]
    NoToken {
        /// The publisher.
        publisher: String,
        /// The token.
        token: TokenId,
    },
    /// The registry failed.
    #[error(transparent)]
    Broken(#[from] Broken),
}

impl Administration {
    pub(crate) fn new(database: Database) -> Self {
        Self { database }
    }

    /// Opens the registry in `folder` for administration only; makes it if there is none.
    ///
    /// # Errors
    /// When the folder or its database cannot be used.
    pub async fn open(folder: &Path) -> Result<Self, Broken> {
        Ok(Self::new(Database::open(folder).await?))
    }

    /// Adds a publisher with a first key and a first token.
    ///
    /// # Errors
    /// When the name is none or taken.
    pub async fn add_publisher(&self, name: &str, key: &PublicKey) -> Result<PublisherToken, AdminError> {
        check_name(name)?;
        let token = PublisherToken::generate()?;
        let mut tx = self.database.write().await?;
        if !self.database.add_publisher(&mut tx, name).await? {
            return Err(AdminError::Exists { name: name.to_owned() });
        }
        self.database.add_key(&mut tx, name, key).await?;
        self.database.add_token(&mut tx, name, token.hash()).await?;
        tx.commit().await.map_err(Broken::from)?;
        Ok(token)
    }

    /// Makes another token.
    ///
    /// # Errors
    /// When there is no such publisher.
    pub async fn new_token(&self, publisher: &str) -> Result<(TokenId, PublisherToken), AdminError> {
        self.check_publisher(publisher).await?;
        let token = PublisherToken::generate()?;
        let mut tx = self.database.write().await?;
        let id = self.database.add_token(&mut tx, publisher, token.hash()).await?;
        tx.commit().await.map_err(Broken::from)?;
        Ok((id, token))
    }

    /// The tokens of a publisher, oldest first.
    ///
    /// # Errors
    /// When there is no such publisher.
    pub async fn tokens(&self, publisher: &str) -> Result<Vec<TokenInfo>, AdminError> {
        self.check_publisher(publisher).await?;
        let tokens = self.database.tokens(publisher).await?.into_iter();
        Ok(tokens.map(|t| TokenInfo { id: t.id, added_at: t.added_at, revoked_at: t.revoked_at }).collect())
    }

    /// Revokes a token. To revoke one twice changes nothing.
    ///
    /// # Errors
    /// When the publisher has no such token.
    pub async fn revoke_token(&self, publisher: &str, token: TokenId) -> Result<(), AdminError> {
        self.check_publisher(publisher).await?;
        if self.database.revoke_token(publisher, token).await? {
            return Ok(());
        }
        Err(AdminError::NoToken { publisher: publisher.to_owned(), token })
    }

    /// Accepts what `key` signs for the publisher, from now on.
    ///
    /// # Errors
    /// When there is no such publisher, or it has the key already.
    pub async fn add_key(&self, publisher: &str, key: &PublicKey) -> Result<(), AdminError> {
        self.check_publisher(publisher).await?;
        let mut tx = self.database.write().await?;
        if !self.database.add_key(&mut tx, publisher, key).await? {
            return Err(AdminError::KeyExists { publisher: publisher.to_owned(), key: key.id() });
        }
        tx.commit().await.map_err(Broken::from)?;
        Ok(())
    }

    /// Accepts nothing new that `key` signed. What is published stays, and shows that its key is revoked.
    ///
    /// # Errors
    /// When there is no such publisher, or it does not have the key.
    pub async fn revoke_key(&self, publisher: &str, key: KeyId) -> Result<(), AdminError> {
        self.check_publisher(publisher).await?;
        if self.database.revoke_key(publisher, key).await? {
            return Ok(());
        }
        Err(AdminError::NoKey { publisher: publisher.to_owned(), key })
    }

    /// Every publisher, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn publishers(&self) -> Result<Vec<PublisherInfo>, AdminError> {
        let mut publishers = Vec::new();
        for name in self.database.publishers().await? {
            let keys = self.database.keys(&name).await?;
            publishers.push(publisher_info(name, &keys));
        }
        Ok(publishers)
    }

    async fn check_publisher(&self, name: &str) -> Result<(), AdminError> {
        if self.database.has_publisher(name).await? {
            return Ok(());
        }
        Err(AdminError::NoPublisher { name: name.chars().take(64).collect() })
    }
}

/// A publisher is the first part of a package's name, so it is spelled like one.
fn check_name(name: &str) -> Result<(), AdminError> {
    let package: Result<PackageRef, _> = format!("{name}/x").parse();
    package.map(drop).map_err(|cause| AdminError::Name { name: name.chars().take(64).collect(), cause })
}

/// A publisher as the catalog shows it.
pub(crate) fn publisher_info(name: String, keys: &[KeyRecord]) -> PublisherInfo {
    let keys = keys.iter().map(|KeyRecord { key, revoked }| PublisherKey {
        id: key.id().to_string(),
        public_key: key.to_pem(),
        revoked: *revoked,
    });
    PublisherInfo { name, keys: keys.collect() }
}
