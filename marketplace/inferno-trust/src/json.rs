//! JSON from outside, without duplicate keys.
//!
//! Owns: the one way in which this crate reads JSON. Refuses an object that says a key twice, since two
//! readers may then see two different documents under one signature. Easily confused with `serde_json`, whose
//! last key silently wins.

use std::{cell::RefCell, collections::HashSet, fmt};

use serde::{
    Deserializer,
    de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor},
};
use serde_json::Value;

/// Why bytes are not the JSON that we read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// An object says a key twice.
    #[error("the key {key:?} is said twice; each key may be said once")]
    DuplicateKey {
        /// The key, shortened.
        key: String,
    },
    /// The bytes are not JSON, or are nested too deeply.
    #[error("it is not valid JSON: {reason}")]
    Syntax {
        /// What the parser says, with line and column.
        reason: String,
    },
}

/// Reads one JSON document that fills `bytes`. Nesting is bounded by `serde_json`'s limit of 128.
pub(crate) fn parse(bytes: &[u8]) -> Result<Value, JsonError> {
    let twice = RefCell::new(None);
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let walked =
        NoKeyTwice { twice: &twice }.deserialize(&mut deserializer).and_then(|()| deserializer.end());
    match (walked, twice.into_inner()) {
        (Ok(()), _) => serde_json::from_slice(bytes).map_err(|e| JsonError::Syntax { reason: e.to_string() }),
        (Err(_), Some(key)) => Err(JsonError::DuplicateKey { key }),
        (Err(e), None) => Err(JsonError::Syntax { reason: e.to_string() }),
    }
}

/// Walks a document and keeps nothing of it but the first key that is said twice.
#[derive(Clone, Copy)]
struct NoKeyTwice<'a> {
    twice: &'a RefCell<Option<String>>,
}

impl<'de> DeserializeSeed<'de> for NoKeyTwice<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for NoKeyTwice<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut seen = HashSet::new();
        while let Some(key) = map.next_key::<String>()? {
            if seen.contains(&key) {
                *self.twice.borrow_mut() = Some(key.chars().take(64).collect());
                return Err(A::Error::custom("duplicate key"));
            }
            seen.insert(key);
            map.next_value_seed(self)?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(self)?.is_some() {}
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}
