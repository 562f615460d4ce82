//! Attempts to make the cache load what it did not write.

use super::*;

const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

struct Case {
    folder: tempfile::TempDir,
    engine: Engine,
    digest: Digest,
}

impl Case {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { folder, engine: Engine::default(), digest: Digest::of(COMPONENT) }
    }

    fn open(&self) -> CodeCache {
        CodeCache::open(self.folder.path(), &self.engine).unwrap()
    }

    fn filled(&self) -> CodeCache {
        let cache = self.open();
        cache.put(&self.digest, &Component::from_binary(&self.engine, COMPONENT).unwrap());
        cache
    }
}

fn stats(hits: u64, misses: u64, refused: u64) -> CacheStats {
    CacheStats { hits, misses, refused }
}

#[test]
fn what_was_compiled_once_is_loaded_later() {
    let case = Case::new();
    assert!(case.open().get(&case.engine, &case.digest).is_none());
    case.filled();
    let later = case.open();
    assert!(later.get(&case.engine, &case.digest).is_some());
    assert_eq!(later.stats(), stats(1, 0, 0));
}

#[test]
fn what_this_installation_did_not_write_is_not_loaded() {
    let check = |what: &str, tamper: &dyn Fn(&Path)| {
        let case = Case::new();
        let cache = case.filled();
        tamper(&cache.path(&case.digest));
        let cache = case.open();
        assert!(cache.get(&case.engine, &case.digest).is_none(), "{what}");
        assert_eq!(cache.stats(), stats(0, 1, 1), "{what}");
        // The next one is compiled and kept in its place.
        assert!(case.filled().get(&case.engine, &case.digest).is_some(), "{what}");
    };
    let edit = |path: &Path, change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = fs::read(path).unwrap();
        change(&mut bytes);
        fs::write(path, bytes).unwrap();
    };
    check("one bit of the code", &|path| edit(path, &|bytes| *bytes.last_mut().unwrap() ^= 1));
    check("one bit of the authentication code", &|path| edit(path, &|bytes| bytes[0] ^= 1));
    check("truncated", &|path| edit(path, &|bytes| bytes.truncate(bytes.len() / 2)));
    check("cut within the authentication code", &|path| edit(path, &|bytes| bytes.truncate(20)));
    check("empty", &|path| edit(path, &Vec::clear));
    check("longer", &|path| edit(path, &|bytes| bytes.push(0)));
    check("bare output of the compiler", &|path| edit(path, &|bytes| drop(bytes.drain(..MAC_BYTES))));
    check("written by another installation", &|path| {
        let other = Case::new();
        let theirs = other.filled().path(&other.digest);
        fs::copy(theirs, path).unwrap();
    });
    check("the key was replaced", &|path| fs::write(path.with_file_name("key"), [7; 32]).unwrap());
}

#[test]
fn the_code_of_one_component_does_not_pass_for_another() {
    let case = Case::new();
    let cache = case.filled();
    let other = Digest::of(b"other");
    fs::copy(cache.path(&case.digest), cache.path(&other)).unwrap();
    assert!(cache.get(&case.engine, &other).is_none());
    assert_eq!(cache.stats(), stats(0, 1, 1));
}

#[test]
fn other_settings_have_other_code() {
    let case = Case::new();
    case.filled();
    let engine = Engine::new(wasmtime::Config::new().consume_fuel(true)).unwrap();
    let cache = CodeCache::open(case.folder.path(), &engine).unwrap();
    assert!(cache.get(&engine, &case.digest).is_none());
    assert_eq!(cache.stats(), stats(0, 1, 0));
    // Not even under the name that these settings look for.
    fs::copy(case.open().path(&case.digest), cache.path(&case.digest)).unwrap();
    assert!(cache.get(&engine, &case.digest).is_none());
    assert_eq!(cache.stats(), stats(0, 2, 1));
}

#[test]
fn only_so_many_artifacts_are_kept() {
    let case = Case::new();
    for i in 0..MAX_ARTIFACTS + 5 {
        fs::write(case.folder.path().join(format!("{i}.{EXTENSION}")), []).unwrap();
    }
    case.filled();
    let left = fs::read_dir(case.folder.path()).unwrap().count();
    assert_eq!(left, MAX_ARTIFACTS + 1, "artifacts and the key");
    assert!(case.open().get(&case.engine, &case.digest).is_some());
}

#[cfg(unix)]
#[test]
fn a_key_that_others_can_read_is_replaced() {
    use std::os::unix::fs::PermissionsExt as _;
    let case = Case::new();
    let cache = case.filled();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let key = case.folder.path().join("key");
    assert_eq!(mode(case.folder.path()), 0o700);
    assert_eq!(mode(&key), 0o600);
    assert_eq!(mode(&cache.path(&case.digest)), 0o600);
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(case.open().get(&case.engine, &case.digest).is_none());
    assert_eq!(mode(&key), 0o600);
}
