//! Filters: how they are read, and what they find.

use std::time::Duration;

use serde_json::json;

use crate::given::{
    ENTERPRISE, SEARCH_REQUEST, USER, check_finds, check_refused, dialects, make, make_group,
    make_user, names, user,
};

/// What is well-formed, and whom it finds.
const READ: [(&str, &[&str]); 19] = [
    // Grouping before `not` before `and` before `or`.
    (
        "title eq \"a\" or title eq \"b\" and nickName eq \"x\"",
        &["ann"],
    ),
    (
        "nickName eq \"x\" and title eq \"b\" or title eq \"a\"",
        &["ann"],
    ),
    (
        "(title eq \"a\" or title eq \"b\") and nickName eq \"n\"",
        &["bob"],
    ),
    ("not (title eq \"a\") and nickName pr", &["bob", "cy"]),
    (
        "not (title eq \"a\" and nickName pr)",
        &["ann", "bob", "cy"],
    ),
    (
        "not (title eq \"a\") or title eq \"a\"",
        &["ann", "bob", "cy"],
    ),
    ("not (title eq \"a\" or title eq \"b\")", &["cy"]),
    (
        "nickName pr and not (title pr) or title eq \"a\"",
        &["ann", "cy"],
    ),
    ("((title eq \"a\"))", &["ann"]),
    // Literals are those of JSON.
    ("active eq true", &["ann", "cy"]),
    ("active eq false", &["bob"]),
    ("active ne false", &["ann", "cy"]),
    ("title eq null", &["cy"]),
    ("title ne null", &["ann", "bob"]),
    ("displayName eq \"Müller \\\"M\\\" \\\\ 漢字\"", &["cy"]),
    (
        "displayName eq \"M\\u00fcller \\\"M\\\" \\\\ \\u6f22\\u5b57\"",
        &["cy"],
    ),
    ("displayName co \" or \"", &[]),
    ("displayName co \"\\\"m\\\"\"", &["cy"]),
    ("userName eq \"and\" or userName eq \"cy\"", &["cy"]),
];

/// What is not, or compares what cannot be compared.
const MALFORMED: [&str; 29] = [
    "userName",
    "userName eq",
    "eq \"b\"",
    "userName xx \"b\"",
    "userName eq \"b",
    "userName eq \"b\" and",
    "or userName eq \"b\"",
    "(userName eq \"b\"",
    "userName eq \"b\")",
    "not userName eq \"b\"",
    "not (userName eq \"b\"",
    "userName eq \"b\" title pr",
    "userName pr \"b\"",
    "emails[type eq \"work\"",
    "emails[]",
    "emails[type eq \"work\"]]",
    "user name eq \"b\"",
    "name..givenName pr",
    "userName eq \"\\x\"",
    "()",
    "shoeSize eq 1",
    "name.size pr",
    "name eq \"x\"",
    "title[value eq \"x\"]",
    "active eq 1",
    "active eq \"maybe\"",
    "title gt null",
    "meta.created gt \"yesterday\"",
    "meta.created gt 5",
];

