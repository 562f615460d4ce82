//! The little JSON that settings are made of: an object of scalars, read and quoted.
//!
//! Written here because a general reader is a third of a small component, and because most of what it reads would be
//! refused: lists and objects within the object. Tests hold it against `serde_json`.

use std::fmt;

use super::Invalid;

/// A value that a field can have.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Scalar {
    Boolean(bool),
    /// As it was written: most widgets have no numbers, and reading fractions takes much code.
    Number(String),
    Text(String),
}

impl Scalar {
    pub(super) fn number(&self) -> Option<&str> {
        match self {
            Self::Number(text) => Some(text),
            _ => None,
        }
    }
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Boolean(true) => "true",
            Self::Boolean(false) => "false",
            Self::Number(text) | Self::Text(text) => text,
        };
        f.write_str("`")?;
        f.write_str(text)?;
        f.write_str("`")
    }
}

/// The members of an object, in their order. A name may stand twice; the last counts.
#[derive(Debug, Clone, Default)]
pub(super) struct Values(Vec<(String, Scalar)>);

impl Values {
    pub(super) fn get(&self, key: &str) -> Option<&Scalar> {
        self.0.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }
}

/// Reads an object of scalars. No text at all is an empty object.
pub(super) fn object(text: &str) -> Result<Values, Invalid> {
    let mut reader = Reader { rest: text };
    let mut values = Values::default();
    if reader.next().is_none() {
        return Ok(values);
    }
    reader.expect('{')?;
    if reader.next() != Some('}') {
        loop {
            let key = reader.string()?;
            reader.expect(':')?;
            let value = reader.scalar(&key)?;
            values.0.push((key, value));
            if reader.next() != Some(',') {
                break;
            }
            reader.skip(1);
        }
    }
    reader.expect('}')?;
    match reader.next() {
        None => Ok(values),
        Some(_) => Err(malformed("the end")),
    }
}

/// A text as JSON writes it.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            '\0'..='\x1f' => {
                let digit = |digit| char::from_digit(digit, 16).unwrap_or('0');
                let code = u32::from(letter);
                quoted.extend(['\\', 'u', '0', '0', digit(code >> 4), digit(code & 15)]);
            }
            _ => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

fn malformed(expected: &str) -> Invalid {
    Invalid::new(format!("the settings are no JSON object: {expected} was expected"))
}

struct Reader<'t> {
    rest: &'t str,
}

impl<'t> Reader<'t> {
    /// The next character that is no space, without taking it.
    fn next(&mut self) -> Option<char> {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
        self.rest.chars().next()
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    fn take(&mut self) -> Option<char> {
        let letter = self.rest.chars().next()?;
        self.skip(letter.len_utf8());
        Some(letter)
    }

    fn expect(&mut self, wanted: char) -> Result<(), Invalid> {
        if self.next() != Some(wanted) {
            return Err(malformed(&format!("`{wanted}`")));
        }
        self.skip(1);
        Ok(())
    }

    fn scalar(&mut self, key: &str) -> Result<Scalar, Invalid> {
        match self.next() {
            Some('"') => Ok(Scalar::Text(self.string()?)),
            Some('-' | '0'..='9') => self.number(),
            Some('t') if self.word("true") => Ok(Scalar::Boolean(true)),
            Some('f') if self.word("false") => Ok(Scalar::Boolean(false)),
            Some('{' | '[' | 'n') => Err(Invalid::new(format!("`{key}` is a boolean, a number or a text"))),
            _ => Err(malformed("a value")),
        }
    }

    fn word(&mut self, word: &str) -> bool {
        let found = self.rest.starts_with(word);
        if found {
            self.skip(word.len());
        }
        found
    }

    fn number(&mut self) -> Result<Scalar, Invalid> {
        let part = |letter: char| matches!(letter, '-' | '+' | '.' | 'e' | 'E' | '0'..='9');
        let length = self.rest.find(|letter| !part(letter)).unwrap_or(self.rest.len());
        let text = self.rest.get(..length).unwrap_or_default();
        self.skip(length);
        if is_number(text) { Ok(Scalar::Number(text.to_owned())) } else { Err(malformed("a number")) }
    }

    fn string(&mut self) -> Result<String, Invalid> {
        self.expect('"')?;
        let mut text = String::new();
        loop {
            match self.take() {
                Some('"') => return Ok(text),
                Some('\\') => text.push(self.escaped()?),
                Some(letter) if letter >= ' ' => text.push(letter),
                _ => return Err(malformed("`\"`")),
            }
        }
    }

    fn escaped(&mut self) -> Result<char, Invalid> {
        Ok(match self.take() {
            Some(letter @ ('"' | '\\' | '/')) => letter,
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => return self.code_point(),
            _ => return Err(malformed("an escape")),
        })
    }

    /// A character by its number; those beyond the first plane are written as two.
    fn code_point(&mut self) -> Result<char, Invalid> {
        let first = self.unit()?;
        let code = if (0xD800..0xDC00).contains(&first) {
            if !self.word("\\u") {
                return Err(malformed("the second half of a character"));
            }
            // What is no second half makes a number that is no character.
            0x10000 + ((first - 0xD800) << 10) + self.unit()?.checked_sub(0xDC00).unwrap_or(u32::MAX >> 1)
        } else {
            first
        };
        char::from_u32(code).ok_or_else(|| malformed("a character"))
    }

    fn unit(&mut self) -> Result<u32, Invalid> {
        let mut unit = 0;
        for _ in 0..4 {
            let digit = self.take().and_then(|letter| letter.to_digit(16));
            unit = unit << 4 | digit.ok_or_else(|| malformed("a hexadecimal digit"))?;
        }
        Ok(unit)
    }
}

/// Whether a text is a number by JSON's grammar.
fn is_number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    digits(whole) && digits(fraction) && digits(exponent) && (whole == "0" || !whole.starts_with('0'))
}
