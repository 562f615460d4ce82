//! The secret that lets a publisher publish.
//!
//! Owns: reading one, and never showing it. Easily confused with a signing key: a token says who may write to a
//! registry, a key says whose work something is.

use std::{fmt, fs::File, io::Read as _, path::Path};

/// The longest token that is read, in bytes.
const MAX_BYTES: usize = 4096;

/// A publisher's token. It goes to its registry and into no log.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// Takes a token, without the white space around it.
    ///
    /// # Errors
    /// When nothing else is there, or something that could not be part of a header.
    pub fn new(text: &str) -> Result<Self, InvalidToken> {
        let text = text.trim();
        let good = (1..=MAX_BYTES).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        if good { Ok(Self(text.to_owned())) } else { Err(InvalidToken::Form) }
    }

    /// Reads a file that holds a token and nothing else.
    ///
    /// # Errors
    /// When it cannot be read or holds something else.
    pub fn read(path: &Path) -> Result<Self, InvalidToken> {
        let mut text = String::new();
        // One byte more than any token, so that a file that is too long is noticed and never read whole.
        let limit = MAX_BYTES as u64 + 1;
        File::open(path)
            .and_then(|file| file.take(limit).read_to_string(&mut text))
            .map_err(InvalidToken::Io)?;
        Self::new(&text)
    }

    /// The header value that shows the token.
    pub(crate) fn bearer(&self) -> String {
        format!("Bearer {}", self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(hidden)")
    }
}

/// Why a token cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum InvalidToken {
    /// It is empty, too long, or has characters that no token has.
    #[error("a token is one word, as `inferno registry token new` prints it; copy it again")]
    Form,
    /// Its file cannot be read.
    #[error("the file with the token cannot be read")]
    Io(#[source] std::io::Error),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_never_shown() {
        let token = Token::new(" s3cret\n").expect("one word");
        assert_eq!(token.bearer(), "Bearer s3cret");
        assert_eq!(format!("{token:?}"), "Token(hidden)");
        for text in ["", " \n", "two words", "a\r\nb: c", "é", &"a".repeat(MAX_BYTES + 1)] {
            assert!(Token::new(text).is_err(), "{text:.20}");
        }
    }

    #[test]
    fn a_token_is_read_from_a_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("token");
        assert!(matches!(Token::read(&path), Err(InvalidToken::Io(_))));
        std::fs::write(&path, "s3cret\n").expect("written");
        assert_eq!(Token::read(&path).expect("a token").bearer(), "Bearer s3cret");
        std::fs::write(&path, "a".repeat(1 << 20)).expect("written");
        assert!(matches!(Token::read(&path), Err(InvalidToken::Form)));
    }
}
