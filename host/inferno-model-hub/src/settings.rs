//! How the library reaches the outside: limits, secrets, certificate files, and the variables they come from.
//!
//! Owns: every environment variable this crate reads itself ([`Settings::from_env`] is the one place; proxies are
//! the HTTP client's, pip's are pip's). Refuses: reading them anywhere else, and showing a token.

use std::{ffi::OsString, fmt, path::PathBuf, time::Duration};

use crate::url::{ParseUrlError, WebUrl};

/// The public model hub that `hf:` stands for, unless `HF_ENDPOINT` names a mirror.
const HUB: &str = "https://huggingface.co";

/// What a download may cost before it is refused.
#[derive(Debug, Clone)]
pub struct Limits {
    /// The largest model or wheel, in bytes.
    pub model_bytes: u64,
    /// The largest reply of an API, in bytes.
    pub reply_bytes: u64,
    /// How many redirects are followed.
    pub redirects: u32,
    /// How many members a wheel may have.
    pub wheel_members: u64,
    /// The largest table of contents of a wheel, in bytes.
    pub wheel_directory_bytes: u64,
    /// How many times larger than its compressed form a model in a wheel may be.
    pub wheel_ratio: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            model_bytes: 1 << 40,
            reply_bytes: 16 << 20,
            redirects: 8,
            wheel_members: 10_000,
            wheel_directory_bytes: 8 << 20,
            // Weights hardly compress; deflate's own limit is about 1,030.
            wheel_ratio: 100,
        }
    }
}

/// A secret that goes to one host and into no log.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// Takes a token, without the white space around it. `None` when nothing else is there or when it could not be
    /// part of a header.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty() && text.chars().all(|c| c.is_ascii_graphic())).then(|| Self(text.to_owned()))
    }

    /// The header value that shows the token.
    pub(crate) fn bearer(&self) -> String {
        format!("Bearer {}", self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(***)")
    }
}

/// How the library reaches the outside.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The address of the model hub (`HF_ENDPOINT`).
    pub hub: WebUrl,
    /// The token for the hub and for no other host (`HF_TOKEN`).
    pub hub_token: Option<Token>,
    /// A PEM file of trusted certificates that replaces the built-in ones (`SSL_CERT_FILE`).
    pub ca_file: Option<PathBuf>,
    /// The same for what pip found (`PIP_CERT`); otherwise pip's configuration is asked, then `ca_file` counts.
    pub pip_ca_file: Option<PathBuf>,
    /// Variables set for pip beside the inherited ones. Empty outside tests.
    pub pip_variables: Vec<(OsString, OsString)>,
    /// What a download may cost.
    pub limits: Limits,
    /// How many attempts in a row may bring nothing new before a download gives up.
    pub attempts: u32,
    /// The pause before the second such attempt; it doubles with each.
    pub pause: Duration,
    /// How long a server may stay silent.
    pub patience: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            hub: HUB.parse().expect("the constant is an https address"),
            hub_token: None,
            ca_file: None,
            pip_ca_file: None,
            pip_variables: Vec::new(),
            limits: Limits::default(),
            attempts: 5,
            pause: Duration::from_secs(1),
            patience: Duration::from_secs(60),
        }
    }
}

impl Settings {
    /// The defaults, changed by `HF_ENDPOINT`, `HF_TOKEN`, `SSL_CERT_FILE` and `PIP_CERT`. Empty variables count as
    /// unset.
    ///
    /// # Errors
    /// When a variable holds what it cannot hold.
    pub fn from_env() -> Result<Self, SettingsError> {
        let text = |name| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
        let path = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let mut settings =
            Self { ca_file: path("SSL_CERT_FILE"), pip_ca_file: path("PIP_CERT"), ..Self::default() };
        if let Some(endpoint) = text("HF_ENDPOINT") {
            settings.hub = endpoint.trim().trim_end_matches('/').parse().map_err(SettingsError::Hub)?;
        }
        if let Some(token) = text("HF_TOKEN") {
            settings.hub_token = Some(Token::new(&token).ok_or(SettingsError::Token)?);
        }
        Ok(settings)
    }
}

/// Why the environment cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// `HF_ENDPOINT`.
    #[error("HF_ENDPOINT is not an address that may be used")]
    Hub(#[source] ParseUrlError),
    /// `HF_TOKEN`.
    #[error("HF_TOKEN contains characters that no token has; copy it again")]
    Token,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_never_shown() {
        let settings = Settings { hub_token: Token::new(" s3cret\n"), ..Settings::default() };
        assert!(settings.hub_token.is_some());
        assert!(!format!("{settings:?}").contains("s3cret"));
        assert!(
            Token::new("two words").is_none()
                && Token::new("a\r\nb: c").is_none()
                && Token::new("").is_none()
        );
    }
}
