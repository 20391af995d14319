//! Filters and sorting by attributes of an extension.

use std::time::Duration;

use end_to_end::{Api, Client};
use scim::Dialect;
use serde_json::{Value, json};

use crate::given::{OWN, OWN_GROUP, check_refused, extended, make, names};

/// Ann, Bob and Cy with values, Dan without.
async fn filled(dialect: Dialect) -> Api {
    let api = extended(dialect).await;
    let client = api.client();
    let users = [
        (
            "ann",
            json!({
                "badge": "Alpha", "code": "a", "level": 10, "score": 1.5, "hired": "2026-11-21T11:00:00+01:00", "remote": true,
                "photo": "QUJD", "home": "https://example.com/ann", "desk": {"floor": 2, "room": "b"},
                "skills": [{"value": "rust", "years": 5}, {"value": "go", "years": 1, "primary": true}], "tags": ["x", "Y"]
            }),
        ),
        (
            "bob",
            json!({
                "badge": "beta", "code": "A", "level": 9, "score": -1e3, "hired": "2026-11-21T10:30:00Z", "remote": false,
                "photo": "QUJE", "home": "https://example.com/bob", "desk": {"room": "a"}, "skills": [{"value": "c", "years": 9}]
            }),
        ),
        (
            "cy",
            json!({
                "badge": "ALPHA", "code": "b", "level": -9_007_199_254_740_993_i64, "score": 1e-3, "hired": "2026-11-20T00:00:00Z",
                "tags": ["z"]
            }),
        ),
        ("dan", json!({})),
    ];
    for (name, values) in users {
        make(&client, name, values).await;
        api.environment.advance(Duration::from_secs(1));
    }
    api
}

#[tokio::test]
async fn filters_compare_by_type() {
    for dialect in [Dialect::Tolerant, Dialect::Strict] {
        let api = filled(dialect).await;
        let client = api.client();
        let cases = [
            ("badge eq \"alpha\"", "ann cy"),
            ("badge ne \"alpha\"", "bob dan"),
            ("badge sw \"al\"", "ann cy"),
            ("badge gt \"alpha\"", "bob"),
            ("badge pr", "ann bob cy"),
            ("code eq \"a\"", "ann"),
            ("code eq \"A\"", "bob"),
            ("code co \"b\"", "cy"),
            ("level gt 9", "ann"),
            ("level ge 9", "ann bob"),
            ("level lt 9", "cy"),
            ("level eq 10", "ann"),
            ("level eq 10.0", "ann"),
            ("level eq -9007199254740993", "cy"),
            ("level eq -9007199254740992", ""),
            ("score gt 0", "ann cy"),
            ("score le 0.001", "bob cy"),
            ("score eq -1000", "bob"),
            ("hired eq \"2026-11-21T10:00:00Z\"", "ann"),
            ("hired ge \"2026-11-21T10:00:00.000Z\"", "ann bob"),
            ("hired lt \"2026-11-21T00:00:00+01:00\"", "cy"),
            ("remote eq true", "ann"),
            ("remote eq false", "bob"),
            ("remote pr", "ann bob"),
            ("photo eq \"QUJD\"", "ann"),
            ("photo eq \"qujd\"", ""),
            ("photo pr", "ann bob"),
            ("home ew \"/bob\"", "bob"),
            ("desk pr", "ann bob"),
            ("desk.floor pr", "ann"),
            ("desk.room eq \"B\"", "ann"),
            ("desk[floor ge 2 and room eq \"b\"]", "ann"),
            ("skills.years gt 4", "ann bob"),
            ("skills.value eq \"GO\"", "ann"),
            ("skills[value eq \"rust\" and years eq 5]", "ann"),
            ("skills[value eq \"go\" and years eq 5]", ""),
            ("tags eq \"y\"", "ann"),
            ("tags pr", "ann cy"),
        ];
        for (filter, expected) in cases {
            let list = client.find("/Users", &format!("{OWN}:{filter}")).await;
            assert_eq!(names(&list), expected, "{filter}");
            let upper = format!("{}:{filter} and userName pr", OWN.to_uppercase());
            assert_eq!(
                names(&client.find("/Users", &upper).await),
                expected,
                "{upper}"
            );
        }
        let both = format!("userName eq \"ann\" and {OWN}:badge eq \"alpha\"");
        assert_eq!(names(&client.find("/Users", &both).await), "ann");
        let neither = format!("userName eq \"bob\" and {OWN}:badge eq \"alpha\"");
        assert_eq!(names(&client.find("/Users", &neither).await), "");
        let either = format!("userName eq \"bob\" or {OWN}:level eq 10");
        assert_eq!(names(&client.find("/Users", &either).await), "ann bob");
        for wrong in [
            "level co 1",
            "remote gt true",
            "photo gt \"Q\"",
            "hired gt \"yesterday\"",
            "desk eq \"a\"",
            "tags[value eq \"z\"]",
            "shoeSize pr",
            "level eq \"many\"",
            "skills[nothing eq 1]",
        ] {
            let refused = client.find("/Users", &format!("{OWN}:{wrong}")).await;
            check_refused(&refused, "invalidFilter", "");
        }
    }
}

