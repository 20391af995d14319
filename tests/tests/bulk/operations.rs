//! What becomes of each operation, and what is said of it.

use end_to_end::{Api, Client};
use serde_json::{Value, json};

use crate::given::{
    ENTERPRISE, NOBODY, bulk, check, id, make_group, make_user, outcomes, patch, path, post_group,
    post_user, total,
};

#[tokio::test]
async fn users_and_groups_are_created_replaced_patched_and_deleted_in_one_request() {
    let api = Api::start().await;
    let client = api.client();
    let ann = make_user(&client, "ann").await;
    let bob = make_user(&client, "bob").await;
    let cy = make_user(&client, "cy").await;
    let red = make_group(&client, "red", &[&ann]).await;
    let blue = make_group(&client, "blue", &[]).await;
    let green = make_group(&client, "green", &[]).await;
    let cy_id = cy.rsplit('/').next().unwrap();
    let answer = bulk(
        &client,
        &json!([
            post_user("1", "dan"),
            {"method": "PUT", "path": ann, "data": {"userName": "ann", "title": "Boss"}},
            patch(&cy, &json!([{"op": "replace", "path": "title", "value": "Clerk"}])),
            {"method": "DELETE", "path": bob},
            post_group("2", "black", &[cy_id]),
            {"method": "PUT", "path": red, "data": {"displayName": "crimson", "members": [{"value": cy_id}]}},
            patch(&blue, &json!([{"op": "add", "path": "members", "value": [{"value": cy_id}]}])),
            {"method": "DELETE", "path": green, "bulkId": "kept in the answer"}
        ]),
    )
    .await;
    check(
        &answer,
        &["201", "200", "200", "204", "201", "200", "204", "204"],
    );
    assert_eq!(
        answer.body["schemas"],
        json!(["urn:ietf:params:scim:api:messages:2.0:BulkResponse"])
    );
    let base = api.base_url();
    let outcomes = outcomes(&answer);
    for (outcome, (method, path)) in outcomes.iter().zip([
        ("POST", "/Users/"),
        ("PUT", &ann),
        ("PATCH", &cy),
        ("DELETE", &bob),
        ("POST", "/Groups/"),
        ("PUT", &red),
        ("PATCH", &blue),
        ("DELETE", &green),
    ]) {
        let location = outcome["location"].as_str().unwrap();
        assert!(location.starts_with(&format!("{base}{path}")), "{outcome}");
        assert_eq!(outcome["method"], method, "{outcome}");
        assert!(outcome.get("response").is_none(), "{outcome}");
    }
    let bulk_ids: Vec<_> = outcomes.iter().map(|outcome| &outcome["bulkId"]).collect();
    assert_eq!(
        json!(bulk_ids),
        json!(["1", null, null, null, "2", null, null, "kept in the answer"])
    );
    // A version is that of the resource as it is afterwards.
    for outcome in [&outcomes[0], &outcomes[5]] {
        let now = client.get(path(outcome)).await;
        assert_eq!(outcome["version"], now.header("etag"), "{outcome}");
    }

    assert_eq!(client.get(&ann).await.body["title"], "Boss");
    assert_eq!(client.get(&bob).await.status, 404);
    assert_eq!(client.get(&green).await.status, 404);
    let cy = client.get(&cy).await;
    assert_eq!(cy.body["title"], "Clerk");
    let mut groups = cy.values("groups");
    groups.sort();
    let mut expected = [&outcomes[4], &outcomes[5], &outcomes[6]].map(id);
    expected.sort_unstable();
    assert_eq!(groups, expected);
    assert_eq!(client.get(&red).await.body["displayName"], "crimson");
    assert_eq!(
        (
            total(&client, "/Users").await,
            total(&client, "/Groups").await
        ),
        (3, 3)
    );
}