#[tokio::test]
async fn c31_filters_are_read_as_the_grammar_says() {
    let [tolerant, strict] = dialects().await;
    for api in [&tolerant, &strict] {
        let client = api.client();
        let quoted = "Müller \"M\" \\ 漢字";
        make(
            &client,
            "/Users",
            &user("ann", json!({"title": "a", "active": true})),
        )
        .await;
        make(
            &client,
            "/Users",
            &user(
                "bob",
                json!({"title": "b", "nickName": "n", "active": false}),
            ),
        )
        .await;
        make(
            &client,
            "/Users",
            &user(
                "cy",
                json!({"nickName": "n", "displayName": quoted, "active": true}),
            ),
        )
        .await;
        for (filter, expected) in READ {
            check_finds(&client, "/Users", filter, expected).await;
        }

        let certificate = ["gt", "ge", "lt", "le"]
            .map(|operator| format!("x509Certificates.value {operator} \"aGVsbG8=\""));
        let boolean =
            ["gt", "ge", "lt", "le", "co", "sw"].map(|operator| format!("active {operator} true"));
        let primary = ["gt", "lt"].map(|operator| format!("emails[primary {operator} true]"));
        let malformed = MALFORMED.map(str::to_owned);
        for filter in malformed
            .iter()
            .chain(&certificate)
            .chain(&boolean)
            .chain(&primary)
        {
            check_refused(
                &client.find("/Users", filter).await,
                400,
                "invalidFilter",
                filter,
            );
        }
    }
    // A literal is of the attribute's type and a string has quotes: a tolerant directory reads what Entra ID sends.
    make(
        &tolerant.client(),
        "/Users",
        &user("dan", json!({"nickName": "12", "displayName": "-1.5e3"})),
    )
    .await;
    let loose: [(&str, &[&str]); 6] = [
        ("active eq \"False\"", &["bob"]),
        ("active eq FALSE", &["bob"]),
        ("userName eq ann", &["ann"]),
        ("nickName eq 12", &["dan"]),
        ("displayName eq -1.5e3", &[]),
        ("title eq true", &[]),
    ];
    for (filter, expected) in loose {
        if expected.is_empty() {
            assert_eq!(
                tolerant.client().find("/Users", filter).await.status,
                200,
                "{filter}"
            );
        } else {
            check_finds(&tolerant.client(), "/Users", filter, expected).await;
        }
        let answer = strict.client().find("/Users", filter).await;
        check_refused(&answer, 400, "invalidFilter", filter);
    }
}

/// Filters, and whom they find.
const OVER_SEVERAL_VALUES: [(&str, &[&str]); 28] = [
    // Any value.
    ("emails.value eq \"a@home.example\"", &["ann"]),
    ("emails.value eq \"A@HOME.example\"", &["ann"]),
    ("emails.value ew \"home.example\"", &["ann", "bob"]),
    ("emails.type eq \"home\"", &["ann"]),
    ("emails co \"work\"", &["ann"]),
    (
        "emails.type eq \"work\" and emails.value co \"home\"",
        &["ann", "bob"],
    ),
    // Within one element.
    ("emails[type eq \"work\" and value co \"home\"]", &["bob"]),
    ("emails[type eq \"work\" and value co \"@work\"]", &["ann"]),
    ("emails[type eq \"home\" and primary eq true]", &[]),
    ("emails[type eq \"home\" or primary eq true]", &["ann"]),
    ("emails[not (type eq \"work\")]", &["ann"]),
    (
        "userName pr and emails[type eq \"work\" and value co \"home\"]",
        &["bob"],
    ),
    ("groups.value pr", &["bob"]),
    // Names with their schema.
    ("$USER:userName eq \"ann\"", &["ann"]),
    ("$USER:name.familyName eq \"jensen\"", &["ann"]),
    ("$USER:emails.value eq \"a@home.example\"", &["ann"]),
    ("$USER:emails[type eq \"home\"]", &["ann"]),
    ("$ENTERPRISE:department eq \"ops\"", &["ann"]),
    ("$ENTERPRISE:manager.value eq \"m1\"", &["ann"]),
    // Times, not texts.
    (
        "meta.lastModified gt \"2026-11-21T10:30:00+01:00\"",
        &["bob"],
    ),
    (
        "meta.lastModified lt \"2026-11-21T04:30:00-05:00\"",
        &["ann"],
    ),
    ("meta.created eq \"2026-11-21T10:00:00+01:00\"", &["ann"]),
    ("meta.created ge \"2026-11-21T10:00:00Z\"", &["bob"]),
    ("meta.created le \"2026-11-21T10:00:00Z\"", &["ann", "bob"]),
    // What is empty is not there.
    ("title pr", &[]),
    ("roles pr", &[]),
    ("name pr", &["ann"]),
    ("emails pr and not (name pr)", &["bob"]),
];

