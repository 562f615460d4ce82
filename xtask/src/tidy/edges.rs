//! The direction of dependencies, as law: the table below is the drawing in `docs/ARCHITECTURE.md`.
//!
//! An edge that is not in the table is a breach, and so is an outside crate in the wrong room. Dev-dependencies
//! within the workspace obey the same table, except that a crate may name its own test helpers, and recorded inputs.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata};

/// For each crate of the workspace, the crates of the workspace it may depend on.
const ALLOWED: &[(&str, &[&str])] = &[
    ("inferno-types", &[]),
    ("inferno-graph", &["inferno-types"]),
    ("inferno-backend", &["inferno-graph", "inferno-types"]),
    ("inferno-backend-cpu", &["inferno-backend", "inferno-graph", "inferno-types"]),
    ("inferno-models", &["inferno-graph", "inferno-types"]),
    ("inferno-model-hub", &["inferno-types"]),
    ("inferno-engine", &["inferno-backend", "inferno-types"]),
    ("inferno-package", &["inferno-types"]),
    ("inferno-trust", &["inferno-package", "inferno-types"]),
    ("inferno-registry", &["inferno-package", "inferno-trust", "inferno-types"]),
    ("inferno-registry-client", &["inferno-package", "inferno-trust", "inferno-types"]),
    ("inferno-insight", &["inferno-types"]),
    ("inferno-store", &["inferno-insight", "inferno-types"]),
    ("inferno-plugin-build", &["inferno-insight", "inferno-package", "inferno-types"]),
    (
        "inferno-plugin-host",
        &["inferno-graph", "inferno-insight", "inferno-package", "inferno-trust", "inferno-types"],
    ),
    ("inferno-telemetry", &["inferno-insight", "inferno-types"]),
    (
        "inferno-http",
        &[
            "inferno-engine",
            "inferno-graph",
            "inferno-insight",
            "inferno-models",
            "inferno-package",
            "inferno-types",
        ],
    ),
    ("inferno-plugin", &[]),
    ("xtask", &["inferno-package", "inferno-plugin-build", "inferno-types"]),
    (
        "inferno",
        &[
            "inferno-backend",
            "inferno-backend-cpu",
            "inferno-engine",
            "inferno-graph",
            "inferno-http",
            "inferno-insight",
            "inferno-model-hub",
            "inferno-models",
            "inferno-package",
            "inferno-plugin-build",
            "inferno-plugin-host",
            "inferno-registry",
            "inferno-registry-client",
            "inferno-store",
            "inferno-telemetry",
            "inferno-trust",
            "inferno-types",
        ],
    ),
];

/// Edges that only tests may have: what they are tried on.
const IN_TESTS: &[(&str, &str)] = &[("inferno-plugin-host", "inferno-plugin-build")];

/// Crates that judge the others and may therefore name all of them.
const JUDGES: &[&str] = &["inferno-e2e", "inferno-benches"];

/// For an outside crate with a room of its own, the only crates that may name it.
const ROOMS: &[(&str, &[&str])] = &[
    ("wasmtime", &["inferno-plugin-host"]),
    ("axum", &["inferno-http", "inferno-registry", "inferno"]),
    ("sigstore-types", &["inferno-trust"]),
    ("sigstore-verify", &["inferno-trust"]),
    ("sigstore-bundle", &["inferno-trust"]),
    ("sigstore-crypto", &["inferno-trust"]),
    ("p256", &["inferno-trust"]),
    ("cudarc", &["inferno-backend-cuda"]),
    ("wgpu", &["inferno-backend-wgpu"]),
    ("sqlx", &["inferno-store", "inferno-registry"]),
    ("candle-core", &[]),
    ("prometheus", &["inferno-telemetry"]),
    ("minijinja", &["inferno-models"]),
    ("zip", &["inferno-model-hub"]),
    ("ureq", &["inferno-model-hub", "inferno-registry-client", "inferno-e2e", "inferno", "xtask"]),
];

/// Crates that do no IO and know no async runtime, and the outside crates that would betray them.
const PURE: &[&str] = &["inferno-types", "inferno-graph", "inferno-insight", "inferno-package"];
const IMPURE: &[&str] = &["tokio", "ureq", "tempfile", "axum", "rayon"];

/// Every breach, as a sentence.
pub(super) fn check(metadata: &Metadata) -> Vec<String> {
    let members: BTreeSet<&str> = metadata.workspace_packages().iter().map(|p| p.name.as_str()).collect();
    let allowed: BTreeMap<_, _> = ALLOWED.iter().copied().collect();
    let rooms: BTreeMap<_, _> = ROOMS.iter().copied().collect();
    let mut breaches = Vec::new();
    for package in metadata.workspace_packages() {
        let name = package.name.as_str();
        let judge = JUDGES.contains(&name);
        if !judge && !allowed.contains_key(name) {
            breaches.push(format!(
                "{name} is missing from the table of allowed edges in xtask/src/tidy/edges.rs"
            ));
        }
        for dependency in &package.dependencies {
            let on = dependency.name.as_str();
            let tried_on = (on == name || IN_TESTS.contains(&(name, on)))
                && dependency.kind == DependencyKind::Development;
            let inside = members.contains(on);
            if inside && !judge && !tried_on && !allowed.get(name).is_some_and(|edges| edges.contains(&on)) {
                breaches.push(format!("{name} must not depend on {on}"));
            }
            if rooms.get(on).is_some_and(|keepers| !keepers.contains(&name)) && !judge {
                breaches.push(format!("{name} must not name {on}, which has a room of its own"));
            }
            if PURE.contains(&name) && IMPURE.contains(&on) && dependency.kind == DependencyKind::Normal {
                breaches.push(format!("{name} is pure and must not depend on {on}"));
            }
        }
    }
    breaches
}
