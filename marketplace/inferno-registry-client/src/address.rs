//! Where a registry is: an origin, and nothing more.
//!
//! Owns: which addresses may be asked (`https:`, and `http:` on this machine), and their one spelling, so that equal
//! registries are equal texts in a lock file. Refuses user names, passwords, paths and queries: a secret belongs to
//! [`Token`](crate::Token). Easily confused with the address of one package, which the client builds itself.

use std::{fmt, net::IpAddr, str::FromStr};

use serde::{Deserialize, Serialize};
use ureq::http::Uri;

/// The longest address that is read, in bytes.
const MAX_BYTES: usize = 512;

/// The origin of a registry, such as `https://plugins.example.org` or `http://127.0.0.1:8080`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RegistryUrl {
    secure: bool,
    // Small, since every error about a registry carries its address.
    host: Box<str>,
    port: Option<u16>,
}

impl RegistryUrl {
    /// Whether the registry is on this very machine, by name or address.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.host)
    }

    /// The address of `path`, which begins with a slash.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{self}{path}")
    }

    /// The address that a `Location` header names, seen from this registry; `None` when it leads elsewhere, where
    /// neither a token nor a component may be sent.
    pub(crate) fn own(&self, location: &str) -> Option<String> {
        if location.starts_with('/') && !location.starts_with("//") {
            return Some(self.at(location));
        }
        let uri: Uri = location.parse().ok()?;
        let origin = format!("{}://{}", uri.scheme_str()?, uri.authority()?);
        (origin.parse::<Self>().ok()? == *self).then(|| location.to_owned())
    }
}

impl FromStr for RegistryUrl {
    type Err = ParseRegistryUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > MAX_BYTES {
            return Err(ParseRegistryUrlError::Form);
        }
        let uri: Uri = text.parse().map_err(|_| ParseRegistryUrlError::Form)?;
        let authority = uri.authority().ok_or(ParseRegistryUrlError::Form)?;
        if authority.as_str().contains('@') {
            return Err(ParseRegistryUrlError::Credentials);
        }
        let host = uri.host().unwrap_or_default().to_ascii_lowercase();
        let bare = uri.query().is_none() && matches!(uri.path(), "" | "/") && !text.contains('#');
        if host.is_empty() || !bare {
            return Err(ParseRegistryUrlError::Form);
        }
        let (secure, usual) = match uri.scheme_str() {
            Some("https") => (true, 443),
            Some("http") if is_loopback(&host) => (false, 80),
            Some("http") => return Err(ParseRegistryUrlError::Plain { host }),
            _ => return Err(ParseRegistryUrlError::Form),
        };
        Ok(Self { secure, host: host.into(), port: uri.port_u16().filter(|port| *port != usual) })
    }
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

impl fmt::Display for RegistryUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", if self.secure { "https" } else { "http" }, self.host)?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

impl fmt::Debug for RegistryUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl TryFrom<String> for RegistryUrl {
    type Error = ParseRegistryUrlError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<RegistryUrl> for String {
    fn from(url: RegistryUrl) -> Self {
        url.to_string()
    }
}

/// Why a text is not a [`RegistryUrl`]. Never repeats the text: it may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseRegistryUrlError {
    /// It is not an origin.
    #[error("a registry is written https://HOST or https://HOST:PORT, without a path")]
    Form,
    /// It holds a user name or password.
    #[error("leave the user name and password out of a registry's address; a token goes into INFERNO_TOKEN")]
    Credentials,
    /// Plain HTTP to another machine.
    #[error("http:// is allowed only for this machine itself, not for `{host}`; use https://")]
    Plain {
        /// The other machine.
        host: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_for_one_registry() {
        for (text, spelt) in [
            ("https://Plugins.Example.org", "https://plugins.example.org"),
            ("https://plugins.example.org:443/", "https://plugins.example.org"),
            ("https://plugins.example.org:8443", "https://plugins.example.org:8443"),
            ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
            ("http://localhost:80", "http://localhost"),
            ("http://[::1]:8080", "http://[::1]:8080"),
        ] {
            assert_eq!(text.parse::<RegistryUrl>().expect(text).to_string(), spelt);
        }
    }

    #[test]
    fn addresses_that_are_refused() {
        let table: Vec<String> = [
            "",
            "plugins.example.org",
            "ftp://plugins.example.org",
            "https://",
            "https://plugins.example.org/prefix",
            "https://plugins.example.org?x=1",
            "https://joe:s3cret@plugins.example.org",
            "http://plugins.example.org",
            "http://127.0.0.1.evil.example",
            "http://localhost@evil.example",
        ]
        .iter()
        .map(|text| format!("{text:?}: {}", text.parse::<RegistryUrl>().expect_err(text)))
        .collect();
        insta::assert_snapshot!(table.join("\n"), @r#"
        "": a registry is written https://HOST or https://HOST:PORT, without a path
        "plugins.example.org": a registry is written https://HOST or https://HOST:PORT, without a path
        "ftp://plugins.example.org": a registry is written https://HOST or https://HOST:PORT, without a path
        "https://": a registry is written https://HOST or https://HOST:PORT, without a path
        "https://plugins.example.org/prefix": a registry is written https://HOST or https://HOST:PORT, without a path
        "https://plugins.example.org?x=1": a registry is written https://HOST or https://HOST:PORT, without a path
        "https://joe:s3cret@plugins.example.org": leave the user name and password out of a registry's address; a token goes into INFERNO_TOKEN
        "http://plugins.example.org": http:// is allowed only for this machine itself, not for `plugins.example.org`; use https://
        "http://127.0.0.1.evil.example": http:// is allowed only for this machine itself, not for `127.0.0.1.evil.example`; use https://
        "http://localhost@evil.example": leave the user name and password out of a registry's address; a token goes into INFERNO_TOKEN
        "#);
    }

    #[test]
    fn a_location_stays_at_home() {
        let url: RegistryUrl = "https://plugins.example.org:8443".parse().expect("an origin");
        let at = |path: &str| Some(format!("https://plugins.example.org:8443{path}"));
        for (location, address) in [
            ("/v2/a/b/blobs/uploads/1?x=y", at("/v2/a/b/blobs/uploads/1?x=y")),
            ("https://plugins.example.org:8443/v2/u", at("/v2/u")),
            (
                "https://PLUGINS.example.org:8443/v2/u",
                Some("https://PLUGINS.example.org:8443/v2/u".to_owned()),
            ),
            ("//evil.example/v2/u", None),
            ("https://evil.example/v2/u", None),
            ("https://plugins.example.org/v2/u", None),
            ("http://plugins.example.org:8443/v2/u", None),
            ("https://joe@plugins.example.org:8443/v2/u", None),
            ("v2/u", None),
            ("", None),
        ] {
            assert_eq!(url.own(location), address, "{location}");
        }
    }
}
