//! How much a publisher may send, how many, and how slowly.
//!
//! Owns every number of that kind. Refuses "no limit". Easily confused with the limits of the plugin host, which say
//! how large a component may be to run; a registry also keeps what other hosts can run.

use std::time::Duration;

const MIB: u64 = 1 << 20;

/// Limits of one registry. The defaults fit one server on a public network.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of one blob. Components that carry an interpreter of Python have 18 MB.
    pub blob_bytes: u64,
    /// Bytes of one manifest. OCI asks for 4 MB, for images of a thousand layers; ours have one or two.
    pub manifest_bytes: u64,
    /// Bytes of a `README.md`.
    pub readme_bytes: u64,
    /// Uploads that a publisher may have open at once.
    pub uploads_per_publisher: usize,
    /// Bytes that a publisher may have uploaded without any manifest that names them.
    pub loose_bytes_per_publisher: u64,
    /// Packages of one publisher.
    pub packages_per_publisher: u32,
    /// Versions of one package, published or only tagged.
    pub versions_per_package: u32,
    /// How long a client may be silent in the middle of a body.
    pub body_idle: Duration,
    /// How long a body may take altogether.
    pub body_total: Duration,
    /// How long an upload may rest between two requests.
    pub upload_idle: Duration,
    /// How long a blob is kept that no manifest names.
    pub loose_age: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            blob_bytes: 32 * MIB,
            manifest_bytes: MIB / 4,
            readme_bytes: MIB / 4,
            uploads_per_publisher: 16,
            loose_bytes_per_publisher: 256 * MIB,
            packages_per_publisher: 1_000,
            versions_per_package: 1_000,
            body_idle: Duration::from_secs(20),
            body_total: Duration::from_secs(600),
            upload_idle: Duration::from_secs(3_600),
            loose_age: Duration::from_secs(24 * 3_600),
        }
    }
}
