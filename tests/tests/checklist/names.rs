//! Names, their case, and what a resource says it is.

use end_to_end::Api;
use serde_json::{Value, json};

use crate::given::{
    ENTERPRISE, ERROR, GROUP, LIST_RESPONSE, PATCH_OP, SEARCH_REQUEST, USER, check_finds, dialects,
    make, make_group, make_user, patched, shown, user,
};

#[tokio::test]
async fn c01_attribute_names_match_without_case() {
    for api in dialects().await {
        let client = api.client();
        let (core, enterprise) = (USER.to_uppercase(), ENTERPRISE.to_uppercase());
        let body = json!({
            "SCHEMAS": [core, enterprise], "USERNAME": "bob", "Name": {"GIVENNAME": "Bob", "FamilyName": "Jensen"},
            "eMails": [{"VALUE": "bob@example.com", "Type": "work"}], enterprise.clone(): {"DEPARTMENT": "Ops"}
        });
        let bob = make(&client, "/Users", &body).await;
        let whole = client.get(&bob.path).await.body;
        assert_eq!(whole["schemas"], json!([USER, ENTERPRISE]));
        assert_eq!(
            whole["name"],
            json!({"familyName": "Jensen", "givenName": "Bob"})
        );
        assert_eq!(
            whole["emails"],
            json!([{"value": "bob@example.com", "type": "work"}])
        );
        assert_eq!(whole[ENTERPRISE], json!({"department": "Ops"}));

        let filters = [
            "USERNAME eq \"bob\"".to_owned(),
            "NAME.GIVENNAME eq \"Bob\"".to_owned(),
            "Emails[TYPE eq \"work\"]".to_owned(),
            format!("{core}:username eq \"bob\""),
            format!("{core}:NAME.familyname eq \"Jensen\""),
            format!("{enterprise}:Department eq \"Ops\""),
        ];
        for filter in filters {
            check_finds(&client, "/Users", &filter, &["bob"]).await;
        }

        let attributes = format!("USERNAME,NAME.givenname,{enterprise}:DEPARTMENT");
        let some = client
            .get(&format!("{}?attributes={attributes}", bob.path))
            .await
            .body;
        assert_eq!(
            shown(&some),
            ["schemas", "id", "userName", "name", ENTERPRISE]
        );
        assert_eq!(some["name"], json!({"givenName": "Bob"}));
        let less = client
            .get(&format!(
                "{}?excludedAttributes=EMAILS,NAME.GIVENNAME",
                bob.path
            ))
            .await
            .body;
        assert!(less.get("emails").is_none());
        assert_eq!(less["name"], json!({"familyName": "Jensen"}));

        let operations = json!([
            {"OP": "replace", "Path": "NAME.GIVENNAME", "VALUE": "Rob"},
            {"op": "replace", "path": format!("{enterprise}:DEPARTMENT"), "value": "Law"},
            {"op": "replace", "path": "EMAILS[Type eq \"work\"].VALUE", "value": "rob@example.com"},
            {"op": "replace", "value": {"NICKNAME": "Rob", core + ":Title": "Guide"}}
        ]);
        let body =
            json!({"Schemas": [PATCH_OP.to_uppercase()], "OPERATIONS": operations}).to_string();
        let patched = client.send("PATCH", &bob.path, &[], Some(body)).await;
        assert_eq!(patched.status, 200, "{patched:?}");
        assert_eq!(patched.body["name"]["givenName"], "Rob");
        assert_eq!(patched.body[ENTERPRISE]["department"], "Law");
        assert_eq!(patched.body["emails"][0]["value"], "rob@example.com");
        assert_eq!(
            (&patched.body["nickName"], &patched.body["title"]),
            (&json!("Rob"), &json!("Guide"))
        );

        let search = json!({"SCHEMAS": [SEARCH_REQUEST.to_uppercase()], "FILTER": "USERNAME pr", "Attributes": ["USERNAME"]});
        let list = client.post("/Users/.search", &search).await;
        assert_eq!((list.status, list.ids()), (200, vec![bob.id]), "{list:?}");
    }
}

