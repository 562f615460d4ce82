//! The marketplace: OCI distribution API, catalog and publish pipeline, over a folder of blobs and SQLite.
//!
//! Owns: what is published, by whom, and whether it may be. Refuses: running components, and installing them, which is
//! `inferno-registry-client`'s and the host's.