#[tokio::test]
async fn c32_filters_over_several_values() {
    for api in dialects().await {
        let client = api.client();
        let two = json!({
            "emails": [
                {"value": "a@work.example", "type": "work", "primary": true}, {"value": "a@home.example", "type": "home"}
            ],
            "name": {"familyName": "Jensen"}, ENTERPRISE: {"department": "Ops", "manager": {"value": "m1"}}
        });
        let mut ann = user("ann", two);
        ann["schemas"] = json!([USER, ENTERPRISE]);
        make(&client, "/Users", &ann).await;
        api.environment.advance(Duration::from_hours(1));
        let other = json!({"emails": [{"value": "b@home.example", "type": "work"}], "title": "", "roles": [], "name": {}});
        let bob = make(&client, "/Users", &user("bob", other)).await;
        make_group(&client, "team", &[&bob]).await;

        for (filter, expected) in OVER_SEVERAL_VALUES {
            let filter = filter
                .replace("$USER", USER)
                .replace("$ENTERPRISE", ENTERPRISE);
            check_finds(&client, "/Users", &filter, expected).await;
        }
        check_finds(
            &client,
            "/Groups",
            &format!("members[value eq \"{}\"]", bob.id),
            &["team"],
        )
        .await;
        check_finds(
            &client,
            "/Groups",
            &format!("members.value eq \"{}\"", bob.id),
            &["team"],
        )
        .await;
    }
}

#[tokio::test]
async fn c33_what_another_type_has_is_no_value_here() {
    for api in dialects().await {
        let client = api.client();
        let bob = make(
            &client,
            "/Users",
            &user("bob", json!({"displayName": "Bob"})),
        )
        .await;
        make_user(&client, "ann").await;
        make_group(&client, "team", &[&bob]).await;
        let filters: [(&str, &[&str]); 12] = [
            (
                "userName eq \"bob\" or displayName eq \"team\"",
                &["bob", "team"],
            ),
            ("userName pr", &["ann", "bob"]),
            ("not (userName pr)", &["team"]),
            ("userName eq null", &["team"]),
            ("userName ne \"bob\"", &["ann", "team"]),
            ("members pr", &["team"]),
            ("members pr and userName pr", &[]),
            ("members.value pr or userName eq \"ann\"", &["ann", "team"]),
            ("emails[type eq \"work\"]", &[]),
            (
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq \"x\"",
                &[],
            ),
            ("meta.resourceType eq \"Group\"", &["team"]),
            ("displayName pr", &["bob", "team"]),
        ];
        for (filter, expected) in filters {
            let body = json!({"schemas": [SEARCH_REQUEST], "filter": filter});
            let found = client.post("/.search", &body).await;
            assert_eq!(found.status, 200, "{filter}: {found:?}");
            assert_eq!(names(&found), expected, "{filter}");
            assert_eq!(found.body["totalResults"], expected.len(), "{filter}");
        }
        // At one type's endpoint it is a mistake.
        let answer = client.find("/Groups", "userName eq \"bob\"").await;
        check_refused(&answer, 400, "invalidFilter", "userName of a group");
    }
}

#[tokio::test]
async fn c42_a_filter_may_name_a_person() {
    for api in dialects().await {
        let client = api.client();
        let more = json!({
            "externalId": "00u1", "name": {"familyName": "Jensen"}, "emails": [{"value": "bob@example.com", "type": "work"}],
            "phoneNumbers": [{"value": "+49 30 1"}]
        });
        make(&client, "/Users", &user("bob@example.com", more)).await;
        for filter in [
            "userName eq \"bob@example.com\"",
            "externalId eq \"00u1\"",
            "emails.value eq \"bob@example.com\"",
            "emails[type eq \"work\"].value eq \"bob@example.com\"",
            "emails[type eq \"work\" and value eq \"bob@example.com\"]",
            "name.familyName eq \"Jensen\"",
            "phoneNumbers.value eq \"+49 30 1\"",
        ] {
            check_finds(&client, "/Users", filter, &["bob@example.com"]).await;
        }
    }
}
