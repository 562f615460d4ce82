//! What is written is read back; what was altered is refused, in which words.

use inferno_trust::SigningKey;
use proptest::prelude::*;

use super::*;

const KEY: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt
6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==
-----END PUBLIC KEY-----
";

fn locked(name: &str, key: &PublicKey) -> Locked {
    Locked {
        name: name.parse().expect("a name"),
        version: Version::new(0, 1, 0),
        digest: Digest::of(b"component"),
        signer: key.clone(),
        registry: "http://127.0.0.1:8080".parse().expect("an origin"),
        grants: BTreeSet::from([Capability::Log]),
    }
}

fn fixture() -> String {
    let mut lock = LockFile::default();
    let key = PublicKey::from_pem(KEY).expect("a key");
    assert_eq!(lock.insert(locked("acme/clock", &key)), None);
    lock.to_string()
}

fn refused(text: &str) -> String {
    text.parse::<LockFile>().expect_err(text).to_string()
}

#[test]
fn it_reads_well() {
    insta::assert_snapshot!(fixture(), @r#"
    # Written by `inferno plugin install`, `update` and `remove`. It pins what is installed and whose signature that
    # must have; keep it with the installation, and do not edit it.
    version = 1

    [[package]]
    name = "acme/clock"
    version = "0.1.0"
    digest = "sha256:6985ca1f4daa5a584a28eae043a239cb96689af1337ea13afb63e00c2bf512fa"
    registry = "http://127.0.0.1:8080"
    grants = ["log"]
    signer = "5cd252fb0ce8932436faf8ccd1040981b89ee4ad6b9fe9e2a2b7e71aacb27cd3"
    key = """
    -----BEGIN PUBLIC KEY-----
    MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt
    6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==
    -----END PUBLIC KEY-----
    """
    "#);
    insta::assert_snapshot!(LockFile::default(), @r#"
    # Written by `inferno plugin install`, `update` and `remove`. It pins what is installed and whose signature that
    # must have; keep it with the installation, and do not edit it.
    version = 1
    "#);
}

#[test]
fn what_was_altered_is_refused() {
    let table: Vec<String> = [
        String::new(),
        "version = 2\nfuture = true".to_owned(),
        "version = \"1\"".to_owned(),
        "version = 1\nextra = 1".to_owned(),
        fixture().replace("acme/clock", "../clock"),
        fixture().replace("signer = \"", "signer = \"0"),
        fixture().replacen("MFkw", "MFkx", 1),
        fixture().replace("\"log\"", "\"network\""),
        fixture().replace("127.0.0.1", "evil.example"),
        format!("{}\n{}", fixture(), fixture().split_once("\n\n").expect("an entry").1),
        " ".repeat(MAX_BYTES as usize + 1),
    ]
    .iter()
    .map(|text| refused(text))
    .collect();
    insta::assert_snapshot!(table.join("\n---\n"), @r#"
    inferno.lock cannot be read: it does not begin with `version`; restore it, or remove it with the folder `packages` and install again
    ---
    inferno.lock has the format 2, this version knows 1; use the version that wrote it
    ---
    inferno.lock cannot be read: it does not begin with `version`; restore it, or remove it with the folder `packages` and install again
    ---
    inferno.lock cannot be read: unknown field `extra`, expected `version` or `package`; restore it, or remove it with the folder `packages` and install again
    ---
    inferno.lock cannot be read: the publisher of a package has only lower-case ASCII letters, digits and hyphens, not '.' in `package.name`; restore it, or remove it with the folder `packages` and install again
    ---
    inferno.lock cannot be read: the key of acme/clock: a key identifier is the SHA-256 of the public key, as `inferno key generate` prints it; restore it, or remove it with the folder `packages` and install again
    ---
    inferno.lock cannot be read: the key of acme/clock: expected a P-256 key in a `PUBLIC KEY` PEM block; a private key is never what is asked for here; restore it, or remove it with the folder `packages` and install again
    ---
    inferno.lock cannot be read: "network" is not a capability; this version knows `log` and `metric:NAME` in `package.grants`; restore it, or remove it with the folder `packages` and install again
    ---
    inferno.lock cannot be read: http:// is allowed only for this machine itself, not for `evil.example`; use https:// in `package.registry`; restore it, or remove it with the folder `packages` and install again
    ---
    inferno.lock has two entries for acme/clock; remove the one that is not installed
    ---
    inferno.lock has more than 4194304 bytes; it is no lock file of ours
    "#);
}

#[test]
fn a_key_that_is_not_what_it_is_called_is_refused() {
    let other = SigningKey::generate().public_key().to_pem();
    let text = fixture().replace(KEY, &other);
    assert!(matches!(text.parse::<LockFile>(), Err(LockError::OtherKey { .. })));
}

#[test]
fn a_file_is_replaced_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("inferno.lock");
    let mut lock = LockFile::read(&path).expect("absent is empty");
    for name in ["acme/clock", "acme/bell"] {
        lock.insert(locked(name, &SigningKey::generate().public_key()));
        lock.write(&path).expect("written");
        assert_eq!(LockFile::read(&path).expect("read"), lock);
    }
    let left: Vec<_> = std::fs::read_dir(folder.path()).expect("a folder").collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

proptest! {
    #[test]
    fn what_is_printed_is_parsed(
        names in prop::collection::btree_set("[a-z]{1,9}/[a-z]{1,9}(-[0-9]{1,3})?", 0..5),
        version in "(0|[1-9][0-9]{0,3})\\.(0|[1-9][0-9]{0,3})\\.0(-[a-z]{1,8})?",
        bytes: Vec<u8>,
        metrics in prop::collection::vec("metric:inferno_[a-z]{1,12}_total", 0..4),
    ) {
        let key = SigningKey::generate().public_key();
        let mut lock = LockFile::default();
        for name in names {
            let grants = metrics.iter().map(|metric| metric.parse().expect("a capability")).collect();
            let (version, digest) = (version.parse()?, Digest::of(&bytes));
            lock.insert(Locked { version, digest, grants, ..locked(&name, &key) });
        }
        let parsed: LockFile = lock.to_string().parse()?;
        prop_assert_eq!(parsed, lock);
    }

    #[test]
    fn no_text_makes_it_panic(text: String) {
        let _ = text.parse::<LockFile>();
    }
}
