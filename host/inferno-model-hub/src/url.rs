//! Web addresses that never show what they may hide.
//!
//! Owns: the rule of which addresses may be fetched (`https:`, and `http:` on the loopback), joining redirects, and
//! a `Display` without user names, passwords or query values. Refuses: every other scheme. Easily confused with
//! `source`, which says what a user asked for.

use std::{fmt, net::IpAddr, str::FromStr};

use ureq::http::Uri;

/// The longest address accepted, in bytes. Signed redirects of storage services reach two or three thousand.
const MAX_BYTES: usize = 16 << 10;

/// An address that may be fetched, boxed because errors carry it. Shown without its credentials: a query value may be a signature, so all are hidden.
#[derive(Clone, PartialEq, Eq)]
pub struct WebUrl(Box<Uri>);

impl WebUrl {
    /// The whole address, credentials included: for the HTTP client only.
    pub(crate) fn uri(&self) -> &Uri {
        &self.0
    }

    /// Host name or address, without brackets or port.
    pub fn host(&self) -> &str {
        self.0.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']')
    }

    /// Whether the host is this very machine, by name or address.
    pub fn is_loopback(&self) -> bool {
        is_loopback(self.host())
    }

    /// Scheme, host and port: what must be equal for a secret to be sent along.
    pub(crate) fn same_origin(&self, other: &Self) -> bool {
        let port =
            |uri: &Uri| uri.port_u16().unwrap_or(if uri.scheme_str() == Some("http") { 80 } else { 443 });
        self.0.scheme_str() == other.0.scheme_str()
            && self.host().eq_ignore_ascii_case(other.host())
            && port(&self.0) == port(&other.0)
    }

    /// The decoded last segment of the path, which names the file. May be empty.
    pub fn file_name(&self) -> String {
        percent_decoded(self.0.path().rsplit('/').next().unwrap_or_default())
    }

    /// The address without a user name and password, but with its query: what tells one download from another.
    pub(crate) fn identity(&self) -> String {
        let port = self.0.port_u16().map(|p| format!(":{p}")).unwrap_or_default();
        let host = self.0.host().unwrap_or_default();
        let path = self.0.path_and_query().map_or("/", |p| p.as_str());
        format!("{}://{host}{port}{path}", self.0.scheme_str().unwrap_or_default())
    }

    /// The address that a `Location` header names, seen from this one.
    ///
    /// # Errors
    /// When it is no address, or not one that may be fetched.
    pub(crate) fn join(&self, location: &str) -> Result<Self, ParseUrlError> {
        let scheme = self.0.scheme_str().unwrap_or("https");
        let port = self.0.port_u16().map(|p| format!(":{p}")).unwrap_or_default();
        let origin = format!("{scheme}://{}{port}", self.0.host().unwrap_or_default());
        // A colon before the first slash means that the location brings its own scheme.
        let has_scheme = location.split(['/', '?', '#']).next().is_some_and(|head| head.contains(':'));
        if has_scheme {
            location.parse()
        } else if location.starts_with("//") {
            format!("{scheme}:{location}").parse()
        } else if location.starts_with('/') {
            format!("{origin}{location}").parse()
        } else {
            let folder = self.0.path().rsplit_once('/').map_or("", |(folder, _)| folder);
            format!("{origin}{folder}/{location}").parse()
        }
    }
}

impl FromStr for WebUrl {
    type Err = ParseUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > MAX_BYTES {
            return Err(ParseUrlError::Long { found: text.len() });
        }
        let text = text.split('#').next().unwrap_or_default();
        let uri: Uri = text.parse().map_err(|_| ParseUrlError::Form)?;
        let host = uri.host().filter(|host| !host.is_empty()).ok_or(ParseUrlError::Form)?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        match uri.scheme_str() {
            Some("https") => Ok(Self(Box::new(uri))),
            Some("http") if is_loopback(host) => Ok(Self(Box::new(uri))),
            Some("http") => Err(ParseUrlError::Plain { host: host.to_owned() }),
            _ => Err(ParseUrlError::Scheme),
        }
    }
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

impl fmt::Display for WebUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let authority = self.0.authority().map_or("", |a| a.as_str());
        let (user, host) = authority.rsplit_once('@').map_or(("", authority), |(_, host)| ("***@", host));
        write!(f, "{}://{user}{host}{}", self.0.scheme_str().unwrap_or_default(), self.0.path())?;
        let Some(query) = self.0.query() else { return Ok(()) };
        for (i, pair) in query.split('&').enumerate() {
            f.write_str(if i == 0 { "?" } else { "&" })?;
            match pair.split_once('=') {
                Some((name, _)) => write!(f, "{name}=***")?,
                None => f.write_str("***")?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for WebUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WebUrl({self})")
    }
}

