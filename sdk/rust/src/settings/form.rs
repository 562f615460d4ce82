//! A form: fields that are named one after another, and give the values that were filled in.

use std::{fmt::Write as _, ops::RangeInclusive};

use super::{Invalid, Scalar, Values, json};

/// The most bytes of a text field.
const MAX_TEXT: usize = 200;

/// Collects the fields of [`Settings`](super::Settings).
#[derive(Debug)]
pub struct Form<'v> {
    values: &'v Values,
    declared: Vec<&'static str>,
    properties: String,
}

/// A field whose type is yet to be said.
#[derive(Debug)]
pub struct Field<'f, 'v> {
    form: &'f mut Form<'v>,
    key: &'static str,
    property: String,
}

impl<'v> Form<'v> {
    pub(super) fn new(values: &'v Values) -> Self {
        Self { values, declared: Vec::new(), properties: String::new() }
    }

    /// A field: its key in the JSON object, and its title in the form.
    pub fn field<'f>(&'f mut self, key: &'static str, title: &str) -> Field<'f, 'v> {
        Field { form: self, key, property: format!("\"title\":{}", json::quoted(title)) }
    }

    pub(super) fn schema(self) -> String {
        let properties = self.properties;
        format!(r#"{{"type":"object","properties":{{{properties}}},"additionalProperties":false}}"#)
    }

    pub(super) fn refuse_undeclared(&self) -> Result<(), Invalid> {
        match self.values.keys().find(|key| !self.declared.contains(key)) {
            Some(key) => Err(Invalid::new(format!(
                "there is no setting `{key}`; there are: {}",
                self.declared.join(", ")
            ))),
            None => Ok(()),
        }
    }
}

impl<'v> Field<'_, 'v> {
    /// A sentence that explains the field.
    #[must_use]
    pub fn help(mut self, help: &str) -> Self {
        let _ = write!(self.property, ",\"description\":{}", json::quoted(help));
        self
    }

    /// Yes or no.
    ///
    /// # Errors
    /// When something else was filled in.
    pub fn flag(self, default: bool) -> Result<bool, Invalid> {
        let key = self.key;
        match self.declare(format_args!("\"type\":\"boolean\",\"default\":{default}")) {
            None => Ok(default),
            Some(Scalar::Boolean(value)) => Ok(*value),
            Some(other) => Err(refused(key, "is `true` or `false`", other)),
        }
    }

    /// One of a few words, each of which stands for a value.
    ///
    /// # Errors
    /// When another word was filled in, or the default is not among them.
    pub fn choice<T: Copy>(self, options: &[(&str, T)], default: &str) -> Result<T, Invalid> {
        let key = self.key;
        let words: Vec<_> = options.iter().map(|(word, _)| json::quoted(word)).collect();
        let default_word = json::quoted(default);
        let chosen = self.declare(format_args!(
            "\"type\":\"string\",\"enum\":[{}],\"default\":{default_word}",
            words.join(",")
        ));
        let word = match chosen {
            None => default,
            Some(Scalar::Text(word)) => word,
            Some(other) => return Err(refused(key, "is a word", other)),
        };
        let found = options.iter().find(|(option, _)| *option == word).map(|(_, value)| *value);
        found.ok_or_else(|| {
            let words: Vec<_> = options.iter().map(|(word, _)| format!("`{word}`")).collect();
            Invalid::new(format!("`{key}` is one of {}, not `{word}`", words.join(", ")))
        })
    }

    /// How far back to look, in seconds: one of `1m`, `5m`, `15m` and `1h`, as all widgets offer them.
    ///
    /// # Errors
    /// As [`Field::choice`].
    pub fn window(self, default: &str) -> Result<u32, Invalid> {
        self.choice(&[("1m", 60), ("5m", 300), ("15m", 900), ("1h", 3600)], default)
    }

    /// A text of up to 200 bytes.
    ///
    /// # Errors
    /// When it is longer, or something else was filled in.
    pub fn text(self, default: &str) -> Result<String, Invalid> {
        let key = self.key;
        let default_text = json::quoted(default);
        match self
            .declare(format_args!("\"type\":\"string\",\"maxLength\":{MAX_TEXT},\"default\":{default_text}"))
        {
            None => Ok(default.to_owned()),
            Some(Scalar::Text(text)) if text.len() <= MAX_TEXT => Ok(text.clone()),
            Some(Scalar::Text(text)) => {
                Err(Invalid::new(format!("`{key}` has at most {MAX_TEXT} bytes, not {}", text.len())))
            }
            Some(other) => Err(refused(key, "is a text", other)),
        }
    }

    /// A number within bounds.
    ///
    /// # Errors
    /// When it lies outside, or something else was filled in.
    pub fn number(self, bounds: RangeInclusive<f64>, default: f64) -> Result<f64, Invalid> {
        let (least, most) = (*bounds.start(), *bounds.end());
        let key = self.key;
        let found = self.declare(format_args!(
            "\"type\":\"number\",\"minimum\":{least},\"maximum\":{most},\"default\":{default}"
        ));
        let Some(found) = found else { return Ok(default) };
        let value = found.number().and_then(|text| text.parse().ok()).filter(|value| bounds.contains(value));
        value.ok_or_else(|| refused(key, &format!("is a number from {least} to {most}"), found))
    }

    /// A whole number within bounds.
    ///
    /// # Errors
    /// When it lies outside, or something else was filled in.
    pub fn integer(self, bounds: RangeInclusive<i32>, default: i32) -> Result<i32, Invalid> {
        let (least, most) = (*bounds.start(), *bounds.end());
        let key = self.key;
        let found = self.declare(format_args!(
            "\"type\":\"integer\",\"minimum\":{least},\"maximum\":{most},\"default\":{default}"
        ));
        let Some(found) = found else { return Ok(default) };
        let value = found.number().and_then(whole).filter(|value| bounds.contains(value));
        value.ok_or_else(|| refused(key, &format!("is a whole number from {least} to {most}"), found))
    }

    /// Adds the field to the schema, and looks for what was filled in.
    fn declare(self, rest: std::fmt::Arguments<'_>) -> Option<&'v Scalar> {
        let Self { form, key, property } = self;
        let comma = if form.properties.is_empty() { "" } else { "," };
        let _ = write!(form.properties, "{comma}{}:{{{property},{rest}}}", json::quoted(key));
        form.declared.push(key);
        form.values.get(key)
    }
}

/// A number without a fraction, or with one of zeros.
fn whole(text: &str) -> Option<i32> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if fraction.bytes().all(|digit| digit == b'0') { whole.parse().ok() } else { None }
}

fn refused(key: &str, wanted: &str, found: &Scalar) -> Invalid {
    Invalid::new(format!("`{key}` {wanted}, not {found}"))
}
