//! The metadata of a file, with typed access by key.
//!
//! Each getter comes in two forms: one that the entry is needed for, and `_or_none` for an entry that may be
//! absent. An entry of the wrong type is an error in both.

use std::collections::BTreeMap;

use super::{Array, MetadataError, Value};

/// All metadata entries by key.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Metadata(BTreeMap<String, Value>);

impl Metadata {
    /// The entry `key`, whatever its type.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }

    /// Every entry in order of its key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// Adds an entry and returns the one it replaced.
    pub fn insert(&mut self, key: String, value: Value) -> Option<Value> {
        self.0.insert(key, value)
    }

    /// An integer from 0 to 2³² − 1.
    ///
    /// # Errors
    /// When there is no such entry, or it is not such a number.
    pub fn u32(&self, key: &str) -> Result<u32, MetadataError> {
        required(key, self.u32_or_none(key)?)
    }

    /// As [`u32`](Self::u32), or `None` when there is no such entry.
    ///
    /// # Errors
    /// When the entry is not such a number.
    pub fn u32_or_none(&self, key: &str) -> Result<Option<u32>, MetadataError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let number = match value {
            Value::Unsigned(n) => u32::try_from(*n).map_err(|_| n.to_string()),
            Value::Signed(n) => u32::try_from(*n).map_err(|_| n.to_string()),
            other => return Err(wrong_type(key, "an integer", other)),
        };
        number.map(Some).map_err(|found| MetadataError::Range {
            key: key.to_owned(),
            expected: "from 0 to 4294967295",
            found,
        })
    }

    /// A finite number.
    ///
    /// # Errors
    /// When there is no such entry, or it is not such a number.
    pub fn f32(&self, key: &str) -> Result<f32, MetadataError> {
        required(key, self.f32_or_none(key)?)
    }

    /// As [`f32`](Self::f32), or `None` when there is no such entry.
    ///
    /// # Errors
    /// When the entry is not such a number.
    pub fn f32_or_none(&self, key: &str) -> Result<Option<f32>, MetadataError> {
        let number = match self.get(key) {
            None => return Ok(None),
            Some(Value::Float(x)) => *x as f32,
            Some(Value::Unsigned(n)) => *n as f32,
            Some(Value::Signed(n)) => *n as f32,
            Some(other) => return Err(wrong_type(key, "a number", other)),
        };
        if number.is_finite() {
            Ok(Some(number))
        } else {
            Err(MetadataError::Range { key: key.to_owned(), expected: "finite", found: number.to_string() })
        }
    }

    /// A truth value, or `None` when there is no such entry.
    ///
    /// # Errors
    /// When the entry is no truth value.
    pub fn bool_or_none(&self, key: &str) -> Result<Option<bool>, MetadataError> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::Bool(b)) => Ok(Some(*b)),
            Some(other) => Err(wrong_type(key, "a boolean", other)),
        }
    }

    /// A text.
    ///
    /// # Errors
    /// When there is no such entry, or it is no text.
    pub fn str(&self, key: &str) -> Result<&str, MetadataError> {
        required(key, self.str_or_none(key)?)
    }

    /// As [`str`](Self::str), or `None` when there is no such entry.
    ///
    /// # Errors
    /// When the entry is no text.
    pub fn str_or_none(&self, key: &str) -> Result<Option<&str>, MetadataError> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::String(s)) => Ok(Some(s)),
            Some(other) => Err(wrong_type(key, "a string", other)),
        }
    }

    /// A list of texts.
    ///
    /// # Errors
    /// When there is no such entry, or it is no list of texts.
    pub fn strings(&self, key: &str) -> Result<&[String], MetadataError> {
        match required(key, self.get(key))? {
            Value::Array(Array::String(strings)) => Ok(strings),
            other => Err(wrong_type(key, "an array of strings", other)),
        }
    }

    /// A list of numbers.
    ///
    /// # Errors
    /// When there is no such entry, or it is no list of floating-point numbers.
    pub fn floats(&self, key: &str) -> Result<&[f32], MetadataError> {
        match required(key, self.get(key))? {
            Value::Array(Array::Float(floats)) => Ok(floats),
            other => Err(wrong_type(key, "an array of floating-point numbers", other)),
        }
    }

    /// A list of small integers, or `None` when there is no such entry.
    ///
    /// # Errors
    /// When the entry is no list of integers, or one does not fit.
    pub fn integers_or_none(&self, key: &str) -> Result<Option<Vec<i64>>, MetadataError> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::Array(Array::Signed(integers))) => Ok(Some(integers.clone())),
            Some(Value::Array(Array::Unsigned(integers))) => {
                Ok(Some(integers.iter().map(|n| i64::try_from(*n).unwrap_or(i64::MAX)).collect()))
            }
            Some(other) => Err(wrong_type(key, "an array of integers", other)),
        }
    }
}

fn required<T>(key: &str, value: Option<T>) -> Result<T, MetadataError> {
    value.ok_or_else(|| MetadataError::Missing { key: key.to_owned() })
}

fn wrong_type(key: &str, expected: &'static str, found: &Value) -> MetadataError {
    MetadataError::Type { key: key.to_owned(), expected, found: found.kind() }
}
