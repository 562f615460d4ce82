//! Whatever is changed, wherever: never verified as something that was not signed.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use proptest::{prelude::*, sample::Index};

use super::*;

/// `bytes` with one byte changed.
fn flip(bytes: &[u8], at: Index, by: u8) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let at = at.index(bytes.len());
    bytes[at] ^= by;
    bytes
}

fn with_sig(sig: &[u8]) -> String {
    altered(|b| b["dsseEnvelope"]["signatures"][0]["sig"] = json!(STANDARD.encode(sig)))
}

proptest! {
    #[test]
    fn a_changed_component_is_refused(at: Index, by in 1u8..) {
        let component = flip(COMPONENT, at, by);
        let outcome = verify(component, Some(bundle().to_json().as_bytes()), &expected(), &policy());
        let mismatch = matches!(outcome, Err(TrustError::DigestMismatch { .. }));
        prop_assert!(mismatch);
    }

    #[test]
    fn a_changed_payload_is_refused(at: Index, by in 1u8..) {
        let payload = flip(bundle().payload(), at, by);
        let text = altered(|b| b["dsseEnvelope"]["payload"] = json!(STANDARD.encode(payload)));
        let bad = matches!(judge(&text), Err(TrustError::BadSignature { .. }));
        prop_assert!(bad);
    }

    #[test]
    fn a_changed_signature_is_refused(at: Index, by in 1u8..) {
        let bad = matches!(judge(&with_sig(&flip(bundle().signature(), at, by))), Err(TrustError::BadSignature { .. }));
        prop_assert!(bad);
    }

    #[test]
    fn a_changed_hint_is_refused(at: Index, by in 1u8..) {
        let hint = flip(&STANDARD.decode(bundle().hint()).expect("we wrote it"), at, by);
        let text = altered(|b| b["verificationMaterial"]["publicKey"]["hint"] = json!(STANDARD.encode(hint)));
        let unknown = matches!(judge(&text), Err(TrustError::UnknownKey { .. }));
        prop_assert!(unknown);
    }

    #[test]
    fn a_bundle_changed_anywhere_vouches_for_nothing_new(at: Index, to: u8) {
        let text = bundle().to_json();
        let mut bytes = text.into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = to;
        // A space for a space, or a change to a field that says nothing, may pass; then what is vouched for
        // must be what was signed.
        if let Ok(verified) = verify(COMPONENT.to_vec(), Some(&bytes), &expected(), &policy()) {
            let (parsed, signed) = (Bundle::parse(&bytes).expect("it was verified"), bundle());
            prop_assert_eq!(parsed.payload(), signed.payload());
            prop_assert_eq!(parsed.signature(), signed.signature());
            prop_assert_eq!(verified.signer().key(), key().public_key().id());
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes: Vec<u8>) {
        prop_assert!(Bundle::parse(&bytes).is_err());
    }

    #[test]
    fn whatever_parses_prints_as_it_was(entries in "[ -~]{0,40}", at: Index) {
        let mut text = bundle().to_json();
        text.insert_str(at.index(text.len()), &entries);
        if let Ok(parsed) = Bundle::parse(text.as_bytes()) {
            prop_assert_eq!(Bundle::parse(parsed.to_json().as_bytes()), Ok(parsed));
        }
    }

    #[test]
    fn what_is_signed_is_verified(component: Vec<u8>, seed in 1u8..=255) {
        let key = SigningKey::for_test(seed.min(254));
        let mut keys = TrustedKeys::new();
        keys.trust("someone", key.public_key())?;
        let bundle = sign(&component, &release(), &key).to_json();
        let verified = verify(component.clone(), Some(bundle.as_bytes()), &expected(), &Policy::Keys(keys))?;
        prop_assert_eq!(verified.get().bytes(), &component[..]);
    }
}

#[test]
fn both_forms_of_a_signature_are_one() {
    // Signers that do not choose the lower `s` are common; the higher one proves the same.
    let low = p256::ecdsa::Signature::from_der(bundle().signature()).expect("we wrote it");
    let (r, s) = low.split_scalars();
    let high = p256::ecdsa::Signature::from_scalars(*r, -*s).expect("still not zero");
    assert_eq!(high.normalize_s(), low);
    assert_ne!(high, low);
    assert!(judge(&with_sig(high.to_der().as_bytes())).is_ok());
}

#[test]
fn sigstore_reads_what_we_write() {
    let read = sigstore_types::Bundle::from_json(&bundle().to_json()).expect("a v0.3 bundle");
    assert_eq!(read.media_type().as_str(), "application/vnd.dev.sigstore.bundle.v0.3+json");
    let sigstore_types::SignatureContent::DsseEnvelope(envelope) = read.content else {
        panic!("a statement")
    };
    let statement: sigstore_types::Statement =
        serde_json::from_slice(envelope.payload.as_bytes()).expect("an in-toto statement");
    assert_eq!(statement.subject[0].name, "inferno/fuse-qkv");
}
