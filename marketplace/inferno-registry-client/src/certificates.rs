//! Whose certificates a registry may show.
//!
//! Owns: reading a file of certificates of an authority of one's own. Easily confused with signing keys: a certificate
//! says that this is the registry, never that a component may run.

use std::{fs, io, path::Path, sync::Arc};

use ureq::tls::{PemItem, RootCerts, parse_pem};

/// The largest file of certificates that is read, in bytes. The usual bundle of a system has a quarter of a million.
const MAX_BYTES: u64 = 8 << 20;

/// The authorities that vouch for registries: the web's own, unless a file names others.
#[derive(Debug, Clone, Default)]
pub struct Certificates(Option<Arc<Vec<ureq::tls::Certificate<'static>>>>);

impl Certificates {
    /// Those of a PEM file, in place of the web's.
    ///
    /// # Errors
    /// When the file cannot be read or holds none.
    pub fn read(path: &Path) -> Result<Self, InvalidCertificates> {
        let size = fs::metadata(path).map_err(InvalidCertificates::Io)?.len();
        if size > MAX_BYTES {
            return Err(InvalidCertificates::None);
        }
        let pem = fs::read(path).map_err(InvalidCertificates::Io)?;
        let certificates: Vec<_> = parse_pem(&pem)
            .filter_map(|item| match item {
                Ok(PemItem::Certificate(certificate)) => Some(certificate),
                _ => None,
            })
            .collect();
        if certificates.is_empty() {
            Err(InvalidCertificates::None)
        } else {
            Ok(Self(Some(Arc::new(certificates))))
        }
    }

    pub(crate) fn roots(&self) -> RootCerts {
        self.0.clone().map_or(RootCerts::WebPki, RootCerts::Specific)
    }
}

/// Why a file of certificates cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum InvalidCertificates {
    /// There is no certificate in it.
    #[error("the file holds no PEM certificate; check SSL_CERT_FILE")]
    None,
    /// It cannot be read.
    #[error("the file of trusted certificates cannot be read; check SSL_CERT_FILE")]
    Io(#[source] io::Error),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_certificates_trusts_nobody_instead_of_everybody() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("roots.pem");
        assert!(matches!(Certificates::read(&path), Err(InvalidCertificates::Io(_))));
        fs::write(&path, "no certificate").expect("written");
        assert!(matches!(Certificates::read(&path), Err(InvalidCertificates::None)));
    }
}