#[tokio::test]
async fn c02_filter_operators_match_without_case() {
    let [tolerant, strict] = dialects().await;
    for api in [tolerant, strict] {
        let client = api.client();
        for name in ["ann", "bob", "cy"] {
            let title = if name == "bob" {
                json!({"title": "Guide"})
            } else {
                json!({})
            };
            make(&client, "/Users", &user(name, title)).await;
        }
        let filters: [(&str, &[&str]); 14] = [
            ("userName EQ \"bob\"", &["bob"]),
            ("userName NE \"bob\"", &["ann", "cy"]),
            ("userName CO \"o\"", &["bob"]),
            ("userName SW \"a\"", &["ann"]),
            ("userName EW \"y\"", &["cy"]),
            ("userName GT \"bob\"", &["cy"]),
            ("userName GE \"bob\"", &["bob", "cy"]),
            ("userName LT \"bob\"", &["ann"]),
            ("userName LE \"bob\"", &["ann", "bob"]),
            ("title PR", &["bob"]),
            ("NOT (title PR)", &["ann", "cy"]),
            ("title PR AND userName EQ \"bob\"", &["bob"]),
            ("title PR AND userName EQ \"cy\"", &[]),
            ("title PR OR userName EQ \"cy\"", &["bob", "cy"]),
        ];
        let operators = [
            "EQ", "NE", "CO", "SW", "EW", "GT", "GE", "LT", "LE", "PR", "NOT", "AND", "OR",
        ];
        for (filter, expected) in filters {
            let spelled = |tail: fn(&str) -> String| {
                operators.iter().fold(filter.to_owned(), |filter, word| {
                    filter.replace(
                        word,
                        &format!("{}{}", tail(&word[..1]), word[1..].to_lowercase()),
                    )
                })
            };
            for filter in [
                filter.to_owned(),
                spelled(str::to_lowercase),
                spelled(str::to_uppercase),
            ] {
                check_finds(&client, "/Users", &filter, expected).await;
            }
        }
        // The whole sentence of the line: operator and attribute at once.
        check_finds(&client, "/Users", "username eq \"bob\"", &["bob"]).await;
    }
}

#[tokio::test]
async fn c03_user_names_are_without_case_and_ids_are_not() {
    for api in dialects().await {
        let client = api.client();
        let bob = make(
            &client,
            "/Users",
            &user("Bob.Müller", json!({"externalId": "Ext"})),
        )
        .await;
        for name in ["bob.müller", "BOB.MÜLLER"] {
            let taken = client.post("/Users", &user(name, json!({}))).await;
            assert_eq!(taken.status, 409, "{name}: {taken:?}");
            let filter = format!("userName eq \"{name}\"");
            check_finds(&client, "/Users", &filter, &["Bob.Müller"]).await;
            // Found by a walk too.
            let filter = format!("userName eq \"{name}\" or title pr");
            check_finds(&client, "/Users", &filter, &["Bob.Müller"]).await;
        }

        let version = client.get(&bob.path).await.body["meta"]["version"]
            .as_str()
            .unwrap()
            .replace('"', "\\\"");
        let upper = bob.id.to_uppercase();
        assert_ne!(upper, bob.id);
        let exact = [
            ("id", bob.id.as_str(), upper.as_str()),
            ("externalId", "Ext", "ext"),
            ("meta.version", version.as_str(), &version.replace('W', "w")),
        ];
        for (attribute, same, other) in exact {
            for walk in ["", " or title pr"] {
                let same = format!("{attribute} eq \"{same}\"{walk}");
                check_finds(&client, "/Users", &same, &["Bob.Müller"]).await;
                let other = format!("{attribute} eq \"{other}\"{walk}");
                check_finds(&client, "/Users", &other, &[]).await;
            }
        }
        assert_eq!(client.get(&format!("/Users/{upper}")).await.status, 404);
        // Nor is an externalId taken in another case.
        make(
            &client,
            "/Users",
            &user("ann", json!({"externalId": "ext"})),
        )
        .await;
        check_finds(&client, "/Users", "externalId eq \"ext\"", &["ann"]).await;
    }
}

#[tokio::test]
async fn c08_schemas_name_what_a_resource_has() {
    for api in dialects().await {
        let client = api.client();
        // In any order, twice, and with what this service does not know: what is shown is what there is.
        let unknown = "urn:okta:example:1.0:user:custom";
        let given = [
            json!([ENTERPRISE, USER]),
            json!([USER, USER, unknown, ENTERPRISE]),
        ];
        for (number, schemas) in given.iter().enumerate() {
            let mut body =
                json!({"userName": format!("user{number}"), ENTERPRISE: {"department": "Ops"}});
            body["schemas"] = schemas.clone();
            let made = make(&client, "/Users", &body).await;
            let shown = client.get(&made.path).await;
            assert_eq!(shown.body["schemas"], json!([USER, ENTERPRISE]));
        }
        let bob = make_user(&client, "bob").await;
        let schemas = |body: &Value| body["schemas"].clone();
        assert_eq!(schemas(&client.get(&bob.path).await.body), json!([USER]));

        let department = format!("{ENTERPRISE}:department");
        let add = json!({"op": "add", "path": department, "value": "Ops"});
        let with = patched(&client, &bob.path, add).await;
        assert_eq!(schemas(&with.body), json!([USER, ENTERPRISE]));
        let remove = json!({"op": "remove", "path": department});
        let without = patched(&client, &bob.path, remove).await;
        assert_eq!(schemas(&without.body), json!([USER]));
        let add = json!({"op": "add", "value": {ENTERPRISE: {"department": "Ops"}}});
        let with = patched(&client, &bob.path, add).await;
        assert_eq!(schemas(&with.body), json!([USER, ENTERPRISE]));

        let team = make_group(&client, "team", &[&bob]).await;
        assert_eq!(schemas(&client.get(&team.path).await.body), json!([GROUP]));
        for (path, expected) in [
            ("/Users", LIST_RESPONSE),
            ("/Users/nobody", ERROR),
            (
                "/ServiceProviderConfig",
                "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig",
            ),
            (
                "/ResourceTypes/User",
                "urn:ietf:params:scim:schemas:core:2.0:ResourceType",
            ),
        ] {
            assert_eq!(
                schemas(&client.get(path).await.body),
                json!([expected]),
                "{path}"
            );
        }
    }
    // To say nothing of its schemas is an error, unless the directory is tolerant.
    let [tolerant, strict] = dialects().await;
    for (number, schemas) in [json!([]), json!([GROUP]), Value::Null].iter().enumerate() {
        let body = json!({"schemas": schemas, "userName": format!("bob{number}")});
        let refused = strict.client().post("/Users", &body).await;
        crate::given::check_refused(&refused, 400, "invalidSyntax", schemas);
        let made = make(&tolerant.client(), "/Users", &body).await;
        let shown = tolerant.client().get(&made.path).await;
        assert_eq!(shown.body["schemas"], json!([USER]));
    }
}

