//! The little JSON that settings are made of: an object of scalars, and quoted words.

use std::fmt;

use serde_json::Value;

use super::{Invalid, Values};

/// A value that a field can have.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Scalar {
    Boolean(bool),
    Number(f64),
    Text(String),
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean(value) => write!(f, "`{value}`"),
            Self::Number(value) => write!(f, "`{value}`"),
            Self::Text(value) => write!(f, "`{value}`"),
        }
    }
}

/// Reads an object of scalars. No text at all is an empty object.
pub(super) fn object(text: &str) -> Result<Values, Invalid> {
    if text.trim().is_empty() {
        return Ok(Values::new());
    }
    let value: Value =
        serde_json::from_str(text).map_err(|e| Invalid::new(format!("the settings are no JSON: {e}")))?;
    let Value::Object(members) = value else {
        return Err(Invalid::new("the settings are a JSON object, such as `{}`"));
    };
    members.into_iter().map(|(key, value)| Ok((scalar(&key, value)?, key)).map(|(v, k)| (k, v))).collect()
}

fn scalar(key: &str, value: Value) -> Result<Scalar, Invalid> {
    match value {
        Value::Bool(value) => Ok(Scalar::Boolean(value)),
        Value::String(value) => Ok(Scalar::Text(value)),
        Value::Number(value) => Ok(Scalar::Number(value.as_f64().unwrap_or(f64::NAN))),
        Value::Null | Value::Array(_) | Value::Object(_) => {
            Err(Invalid::new(format!("`{key}` is a boolean, a number or a text")))
        }
    }
}

/// A text as JSON writes it.
pub(super) fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
