//! One line for each invocation, and in it the metrics.

use end_to_end::instrument::{Extent, Fault};
use end_to_end::{Api, Response};
use serde_json::{Value, json};

use crate::{begin, lines};

/// The lines of an answer's request: the authorizer's, if it was asked, and the function's.
fn told(response: &Response) -> Vec<Value> {
    lines("request_id", response.header("x-amzn-requestid"))
}

/// The one of the function.
fn line(response: &Response) -> Value {
    let mut told = told(response);
    told.retain(|line| line["message"] == "answered" && line["operation"] != "authorize");
    assert_eq!(told.len(), 1, "{told:?}");
    told.remove(0)
}

/// The names of the metrics of one directive, and its dimensions.
fn metrics(line: &Value, directive: usize) -> (Vec<String>, Value) {
    let directive = &line["_aws"]["CloudWatchMetrics"][directive];
    assert_eq!(directive["Namespace"], "Muster", "{line}");
    let metrics = directive["Metrics"].as_array().unwrap();
    let names = metrics
        .iter()
        .map(|metric| metric["Name"].as_str().unwrap().to_owned());
    (names.collect(), directive["Dimensions"].clone())
}

#[tokio::test]
async fn a_request_leaves_one_line_with_its_metrics() {
    let _turn = begin().await;
    let api = Api::start().await;
    let client = api.client();
    let made = client.post("/Users", &json!({"userName": "bob"})).await;
    let path = format!("/Users/{}", made.id());
    let read = client.get(&path).await;

    let line = line(&read);
    for (field, expected) in [
        ("level", json!("INFO")),
        ("commit", json!(edge::COMMIT)),
        ("directory", json!(api.directory.to_string())),
        ("operation", json!("GET /Users/{id}")),
        ("status", json!(200)),
        // The directory, and the user with his groups.
        ("dynamodb_calls", json!(2)),
        ("read_units", json!(2.0)),
        ("write_units", json!(0.0)),
        ("requests", json!(1)),
    ] {
        assert_eq!(line[field], expected, "{field} of {line}");
    }
    assert!(line["duration_ms"].as_f64().unwrap() > 0.0, "{line}");
    let (names, dimensions) = metrics(&line, 0);
    assert_eq!(dimensions, json!([[], ["operation"]]));
    assert_eq!(
        names,
        ["requests", "duration_ms", "read_units", "write_units"]
    );
    // CloudWatch takes a metric only if the line has its value, as a number, and the value of its dimension as a text.
    for name in names {
        assert!(line[&name].is_number(), "{name} of {line}");
    }
    assert!(line["_aws"]["Timestamp"].as_u64().unwrap() > 1_700_000_000_000);
    assert_eq!(
        line["_aws"]["CloudWatchMetrics"].as_array().unwrap().len(),
        1
    );

    // The authorizer was asked once; then its answer was cached.
    let authorized = told(&made);
    let authorized: Vec<_> = authorized
        .iter()
        .filter(|line| line["operation"] == "authorize")
        .collect();
    assert_eq!(authorized.len(), 1, "{authorized:?}");
    assert_eq!(authorized[0]["directory"], json!(api.directory.to_string()));
    assert!(
        told(&read)
            .iter()
            .all(|line| line["operation"] != "authorize")
    );
}

#[tokio::test]
async fn a_refusal_is_counted_by_its_keyword() {
    let _turn = begin().await;
    let api = Api::start().await;
    let client = api.client();
    let bob = json!({"userName": "bob"});
    client.post("/Users", &bob).await;
    let refused = client.post("/Users", &bob).await;
    let line = line(&refused);
    assert_eq!(
        (&line["status"], &line["scim_type"]),
        (&json!(409), &json!("uniqueness"))
    );
    assert_eq!(metrics(&line, 0).0.last().unwrap(), "client_errors");
    assert_eq!(
        metrics(&line, 1),
        (vec!["client_errors".to_owned()], json!([["scim_type"]]))
    );
    assert_eq!(line["refused_credentials"], Value::Null);
}

#[tokio::test]
async fn a_credential_that_is_refused_is_no_failure_of_the_authorizer() {
    let _turn = begin().await;
    let api = Api::start().await;
    let token = format!("{}x", api.token());
    let refused = api.client_with(Some(&token)).get("/Users").await;
    assert_eq!(refused.status, 401);
    let told = told(&refused);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0]["operation"], "authorize");
    assert_eq!(told[0]["refused_credentials"], 1);
    assert_eq!(told[0]["server_errors"], Value::Null);
    // Who it is, is not known.
    assert_eq!(told[0]["directory"], Value::Null);
}

#[tokio::test]
async fn throttling_is_counted_even_where_it_is_made_good() {
    let _turn = begin().await;
    let api = Api::start().await;
    let client = api.client();
    let made = client.post("/Users", &json!({"userName": "bob"})).await;
    let path = format!("/Users/{}", made.id());
    let laid = api.calls.lay(1, Fault::Throttled, Extent::Attempt);
    let read = client.get(&path).await;
    assert_eq!((read.status, laid.times()), (200, 1));
    let line = line(&read);
    assert_eq!(
        (&line["throttles"], &line["dynamodb_calls"]),
        (&json!(1), &json!(3))
    );
    assert!(metrics(&line, 0).0.contains(&"throttles".to_owned()));
}

#[tokio::test]
async fn an_error_of_the_service_names_the_request_under_which_the_log_tells_why() {
    let _turn = begin().await;
    let api = Api::start().await;
    let client = api.client();
    client.get("/Users").await;
    let _laid = api.calls.lay(1, Fault::Unsent, Extent::Rest);
    let failed = client.get("/Users").await;
    assert_eq!(failed.status, 503);
    let id = failed.header("x-amzn-requestid");
    let detail = failed.body["detail"].as_str().unwrap();
    assert!(detail.ends_with(&format!(" Request id: {id}")), "{detail}");
    let line = line(&failed);
    assert_eq!(line["server_errors"], 1);
    let told = told(&failed);
    let cause = told.iter().find(|line| line["cause"].is_string());
    let cause = cause.unwrap();
    assert_eq!(
        (&cause["level"], &cause["commit"]),
        (&json!("ERROR"), &json!(edge::COMMIT))
    );
}

#[tokio::test]
async fn the_function_changes_tells_how_much_came() {
    let _turn = begin().await;
    let api = Api::start().await;
    api.client()
        .post("/Users", &json!({"userName": "bob"}))
        .await;
    api.settled().await;
    let told = lines("operation", "changes");
    assert!(
        told.iter()
            .any(|line| line["records"].as_u64() > Some(0) && line["records_left"] == 0),
        "{told:?}"
    );
    let event = serde_json::from_value(json!({"sweep": true})).unwrap();
    changes::handle(
        &api.store_of_changes(),
        event,
        &lambda_http::Context::default(),
    )
    .await;
    let swept = lines("operation", "sweep");
    assert!(
        swept.iter().any(|line| line["overdue_changes"] == 0),
        "{swept:?}"
    );
    assert!(
        metrics(&swept[0], 0)
            .0
            .contains(&"overdue_changes".to_owned())
    );
}