#[tokio::test]
async fn c43_order_means_nothing_and_what_is_unknown_is_ignored() {
    for api in dialects().await {
        let client = api.client();
        let forwards = r#"{"schemas": ["$USER", "$ENTERPRISE"], "userName": "ann", "name": {"givenName": "A", "familyName": "B"},
            "emails": [{"value": "a@example.com", "type": "work"}], "$ENTERPRISE": {"department": "Ops"}}"#;
        let backwards = r#"{"$ENTERPRISE": {"shoeSize": 1, "department": "Ops"}, "urn:okta:example:1.0:user:custom": {"shoeSize": 1},
            "emails": [{"shoeSize": 1, "type": "work", "value": "a@example.com"}], "shoeSize": 1,
            "name": {"familyName": "B", "shoeSize": {"eu": 41}, "givenName": "A"}, "userName": "bob",
            "schemas": ["urn:okta:example:1.0:user:custom", "$ENTERPRISE", "$USER"]}"#;
        let mut seen = Vec::new();
        for body in [forwards, backwards] {
            let body = body
                .replace("$USER", USER)
                .replace("$ENTERPRISE", ENTERPRISE);
            let created = client.send("POST", "/Users", &[], Some(body.clone())).await;
            assert_eq!(created.status, 201, "{created:?}");
            let path = format!("/Users/{}", created.id());
            let put = client.send("PUT", &path, &[], Some(body)).await;
            assert_eq!(put.status, 200, "{put:?}");
            let mut shown = client.get(&path).await.body;
            assert!(!shown.to_string().contains("shoeSize"), "{shown}");
            for own in ["id", "meta", "userName"] {
                shown.as_object_mut().unwrap().shift_remove(own);
            }
            seen.push(shown);
        }
        assert_eq!(seen[0], seen[1]);
    }
    // In a PATCH the tolerant dialect ignores it too; the strict one says that there is no such attribute.
    let [tolerant, strict] = dialects().await;
    let operations = [
        json!({"op": "add", "value": {"shoeSize": 1, "title": "Guide"}}),
        json!({"op": "add", "path": "urn:okta:example:1.0:user:custom:shoeSize", "value": 1}),
    ];
    for operation in operations {
        let name = operation.to_string().len().to_string();
        let bob = make_user(&tolerant.client(), &name).await;
        let shown = patched(&tolerant.client(), &bob.path, operation.clone()).await;
        assert!(shown.body.get("shoeSize").is_none());
        let bob = make_user(&strict.client(), &name).await;
        let refused = strict.client().patch(&bob.path, &json!([operation])).await;
        crate::given::check_refused(&refused, 400, "invalidPath", &operation);
    }
}

#[tokio::test]
async fn c48_the_version_stands_before_the_endpoint() {
    let api = Api::start().await;
    let client = api.client();
    let base = api.base_url();
    assert!(base.ends_with("/v2"), "{base}");
    let bob = make_user(&client, "bob").await;
    let team = make_group(&client, "team", &[&bob]).await;
    let locations = [
        (
            client.get(&bob.path).await,
            format!("{base}/Users/{}", bob.id),
        ),
        (
            client.get(&team.path).await,
            format!("{base}/Groups/{}", team.id),
        ),
        (
            client.get("/ServiceProviderConfig").await,
            format!("{base}/ServiceProviderConfig"),
        ),
        (
            client.get(&format!("/Schemas/{USER}")).await,
            format!("{base}/Schemas/{USER}"),
        ),
        (
            client.get("/ResourceTypes/User").await,
            format!("{base}/ResourceTypes/User"),
        ),
    ];
    for (answer, expected) in locations {
        assert_eq!(answer.body["meta"]["location"], json!(expected));
    }
}