async fn check_order(client: &Client, by: &str, expected: &str) {
    let sorted = async |parameters: &str| {
        names(
            &client
                .get(&format!("/Users?sortBy={OWN}:{by}{parameters}"))
                .await,
        )
    };
    assert_eq!(sorted("").await, expected, "{by}");
    let mut pages = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = client
            .get(&format!("/Users?sortBy={OWN}:{by}&count=1&cursor={cursor}"))
            .await;
        pages.push(names(&page));
        match page.body.get("nextCursor") {
            Some(next) => next.as_str().unwrap().clone_into(&mut cursor),
            None => break,
        }
    }
    assert_eq!(pages.join(" "), expected, "{by}");
    let first = expected.split(' ').next().unwrap();
    // Without a value last, and first the other way round.
    assert!(
        sorted("&sortOrder=descending").await.starts_with("dan"),
        "{by}"
    );
    assert!(
        sorted("&sortOrder=descending").await.ends_with(first) || by == "badge",
        "{by}"
    );
}

#[tokio::test]
async fn sorting_compares_by_type() {
    let api = filled(Dialect::Tolerant).await;
    let client = api.client();
    check_order(&client, "badge", "ann cy bob dan").await;
    check_order(&client, "code", "bob ann cy dan").await;
    check_order(&client, "level", "cy bob ann dan").await;
    check_order(&client, "score", "bob cy ann dan").await;
    check_order(&client, "hired", "cy ann bob dan").await;
    for (by, expected) in [
        ("remote", "bob ann cy dan"),
        ("photo", "ann bob cy dan"),
        ("home", "ann bob cy dan"),
        ("desk.room", "bob ann cy dan"),
        ("skills", "bob ann cy dan"),
        ("skills.years", "ann bob cy dan"),
        ("tags", "ann cy bob dan"),
    ] {
        let sorted = client.get(&format!("/Users?sortBy={OWN}:{by}")).await;
        assert_eq!(names(&sorted), expected, "{by}");
    }
    check_refused(
        &client.get(&format!("/Users?sortBy={OWN}:desk")).await,
        "invalidValue",
        "desk",
    );
    check_refused(
        &client.get(&format!("/Users?sortBy={OWN}:shoeSize")).await,
        "invalidValue",
        "shoeSize",
    );
    check_refused(
        &client.get(&format!("/Users?sortBy={OWN}")).await,
        "invalidValue",
        OWN,
    );
}

/// Numbers next to each other, as many digits as they have: none is lost between two pages.
#[tokio::test]
async fn numbers_sort_to_the_last_digit() {
    let api = extended(Dialect::Tolerant).await;
    let client = api.client();
    let numbers: [(i64, f64); 4] = [
        (9_007_199_254_740_994, 0.3),
        (9_007_199_254_740_993, 0.1 + 0.2),
        (9_007_199_254_740_992, 0.1),
        (i64::MAX, 0.1 + f64::EPSILON),
    ];
    for (level, score) in numbers {
        let values = json!({"level": level, "score": score});
        make(&client, &level.to_string(), values).await;
    }
    let by_level = names(&client.get(&format!("/Users?sortBy={OWN}:level")).await);
    assert_eq!(
        by_level,
        "9007199254740992 9007199254740993 9007199254740994 9223372036854775807"
    );
    for by in ["level", "score"] {
        let whole = names(&client.get(&format!("/Users?sortBy={OWN}:{by}")).await);
        let (mut walked, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = client
                .get(&format!("/Users?sortBy={OWN}:{by}&count=1&cursor={cursor}"))
                .await;
            walked.push(names(&page));
            let Some(next) = page.body["nextCursor"].as_str() else {
                break;
            };
            next.clone_into(&mut cursor);
        }
        assert_eq!(walked.join(" "), whole, "{by}");
    }
}

#[tokio::test]
async fn the_root_search_knows_them() {
    let api = filled(Dialect::Tolerant).await;
    let client = api.client();
    for (name, cost) in [("red", 3), ("blue", 10)] {
        let group = json!({"displayName": name, OWN_GROUP: {"cost": cost}});
        assert_eq!(client.post("/Groups", &group).await.status, 201);
    }
    let search = async |more: Value| {
        let mut body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        client.post("/.search", &body).await
    };
    for (filter, expected) in [
        (format!("{OWN}:level ge 9"), "ann bob"),
        (format!("{OWN_GROUP}:cost gt 3"), "blue"),
        (
            format!("{OWN}:level ge 10 or {OWN_GROUP}:cost gt 3"),
            "ann blue",
        ),
        (format!("{OWN}:level ge 10 and {OWN_GROUP}:cost gt 3"), ""),
        (
            format!("{OWN}:badge eq \"beta\" or displayName eq \"red\""),
            "bob red",
        ),
    ] {
        let found = search(json!({"filter": filter})).await;
        assert_eq!(names(&found), expected, "{filter}");
    }
    let sorted = search(json!({"sortBy": format!("{OWN_GROUP}:cost")})).await;
    assert_eq!(names(&sorted), "red blue ann bob cy dan");
    let shown = search(json!({"attributes": [format!("{OWN_GROUP}:cost"), format!("{OWN}:level")], "filter": "displayName eq \"red\""})).await;
    let red = &shown.body["Resources"][0];
    assert_eq!(
        (&red[OWN_GROUP], red.get("displayName")),
        (&json!({"cost": 3}), None)
    );
    // What no type has is what nobody has (RFC 7644 §3.4.2.1).
    assert_eq!(
        names(&search(json!({"filter": format!("{OWN}:shoeSize pr")})).await),
        ""
    );
    check_refused(
        &search(json!({"filter": format!("{OWN}:remote gt true")})).await,
        "invalidFilter",
        "remote",
    );
}
