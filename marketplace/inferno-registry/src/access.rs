//! Who may push: a token, in `Authorization: Bearer` or as the password of `Basic`.
//!
//! Owns: reading the header and asking whose token it is. Refuses tokens of other publishers, and requests that a page
//! of another site makes a browser send: a browser remembers a password and adds it to whatever asks. Easily confused
//! with the signature of a component: a stolen token can push, but nothing that it pushes becomes public without a key.

use axum::http::{HeaderMap, header};
use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{Broken, shared::Shared, token::TokenHash};

/// Why a request may not push.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AuthError {
    #[error("to push, send a publisher's token: as a bearer, or as the password with any user name")]
    Missing,
    #[error("the Authorization header is neither `Bearer TOKEN` nor `Basic` with the token as the password")]
    Scheme,
    #[error("this token is unknown or revoked; ask the registry's operator for a new one")]
    Unknown,
    #[error("this token is for packages of `{owner}`, not for those of `{wanted}`")]
    OtherPublisher { owner: String, wanted: String },
    #[error("a page of another site made this request; push from a program")]
    CrossSite,
    #[error(transparent)]
    Broken(#[from] Broken),
}

/// Checks that a request comes from somebody whom `publisher` gave a token.
pub(crate) async fn authorize(
    shared: &Shared,
    headers: &HeaderMap,
    publisher: &str,
) -> Result<(), AuthError> {
    let site = headers.get("sec-fetch-site").map_or(&b"none"[..], |site| site.as_bytes());
    if !matches!(site, b"none" | b"same-origin") {
        return Err(AuthError::CrossSite);
    }
    let owner = known(shared, headers).await?;
    if owner == publisher {
        return Ok(());
    }
    Err(AuthError::OtherPublisher { owner, wanted: publisher.to_owned() })
}

/// Whose token a request carries.
pub(crate) async fn known(shared: &Shared, headers: &HeaderMap) -> Result<String, AuthError> {
    let header = headers.get(header::AUTHORIZATION).ok_or(AuthError::Missing)?;
    let token = header.to_str().ok().and_then(token).ok_or(AuthError::Scheme)?;
    if token.is_empty() {
        // What clients without a token send once they have been asked for one.
        return Err(AuthError::Missing);
    }
    let hash = TokenHash::of(&token).ok_or(AuthError::Unknown)?;
    shared.database.publisher_of(hash).await?.ok_or(AuthError::Unknown)
}

/// The token in a header.
fn token(header: &str) -> Option<String> {
    let (scheme, rest) = header.split_once(' ')?;
    let rest = rest.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(rest.to_owned());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(STANDARD.decode(rest).ok()?).ok()?;
    let (_, password) = pair.split_once(':')?;
    Some(password.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_found_in_either_scheme() {
        let check =
            |header: &str, expected: Option<&str>| assert_eq!(token(header).as_deref(), expected, "{header}");
        check("Bearer inferno_1", Some("inferno_1"));
        check("bearer  inferno_1 ", Some("inferno_1"));
        // `user:inferno_1`, `:inferno_1`, `:`, `user`.
        check("Basic dXNlcjppbmZlcm5vXzE=", Some("inferno_1"));
        check("basic OmluZmVybm9fMQ==", Some("inferno_1"));
        check("Basic Og==", Some(""));
        check("Basic dXNlcg==", None);
        check("Basic !", None);
        check("Basic /w==", None);
        check("Digest x", None);
        check("inferno_1", None);
        check("", None);
    }
}
