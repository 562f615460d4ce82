//! `POST /api/csp-report`: what browsers tell when a page tries what its policy forbids.
//!
//! Owns that it is counted. Refuses to keep or believe what is told: anybody can send it.

use std::sync::Arc;

use axum::{body::Bytes, extract::State, http::StatusCode};

use crate::Server;

/// The longest report that is read, in bytes.
pub(crate) const MAX_REPORT: usize = 64 << 10;

/// Counts a breach of the content security policy.
#[utoipa::path(
    post,
    path = "/api/csp-report",
    tag = "console",
    operation_id = "report_csp",
    request_body(content = String, content_type = "application/csp-report"),
    responses((status = 204))
)]
pub(crate) async fn report(State(server): State<Arc<Server>>, body: Bytes) -> StatusCode {
    tracing::debug!(report = %String::from_utf8_lossy(&body).escape_debug(), "a page broke its policy");
    server.seams.observer.csp_report();
    StatusCode::NO_CONTENT
}