/// Decodes `%41`-style escapes; what is not one stays as it is, and bytes that are no UTF-8 become `U+FFFD`.
pub(crate) fn percent_decoded(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let escape =
            (*first == b'%').then(|| tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok())).flatten();
        match escape.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                rest = &tail[2..];
            }
            None => {
                out.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Why a text is not an address that may be fetched. Never repeats the text: it may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseUrlError {
    /// Not a URL with a host.
    #[error("not a web address; write it as https://HOST/PATH")]
    Form,
    /// Neither `https` nor `http`.
    #[error("only https:// addresses are fetched (and http:// from this machine itself)")]
    Scheme,
    /// Plain HTTP to another machine.
    #[error("http:// is allowed only for this machine itself, not for `{host}`; use https://")]
    Plain {
        /// The other machine.
        host: String,
    },
    /// Longer than any real address.
    #[error("the address has {found} bytes; at most {MAX_BYTES} are read")]
    Long {
        /// Its length in bytes.
        found: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, shown: &str) {
        let url: WebUrl = text.parse().unwrap();
        assert_eq!(url.to_string(), shown);
        assert_eq!(format!("{url:?}"), format!("WebUrl({shown})"));
    }

    #[test]
    fn shows_no_secret() {
        check("https://h.example/a/b.gguf", "https://h.example/a/b.gguf");
        check("https://joe:s3cret@h.example/b.gguf", "https://***@h.example/b.gguf");
        check("https://h.example/b?sig=s3cret&s3cret&x=1#s3cret", "https://h.example/b?sig=***&***&x=***");
        check("http://127.0.0.1:8080/x", "http://127.0.0.1:8080/x");
        check("http://[::1]:8080/x", "http://[::1]:8080/x");
        check("http://localhost/x", "http://localhost/x");
    }

    #[test]
    fn refuses_what_may_not_be_fetched() {
        let plain = "http:// is allowed only for this machine itself, not for `h.example`; use https://";
        assert_eq!("http://joe:s3cret@h.example/x".parse::<WebUrl>().unwrap_err().to_string(), plain);
        for text in ["ftp://h.example/x", "file://h.example/x"] {
            assert_eq!(text.parse::<WebUrl>(), Err(ParseUrlError::Scheme), "{text}");
        }
        for text in ["", "h.example", "/x", "https://", "https:///x", "https://a b/"] {
            assert!(text.parse::<WebUrl>().is_err(), "{text:?}");
        }
        assert!("http://127.0.0.1.evil.example/x".parse::<WebUrl>().is_err());
        assert!("http://localhost@evil.example/x".parse::<WebUrl>().is_err());
    }

    #[test]
    fn joins_redirects() {
        let base: WebUrl = "https://joe:s3cret@h.example:8443/a/b?q=1".parse().unwrap();
        for (location, joined) in [
            ("https://other.example/x", "https://other.example/x"),
            ("//other.example/x", "https://other.example/x"),
            ("/x", "https://h.example:8443/x"),
            ("x", "https://h.example:8443/a/x"),
            ("x?u=https://y", "https://h.example:8443/a/x?u=https://y"),
        ] {
            assert_eq!(base.join(location).unwrap().identity(), joined, "{location}");
        }
        for location in ["http://other.example/x", "file:///etc/passwd", "javascript:1"] {
            assert!(base.join(location).is_err(), "{location}");
        }
    }

    #[test]
    fn origins_decide_about_secrets() {
        let hub: WebUrl = "https://hub.example/a".parse().unwrap();
        for (other, same) in [
            ("https://hub.example:443/b", true),
            ("https://HUB.example/b", true),
            ("https://hub.example:444/b", false),
            ("https://hub.example.evil.example/b", false),
            ("https://cdn.example/b", false),
        ] {
            assert_eq!(hub.same_origin(&other.parse().unwrap()), same, "{other}");
        }
    }

    #[test]
    fn decodes_file_names() {
        for (text, name) in
            [("a%20b", "a b"), ("100%", "100%"), ("%zz", "%zz"), ("%e2%82%ac", "€"), ("%2", "%2")]
        {
            assert_eq!(percent_decoded(text), name);
        }
    }
}
