//! Names, versions, kinds, capabilities and manifests of packages: shared by host, SDK and registry.
//!
//! Owns: what a package is called and what it asks for, as types whose construction is their validation.
//! Refuses: IO, async, bytes of components, and every question of trust, which is `inferno-trust`'s.
//! Easily confused with `inferno-types`, which names things inside a running server; this crate names things
//! that travel between publishers and operators.
//!
//! ```
//! use inferno_package::{Capability, Grants, Manifest, OperatorGrants};
//!
//! let manifest = Manifest::parse(
//!     r#"
//!     [package]
//!     name = "inferno/fuse-qkv"
//!     version = "0.1.0"
//!     kind = "optimization-pass"
//!     description = "Joins the three projections of attention into one matmul"
//!     license = "Apache-2.0"
//!
//!     [grants]
//!     log = true
//!     "#,
//! )?;
//! let grants = Grants::intersect(manifest.requests(), &OperatorGrants::none());
//! assert!(!grants.allows(&Capability::Log), "nothing is granted that the operator did not grant");
//! # Ok::<(), inferno_package::ManifestError>(())
//! ```

mod capability;
pub mod catalog;
mod kind;
mod manifest;
mod metric;
mod reference;
mod version;

pub use capability::{Capability, Grants, OperatorGrants, ParseCapabilityError, Requests};
pub use kind::{Kind, UnknownKind};
pub use manifest::{Manifest, ManifestError};
pub use metric::{MetricName, ParseMetricNameError};
pub use reference::{PackageRef, ParsePackageRefError, Part};
pub use version::{ParseVersionError, Version};
