//! Sigstore bundles: one in-toto statement, one signature, one key hint.
//!
//! Owns: reading and writing bundle v0.3. `sigstore-types` does the parsing, so what other clients can read is
//! what we can read; this module first names, one by one, the mistakes and forgeries that a general parser
//! would pass or call a syntax error. Refuses: signatures over bare bytes, which bind no name or version;
//! certificates, until there is an identity policy to judge them by; more than one signature. Easily confused
//! with verification: a bundle that parses is well-formed and nothing more.

use serde_json::Value;
use sigstore_types::{
    Bundle as Wire, DsseEnvelope, DsseSignature, MediaType, PublicKeyIdentifier, SignatureContent,
    TimestampVerificationData, TransparencyLogEntry, VerificationMaterial, VerificationMaterialContent,
};

use crate::{
    KeyId,
    json::{self, JsonError},
    statement::shorten,
};

/// The largest bundle that is read, in bytes. Ours have about 800; a log entry adds some 5,000.
const MAX_BYTES: usize = 256 * 1024;
/// The type of payload that an in-toto statement is.
const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// A well-formed bundle. Nobody has checked its signature yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Bundle {
    hint: String,
    envelope: DsseEnvelope,
    // Kept for printing, not judged: offline policies name keys, and no log is trusted yet.
    log_entries: Vec<TransparencyLogEntry>,
    timestamps: TimestampVerificationData,
}

impl Bundle {
    /// A bundle of `payload`, a statement, and a DER signature over its pre-authentication encoding.
    pub(crate) fn new(key: KeyId, payload: &[u8], signature: Vec<u8>) -> Self {
        let signature = DsseSignature::new(signature.into(), sigstore_types::KeyId::default());
        Self {
            hint: key.to_hint(),
            envelope: DsseEnvelope::new(PAYLOAD_TYPE, payload.to_vec().into(), signature),
            log_entries: Vec::new(),
            timestamps: TimestampVerificationData::default(),
        }
    }

    /// What is signed for a statement: its pre-authentication encoding (DSSE v1).
    pub(crate) fn signed_bytes(payload: &[u8]) -> Vec<u8> {
        sigstore_types::pae(PAYLOAD_TYPE, payload)
    }

    /// Reads a bundle.
    ///
    /// # Errors
    /// When it is too large, is not JSON, says a key twice, has another media type, or holds anything but one
    /// in-toto envelope with one signature and the hint of a key.
    pub fn parse(bytes: &[u8]) -> Result<Self, BundleError> {
        if bytes.len() > MAX_BYTES {
            return Err(BundleError::Size { found: bytes.len() });
        }
        let value = json::parse(bytes).map_err(BundleError::Json)?;
        refuse_what_we_know(&value)?;
        let shape = |e: serde_json::Error| BundleError::Shape { reason: e.to_string() };
        let wire: Wire = serde_json::from_value(value).map_err(shape)?;
        let SignatureContent::DsseEnvelope(envelope) = wire.content else {
            return Err(BundleError::NoStatement);
        };
        let material = wire.verification_material;
        let VerificationMaterialContent::PublicKey(PublicKeyIdentifier { hint, .. }) = material.content
        else {
            return Err(BundleError::NoKey);
        };
        Ok(Self {
            hint,
            envelope,
            log_entries: material.tlog_entries,
            timestamps: material.timestamp_verification_data,
        })
    }

    /// The bundle as JSON that [`Bundle::parse`] and other sigstore clients read.
    pub fn to_json(&self) -> String {
        let key = VerificationMaterialContent::PublicKey(PublicKeyIdentifier::new(self.hint.clone()));
        let material = VerificationMaterial::new(key)
            .with_tlog_entries(self.log_entries.clone())
            .with_timestamp_verification_data(self.timestamps.clone());
        let content = SignatureContent::DsseEnvelope(self.envelope.clone());
        Wire::new(MediaType::Bundle0_3, material, content).to_json().expect("its strings are always JSON")
    }

    /// The key that the bundle says signed it, for choosing among several bundles. Anybody can write any key here.
    pub fn claimed_key(&self) -> Option<KeyId> {
        KeyId::from_hint(&self.hint)
    }

    /// What the bundle says about which key signed it: a way to look one up, never a reason to trust it.
    pub(crate) fn hint(&self) -> &str {
        &self.hint
    }

    pub(crate) fn payload(&self) -> &[u8] {
        self.envelope.payload.as_bytes()
    }

    pub(crate) fn signature(&self) -> &[u8] {
        self.envelope.signature.sig.as_bytes()
    }
}

/// Names the ways to be wrong that deserve a message of their own.
fn refuse_what_we_know(value: &Value) -> Result<(), BundleError> {
    let media_type = value.get("mediaType").and_then(Value::as_str).unwrap_or_default();
    if media_type.parse::<MediaType>().ok() != Some(MediaType::Bundle0_3) {
        return Err(BundleError::MediaType { found: shorten(media_type) });
    }
    let Some(envelope) = value.get("dsseEnvelope") else {
        return Err(BundleError::NoStatement);
    };
    if value.get("messageSignature").is_some() {
        return Err(BundleError::TwoContents);
    }
    let payload_type = envelope.get("payloadType").and_then(Value::as_str).unwrap_or_default();
    if payload_type != PAYLOAD_TYPE {
        return Err(BundleError::PayloadType { found: shorten(payload_type) });
    }
    let signatures = envelope.get("signatures").and_then(Value::as_array).map_or(0, Vec::len);
    if signatures != 1 {
        return Err(BundleError::Signatures { found: signatures });
    }
    let material = value.get("verificationMaterial").and_then(Value::as_object);
    let holds = |key: &str| material.is_some_and(|material| material.contains_key(key));
    if holds("certificate") || holds("x509CertificateChain") || !holds("publicKey") {
        return Err(BundleError::NoKey);
    }
    Ok(())
}

/// Why bytes are not a bundle that can be judged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// It is too large to read.
    #[error("the bundle has {found} bytes; at most 262144 are read")]
    Size {
        /// Its size in bytes.
        found: usize,
    },
    /// It is not JSON, or says a key twice.
    #[error("the bundle cannot be read")]
    Json(#[source] JsonError),
    /// It is another version of the format, or another format.
    #[error(
        "the bundle has the media type {found:?}; sign again for `application/vnd.dev.sigstore.bundle.v0.3+json`"
    )]
    MediaType {
        /// Its media type, shortened.
        found: String,
    },
    /// It signs bare bytes.
    #[error(
        "the bundle signs no statement, so it does not say which package and version it is for; \
         sign with `inferno plugin sign`, not as a blob"
    )]
    NoStatement,
    /// It has a statement and a blob signature.
    #[error("the bundle has a statement and a blob signature; it may have one of them only")]
    TwoContents,
    /// Its payload is not an in-toto statement.
    #[error("the bundle's payload has the type {found:?}; `application/vnd.in-toto+json` is needed")]
    PayloadType {
        /// The type, shortened.
        found: String,
    },
    /// It has no signature or several.
    #[error("the bundle has {found} signatures; exactly one is needed, so that it is plain who signed")]
    Signatures {
        /// How many it has.
        found: usize,
    },
    /// It is signed by a certificate, or does not say by what.
    #[error("the bundle names no public key; certificates cannot be judged yet, so sign with a key")]
    NoKey,
    /// A field is missing or has another form.
    #[error("the bundle does not have the form of a sigstore bundle: {reason}")]
    Shape {
        /// Which field, and why.
        reason: String,
    },
}
