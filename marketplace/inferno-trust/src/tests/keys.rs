//! Keys: files, PEM, names, and what is never shown.

use std::fs;

use super::*;
use crate::{KeyError, KeyId, PublicKey};

#[test]
fn a_saved_key_is_the_owners_alone_and_is_never_overwritten() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("signing.key");
    let key = SigningKey::generate();
    key.save(&path).expect("a new file");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(&path).expect("it was written").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    assert_eq!(SigningKey::load(&path).expect("we wrote it").public_key(), key.public_key());
    assert!(matches!(SigningKey::generate().save(&path), Err(KeyError::Exists)));
    assert_eq!(fs::read_to_string(&path).expect("still there"), key.to_pem().expose());
}

#[test]
fn keys_round_trip_through_pem() {
    let (key, again) = (SigningKey::generate(), SigningKey::generate());
    assert_ne!(key.public_key(), again.public_key());
    let read = SigningKey::from_pem(key.to_pem().expose()).expect("we wrote it");
    assert_eq!(read.public_key(), key.public_key());
    assert_eq!(PublicKey::from_pem(&key.public_key().to_pem()).expect("we wrote it"), key.public_key());
    let id = key.public_key().id();
    assert_eq!(id.to_string().parse(), Ok(id));
    assert_eq!(KeyId::from_hint(&id.to_hint()), Some(id));
}

#[test]
fn the_secret_is_never_shown() {
    let shown = format!("{:?} {:?}", key(), key().to_pem());
    insta::assert_snapshot!(shown, @r#"SigningKey(ce97ec20d43661a19b215cb2e376a698d0b4aa2aa5b4c7854e916bd05082fcee, secret hidden) SecretPem(hidden)"#);
}

#[test]
fn texts_that_are_no_keys() {
    let told = |text: &str| {
        let (Err(secret), Err(public)) = (SigningKey::from_pem(text), PublicKey::from_pem(text)) else {
            panic!("{text} is not both")
        };
        format!("{secret}\n{public}")
    };
    insta::assert_snapshot!(told(""), @r#"
    expected an unencrypted P-256 key in a `PRIVATE KEY` PEM block; make one with `inferno key generate`
    expected a P-256 key in a `PUBLIC KEY` PEM block; a private key is never what is asked for here
    "#);
    insta::assert_snapshot!(told(&"-".repeat(5000)), @r#"
    a key in PEM has at most 4096 bytes, not 5000; is this another file?
    a key in PEM has at most 4096 bytes, not 5000; is this another file?
    "#);
    assert!(matches!(PublicKey::from_pem(key().to_pem().expose()), Err(KeyError::PublicPem)));
    assert!(matches!(SigningKey::from_pem(&key().public_key().to_pem()), Err(KeyError::SecretPem)));
    let folder = tempfile::tempdir().expect("a folder");
    assert!(matches!(SigningKey::load(&folder.path().join("none")), Err(KeyError::Io(_))));
    let large = folder.path().join("large");
    fs::write(&large, vec![b'-'; 1 << 20]).expect("it is written");
    assert!(matches!(SigningKey::load(&large), Err(KeyError::Size { found: 4097 })));
}

#[test]
fn each_key_is_trusted_once_under_a_name_that_can_be_shown() {
    let mut keys = trusted();
    insta::assert_snapshot!(keys.trust("again", key().public_key()).expect_err("listed"), @r#"the key ce97ec20d43661a19b215cb2e376a698d0b4aa2aa5b4c7854e916bd05082fcee is trusted already, as inferno; list each key once"#);
    for name in ["", " ", "development", "\u{1b}[2J", "inf\u{435}rno", &"x".repeat(65)] {
        assert!(keys.trust(name, stranger().public_key()).is_err(), "{name:?}");
    }
    keys.trust("inferno", stranger().public_key()).expect("a second key of one signer");
    assert_eq!(keys.iter().map(|(name, _)| name).collect::<Vec<_>>(), ["inferno", "inferno"]);
    insta::assert_snapshot!(Policy::Keys(keys), @r#"2 trusted signers"#);
    insta::assert_snapshot!(Policy::Keys(TrustedKeys::new()), @r#"no trusted signers"#);
}
