//! Filters, resources and operations by chance; most are sound, since what is refused at once shows little.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use scim::filter::{Literal, Operator};
use scim::{AttributePath, Filter};
use serde_json::{Number, Value, json};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

pub fn filter() -> impl Strategy<Value = Filter> {
    let path = "(urn:example:2\\.0:User:)?[a-zA-Z$][a-zA-Z0-9_$-]{0,4}(\\.[a-z]{1,4})?|not|and|or|pr|eq|true";
    let path = path.prop_map(|path| AttributePath::parse(&path).unwrap());
    let operators = vec![
        Operator::Eq,
        Operator::Ne,
        Operator::Co,
        Operator::Sw,
        Operator::Ew,
        Operator::Gt,
        Operator::Ge,
        Operator::Lt,
        Operator::Le,
    ];
    let literal = prop_oneof![
        Just(Literal::Null),
        any::<bool>().prop_map(Literal::Boolean),
        any::<i64>().prop_map(|number| Literal::Number(number.into())),
        any::<i32>().prop_map(|eighths| {
            Literal::Number(Number::from_f64(f64::from(eighths) / 8.0).unwrap())
        }),
        any::<String>().prop_map(Literal::Text),
    ];
    let leaf = prop_oneof![
        path.clone().prop_map(Filter::Present),
        (path.clone(), select(operators), literal)
            .prop_map(|(path, operator, literal)| Filter::Compare(path, operator, literal)),
    ];
    leaf.prop_recursive(5, 24, 3, move |inner| {
        prop_oneof![
            vec(inner.clone(), 2..4).prop_map(Filter::And),
            vec(inner.clone(), 2..4).prop_map(Filter::Or),
            inner.clone().prop_map(|inner| Filter::Not(Box::new(inner))),
            (path.clone(), inner).prop_map(|(path, inner)| Filter::Element(path, Box::new(inner))),
        ]
    })
}

/// Few texts, so that equal ones meet.
fn text() -> impl Strategy<Value = Value> {
    select(vec!["", "a", "b", "work", "home", "A"]).prop_map(Value::from)
}

fn boolean() -> impl Strategy<Value = Value> {
    select(vec![json!(true), json!(false), json!("True"), json!(null)])
}

fn object(members: Vec<(&'static str, BoxedStrategy<Value>)>) -> impl Strategy<Value = Value> {
    let most = members.len();
    subsequence(members, 0..=most).prop_flat_map(|members| {
        let (names, values): (Vec<_>, Vec<_>) = members.into_iter().unzip();
        values.prop_map(move |values| names.iter().copied().zip(values).collect())
    })
}

fn element() -> impl Strategy<Value = Value> {
    let object = object(vec![
        ("value", text().boxed()),
        ("display", text().boxed()),
        ("type", text().boxed()),
        ("primary", boolean().boxed()),
    ]);
    prop_oneof![8 => object, 1 => text(), 1 => Just(Value::Null)]
}

fn elements() -> impl Strategy<Value = Value> {
    prop_oneof![5 => vec(element(), 0..5).prop_map(Value::from), 1 => element()]
}

fn name() -> impl Strategy<Value = Value> {
    object(vec![
        ("givenName", text().boxed()),
        ("familyName", text().boxed()),
    ])
}

fn enterprise() -> impl Strategy<Value = Value> {
    let manager = object(vec![("value", text().boxed()), ("$ref", text().boxed())]);
    object(vec![
        ("department", text().boxed()),
        ("manager", prop_oneof![manager, text()].boxed()),
    ])
}

fn attributes() -> impl Strategy<Value = Value> {
    object(vec![
        ("title", text().boxed()),
        ("active", boolean().boxed()),
        ("name", name().boxed()),
        ("emails", elements().boxed()),
        ("roles", elements().boxed()),
        ("externalId", text().boxed()),
        ("id", text().boxed()),
        (ENTERPRISE, enterprise().boxed()),
    ])
}

pub fn user() -> impl Strategy<Value = Value> {
    attributes().prop_map(|mut user| {
        user["userName"] = "bob".into();
        user
    })
}

const TEXTS: [&str; 8] = [
    "title",
    "userName",
    "name.givenName",
    "emails.display",
    "emails[type eq \"work\"].value",
    "roles[primary eq \"True\"].value",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
    "manager",
];

/// Operations that change what other operations choose by.
fn wild() -> impl Strategy<Value = (&'static str, Value)> {
    prop_oneof![
        (
            select(vec![
                "emails.value",
                "emails[value eq \"a\"].type",
                "emails[not (type eq \"work\")].value",
                "roles[value eq \"a\" or primary eq true].display",
            ]),
            text()
        ),
        (
            select(vec![
                "emails[value pr]",
                "emails[type eq \"home\" and value eq \"a\"]"
            ]),
            element()
        ),
    ]
}

/// Operations that find the same target when they come again.
fn tame() -> impl Strategy<Value = (&'static str, Value)> {
    prop_oneof![
        (select(TEXTS.to_vec()), text()),
        (
            select(vec![
                "active",
                "emails.primary",
                "emails[type eq \"work\"].primary"
            ]),
            boolean()
        ),
        (select(vec!["emails", "roles"]), elements()),
        (Just("name"), name()),
        (Just(ENTERPRISE), enterprise()),
        (Just(""), attributes()),
    ]
}

pub fn operations() -> impl Strategy<Value = Value> {
    let words = select(vec!["add", "remove", "replace", "Add", "Replace"]);
    let operation = (words, prop_oneof![tame(), wild()])
        .prop_map(|(op, (path, value))| json!({"op": op, "path": path, "value": value}));
    vec(operation, 1..5).prop_map(Value::from)
}

pub fn replace() -> impl Strategy<Value = Value> {
    tame().prop_map(|(path, value)| json!({"op": "replace", "path": path, "value": value}))
}

pub fn names_to_show() -> impl Strategy<Value = Vec<String>> {
    let name = select(vec![
        "pin",
        "motto",
        "keys",
        "keys.code",
        "KEYS.value",
        "safe",
        "safe.code",
        "vault",
        "vault.CODE",
        "id",
        "meta",
    ]);
    let urn = select(vec![
        "",
        "urn:example:More:",
        "urn:example:Secretive:",
        "URN:EXAMPLE:MORE:",
    ]);
    let path = (urn, name).prop_map(|(urn, name)| format!("{urn}{name}"));
    let path =
        prop_oneof![8 => path, 1 => Just("urn:example:More".to_owned()), 1 => any::<String>()];
    vec(path, 0..4)
}

pub fn parameter() -> impl Strategy<Value = &'static str> {
    select(vec![
        "filter",
        "startIndex",
        "COUNT",
        "attributes",
        "excludedAttributes",
        "x",
    ])
}

pub fn path() -> impl Strategy<Value = String> {
    prop_oneof![
        select(TEXTS.to_vec()).prop_map(str::to_owned),
        "(emails|name|urn:x)[\\[\\].:]{0,3}(type eq \"?work\"?)?[\\]. ]{0,3}(value)?",
    ]
}

pub fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    let names = select(vec![
        "schemas",
        "Operations",
        "op",
        "path",
        "value",
        "userName",
        "emails",
        "name",
        "active",
        "x509Certificates",
        "primary",
        ENTERPRISE,
        "manager",
        "",
        "[",
    ]);
    leaf.prop_recursive(4, 32, 6, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            vec((names.clone(), inner), 0..5).prop_map(|members| members.into_iter().collect()),
        ]
    })
}