/// A directory with a user, a group that lists him, and another user whose name is taken.
struct Place {
    client: Client,
    replaced: [(String, &'static str); 2],
}

impl Place {
    async fn new(api: &Api, number: usize) -> Self {
        let client = api.client();
        let name = format!("ann-{number}");
        let ann = make_user(&client, &name).await;
        make_user(&client, &format!("taken-{number}")).await;
        let team = make_group(&client, &format!("team-{number}"), &[&ann]).await;
        let id = |path: &str| path.rsplit('/').next().unwrap().to_owned();
        Self {
            client,
            replaced: [(id(&ann), "{ann}"), (id(&team), "{team}")],
        }
    }

    /// A text of a case as it is here.
    fn fill(&self, text: &str) -> String {
        let filled = self.replaced.iter();
        filled.fold(text.to_owned(), |text, (id, name)| text.replace(name, id))
    }

    /// A text of an answer as it is everywhere.
    fn plain(&self, text: &str) -> String {
        let plain = self.replaced.iter();
        plain.fold(text.to_owned(), |text, (id, name)| text.replace(id, name))
    }
}

/// Verb, path, body, version; the status.
type Case = (&'static str, &'static str, Value, &'static str, u16);

fn cases() -> Vec<Case> {
    let operations = |operations: Value| json!({"Operations": operations});
    let user = |number: usize| json!({"userName": format!("new-{number}")});
    vec![
        ("POST", "/Users", user(0), "", 201),
        ("POST", "/Users", json!({"title": "x"}), "", 400),
        (
            "POST",
            "/Users",
            json!({"userName": 7, "emails": true}),
            "",
            400,
        ),
        ("POST", "/Users", json!([]), "", 400),
        ("POST", "/Users", json!({"userName": "TAKEN-4"}), "", 409),
        (
            "POST",
            "/Groups",
            json!({"displayName": "g", "members": [{"value": "{ann}"}]}),
            "",
            201,
        ),
        (
            "POST",
            "/Groups",
            json!({"displayName": "h", "members": [{"value": NOBODY}]}),
            "",
            400,
        ),
        ("POST", "/Groups", json!({"displayName": "TEAM-7"}), "", 409),
        ("PUT", "/Users/{ann}", json!({"userName": "ann"}), "", 200),
        (
            "PUT",
            "/Users/{ann}",
            json!({"userName": "taken-9"}),
            "",
            409,
        ),
        ("PUT", "/Users/{team}", user(10), "", 404),
        ("PUT", "/Users/{ann}", user(11), "W/\"0\"", 412),
        ("PUT", "/Users/{ann}", user(12), "*", 200),
        (
            "PUT",
            "/Groups/{team}",
            json!({"displayName": "i"}),
            "",
            200,
        ),
        (
            "PATCH",
            "/Users/{ann}",
            operations(json!([{"op": "add", "path": "title", "value": "x"}])),
            "",
            200,
        ),
        ("PATCH", "/Users/{ann}", operations(json!([])), "", 400),
        (
            "PATCH",
            "/Users/{ann}",
            operations(json!([{"op": "add", "path": "a..b", "value": "x"}])),
            "",
            400,
        ),
        (
            "PATCH",
            "/Users/{ann}",
            operations(json!([{"op": "remove"}])),
            "",
            400,
        ),
        (
            "PATCH",
            "/Groups/{team}",
            operations(json!([{"op": "remove", "path": "members"}])),
            "",
            204,
        ),
        (
            "PATCH",
            "/Groups/{team}",
            operations(json!([{"op": "add", "path": "members", "value": [{"value": NOBODY}]}])),
            "",
            400,
        ),
        (
            "PATCH",
            "/Groups/{ann}",
            operations(json!([{"op": "add", "path": "members", "value": []}])),
            "",
            404,
        ),
        ("DELETE", "/Users/{ann}", Value::Null, "W/\"9\"", 412),
        ("DELETE", "/Users/{ann}", Value::Null, "", 204),
        ("DELETE", "/Users/nobody", Value::Null, "", 404),
        ("DELETE", "/Groups/{team}", Value::Null, "W/\"9\"", 412),
        ("DELETE", "/Groups/{team}", Value::Null, "", 204),
        ("DELETE", "/Groups/{ann}", Value::Null, "", 404),
    ]
}

#[tokio::test]
async fn an_operation_has_the_status_of_the_single_request() {
    let (alone, together) = (Api::start().await, Api::start().await);
    for (number, (method, path, data, version, expected)) in cases().into_iter().enumerate() {
        let about = format!("{number}: {method} {path} {data} {version}");
        let here = Place::new(&alone, number).await;
        let headers = [("if-match", version)];
        let headers = if version.is_empty() {
            &headers[..0]
        } else {
            &headers
        };
        let body = Some(here.fill(&data.to_string())).filter(|body| body != "null");
        let single = here
            .client
            .send(method, &here.fill(path), headers, body)
            .await;
        assert_eq!(single.status, expected, "{about}: {single:?}");

        let there = Place::new(&together, number).await;
        let mut operation = json!({"method": method, "path": path, "bulkId": "x", "data": data});
        if !version.is_empty() {
            operation["version"] = json!(version);
        }
        let operations = there.fill(&json!([operation]).to_string());
        let answer = bulk(&there.client, &operations.parse().unwrap()).await;
        let [outcome] = outcomes(&answer) else {
            panic!("{about}: {answer:?}")
        };
        assert_eq!(
            outcome["status"],
            expected.to_string(),
            "{about}: {outcome}"
        );
        assert_eq!(outcome["bulkId"], "x", "{about}");
        let is_created = expected == 201;
        assert_eq!(
            outcome.get("location").is_some(),
            method != "POST" || is_created,
            "{about}: {outcome}"
        );
        if expected >= 400 {
            assert_eq!(
                there.plain(&outcome["response"].to_string()),
                here.plain(&single.body.to_string()),
                "{about}"
            );
            assert!(outcome.get("version").is_none(), "{about}: {outcome}");
        } else {
            assert!(outcome.get("response").is_none(), "{about}: {outcome}");
            let version = outcome["version"].as_str().unwrap_or_default();
            assert_eq!(version, single.header("etag"), "{about}: {outcome}");
        }
    }
}

#[tokio::test]
async fn a_stale_version_changes_nothing() {
    let api = Api::start().await;
    let client = api.client();
    let ann = make_user(&client, "ann").await;
    let first = client.get(&ann).await.header("etag").to_owned();
    let title = |title: &str, version: &Value| {
        let mut operation = patch(
            &ann,
            &json!([{"op": "replace", "path": "title", "value": title}]),
        );
        operation["version"] = version.clone();
        operation
    };
    // The first one makes the version of the second stale.
    let answer = bulk(
        &client,
        &json!([title("one", &json!(first)), title("two", &json!(first))]),
    )
    .await;
    check(&answer, &["200", "412"]);
    let now = client.get(&ann).await;
    assert_eq!(now.body["title"], "one");
    assert_eq!(outcomes(&answer)[0]["version"], now.header("etag"));
    // What cannot be a version is none that the resource has.
    for (version, expected) in [
        (json!(""), "412"),
        (json!("W/\"é\""), "412"),
        (json!("W/\"1\u{1}\""), "412"),
        (json!(1), "400"),
        (json!(["W/\"1\""]), "400"),
    ] {
        let answer = bulk(&client, &json!([title("three", &version)])).await;
        check(&answer, &[expected]);
        assert_eq!(client.get(&ann).await.body["title"], "one", "{version}");
    }
    let answer = bulk(&client, &json!([title("four", &Value::Null)])).await;
    check(&answer, &["200"]);
}

#[tokio::test]
async fn another_directorys_resources_are_not_found() {
    let api = Api::start().await;
    let client = api.client();
    let ann = make_user(&client, "ann").await;
    let team = make_group(&client, "team", &[&ann]).await;
    let (_, stranger) = api.stranger().await;
    let ann_id = ann.rsplit('/').next().unwrap();
    let operations = json!([
        {"method": "PUT", "path": ann, "data": {"userName": "x"}},
        patch(&ann, &json!([{"op": "replace", "path": "title", "value": "x"}])),
        {"method": "DELETE", "path": ann},
        patch(&team, &json!([{"op": "remove", "path": "members"}])),
        {"method": "DELETE", "path": team},
        post_group("1", "mine", &[ann_id])
    ]);
    let answer = bulk(&stranger, &operations).await;
    check(&answer, &["404", "404", "404", "404", "404", "400"]);
    assert_eq!(total(&stranger, "/Groups").await, 0);
    assert_eq!(client.get(&ann).await.body["userName"], "ann");
    assert_eq!(client.get(&team).await.values("members"), [ann_id]);
}

#[tokio::test]
async fn a_password_is_thrown_away_and_what_a_user_refers_to_is_kept() {
    let api = Api::start().await;
    let client = api.client();
    let data =
        json!({"userName": "ann", "password": "t0p-s3cret", ENTERPRISE: {"manager": "bulkId:b"}});
    let answer = bulk(
        &client,
        &json!([{"method": "POST", "path": "/Users", "bulkId": "a", "data": data}, post_user("b", "bob")]),
    )
    .await;
    check(&answer, &["201", "201"]);
    assert!(!answer.body.to_string().contains("s3cret"));
    let ann = client.get(path(&outcomes(&answer)[0])).await;
    assert!(!ann.body.to_string().contains("s3cret"));
    assert_eq!(
        ann.body[ENTERPRISE]["manager"]["value"],
        id(&outcomes(&answer)[1])
    );
}
