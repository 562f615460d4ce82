//! The pages: static files that were built from `web/`, are part of the binary, and are served with a strict policy.
//!
//! Owns: which path is which file, how long a browser may keep it, and the headers that say what a page may do. The
//! files own no truth: everything they show comes from the routes.

mod asset;
mod policy;
mod respond;
#[cfg(test)]
mod tests;

use std::{borrow::Cow, collections::HashMap};

pub(crate) use policy::{REPORTS, headers};
pub(crate) use respond::serve;

use asset::Asset;

/// The files of `web/out` as they were when the crate was compiled; none when the front end was not built.
#[derive(rust_embed::Embed)]
#[folder = "../../web/out"]
#[allow_missing = true]
struct Embedded;

/// The files by their path, which begins without a slash.
#[derive(Debug)]
pub(crate) struct Site(HashMap<String, Asset>);

/// What a path is.
#[derive(Debug)]
enum Found<'a> {
    File(&'a Asset),
    /// A page, whose address ends with a slash: relative links count on it.
    Folder,
    /// Nothing; where there is a page for that, this is it.
    Nothing(Option<&'a Asset>),
}

impl Site {
    /// The site that is part of this binary.
    pub(crate) fn embedded() -> Self {
        Self::new(Embedded::iter().filter_map(|path| {
            let file = Embedded::get(&path)?;
            Some((path.into_owned(), file.data))
        }))
    }

    fn new(files: impl IntoIterator<Item = (String, Cow<'static, [u8]>)>) -> Self {
        let asset = |(path, bytes): (String, Cow<'static, [u8]>)| {
            let asset = Asset::new(&path, bytes);
            (path, asset)
        };
        Self(files.into_iter().map(asset).collect())
    }

    fn find(&self, path: &str) -> Found<'_> {
        let path = path.strip_prefix('/').unwrap_or(path);
        let index = format!("{path}index.html");
        if path.is_empty() || path.ends_with('/') {
            return self.0.get(&index).map_or_else(|| self.nothing(), Found::File);
        }
        match self.0.get(path) {
            Some(asset) => Found::File(asset),
            None if self.0.contains_key(&format!("{path}/index.html")) => Found::Folder,
            None => self.nothing(),
        }
    }

    fn nothing(&self) -> Found<'_> {
        Found::Nothing(self.0.get("404.html"))
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
