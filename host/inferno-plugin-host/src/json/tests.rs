//! JSON in, a value, the same JSON out; and what is refused, with its place.

use serde_json::json;
use wasmtime::{
    Engine,
    component::{Component, types::ComponentItem},
};

use super::*;

/// The type of the one parameter of the function that a component with these types exports.
fn parameter(types: &str, parameter: &str) -> Type {
    // Named types can only be used where an instance exports them.
    let text = format!(
        r#"(component
          (import "i" (instance $i {types}))
          {aliases}
          (type $f (func (param "p" {parameter})))
          (import "f" (func (type $f))))"#,
        aliases = types
            .lines()
            .filter_map(|line| line.trim().strip_prefix(r#"(export ""#)?.split('"').next())
            .map(|name| format!("(alias export $i \"{name}\" (type ${name}))"))
            .collect::<String>(),
    );
    let engine = Engine::default();
    let component = Component::new(&engine, wat::parse_str(&text).expect(&text)).expect("a component");
    let ty = component.component_type();
    let Some(ComponentItem::ComponentFunc(function)) = ty.get_import(&engine, "f").map(|found| found.ty)
    else {
        panic!("the function is there")
    };
    function.params().next().expect("a parameter").1
}

const TYPES: &str = r#"(type $e' (enum "row" "high-contrast"))
(export "e" (type $e (eq $e')))
(type $r' (record (field "at-least" f64) (field "window" (option u32)) (field "way" $e)))
(export "r" (type $r (eq $r')))
(type $v' (variant (case "empty") (case "one-number" f32) (case "many" (list $r))))
(export "v" (type $v (eq $v')))"#;

#[track_caller]
fn check(json: Value, expected: &str) {
    let ty = parameter(TYPES, "(list $v)");
    let found = match lower(&ty, &json).map_err(|defect| defect.inside("input")) {
        Ok(value) if lift(&value).as_ref() == Some(&json) => "the same".to_owned(),
        Ok(value) => format!("{:?}", lift(&value)),
        Err(defect) => defect.to_string(),
    };
    assert_eq!(found, expected, "{json}");
}

#[test]
fn what_fits_comes_back() {
    check(json!([]), "the same");
    check(json!([{ "tag": "empty" }, { "tag": "one-number", "val": 0.5 }]), "the same");
    let full = json!({ "atLeast": 1.5, "window": 7, "way": "high-contrast" });
    check(json!([{ "tag": "many", "val": [full, { "atLeast": -2.0, "way": "row" }] }]), "the same");
}

#[test]
fn what_does_not_is_refused_with_its_place() {
    check(json!({}), "`input` is an object, and should be a list");
    check(
        json!([{ "tag": "none" }]),
        "`input[0].tag` is another text, and should be one of empty, one-number, many",
    );
    check(json!([{}]), "`input[0].tag` is missing, and should be a text");
    check(
        json!([{ "tag": "one-number", "val": "1" }]),
        "`input[0].val` is another text, and should be a number",
    );
    let many = |record: Value| json!([{ "tag": "empty" }, { "tag": "many", "val": [record] }]);
    check(
        many(json!({ "atLeast": 1.0 })),
        "`input[1].val[0].way` is missing, and should be one of row, high-contrast",
    );
    let place =
        "`input[1].val[0].window` is another number, and should be an integer within the bounds of its type";
    for window in [json!(-1), json!(4_294_967_296_u64), json!(1.5)] {
        check(many(json!({ "atLeast": 1.0, "way": "row", "window": window })), place);
    }
    check(many(json!({ "atLeast": 1.0, "way": "row", "w": 1 })), "`input[1].val[0]` has no key `w`");
}

#[test]
fn what_is_not_finite_is_null() {
    let ty = parameter("", "f64");
    assert!(matches!(lower(&ty, &Value::Null), Ok(Val::Float64(value)) if value.is_nan()));
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(lift(&Val::Float64(value)), Some(Value::Null));
    }
}

#[test]
fn keys_are_camel_case() {
    for (kebab, expected) in
        [("context-length", "contextLength"), ("q4x0", "q4x0"), ("a-b-c", "aBC"), ("", "")]
    {
        assert_eq!(camel(kebab), expected);
    }
}
