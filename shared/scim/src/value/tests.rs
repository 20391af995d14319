use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::normalise;
use crate::Attribute;
use crate::Dialect::{Strict, Tolerant};

/// What is kept of each value in each dialect, one a line; `-` for nothing.
#[expect(clippy::needless_pass_by_value, reason = "a line of a table")]
#[track_caller]
fn check(definition: Value, values: &str, expected: Expect) {
    let attribute: Attribute = serde_json::from_value(definition).unwrap();
    let Value::Array(values) = serde_json::from_str(values).unwrap() else {
        unreachable!()
    };
    let kept = |value: &Value, dialect| match normalise(&attribute, value.clone(), dialect) {
        Ok(Some(value)) => value.to_string(),
        Ok(None) => "-".to_owned(),
        Err(error) => error.detail,
    };
    let lines = values.iter().map(|value| {
        let (strict, tolerant) = (kept(value, Strict), kept(value, Tolerant));
        if strict == tolerant {
            format!("{value}  =>  {strict}\n")
        } else {
            format!("{value}  =>  strict: {strict}  tolerant: {tolerant}\n")
        }
    });
    expected.assert_eq(&lines.collect::<String>());
}

#[test]
fn strings() {
    check(
        json!({"name": "a"}),
        r#"["x", " ", "", null, 7, 1.5, true, ["x"], [""], [], ["x", "y"], {}, [["x"]]]"#,
        expect![[r#"
            "x"  =>  "x"
            " "  =>  " "
            ""  =>  -
            null  =>  -
            7  =>  strict: `a` must be a string.  tolerant: "7"
            1.5  =>  strict: `a` must be a string.  tolerant: "1.5"
            true  =>  strict: `a` must be a string.  tolerant: "true"
            ["x"]  =>  strict: `a` must be a string.  tolerant: "x"
            [""]  =>  strict: `a` must be a string.  tolerant: -
            []  =>  strict: `a` must be a string.  tolerant: -
            ["x","y"]  =>  `a` must be a string.
            {}  =>  `a` must be a string.
            [["x"]]  =>  `a` must be a string.
        "#]],
    );
}

#[test]
fn booleans() {
    check(
        json!({"name": "a", "type": "boolean"}),
        r#"[true, false, "true", "False", "TRUE", "yes", "1", "", 1, 0, null, [true]]"#,
        expect![[r#"
            true  =>  true
            false  =>  false
            "true"  =>  strict: `a` must be true or false.  tolerant: true
            "False"  =>  strict: `a` must be true or false.  tolerant: false
            "TRUE"  =>  strict: `a` must be true or false.  tolerant: true
            "yes"  =>  `a` must be true or false.
            "1"  =>  `a` must be true or false.
            ""  =>  -
            1  =>  `a` must be true or false.
            0  =>  `a` must be true or false.
            null  =>  -
            [true]  =>  strict: `a` must be true or false.  tolerant: true
        "#]],
    );
}

#[test]
fn numbers() {
    check(
        json!({"name": "a", "type": "integer"}),
        r#"[5, -5, 18446744073709551615, 5.0, 5.5, "5", "5.5", "five", "", "1e400", true, null]"#,
        expect![[r#"
            5  =>  5
            -5  =>  -5
            18446744073709551615  =>  18446744073709551615
            5.0  =>  `a` must be an integer.
            5.5  =>  `a` must be an integer.
            "5"  =>  strict: `a` must be an integer.  tolerant: 5
            "5.5"  =>  `a` must be an integer.
            "five"  =>  `a` must be an integer.
            ""  =>  -
            "1e400"  =>  `a` must be an integer.
            true  =>  `a` must be an integer.
            null  =>  -
        "#]],
    );
    check(
        json!({"name": "a", "type": "decimal"}),
        r#"[5, 5.5, "5.5", "NaN", "[5]", true]"#,
        expect![[r#"
            5  =>  5
            5.5  =>  5.5
            "5.5"  =>  strict: `a` must be a number.  tolerant: 5.5
            "NaN"  =>  `a` must be a number.
            "[5]"  =>  `a` must be a number.
            true  =>  `a` must be a number.
        "#]],
    );
}

#[test]
fn times() {
    check(
        json!({"name": "a", "type": "dateTime"}),
        r#"["2026-11-21T09:30:00Z", "2026-11-21T09:30:00.123+01:00", "2026-11-21T09:30:00", "2026-11-21", "soon", "", 1795253400,
            "2026-11-21 09:30:00Z", "20261121T093000Z", "2026-11-21T09:30Z", "2026-11-21T09:30:00+01", "2026-11-21T09:30:00+0100",
            "2026-11-21T09:30:00+01:00:00", "2026-11-21T09:30:00,5Z", "2026-11-21T09:30:00.Z", "2026-13-21T09:30:00Z"]"#,
        expect![[r#"
            "2026-11-21T09:30:00Z"  =>  "2026-11-21T09:30:00Z"
            "2026-11-21T09:30:00.123+01:00"  =>  "2026-11-21T09:30:00.123+01:00"
            "2026-11-21T09:30:00"  =>  `a` must be a date and time with its zone, such as `2026-11-21T09:30:00Z`.
            "2026-11-21"  =>  `a` must be a date and time with its zone, such as `2026-11-21T09:30:00Z`.
            "soon"  =>  `a` must be a date and time with its zone, such as `2026-11-21T09:30:00Z`.
            ""  =>  -
            1795253400  =>  `a` must be a date and time with its zone, such as `2026-11-21T09:30:00Z`.
            "2026-11-21 09:30:00Z"  =>  `a` must be a date and time with its zone, such as `2026-11-21T09:30:00Z`.
            "20261121T093000Z"  =>  `a` must be a date and time with its zone, such as `2026-11-21T09:30:00Z`.
            "2026-11-21T09:30Z"  =>  `a` must be a date and time with its zone, such as `2026-11-21T09:30:00Z`.
            "2026-11-21T09:30:00+01"  =>  `a` must be a date and time with its zone, such as `2026-11-21T09:30:00Z`.
            "2026-11-21T09:30:00+0100"  =>  `a` must be a date and time with its zone, such as `2026-11-21T09:30:00Z`.
            "2026-11-21T09:30:00+01:00:00"  =>  `a` must be a date and time with its zone, such as `2026-11-21T09:30:00Z`.
            "2026-11-21T09:30:00,5Z"  =>  `a` must be a date and time with its zone, such as `2026-11-21T09:30:00Z`.
            "2026-11-21T09:30:00.Z"  =>  `a` must be a date and time with its zone, such as `2026-11-21T09:30:00Z`.
            "2026-13-21T09:30:00Z"  =>  `a` must be a date and time with its zone, such as `2026-11-21T09:30:00Z`.
        "#]],
    );
}

#[test]
fn binaries_and_references() {
    check(
        json!({"name": "a", "type": "binary"}),
        r#"["TUlJ", "TUlJQg==", "TUlJQg", "-_-_", "+/+/", "TU lJ\n", "TUlJQ", "!", "", 7]"#,
        expect![[r#"
            "TUlJ"  =>  "TUlJ"
            "TUlJQg=="  =>  "TUlJQg=="
            "TUlJQg"  =>  strict: `a` must be a base64 string.  tolerant: "TUlJQg=="
            "-_-_"  =>  strict: `a` must be a base64 string.  tolerant: "+/+/"
            "+/+/"  =>  "+/+/"
            "TU lJ\n"  =>  strict: `a` must be a base64 string.  tolerant: "TUlJ"
            "TUlJQ"  =>  `a` must be a base64 string.
            "!"  =>  `a` must be a base64 string.
            ""  =>  -
            7  =>  `a` must be a base64 string.
        "#]],
    );
    check(
        json!({"name": "a", "type": "reference"}),
        r#"["https://x", "../Users/1", "urn:x", "", 7, null]"#,
        expect![[r#"
            "https://x"  =>  "https://x"
            "../Users/1"  =>  "../Users/1"
            "urn:x"  =>  "urn:x"
            ""  =>  -
            7  =>  `a` must be a URI.
            null  =>  -
        "#]],
    );
}

#[test]
fn complex_values() {
    check(
        json!({"name": "a", "type": "complex", "subAttributes": [
            {"name": "value"}, {"name": "count", "type": "integer"}, {"name": "kept", "mutability": "readOnly"},
            {"name": "secret", "mutability": "writeOnly"}
        ]}),
        r#"[{"COUNT": 1, "Value": "x", "other": 1}, {"kept": "x", "secret": "x"}, {"secret": {}}, {"value": null}, {}, "x", 7, "", true,
            [{"value": "x"}], [{"value": "x"}, {"value": "y"}], {"count": "x"}]"#,
        expect![[r#"
            {"COUNT":1,"Value":"x","other":1}  =>  {"value":"x","count":1}
            {"kept":"x","secret":"x"}  =>  -
            {"secret":{}}  =>  `a.secret` must be a string.
            {"value":null}  =>  -
            {}  =>  -
            "x"  =>  strict: `a` must be an object.  tolerant: {"value":"x"}
            7  =>  strict: `a` must be an object.  tolerant: {"value":"7"}
            ""  =>  -
            true  =>  `a` must be an object.
            [{"value":"x"}]  =>  strict: `a` must be an object.  tolerant: {"value":"x"}
            [{"value":"x"},{"value":"y"}]  =>  `a` must be an object.
            {"count":"x"}  =>  `a.count` must be an integer.
        "#]],
    );
    check(
        json!({"name": "a", "type": "complex", "subAttributes": [{"name": "text"}]}),
        r#"[{"text": "x"}, "x"]"#,
        expect![[r#"
            {"text":"x"}  =>  {"text":"x"}
            "x"  =>  `a` must be an object.
        "#]],
    );
}

#[test]
fn many_values() {
    check(
        json!({"name": "a", "multiValued": true}),
        r#"[["x", "y", "x"], [], [null, ""], "", null, "x", {"b": 1}, ["x", {}], [["x"]]]"#,
        expect![[r#"
            ["x","y","x"]  =>  ["x","y"]
            []  =>  -
            [null,""]  =>  -
            ""  =>  -
            null  =>  -
            "x"  =>  strict: `a` must be an array.  tolerant: ["x"]
            {"b":1}  =>  strict: `a` must be an array.  tolerant: `a` must be a string.
            ["x",{}]  =>  `a` must be a string.
            [["x"]]  =>  strict: `a` must be a string.  tolerant: ["x"]
        "#]],
    );
    check(
        json!({"name": "a", "type": "complex", "multiValued": true, "subAttributes": [
            {"name": "value"}, {"name": "primary", "type": "boolean"}
        ]}),
        r#"[[{"value": "x", "primary": true}, {"value": "y", "primary": false}],
            [{"value": "x"}, {"value": "y", "primary": true}, {"value": "z", "primary": true}],
            [{"value": "x", "primary": true}, {"primary": true, "value": "x"}], {"value": "x"}, [{}, {"primary": null}],
            [{"value": "x", "primary": true}, {"value": "y", "primary": true}, {"value": "y", "primary": false}]]"#,
        expect![[r#"
            [{"value":"x","primary":true},{"value":"y","primary":false}]  =>  [{"value":"x","primary":true},{"value":"y","primary":false}]
            [{"value":"x"},{"value":"y","primary":true},{"value":"z","primary":true}]  =>  strict: `a` must be an array with at most one element whose `primary` is true.  tolerant: [{"value":"x"},{"value":"y","primary":true},{"value":"z","primary":false}]
            [{"value":"x","primary":true},{"primary":true,"value":"x"}]  =>  [{"value":"x","primary":true}]
            {"value":"x"}  =>  strict: `a` must be an array.  tolerant: [{"value":"x"}]
            [{},{"primary":null}]  =>  -
            [{"value":"x","primary":true},{"value":"y","primary":true},{"value":"y","primary":false}]  =>  strict: `a` must be an array with at most one element whose `primary` is true.  tolerant: [{"value":"x","primary":true},{"value":"y","primary":false}]
        "#]],
    );
    check(
        json!({"name": "a", "type": "complex", "multiValued": true, "subAttributes": [
            {"name": "value"}, {"name": "type"}, {"name": "display"}
        ]}),
        r#"[[{"value": "x", "type": "t"}, {"value": "x"}, {"value": "x", "type": "t", "display": "d"}],
            [{"type": "t"}, {"type": "t"}, {"type": "t", "display": "d"}]]"#,
        expect![[r#"
            [{"value":"x","type":"t"},{"value":"x"},{"value":"x","type":"t","display":"d"}]  =>  [{"value":"x","type":"t","display":"d"},{"value":"x"}]
            [{"type":"t"},{"type":"t"},{"type":"t","display":"d"}]  =>  [{"type":"t"},{"type":"t","display":"d"}]
        "#]],
    );
}
