//! Metadata values.
//!
//! Numbers are widened to 64 bits: what matters later is their value, not how the writer packed them.

use std::io::Read;

use super::{GgufError, Limits, cursor::Cursor};

/// One metadata value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// An unsigned integer of any width.
    Unsigned(u64),
    /// A signed integer of any width.
    Signed(i64),
    /// A floating-point number of either width.
    Float(f64),
    /// A truth value.
    Bool(bool),
    /// A text.
    String(String),
    /// A list.
    Array(Array),
}

/// A list of values of one type.
#[derive(Debug, Clone, PartialEq)]
pub enum Array {
    /// Unsigned integers.
    Unsigned(Vec<u64>),
    /// Signed integers.
    Signed(Vec<i64>),
    /// Floating-point numbers.
    Float(Vec<f32>),
    /// Truth values.
    Bool(Vec<bool>),
    /// Texts.
    String(Vec<String>),
}

impl Value {
    /// What it is, for error messages.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Unsigned(_) | Self::Signed(_) => "an integer",
            Self::Float(_) => "a floating-point number",
            Self::Bool(_) => "a boolean",
            Self::String(_) => "a string",
            Self::Array(Array::Unsigned(_) | Array::Signed(_)) => "an array of integers",
            Self::Array(Array::Float(_)) => "an array of floating-point numbers",
            Self::Array(Array::Bool(_)) => "an array of booleans",
            Self::Array(Array::String(_)) => "an array of strings",
        }
    }

    /// Reads the type and then the value of the entry `key`.
    pub(super) fn read<R: Read>(
        cursor: &mut Cursor<R>,
        key: &str,
        limits: &Limits,
    ) -> Result<Self, GgufError> {
        Ok(match cursor.u32(key)? {
            0 => Self::Unsigned(u8::from_le_bytes(cursor.array(key)?).into()),
            1 => Self::Signed(i8::from_le_bytes(cursor.array(key)?).into()),
            2 => Self::Unsigned(u16::from_le_bytes(cursor.array(key)?).into()),
            3 => Self::Signed(i16::from_le_bytes(cursor.array(key)?).into()),
            4 => Self::Unsigned(cursor.u32(key)?.into()),
            5 => Self::Signed(i32::from_le_bytes(cursor.array(key)?).into()),
            6 => Self::Float(f32::from_le_bytes(cursor.array(key)?).into()),
            7 => Self::Bool(boolean(cursor, key)?),
            8 => Self::String(cursor.string(key, limits.string_bytes)?),
            9 => Self::Array(Array::read(cursor, key, limits)?),
            10 => Self::Unsigned(cursor.u64(key)?),
            11 => Self::Signed(i64::from_le_bytes(cursor.array(key)?)),
            12 => Self::Float(f64::from_le_bytes(cursor.array(key)?)),
            found => return Err(GgufError::ValueType { field: key.to_owned(), found }),
        })
    }
}

impl Array {
    /// How many elements it has.
    pub fn len(&self) -> usize {
        match self {
            Self::Unsigned(a) => a.len(),
            Self::Signed(a) => a.len(),
            Self::Float(a) => a.len(),
            Self::Bool(a) => a.len(),
            Self::String(a) => a.len(),
        }
    }

    /// Whether it has no element.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn read<R: Read>(cursor: &mut Cursor<R>, key: &str, limits: &Limits) -> Result<Self, GgufError> {
        let element = cursor.u32(key)?;
        let size = match element {
            0 | 1 | 7 => 1,
            2 | 3 => 2,
            4..=6 => 4,
            8 | 10..=12 => 8,
            9 => return Err(GgufError::NestedArray { field: key.to_owned() }),
            found => return Err(GgufError::ValueType { field: key.to_owned(), found }),
        };
        let len = cursor.count(key, size, limits.array_elements)?;
        let cursor = &mut *cursor;
        Ok(match element {
            0 => Self::Unsigned(elements(len, || Ok(u8::from_le_bytes(cursor.array(key)?).into()))?),
            1 => Self::Signed(elements(len, || Ok(i8::from_le_bytes(cursor.array(key)?).into()))?),
            2 => Self::Unsigned(elements(len, || Ok(u16::from_le_bytes(cursor.array(key)?).into()))?),
            3 => Self::Signed(elements(len, || Ok(i16::from_le_bytes(cursor.array(key)?).into()))?),
            4 => Self::Unsigned(elements(len, || Ok(cursor.u32(key)?.into()))?),
            5 => Self::Signed(elements(len, || Ok(i32::from_le_bytes(cursor.array(key)?).into()))?),
            6 => Self::Float(elements(len, || Ok(f32::from_le_bytes(cursor.array(key)?)))?),
            7 => Self::Bool(elements(len, || boolean(cursor, key))?),
            8 => Self::String(elements(len, || cursor.string(key, limits.string_bytes))?),
            10 => Self::Unsigned(elements(len, || cursor.u64(key))?),
            11 => Self::Signed(elements(len, || Ok(i64::from_le_bytes(cursor.array(key)?)))?),
            _ => Self::Float(elements(len, || Ok(f64::from_le_bytes(cursor.array(key)?) as f32))?),
        })
    }
}

/// `len` was checked against what is left of the file, so reserving for it is in proportion to the file.
fn elements<T>(len: u64, mut read: impl FnMut() -> Result<T, GgufError>) -> Result<Vec<T>, GgufError> {
    let mut values = Vec::with_capacity(len as usize);
    for _ in 0..len {
        values.push(read()?);
    }
    Ok(values)
}

fn boolean<R: Read>(cursor: &mut Cursor<R>, key: &str) -> Result<bool, GgufError> {
    match cursor.array(key)? {
        [0] => Ok(false),
        [1] => Ok(true),
        [found] => Err(GgufError::Bool { field: key.to_owned(), found }),
    }
}
