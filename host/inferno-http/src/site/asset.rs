//! One file, with everything that is known of it before anybody asks for it.

use std::{borrow::Cow, io::Write as _};

use axum::{body::Bytes, http::HeaderValue};
use flate2::{Compression, write::GzEncoder};
use inferno_types::Digest;
use tokio::{sync::OnceCell, task};

use super::policy;

/// Files shorter than this are not worth compressing.
const WORTH_IT: usize = 1024;

/// A file.
#[derive(Debug)]
pub(super) struct Asset {
    pub(super) bytes: Bytes,
    pub(super) media: &'static str,
    pub(super) cache: &'static str,
    pub(super) etag: HeaderValue,
    /// What the page or the worker may do; nothing where it is neither.
    pub(super) policy: Option<HeaderValue>,
    compressible: bool,
    compressed: OnceCell<Option<Bytes>>,
}

impl Asset {
    pub(super) fn new(path: &str, bytes: Cow<'static, [u8]>) -> Self {
        let bytes = match bytes {
            Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            Cow::Owned(bytes) => Bytes::from(bytes),
        };
        let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
        let (media, compressible) = media(extension);
        let policy = policy::of(path, &bytes);
        let etag = format!("\"{}\"", Digest::of(&bytes).short());
        Self {
            compressible: compressible && bytes.len() >= WORTH_IT,
            bytes,
            media,
            cache: cache(path),
            etag: HeaderValue::from_str(&etag).expect("hexadecimal digits"),
            policy,
            compressed: OnceCell::new(),
        }
    }

    /// The file in gzip, made when the first browser asks for it and kept; nothing where that makes it no smaller.
    pub(super) async fn gzip(&self) -> Option<Bytes> {
        let compress = || async {
            if !self.compressible {
                return None;
            }
            let bytes = self.bytes.clone();
            let made = task::spawn_blocking(move || gzip(&bytes)).await.ok()?;
            (made.len() < self.bytes.len()).then(|| Bytes::from(made))
        };
        self.compressed.get_or_init(compress).await.clone()
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    // A vector takes everything.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

/// How long a browser may keep it: what has its content's hash in its name for good, all else as long as it is the
/// same when asked.
fn cache(path: &str) -> &'static str {
    if path.starts_with("_next/static/") { "public, max-age=31536000, immutable" } else { "no-cache" }
}

/// The media type, and whether such files shrink.
fn media(extension: &str) -> (&'static str, bool) {
    match extension {
        "html" => ("text/html; charset=utf-8", true),
        "js" | "mjs" => ("text/javascript; charset=utf-8", true),
        "css" => ("text/css; charset=utf-8", true),
        "json" | "map" | "webmanifest" => ("application/json", true),
        "txt" | "md" => ("text/plain; charset=utf-8", true),
        "svg" => ("image/svg+xml", true),
        "wasm" => ("application/wasm", true),
        "png" => ("image/png", false),
        "ico" => ("image/x-icon", false),
        "webp" => ("image/webp", false),
        "woff2" => ("font/woff2", false),
        "woff" => ("font/woff", false),
        _ => ("application/octet-stream", false),
    }
}
