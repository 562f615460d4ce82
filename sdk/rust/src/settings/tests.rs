//! What forms are described as, what they read, and what they refuse; and that the little JSON is JSON.

use proptest::prelude::*;

use super::{json::Scalar, *};

#[derive(Debug, PartialEq)]
struct Everything {
    seconds: u32,
    model: String,
    prompt: bool,
    rows: i32,
    share: f64,
}

impl Settings for Everything {
    fn declare(form: &mut Form<'_>) -> Result<Self, Invalid> {
        Ok(Self {
            seconds: form.field("window", "Window").choice(&[("1m", 60), ("5m", 300)], "5m")?,
            model: form.field("model", "Model").help("Empty: \"all\"").text("")?,
            prompt: form.field("showPrompt", "Prompt tokens").flag(true)?,
            rows: form.field("rows", "Rows").integer(1..=20, 8)?,
            share: form.field("share", "Share").number(0.0..=1.0, 0.5)?,
        })
    }
}

#[test]
fn the_schema_describes_every_field() {
    let schema: serde_json::Value = serde_json::from_str(&schema::<Everything>()).expect("JSON");
    let expected = serde_json::json!({
        "type": "object",
        "properties": {
            "window": {"title": "Window", "type": "string", "enum": ["1m", "5m"], "default": "5m"},
            "model": {
                "title": "Model", "description": "Empty: \"all\"",
                "type": "string", "maxLength": 200, "default": "",
            },
            "showPrompt": {"title": "Prompt tokens", "type": "boolean", "default": true},
            "rows": {"title": "Rows", "type": "integer", "minimum": 1, "maximum": 20, "default": 8},
            "share": {"title": "Share", "type": "number", "minimum": 0, "maximum": 1, "default": 0.5},
        },
        "additionalProperties": false,
    });
    assert_eq!(schema, expected);
    assert_eq!(super::schema::<()>(), r#"{"type":"object","properties":{},"additionalProperties":false}"#);
}

#[track_caller]
fn check(text: &str, expected: &str) {
    let read = parse::<Everything>(text);
    let shown = read.map_or_else(
        |invalid| invalid.to_string(),
        |e| format!("{} {:?} {} {} {}", e.seconds, e.model, e.prompt, e.rows, e.share),
    );
    assert_eq!(shown, expected, "{text}");
}

#[test]
fn what_is_absent_takes_its_default() {
    check("", r#"300 "" true 8 0.5"#);
    check(" {} ", r#"300 "" true 8 0.5"#);
    check(
        r#"{"window":"1m", "model":"a\u00e9\"\ud83d\ude00", "showPrompt":false, "rows":20.0, "share":0.25}"#,
        r#"60 "aé\"😀" false 20 0.25"#,
    );
    check(r#"{"rows":1,"rows":2}"#, r#"300 "" true 2 0.5"#);
}

#[test]
fn what_does_not_fit_is_refused_by_name() {
    check(r#"{"window":"2m"}"#, "`window` is one of `1m`, `5m`, not `2m`");
    check(r#"{"window":5}"#, "`window` is a word, not `5`");
    check(r#"{"model":true}"#, "`model` is a text, not `true`");
    check(&format!(r#"{{"model":"{}"}}"#, "x".repeat(201)), "`model` has at most 200 bytes, not 201");
    check(r#"{"showPrompt":"yes"}"#, "`showPrompt` is `true` or `false`, not `yes`");
    check(r#"{"rows":1.5}"#, "`rows` is a whole number from 1 to 20, not `1.5`");
    check(r#"{"rows":2e0}"#, "`rows` is a whole number from 1 to 20, not `2e0`");
    check(r#"{"share":1e999}"#, "`share` is a number from 0 to 1, not `1e999`");
    check(r#"{"rows":21}"#, "`rows` is a whole number from 1 to 20, not `21`");
    check(r#"{"share":-1}"#, "`share` is a number from 0 to 1, not `-1`");
    check(r#"{"rows":[1]}"#, "`rows` is a boolean, a number or a text");
    check(
        r#"{"color":"red"}"#,
        "there is no setting `color`; there are: window, model, showPrompt, rows, share",
    );
}

#[test]
fn what_is_no_object_is_refused() {
    let refused = |text: &str| json::object(text).expect_err(text).to_string();
    for (text, expected) in [
        ("[]", "`{`"),
        ("{", "`\"`"),
        ("{} {}", "the end"),
        (r#"{"a" 1}"#, "`:`"),
        (r#"{"a":1,}"#, "`\"`"),
        (r#"{"a":01}"#, "a number"),
        (r#"{"a":1.}"#, "a number"),
        (r#"{"a":1e}"#, "a number"),
        (r#"{"a":nul}"#, ""),
        (r#"{"a":tru}"#, "a value"),
        ("{\"a\":\"\n\"}", "`\"`"),
        (r#"{"a":"\x"}"#, "an escape"),
        (r#"{"a":"\ud800"}"#, "the second half of a character"),
        (r#"{"a":"\ud800\u0041"}"#, "a character"),
    ] {
        let found = refused(text);
        assert!(found.contains(expected), "{text}: {found}");
    }
}

/// What `serde_json` makes of the same text, as far as settings can say it.
fn oracle(text: &str) -> Option<Vec<(String, Scalar)>> {
    let serde_json::Value::Object(members) = serde_json::from_str(text).ok()? else { return None };
    let scalar = |value: serde_json::Value| match value {
        serde_json::Value::Bool(value) => Some(Scalar::Boolean(value)),
        serde_json::Value::Number(value) => Some(Scalar::Number(value.to_string())),
        serde_json::Value::String(value) => Some(Scalar::Text(value)),
        _ => None,
    };
    members.into_iter().map(|(key, value)| Some((key, scalar(value)?))).collect()
}

fn agree(text: &str) -> Result<(), TestCaseError> {
    let ours = json::object(text).ok();
    let Some(theirs) = oracle(text) else {
        prop_assert!(ours.is_none_or(|_| text.trim().is_empty()), "{text:?} is no object of scalars");
        return Ok(());
    };
    let ours = ours.ok_or_else(|| TestCaseError::fail(format!("{text:?} was not read")))?;
    for (key, expected) in theirs {
        let found = ours.get(&key);
        let same = match (found, &expected) {
            // serde_json rounds the last digit as it likes, unless it is asked not to.
            (Some(Scalar::Number(a)), Scalar::Number(b)) => {
                let (a, b): (f64, f64) = (a.parse().unwrap(), b.parse().unwrap());
                a == b || (a - b).abs() < b.abs() * 1e-15
            }
            (found, expected) => found == Some(expected),
        };
        prop_assert!(same, "{key} of {text:?} is {found:?}, not {expected:?}");
    }
    Ok(())
}

proptest! {
    #[test]
    fn objects_are_read_as_serde_json_reads_them(
        members in prop::collection::vec(("\\PC{0,6}", 0..4_u8, prop::num::f64::NORMAL, "\\PC{0,12}", any::<bool>()), 0..5)
    ) {
        let members = members.into_iter().map(|(key, which, number, text, flag)| {
            let value = match which {
                0 => serde_json::json!(number),
                1 => serde_json::json!(text),
                2 => serde_json::json!(flag),
                _ => serde_json::json!(number as i64),
            };
            (key, value)
        });
        let object = serde_json::Value::Object(members.collect());
        agree(&object.to_string())?;
        agree(&format!("{object:#}"))?;
    }

    #[test]
    fn what_serde_json_refuses_is_refused(text in "[{}\":,\\\\ untrefals0-9.eE+-]{0,24}") {
        agree(&text)?;
        agree(&format!("{{\"a\":{text}}}"))?;
    }

    #[test]
    fn quoted_texts_are_read_back(text in "\\PC*|[\\x00-\\x1f\"\\\\a]{0,8}") {
        prop_assert_eq!(serde_json::from_str::<String>(&json::quoted(&text)).ok(), Some(text));
    }
}
