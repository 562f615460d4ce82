//! Signing keys: made, written once, read back.
//!
//! Owns: the secret half of a P-256 key and its file. Refuses to show it (`Debug` is opaque), to overwrite a
//! file, and to write one that others can read. Easily confused with [`PublicKey`], which is what operators
//! are given.

use std::{
    fmt,
    fs::{File, OpenOptions},
    io::{self, Read as _, Write as _},
    path::Path,
};

use p256::{
    ecdsa::{Signature, signature::Signer as _},
    elliptic_curve::{Generate as _, zeroize::Zeroizing},
    pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, LineEnding},
};

use crate::PublicKey;

/// The longest PEM text that is read, in bytes; a P-256 key takes some 250.
pub(crate) const MAX_PEM: usize = 4096;

/// A P-256 key that can sign.
pub struct SigningKey(p256::ecdsa::SigningKey);

impl SigningKey {
    /// A new key from the randomness of the operating system.
    ///
    /// # Panics
    /// When the operating system has no randomness to give: there is no safe way on.
    pub fn generate() -> Self {
        Self(p256::ecdsa::SigningKey::generate())
    }

    /// Reads the `PRIVATE KEY` PEM block (PKCS#8, not encrypted) that [`SigningKey::to_pem`] writes.
    ///
    /// # Errors
    /// When the text is too long, is not such a block, or holds a key of another algorithm.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        if pem.len() > MAX_PEM {
            return Err(KeyError::Size { found: pem.len() });
        }
        p256::ecdsa::SigningKey::from_pkcs8_pem(pem).map(Self).map_err(|_| KeyError::SecretPem)
    }

    /// The key as a PKCS#8 PEM block, which the returned value wipes from memory when dropped.
    pub fn to_pem(&self) -> SecretPem {
        SecretPem(self.0.to_pkcs8_pem(LineEnding::LF).expect("a scalar of the curve has a PEM form"))
    }

    /// Writes the key to a new file that only its owner can read (mode 0600).
    ///
    /// # Errors
    /// [`KeyError::Exists`] when there is a file of that name already: overwriting a key loses it for ever.
    /// [`KeyError::Io`] when the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), KeyError> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let write = || {
            let mut file = options.open(path)?;
            file.write_all(self.to_pem().expose().as_bytes())?;
            file.sync_all()
        };
        write().map_err(|error: io::Error| match error.kind() {
            io::ErrorKind::AlreadyExists => KeyError::Exists,
            _ => KeyError::Io(error),
        })
    }

    /// Reads a file that [`SigningKey::save`] wrote.
    ///
    /// # Errors
    /// When the file cannot be read, or for the reasons of [`SigningKey::from_pem`].
    pub fn load(path: &Path) -> Result<Self, KeyError> {
        let mut pem = Zeroizing::new(String::with_capacity(MAX_PEM + 1));
        // One byte more than is allowed, so that a file that is too long is noticed and never read whole.
        let limit = MAX_PEM as u64 + 1;
        File::open(path).and_then(|file| file.take(limit).read_to_string(&mut pem)).map_err(KeyError::Io)?;
        Self::from_pem(&pem)
    }

    /// The half that may be shown to everyone.
    pub fn public_key(&self) -> PublicKey {
        PublicKey::new(*self.0.verifying_key())
    }

    /// A DER encoded ECDSA signature with SHA-256 over `message`: deterministic (RFC 6979), with the lower of
    /// the two possible `s`.
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let signature: Signature = self.0.sign(message);
        signature.normalize_s().to_der().as_bytes().to_vec()
    }

    #[cfg(test)]
    pub(crate) fn for_test(seed: u8) -> Self {
        Self(p256::ecdsa::SigningKey::from_slice(&[seed; 32]).expect("not zero, below the order"))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({}, secret hidden)", self.public_key().id())
    }
}

/// A secret key in PEM. Wiped when dropped; `Debug` shows nothing of it.
pub struct SecretPem(Zeroizing<String>);

impl SecretPem {
    /// The text, for writing it where only its owner reads.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretPem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretPem(hidden)")
    }
}

/// Why a key cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The text is too long to be a key.
    #[error("a key in PEM has at most 4096 bytes, not {found}; is this another file?")]
    Size {
        /// Its length in bytes.
        found: usize,
    },
    /// The text is not a PKCS#8 P-256 key.
    #[error(
        "expected an unencrypted P-256 key in a `PRIVATE KEY` PEM block; make one with `inferno key generate`"
    )]
    SecretPem,
    /// The text is not an SPKI P-256 key.
    #[error(
        "expected a P-256 key in a `PUBLIC KEY` PEM block; a private key is never what is asked for here"
    )]
    PublicPem,
    /// A file of that name exists.
    #[error("a file of that name exists; a key is never overwritten, so choose another name or move it away")]
    Exists,
    /// The file system refused.
    #[error("the key file cannot be read or written")]
    Io(#[source] io::Error),
}
