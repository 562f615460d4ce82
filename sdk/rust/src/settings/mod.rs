//! What the reader of a widget can choose: declared once, as a form that is both described and read.
//!
//! ```
//! use inferno_plugin::settings::{Form, Invalid, Settings, parse, schema};
//!
//! struct Choice {
//!     seconds: u32,
//!     model: String,
//! }
//!
//! impl Settings for Choice {
//!     fn declare(form: &mut Form<'_>) -> Result<Self, Invalid> {
//!         Ok(Self {
//!             seconds: form.field("window", "Window").choice(&[("1m", 60), ("5m", 300)], "5m")?,
//!             model: form.field("model", "Model").help("Empty: all models").text("")?,
//!         })
//!     }
//! }
//!
//! assert_eq!(parse::<Choice>(r#"{"window": "1m"}"#)?.seconds, 60);
//! assert!(schema::<Choice>().contains(r#""enum":["1m","5m"],"default":"5m""#));
//! assert_eq!(
//!     parse::<Choice>(r#"{"window": "2m"}"#).err().unwrap().to_string(),
//!     "`window` is one of `1m`, `5m`, not `2m`"
//! );
//! # Ok::<(), inferno_plugin::settings::Invalid>(())
//! ```
//!
//! Owns the JSON Schema that the host makes a form of, and the reading of what was filled in. Refuses anything but an
//! object of booleans, numbers and strings, as the contract does.

mod form;
mod json;
#[cfg(test)]
mod tests;

use std::fmt;

pub use form::{Field, Form};
use json::{Scalar, Values};

/// What can be chosen. Implemented by [declaring](Settings::declare) every field of it.
pub trait Settings: Sized {
    /// Names every field to the form and takes its value from it. Called to read settings, and to describe them: then
    /// the values are the defaults, so declare every field whatever the values of others are.
    ///
    /// # Errors
    /// Those of the form, passed on.
    fn declare(form: &mut Form<'_>) -> Result<Self, Invalid>;
}

/// Nothing to choose.
impl Settings for () {
    fn declare(_: &mut Form<'_>) -> Result<Self, Invalid> {
        Ok(())
    }
}

/// The settings as a JSON Schema.
pub fn schema<S: Settings>() -> String {
    let nothing = Values::default();
    let mut form = Form::new(&nothing);
    // Defaults that do not fit their own field are reported when settings are read.
    let _ = S::declare(&mut form);
    form.schema()
}

/// Reads settings: a JSON object. A field that is absent takes its default, one that was not declared is refused.
///
/// # Errors
/// When the text is not such an object, or a value does not fit its field; says which and why.
pub fn parse<S: Settings>(text: &str) -> Result<S, Invalid> {
    let values = json::object(text)?;
    let mut form = Form::new(&values);
    let settings = S::declare(&mut form)?;
    form.refuse_undeclared()?;
    Ok(settings)
}

/// Why settings are refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid(String);

impl Invalid {
    fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Invalid {}
