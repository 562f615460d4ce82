//! What a page may do: the Content-Security-Policy and its companions.
//!
//! Nothing is loaded from anywhere else, nothing inline runs but what the build put there, whose hashes are computed
//! from the very bytes that are served.

use axum::{
    http::{
        HeaderMap, HeaderName, HeaderValue,
        header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS},
    },
    response::Response,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256};

/// Where browsers tell what was refused.
pub(crate) const REPORTS: &str = "/api/csp-report";

/// The worker that makes script of a component: it loads its own parts and compiles them.
const TRANSPILER: &str = "sandbox/transpiler.js";
/// The worker that runs a component: it loads what was made of it, from a blob, and reaches no network.
const COMPONENT: &str = "sandbox/component.js";

/// The policy of a file, if it has one of its own. A script's counts only where the script is a worker's; a page's does
/// not count in its workers, so no page may compile anything.
pub(super) fn of(path: &str, bytes: &[u8]) -> Option<HeaderValue> {
    let policy = match path {
        TRANSPILER => format!(
            "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; frame-ancestors 'none'; \
             report-uri {REPORTS}"
        ),
        COMPONENT => format!(
            "default-src 'none'; script-src blob: 'wasm-unsafe-eval'; frame-ancestors 'none'; report-uri {REPORTS}"
        ),
        path if path.ends_with(".html") => page(&String::from_utf8_lossy(bytes)),
        _ => return None,
    };
    Some(HeaderValue::from_str(&policy).expect("paths, hashes and keywords are ASCII"))
}

fn page(html: &str) -> String {
    let scripts = hashes(html, "script");
    let styles = hashes(html, "style");
    format!(
        "default-src 'none'; script-src 'self'{scripts}; style-src 'self'{styles}; connect-src 'self'; \
         img-src 'self' data:; font-src 'self'; manifest-src 'self'; worker-src 'self'; frame-ancestors 'none'; \
         base-uri 'none'; form-action 'none'; report-uri {REPORTS}"
    )
}

/// Headers of everything that is served. What is no page may do nothing at all, should a browser show it as one.
pub(crate) async fn headers(mut response: Response) -> Response {
    const NOTHING: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
    let headers: &mut HeaderMap = response.headers_mut();
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(NOTHING);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    let plain = |name, value| (HeaderName::from_static(name), HeaderValue::from_static(value));
    headers.extend([
        plain("cross-origin-opener-policy", "same-origin"),
        plain("cross-origin-resource-policy", "same-origin"),
        plain("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ]);
    response
}

/// The hashes of the inline elements of one kind, each as a source of a policy.
fn hashes(html: &str, element: &str) -> String {
    let (open, close) = (format!("<{element}"), format!("</{element}>"));
    let mut sources = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find(&open) {
        rest = &rest[at + open.len()..];
        // `<scripture>` is none.
        if !rest.starts_with(|next: char| next == '>' || next.is_ascii_whitespace()) {
            continue;
        }
        let Some((attributes, body)) = rest.split_once('>') else { break };
        let Some((content, after)) = body.split_once(&close) else { break };
        let elsewhere = attributes.split_ascii_whitespace().any(|attribute| attribute.starts_with("src="));
        if !elsewhere {
            let source = format!(" 'sha256-{}'", STANDARD.encode(Sha256::digest(content)));
            if !sources.contains(&source) {
                sources.push(source);
            }
        }
        rest = after;
    }
    sources.concat()
}
