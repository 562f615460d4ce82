//! Values of the contract as JSON, the way the component tooling of the browser reads and writes them.
//!
//! Owns that one mapping, by the types that a component declares: camel-case keys, `{"tag", "val"}` for variants,
//! strings for enums, absent keys for absent options, numbers that are not finite as `null`. So the same input can be
//! given to the same bytes in a browser and here, and the outputs be held against each other. Refuses what the contract
//! has no use for: handles, streams, 64-bit integers. Easily confused with the serde of `inferno-insight`, which is
//! the same JSON for types that the host knows.

mod graph;
#[cfg(test)]
mod tests;

use serde_json::{Map, Number, Value};
use wasmtime::component::{Type, Val};

pub use graph::{graph_json, target_json};

/// The value of this type that `json` says.
///
/// # Errors
/// The first place where it says something else.
pub(crate) fn lower(ty: &Type, json: &Value) -> Result<Val, JsonDefect> {
    Ok(match ty {
        Type::Bool => Val::Bool(json.as_bool().ok_or_else(|| JsonDefect::expected("true or false", json))?),
        Type::U8 => Val::U8(integer(json)?),
        Type::U16 => Val::U16(integer(json)?),
        Type::U32 => Val::U32(integer(json)?),
        Type::S8 => Val::S8(integer(json)?),
        Type::S16 => Val::S16(integer(json)?),
        Type::S32 => Val::S32(integer(json)?),
        #[expect(clippy::cast_possible_truncation, reason = "the browser rounds to the nearest f32, too")]
        Type::Float32 => Val::Float32(float(json)? as f32),
        Type::Float64 => Val::Float64(float(json)?),
        Type::String => Val::String(text(json)?.to_owned()),
        Type::List(list) => {
            let items = json.as_array().ok_or_else(|| JsonDefect::expected("a list", json))?;
            let item =
                |(at, item)| lower(&list.ty(), item).map_err(|d: JsonDefect| d.inside(&format!("[{at}]")));
            Val::List(items.iter().enumerate().map(item).collect::<Result<_, _>>()?)
        }
        Type::Record(record) => {
            let given = object(json)?;
            let mut known = Vec::new();
            let mut fields = Vec::new();
            for field in record.fields() {
                let key = camel(field.name);
                let value = given.get(&key).unwrap_or(&Value::Null);
                let value = lower(&field.ty, value).map_err(|d| d.inside(&format!(".{key}")))?;
                fields.push((field.name.to_owned(), value));
                known.push(key);
            }
            match given.keys().find(|key| !known.contains(key)) {
                Some(key) => {
                    return Err(JsonDefect::new(format!("has no key `{}`", crate::text::clean(key, 80))));
                }
                None => Val::Record(fields),
            }
        }
        Type::Enum(names) => match names.names().find(|name| json.as_str() == Some(name)) {
            Some(name) => Val::Enum(name.to_owned()),
            None => return Err(JsonDefect::expected(&one_of(names.names()), json)),
        },
        Type::Variant(variant) => {
            let given = object(json)?;
            let tag = text(given.get("tag").unwrap_or(&Value::Null)).map_err(|d| d.inside(".tag"))?;
            let case = variant.cases().find(|case| case.name == tag).ok_or_else(|| {
                let names = one_of(variant.cases().map(|case| case.name));
                JsonDefect::expected(&names, &given["tag"]).inside(".tag")
            })?;
            let value = given.get("val").unwrap_or(&Value::Null);
            let payload = case.ty.as_ref().map(|ty| lower(ty, value)).transpose();
            Val::Variant(tag.to_owned(), payload.map_err(|d| d.inside(".val"))?.map(Box::new))
        }
        Type::Option(option) => match json {
            Value::Null => Val::Option(None),
            value => Val::Option(Some(Box::new(lower(&option.ty(), value)?))),
        },
        _ => return Err(JsonDefect::new("is of a type that has no JSON here".to_owned())),
    })
}

/// What `value` is as JSON; nothing for an absent option or a type that has none.
pub(crate) fn lift(value: &Val) -> Option<Value> {
    Some(match value {
        Val::Bool(value) => Value::Bool(*value),
        Val::U8(value) => Value::from(*value),
        Val::U16(value) => Value::from(*value),
        Val::U32(value) => Value::from(*value),
        Val::S8(value) => Value::from(*value),
        Val::S16(value) => Value::from(*value),
        Val::S32(value) => Value::from(*value),
        Val::Float32(value) => number(f64::from(*value)),
        Val::Float64(value) => number(*value),
        Val::String(value) | Val::Enum(value) => Value::from(value.as_str()),
        Val::List(items) => items.iter().map(|item| lift(item).unwrap_or(Value::Null)).collect(),
        Val::Record(fields) => {
            let field = |(name, value): &(String, Val)| Some((camel(name), lift(value)?));
            Value::Object(fields.iter().filter_map(field).collect())
        }
        Val::Variant(tag, payload) => {
            let mut variant = Map::new();
            variant.insert("tag".to_owned(), Value::from(tag.as_str()));
            if let Some(value) = payload.as_deref().and_then(lift) {
                variant.insert("val".to_owned(), value);
            }
            Value::Object(variant)
        }
        Val::Option(value) => return value.as_deref().and_then(lift),
        _ => return None,
    })
}

fn number(value: f64) -> Value {
    Number::from_f64(value).map_or(Value::Null, Value::Number)
}

fn integer<T: TryFrom<i64>>(json: &Value) -> Result<T, JsonDefect> {
    let value = json.as_i64().and_then(|value| T::try_from(value).ok());
    value.ok_or_else(|| JsonDefect::expected("an integer within the bounds of its type", json))
}

fn float(json: &Value) -> Result<f64, JsonDefect> {
    match json {
        Value::Null => Ok(f64::NAN),
        json => json.as_f64().ok_or_else(|| JsonDefect::expected("a number", json)),
    }
}

fn text(json: &Value) -> Result<&str, JsonDefect> {
    json.as_str().ok_or_else(|| JsonDefect::expected("a text", json))
}

fn object(json: &Value) -> Result<&Map<String, Value>, JsonDefect> {
    json.as_object().ok_or_else(|| JsonDefect::expected("an object", json))
}

fn one_of<'a>(names: impl Iterator<Item = &'a str>) -> String {
    format!("one of {}", names.collect::<Vec<_>>().join(", "))
}

/// `context-length` as `contextLength`.
fn camel(kebab: &str) -> String {
    let mut words = kebab.split('-');
    let mut out = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        out.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        out.push_str(letters.as_str());
    }
    out
}

/// Where JSON says something that the type does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{at}` {reason}")]
pub(crate) struct JsonDefect {
    at: String,
    reason: String,
}

impl JsonDefect {
    fn new(reason: String) -> Self {
        Self { at: String::new(), reason }
    }

    fn expected(what: &str, found: &Value) -> Self {
        let found = match found {
            Value::Null => "missing",
            Value::Bool(_) => "true or false",
            Value::Number(_) => "another number",
            Value::String(_) => "another text",
            Value::Array(_) => "a list",
            Value::Object(_) => "an object",
        };
        Self::new(format!("is {found}, and should be {what}"))
    }

    /// The same defect, seen from one level further out.
    pub(crate) fn inside(mut self, place: &str) -> Self {
        self.at.insert_str(0, place);
        self
    }
}
