//! The secret of an installation that tells its own compiled code from everybody else's.
//!
//! Owns the key file and the message that is authenticated. Refuses a key that others can read: it is replaced,
//! and with it everything that was authenticated by it.

use std::{fmt, fs, io, path::Path};

use hmac::{Hmac, KeyInit as _, Mac as _};
use inferno_types::Digest;
use sha2::Sha256;

const FILE: &str = "key";
const BYTES: usize = 32;
/// Names the purpose and the format of what is authenticated.
const DOMAIN: &[u8] = b"inferno code cache 1\0";

/// 32 random bytes.
pub(super) struct Key([u8; BYTES]);

impl Key {
    /// Reads the key of a folder, or makes one.
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        let path = folder.join(FILE);
        match Self::read(&path) {
            Ok(Some(key)) => return Ok(key),
            Ok(None) => {
                tracing::warn!(path = %path.display(), "replaced the key of the code cache: it was damaged or open to others");
                fs::remove_file(&path)?;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let mut key = [0; BYTES];
        getrandom::fill(&mut key).map_err(io::Error::other)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        io::Write::write_all(&mut file, &key)?;
        match file.persist_noclobber(&path) {
            Ok(_) => Ok(Self(key)),
            // Another process was quicker: its key is as good.
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                Self::read(&path)?.ok_or_else(|| io::Error::other("the key file is damaged"))
            }
            Err(error) => Err(error.error),
        }
    }

    /// `None` when the file is there but must not be used.
    fn read(path: &Path) -> io::Result<Option<Self>> {
        let metadata = fs::symlink_metadata(path)?;
        if !metadata.is_file() || metadata.len() != BYTES as u64 || open_to_others(&metadata) {
            return Ok(None);
        }
        Ok(fs::read(path)?.try_into().ok().map(Self))
    }

    /// The authentication code of compiled code.
    pub(super) fn mac(&self, component: &Digest, settings: &Digest, code: &[u8]) -> [u8; 32] {
        self.hmac(component, settings, code).finalize().into_bytes().into()
    }

    /// Whether `mac` is the authentication code, in constant time.
    pub(super) fn verify(&self, component: &Digest, settings: &Digest, code: &[u8], mac: &[u8]) -> bool {
        self.hmac(component, settings, code).verify_slice(mac).is_ok()
    }

    fn hmac(&self, component: &Digest, settings: &Digest, code: &[u8]) -> Hmac<Sha256> {
        let mut hmac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        // All parts but the last have a fixed length, so no two messages are spelled alike.
        for part in [DOMAIN, component.as_bytes(), settings.as_bytes(), code] {
            hmac.update(part);
        }
        hmac
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

#[cfg(unix)]
fn open_to_others(metadata: &fs::Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o077 != 0
}

/// Elsewhere the folder inherits the protection of the user's profile.
#[cfg(not(unix))]
fn open_to_others(_: &fs::Metadata) -> bool {
    false
}
