use serde_json::Value;

/// Widest line: what fits is not broken.
const WIDTH: usize = 120;

/// JSON for people: an object or array on one line if it fits, else one member a line.
pub(super) fn lay_out(value: &Value) -> String {
    let mut text = String::new();
    write(&mut text, value, 0, 0);
    text
}

/// `taken` is what else stands on the line.
fn write(text: &mut String, value: &Value, indent: usize, taken: usize) {
    let line = one_line(value);
    let members: Vec<(String, &Value)> = match value {
        Value::Object(members) if line.len() + indent + taken > WIDTH || indent == 0 => members
            .iter()
            .map(|(name, value)| (format!("{}: ", Value::from(name.as_str())), value))
            .collect(),
        Value::Array(elements) if line.len() + indent + taken > WIDTH => elements
            .iter()
            .map(|element| (String::new(), element))
            .collect(),
        _ => Vec::new(),
    };
    if members.is_empty() {
        text.push_str(&line);
        return;
    }
    let (open, close) = if value.is_object() {
        ('{', '}')
    } else {
        ('[', ']')
    };
    text.push(open);
    for (index, (name, member)) in members.iter().enumerate() {
        text.push_str(if index > 0 { ",\n" } else { "\n" });
        text.push_str(&" ".repeat(indent + 2));
        text.push_str(name);
        write(text, member, indent + 2, name.len() + 1);
    }
    text.push('\n');
    text.push_str(&" ".repeat(indent));
    text.push(close);
}

fn one_line(value: &Value) -> String {
    let joined = |parts: Vec<String>| parts.join(", ");
    match value {
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| {
                format!("{}: {}", Value::from(name.as_str()), one_line(value))
            });
            format!("{{{}}}", joined(members.collect()))
        }
        Value::Array(elements) => format!("[{}]", joined(elements.iter().map(one_line).collect())),
        scalar => scalar.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_fits_a_line_is_on_one() {
        let long = "x".repeat(110);
        let value =
            json!({"a": [1, {"b": "\""}], "c": {"d": long, "e": [null, true]}, "f": {}, "g": []});
        expect![[r#"
            {
              "a": [1, {"b": "\""}],
              "c": {
                "d": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
                "e": [null, true]
              },
              "f": {},
              "g": []
            }"#]]
        .assert_eq(&lay_out(&value));
        assert_eq!(
            serde_json::from_str::<Value>(&lay_out(&value)).unwrap(),
            value
        );
    }
}
