//! From a request to a file, a redirection, or the page that says that there is nothing.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Request, State},
    http::{
        HeaderMap, HeaderValue, Method, StatusCode, Uri,
        header::{
            ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
            ETAG, IF_NONE_MATCH, LOCATION, VARY,
        },
        request::Parts,
    },
    response::{IntoResponse as _, Response},
};

use super::{Asset, Found, Site};
use crate::{Server, error};

/// Paths that are routes or nothing, never pages.
const ROUTES: [&str; 4] = ["/api/", "/v1/", "/v2/", "/.well-known/"];

/// What a binary without pages says instead.
const NO_PAGES: &str = "This inferno was built without its pages. `cargo xtask up` builds both. The API is described at \
                        /openapi.json.\n";

/// Answers what no route answers.
pub(crate) async fn serve(State(server): State<Arc<Server>>, request: Request) -> Response {
    answer(&server.site, &request.into_parts().0).await
}

pub(super) async fn answer(site: &Site, request: &Parts) -> Response {
    let Parts { method, uri, headers, .. } = request;
    let path = uri.path();
    if !matches!(*method, Method::GET | Method::HEAD) || ROUTES.iter().any(|routes| path.starts_with(routes))
    {
        return error::no_route(uri).into_response();
    }
    match site.find(path) {
        Found::File(asset) => file(asset, StatusCode::OK, headers).await,
        Found::Folder => redirect(uri),
        Found::Nothing(Some(page)) if wants_page(headers) => file(page, StatusCode::NOT_FOUND, headers).await,
        Found::Nothing(_) if path == "/" && site.is_empty() => NO_PAGES.into_response(),
        Found::Nothing(_) => error::no_route(uri).into_response(),
    }
}

async fn file(asset: &Asset, status: StatusCode, asked: &HeaderMap) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(asset.cache));
    headers.insert(ETAG, asset.etag.clone());
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(policy) = &asset.policy {
        headers.insert(CONTENT_SECURITY_POLICY, policy.clone());
    }
    if status == StatusCode::OK && is_known(&asset.etag, asked) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(asset.media));
    let compressed = match takes_gzip(asked) {
        true => asset.gzip().await,
        false => None,
    };
    if compressed.is_some() {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    (status, headers, Body::from(compressed.unwrap_or_else(|| asset.bytes.clone()))).into_response()
}

/// To the same page with a slash.
fn redirect(uri: &Uri) -> Response {
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    // Only a path that is a file's gets here, so it is no address of somewhere else.
    match HeaderValue::from_str(&format!("{}/{query}", uri.path())) {
        Ok(location) => (StatusCode::PERMANENT_REDIRECT, [(LOCATION, location)]).into_response(),
        Err(_) => error::no_route(uri).into_response(),
    }
}

fn is_known(etag: &HeaderValue, asked: &HeaderMap) -> bool {
    let known = list(asked, IF_NONE_MATCH.as_str());
    let bare = |tag: &str| tag.trim_start_matches("W/").to_owned();
    etag.to_str().is_ok_and(|etag| known.map(bare).any(|tag| tag == etag))
}

fn takes_gzip(asked: &HeaderMap) -> bool {
    list(asked, ACCEPT_ENCODING.as_str()).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        name.trim() == "gzip" && !matches!(weight.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
    })
}

fn wants_page(asked: &HeaderMap) -> bool {
    list(asked, ACCEPT.as_str()).any(|media| media.starts_with("text/html"))
}

fn list<'a>(headers: &'a HeaderMap, name: &'static str) -> impl Iterator<Item = &'a str> {
    headers
        .get_all(name)
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|v| v.split(','))
        .map(str::trim)
}
