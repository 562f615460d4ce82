//! `/.well-known/wasm-pkg/registry.json`: how `wkg` finds out that packages lie in an OCI registry here.
//!
//! It names no host: clients then take the one that they asked, which is right behind any proxy.

use std::sync::Arc;

use axum::{Json, Router, routing::get};
use serde_json::{Value, json};

use crate::shared::Shared;

pub(crate) fn router() -> Router<Arc<Shared>> {
    Router::new().route("/.well-known/wasm-pkg/registry.json", get(metadata))
}

async fn metadata() -> Json<Value> {
    Json(json!({ "preferredProtocol": "oci", "oci": { "namespacePrefix": "" } }))
}
