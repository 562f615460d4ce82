//! Pulls, pushes and searches packages in an OCI registry, and keeps the lock file.
//!
//! Owns: the client's side of the wire, limits on what a registry may send, and `inferno.lock`. Refuses: trust, which is
//! `inferno-trust`'s, and where components are installed, which is the host's. What it fetches has the digests that were
//! asked for, and that is all that can be said of it until it is verified.

mod address;
mod certificates;
mod client;
mod error;
mod lock;
mod oci;
mod printable;
mod pull;
mod push;
mod token;
mod transport;

pub use address::{ParseRegistryUrlError, RegistryUrl};
pub use certificates::{Certificates, InvalidCertificates};
pub use client::{RegistryClient, SearchQuery};
pub use error::ClientError;
pub use lock::{LockError, LockFile, Locked};
pub use printable::{printable, printable_lines};
pub use pull::Fetched;
pub use push::{Publication, Pushed};
pub use token::{InvalidToken, Token};
