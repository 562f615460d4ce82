//! The marketplace: OCI distribution API, catalog and publish pipeline, over a folder of blobs and SQLite.
//!
//! Owns: what is published, by whom, and whether it may be. Refuses: running components, and installing them, which is
//! `inferno-registry-client`'s and the host's. Easily confused with a mirror of anything: it keeps only what its own
//! publishers push.
//!
//! A version is pushed in three steps, which are plain OCI: the component under its version as the tag, then
//! `inferno.toml` (and a README) as a referrer, then the bundle of its signature as a referrer. The third step makes
//! the version public, in one transaction, after everything about it has been checked; before that it is a tag and
//! nothing more. A version is never changed and never deleted, and within a package versions only rise.
//!
//! ```no_run
//! # async fn example(key: inferno_trust::PublicKey) -> Result<(), Box<dyn std::error::Error>> {
//! use inferno_registry::Registry;
//!
//! let registry = Registry::open("registry".as_ref()).await?;
//! let token = registry.administration().add_publisher("acme", &key).await?;
//! println!("push with the token {}", token.reveal());
//! let router: axum::Router = registry.router();
//! # Ok(())
//! # }
//! ```

mod access;
mod admin;
mod broken;
mod catalog;
mod clock;
mod component;
mod database;
mod discovery;
mod limits;
mod oci;
mod publish;
mod registry;
mod shared;
mod storage;
#[cfg(feature = "test-support")]
pub mod testing;
mod token;

pub use crate::{
    admin::{AdminError, Administration, TokenInfo},
    broken::Broken,
    catalog::openapi,
    limits::Limits,
    registry::{OpenError, Registry},
    token::{PublisherToken, TokenId},
};
