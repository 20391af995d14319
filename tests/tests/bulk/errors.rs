//! Errors of one operation, of several, and of the whole request.

use directory::{CredentialKind, Rights};
use end_to_end::Api;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::given::{
    BULK_REQUEST, NOBODY, bulk, bulk_until, check, delete, make_user, outcomes, path, post_group,
    post_user, statuses, strict, total,
};

#[tokio::test]
async fn a_failed_operation_does_not_stop_the_others() {
    let api = Api::start().await;
    let client = api.client();
    let missing = format!("/Users/{NOBODY}");
    let answer = bulk(
        &client,
        &json!([
            delete(&missing),
            {"method": "POST", "path": "/Users", "bulkId": "x", "data": {"title": "no name"}},
            post_user("a", "ann"),
            {"method": "GET", "path": missing},
            {"method": "POST", "path": "/Devices", "bulkId": "y", "data": {}},
            post_group("g", "team", &["bulkId:a"])
        ]),
    )
    .await;
    check(&answer, &["404", "400", "201", "400", "400", "201"]);
    let outcomes = outcomes(&answer);
    let details = outcomes
        .iter()
        .filter_map(|outcome| outcome["response"]["detail"].as_str());
    assert_eq!(details.count(), 4);
    for outcome in outcomes {
        let is_error = outcome["status"].as_str().unwrap() >= "400";
        assert_eq!(outcome.get("response").is_some(), is_error, "{outcome}");
        assert!(outcome["method"].is_string(), "{outcome}");
        if is_error {
            assert_eq!(
                outcome["response"]["status"], outcome["status"],
                "{outcome}"
            );
        }
    }
    // Where it is known what an operation was about, its location is said.
    assert!(
        outcomes[0]["location"]
            .as_str()
            .unwrap()
            .ends_with(&missing)
    );
    assert!(outcomes[1].get("location").is_none());
    let team = client.get(path(&outcomes[5])).await;
    assert_eq!(team.values("members").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn so_many_errors_end_the_request() {
    let api = Api::start().await;
    let client = api.client();
    let missing = |number: usize| delete(&format!("/Users/{number}"));
    let mut operations = Vec::new();
    for number in 0..10 {
        operations.push(missing(number));
        operations.push(post_user(&number.to_string(), &format!("user-{number}")));
    }
    for most in [1, 2, 3] {
        let answer = bulk_until(&client, most, &json!(operations)).await;
        let failed = statuses(&answer)
            .iter()
            .filter(|status| **status == "404")
            .count();
        assert_eq!(failed, most, "{:#}", answer.body);
        // What was not processed is not there, what was done is.
        let created: Vec<_> = outcomes(&answer)
            .iter()
            .filter(|outcome| outcome["status"] == "201")
            .map(|outcome| delete(path(outcome)))
            .collect();
        assert_eq!(total(&client, "/Users").await, created.len() as u64);
        assert!(created.len() < 10, "{most}: all of them were processed");
        if !created.is_empty() {
            let gone = bulk(&client, &json!(created)).await;
            assert!(statuses(&gone).iter().all(|status| *status == "204"));
        }
    }
    // One by one, in order: nothing after the first error.
    let answer = bulk_until(
        &client,
        1,
        &json!([post_user("a", "ann"), missing(1), post_user("b", "bob")]),
    )
    .await;
    check(&answer, &["201", "404"]);
    assert_eq!(total(&client, "/Users").await, 1);
    // With fewer errors than that, all is processed.
    let answer = bulk_until(
        &client,
        2,
        &json!([post_user("a", "ann"), post_user("b", "bob")]),
    )
    .await;
    check(&answer, &["409", "201"]);
    // What cannot be an operation counts like any other error.
    let answer = bulk_until(
        &client,
        1,
        &json!([{"method": "GET", "path": "/Users/1"}, post_user("c", "cy")]),
    )
    .await;
    check(&answer, &["400"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_errors_at_once_are_never_more_than_the_limit() {
    let api = Api::start().await;
    let client = api.client();
    let operations: Vec<_> = (0..200)
        .map(|number| delete(&format!("/Users/{number}")))
        .collect();
    for most in [1, 7, 16, 40] {
        let answer = bulk_until(&client, most, &json!(operations)).await;
        assert_eq!(statuses(&answer), vec!["404"; most]);
    }
    let answer = bulk_until(&client, 1_000, &json!(operations)).await;
    assert_eq!(outcomes(&answer).len(), 200);
}

#[tokio::test]
async fn what_is_no_bulk_request_is_refused_as_a_whole() {
    let api = Api::start().await;
    let client = api.client();
    let with = |operations: &str| {
        format!(r#"{{"schemas": ["{BULK_REQUEST}"], "Operations": {operations}}}"#)
    };
    let fail_on = |errors: &str| {
        format!(
            r#"{{"schemas": ["{BULK_REQUEST}"], "failOnErrors": {errors}, "Operations": [{{"method": "POST", "path": "/Users", "bulkId": "a", "data": {{"userName": "ann"}}}}]}}"#
        )
    };
    let post =
        json!({"method": "POST", "path": "/Users", "bulkId": "a", "data": {"userName": "ann"}});
    let cases = [
        (String::new(), "invalidSyntax"),
        ("{".to_owned(), "invalidSyntax"),
        ("[]".to_owned(), "invalidSyntax"),
        ("{}".to_owned(), "invalidSyntax"),
        (with("[]"), "invalidSyntax"),
        (with("{}"), "invalidSyntax"),
        (with("null"), "invalidSyntax"),
        (with("[1]"), "invalidSyntax"),
        (with("[[]]"), "invalidSyntax"),
        (with(&format!("[{post}, null]")), "invalidSyntax"),
        (with(&format!("[{post}, {post}]")), "invalidValue"),
        (with(r#"[{"method": "POST", "method": "PUT", "path": "/Users", "bulkId": "a", "data": {"userName": "ann"}}]"#), "invalidSyntax"),
        (with(r#"[{"method": "POST", "path": "/Users", "bulkId": "a", "data": {"userName": "ann", "userName": "bob"}}]"#), "invalidSyntax"),
        (fail_on("0"), "invalidValue"),
        (fail_on("-1"), "invalidValue"),
        (fail_on("1.5"), "invalidValue"),
        (fail_on("\"1\""), "invalidValue"),
        (json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [post]}).to_string(), "invalidSyntax"),
    ];
    for (body, expected) in cases {
        let answer = client.send("POST", "/Bulk", &[], Some(body.clone())).await;
        assert_eq!(
            (answer.status, &answer.body["scimType"]),
            (400, &json!(expected)),
            "{body}: {answer:?}"
        );
        assert!(answer.broken_promises().is_empty(), "{body}");
    }
    assert_eq!(total(&client, "/Users").await, 0);
    let type_of_content = [("content-type", "text/plain")];
    let answer = client
        .send(
            "POST",
            "/Bulk",
            &type_of_content,
            Some(with(&format!("[{post}]"))),
        )
        .await;
    assert_eq!(answer.status, 415);
}

#[tokio::test]
async fn what_is_wrong_with_one_operation_is_its_own_error() {
    let api = Api::start().await;
    let client = api.client();
    let ann = make_user(&client, "ann").await;
    let answer = bulk(
        &client,
        &json!([
            {},
            {"method": 7, "path": "/Users"},
            {"method": "PUT", "path": ann},
            {"method": "PUT", "path": 7, "data": {}},
            {"method": "POST", "path": "/Users", "bulkId": "a"},
            {"method": "POST", "path": ann, "bulkId": "b", "data": {"userName": "x"}},
            {"method": "DELETE", "path": "/Users"},
            {"method": "DELETE", "path": "/Users?filter=userName"},
            {"method": "DELETE", "path": format!("{}{ann}", api.base_url())},
            {"method": "POST", "path": "/Bulk", "bulkId": "c", "data": {"Operations": []}},
            {"method": "POST", "path": "/Users/.search", "bulkId": "d", "data": {}},
            {"method": "POST", "path": "/Users", "bulkId": 7, "data": {"userName": "x"}},
            {"method": "patch", "path": ann, "data": {"Operations": [{"op": "add", "path": "title", "value": "x"}]}},
            {"method": "POST", "path": "/Users", "data": {"userName": "bob"}}
        ]),
    )
    .await;
    let mut expected = vec!["400"; 12];
    // Tolerant: a verb in small letters, a POST without a name.
    expected.extend(["200", "201"]);
    check(&answer, &expected);
    for outcome in &outcomes(&answer)[..12] {
        assert_eq!(
            outcome["response"]["scimType"], "invalidSyntax",
            "{outcome}"
        );
    }
    assert_eq!(client.get(&ann).await.body["title"], "x");
}

#[tokio::test]
async fn strict_wants_a_bulk_id_for_each_post_and_the_schema() {
    let api = strict().await;
    let client = api.client();
    let mut post = post_user("a", "ann");
    post.as_object_mut().unwrap().remove("bulkId");
    let answer = bulk(&client, &json!([post, post_user("b", "bob")])).await;
    check(&answer, &["400", "201"]);
    let answer = client
        .post("/Bulk", &json!({"Operations": [post_user("c", "cy")]}))
        .await;
    assert_eq!(
        (answer.status, &answer.body["scimType"]),
        (400, &json!("invalidSyntax"))
    );
    let mut small = post_user("d", "dan");
    small["method"] = json!("post");
    check(&bulk(&client, &json!([small])).await, &["400"]);
    assert_eq!(total(&client, "/Users").await, 1);
    // A tolerant one needs none.
    let api = Api::start().await;
    let answer = api
        .client()
        .post("/Bulk", &json!({"Operations": [post_user("c", "cy")]}))
        .await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn who_may_only_read_may_not_send_one() {
    let api = Api::start().await;
    let issued = api.issue(CredentialKind::Provisioner, Rights::Read).await;
    let reader = api.client_with(Some(&format!("Bearer {}", issued.token.expose_secret())));
    let body = json!({"schemas": [BULK_REQUEST], "Operations": [post_user("a", "ann")]});
    let answer = reader.post("/Bulk", &body).await;
    assert_eq!(answer.status, 403, "{answer:?}");
    let nobody = api.client_with(None).post("/Bulk", &body).await;
    assert_eq!(nobody.status, 401, "{nobody:?}");
    assert_eq!(total(&api.client(), "/Users").await, 0);
}

#[tokio::test]
async fn there_is_only_post() {
    let api = Api::start().await;
    for method in ["GET", "PUT", "PATCH", "DELETE"] {
        let body = (method != "GET").then(|| Value::Null.to_string());
        let answer = api.client().send(method, "/Bulk", &[], body).await;
        assert_eq!(
            (answer.status, answer.header("allow")),
            (405, "POST"),
            "{method}"
        );
    }
    let unknown = api.client_with(None).send("GET", "/Bulk", &[], None).await;
    assert_eq!(unknown.status, 401);
}
