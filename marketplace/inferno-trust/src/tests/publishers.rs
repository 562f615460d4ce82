//! Keys that may sign for one publisher only.

use proptest::prelude::*;

use super::*;
use crate::{InvalidTrustedKeys, PublicKey, Standing};

/// Trusts the fixture's key for the packages of `publishers` and for nobody else's.
fn pinned(publishers: &[&str]) -> TrustedKeys {
    let mut keys = TrustedKeys::new();
    for publisher in publishers {
        keys.trust_publisher(publisher, key().public_key()).expect("a publisher");
    }
    keys
}

/// Verifies `name`, signed with the fixture's key, under `policy`.
fn judge(name: &str, policy: &Policy) -> Result<Verified<Component>, TrustError> {
    let release = Release::new(name.parse().expect("a name"), release().version().clone(), release().kind());
    let expected = Expected { name: release.name().clone(), version: release.version().clone() };
    let bundle = sign(COMPONENT, &release, &key()).to_json();
    verify(COMPONENT.to_vec(), Some(bundle.as_bytes()), &expected, policy)
}

#[test]
fn a_key_of_one_publisher_signs_for_no_other() {
    let policy = Policy::Keys(pinned(&["acme"]));
    insta::assert_snapshot!(judge("acme/clock", &policy).expect("their own").signer(), @r#"acme (key ce97ec20d436)"#);
    insta::assert_snapshot!(told(judge("inferno/fuse-qkv", &policy)), @r#"inferno/fuse-qkv is signed by acme (key ce97ec20d436), whose key is trusted for that publisher's packages only; add the key to the trusted keys if it may sign for inferno too"#);
    insta::assert_snapshot!(told(judge("acme-tools/clock", &policy)), @r#"acme-tools/clock is signed by acme (key ce97ec20d436), whose key is trusted for that publisher's packages only; add the key to the trusted keys if it may sign for acme-tools too"#);
    insta::assert_snapshot!(policy, @r#"no trusted signers, 1 key for one publisher's packages"#);
    let policy = Policy::Keys(pinned(&["acme", "bell", "acme"]));
    insta::assert_snapshot!(judge("bell/ring", &policy).expect("both are theirs").signer(), @r#"acme, bell (key ce97ec20d436)"#);
    insta::assert_snapshot!(told(judge("inferno/fuse-qkv", &policy)), @r#"inferno/fuse-qkv is signed by acme, bell (key ce97ec20d436), whose key is trusted for that publisher's packages only; add the key to the trusted keys if it may sign for inferno too"#);
}

#[test]
fn what_is_trusted_for_all_stays_so_and_what_is_revoked_too() {
    let mut keys = pinned(&["acme"]);
    keys.trust("inferno", key().public_key()).expect("listed once");
    assert_eq!(
        judge("bell/ring", &Policy::Keys(keys.clone())).expect("trusted for all").signer().name(),
        "inferno"
    );
    keys.revoke(key().public_key().id());
    assert!(matches!(judge("acme/clock", &Policy::Keys(keys)), Err(TrustError::RevokedKey { .. })));
    let development = Policy::Development { key: key().public_key(), keys: pinned(&["acme"]) };
    assert!(
        judge("bell/ring", &development).expect("the local key signs anything").signer().is_development()
    );
}

#[test]
fn a_key_stands_as_its_signatures_are_judged() {
    let (id, other) = (key().public_key().id(), stranger().public_key().id());
    let mut policy = Policy::Keys(pinned(&["acme"]));
    assert!(matches!(policy.standing(id, "acme"), Standing::Trusted(signer) if signer.name() == "acme"));
    assert_eq!(policy.standing(id, "bell"), Standing::Unknown);
    assert_eq!(policy.standing(other, "acme"), Standing::Unknown);
    assert_eq!(policy.public_key(id), Some(&key().public_key()));
    assert_eq!(policy.public_key(other), None);
    policy.keys_mut().trust("everywhere", stranger().public_key()).expect("a new key");
    assert!(
        matches!(policy.standing(other, "acme"), Standing::Trusted(signer) if signer.name() == "everywhere")
    );
    policy.keys_mut().revoke(id);
    assert_eq!(policy.standing(id, "acme"), Standing::Revoked);
    assert_eq!(policy.public_key(id), None);
}

#[test]
fn what_is_no_publisher_is_refused() {
    let trust = |publisher: &str| TrustedKeys::new().trust_publisher(publisher, key().public_key());
    for publisher in ["", "..", "acme/clock", "Acme", "acme-", "a b"] {
        assert_eq!(trust(publisher), Err(InvalidTrustedKeys::Publisher), "{publisher:?}");
    }
}

proptest! {
    #[test]
    fn a_standing_never_promises_more_than_verification_keeps(
        pins in prop::collection::vec(("[ab]", 1u8..4), 0..4),
        general in prop::collection::btree_set(1u8..4, 0..2),
        revoked in prop::collection::btree_set(1u8..4, 0..2),
        publisher in "[abc]",
        seed in 1u8..4,
    ) {
        let public = |seed: u8| -> PublicKey { SigningKey::for_test(seed).public_key() };
        let mut keys = TrustedKeys::new();
        for (publisher, seed) in pins {
            keys.trust_publisher(&publisher, public(seed))?;
        }
        for seed in general {
            keys.trust("someone", public(seed))?;
        }
        for seed in revoked {
            keys.revoke(public(seed).id());
        }
        let policy = Policy::Keys(keys);
        let name: inferno_package::PackageRef = format!("{publisher}/x").parse()?;
        let release = Release::new(name.clone(), release().version().clone(), release().kind());
        let bundle = sign(COMPONENT, &release, &SigningKey::for_test(seed)).to_json();
        let expected = Expected { name, version: release.version().clone() };
        let verified = verify(COMPONENT.to_vec(), Some(bundle.as_bytes()), &expected, &policy);
        let standing = policy.standing(public(seed).id(), &publisher);
        match verified {
            Ok(verified) => prop_assert_eq!(standing, Standing::Trusted(verified.signer().clone())),
            Err(TrustError::RevokedKey { .. }) => prop_assert_eq!(standing, Standing::Revoked),
            Err(TrustError::UnknownKey { .. } | TrustError::OtherPublisher { .. }) => {
                prop_assert_eq!(standing, Standing::Unknown);
            }
            Err(error) => prop_assert!(false, "{}", error),
        }
    }
}
