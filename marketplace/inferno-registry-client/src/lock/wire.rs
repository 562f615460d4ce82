//! The lock file as TOML spells it.

use inferno_package::{Capability, PackageRef, Version};
use inferno_trust::{KeyId, PublicKey};
use inferno_types::Digest;
use serde::{Deserialize, Serialize};

use super::{FORMAT, LockError, LockFile, Locked, MAX_BYTES};
use crate::RegistryUrl;

/// What people who open the file read first.
const PREFACE: &str = "# Written by `inferno plugin install`, `update` and `remove`. It pins what is installed and whose signature that\n\
                       # must have; keep it with the installation, and do not edit it.\n";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: i64,
    #[serde(default, rename = "package", skip_serializing_if = "Vec::is_empty")]
    packages: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: PackageRef,
    version: Version,
    digest: Digest,
    registry: RegistryUrl,
    grants: Vec<Capability>,
    signer: String,
    key: String,
}

pub(super) fn parse(text: &str) -> Result<LockFile, LockError> {
    if text.len() as u64 > MAX_BYTES {
        return Err(LockError::Size);
    }
    // The parser speaks in several lines; an error of ours is a part of a sentence.
    let one_line = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let shape = |error: toml::de::Error| LockError::Shape { reason: one_line(error.to_string()) };
    // The format first: a file of the future may have keys that we would call unknown.
    let table: toml::Table = toml::from_str(text).map_err(shape)?;
    match table.get("version").and_then(toml::Value::as_integer) {
        Some(FORMAT) => {}
        Some(found) => return Err(LockError::Format { found }),
        None => return Err(LockError::Shape { reason: "it does not begin with `version`".to_owned() }),
    }
    let file: File = table.try_into().map_err(shape)?;
    let mut lock = LockFile::default();
    for entry in file.packages {
        if let Some(before) = lock.insert(entry.read()?) {
            return Err(LockError::Twice { name: before.name });
        }
    }
    Ok(lock)
}

impl Entry {
    fn read(self) -> Result<Locked, LockError> {
        let Self { name, version, digest, registry, grants, signer, key } = self;
        let shape = |reason: String| LockError::Shape { reason: format!("the key of {name}: {reason}") };
        let stated: KeyId = signer.parse().map_err(|error| shape(format!("{error}")))?;
        let key = PublicKey::from_pem(&key).map_err(|error| shape(error.to_string()))?;
        if key.id() != stated {
            return Err(LockError::OtherKey { name, stated, found: key.id() });
        }
        Ok(Locked { name, version, digest, signer: key, registry, grants: grants.into_iter().collect() })
    }
}

pub(super) fn print(lock: &LockFile) -> Result<String, toml::ser::Error> {
    let packages = lock.iter().map(|locked| Entry {
        name: locked.name.clone(),
        version: locked.version.clone(),
        digest: locked.digest,
        registry: locked.registry.clone(),
        grants: locked.grants.iter().cloned().collect(),
        signer: locked.signer.id().to_string(),
        key: locked.signer.to_pem(),
    });
    let file = File { version: FORMAT, packages: packages.collect() };
    Ok(format!("{PREFACE}{}", toml::to_string(&file)?))
}
