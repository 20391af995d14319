//! `protected`: how the application sets it, and what it survives.

use scim::MUSTER_USER;
use serde_json::{Value, json};

use crate::given::{create, of_user, patch, replace, shown, sides, user};

fn protected(value: impl Into<Value>) -> Value {
    replace(&format!("{MUSTER_USER}:protected"), value)
}

#[tokio::test]
async fn is_set_by_every_write() {
    let (_api, okta, application) = sides(json!({})).await;
    let body = json!({"userName": "ann", MUSTER_USER: {"protected": true}});
    let ann = create(&application, "/Users", &body).await;
    let bob = user(&okta, "bob").await;
    let check = async |path: &str, expected: bool| {
        assert_eq!(
            of_user(&application, path).await["protected"],
            expected,
            "{path}"
        );
        // What it says is what it does.
        let answer = okta.patch(path, &json!([replace("title", "Boss")])).await;
        assert_eq!(
            answer.status,
            if expected { 403 } else { 200 },
            "{answer:?}"
        );
    };
    check(&ann, true).await;
    check(&bob, false).await;
    let writes = [
        (protected(true), true),
        (protected(false), false),
        (
            json!({"op": "add", "path": MUSTER_USER, "value": {"protected": true}}),
            true,
        ),
        (
            json!({"op": "remove", "path": format!("{MUSTER_USER}:protected")}),
            false,
        ),
        (
            json!({"op": "add", "value": {MUSTER_USER: {"protected": true}}}),
            true,
        ),
        (json!({"op": "remove", "path": MUSTER_USER}), false),
        (
            json!({"op": "replace", "value": {format!("{MUSTER_USER}:protected"): true}}),
            true,
        ),
        (protected("False"), false),
    ];
    for (operation, expected) in writes {
        let answer = patch(&application, &bob, operation.clone()).await;
        assert_eq!(
            answer.body[MUSTER_USER]["protected"], expected,
            "{operation}"
        );
        check(&bob, expected).await;
    }
    for expected in [true, false] {
        let body = json!({"userName": "bob", MUSTER_USER: {"protected": expected}});
        assert_eq!(application.put(&bob, &body).await.status, 200);
        check(&bob, expected).await;
    }
}

#[tokio::test]
async fn is_kept_by_what_does_not_name_it() {
    let (_api, okta, application) = sides(json!({})).await;
    let ann = user(&okta, "ann").await;
    patch(&application, &ann, protected(true)).await;
    let bodies = [
        json!({"userName": "ann", "title": "Boss"}),
        json!({"userName": "ann", MUSTER_USER: {}}),
        // As it was read.
        shown(&application, &ann).await,
    ];
    for body in bodies {
        assert_eq!(application.put(&ann, &body).await.status, 200);
        assert_eq!(
            of_user(&application, &ann).await["protected"],
            true,
            "{body}"
        );
    }
    patch(&application, &ann, replace("title", "Chief")).await;
    assert_eq!(of_user(&application, &ann).await["protected"], true);
    // Nobody is protected by an omission either.
    let bob = user(&application, "bob").await;
    assert_eq!(
        application
            .put(&bob, &json!({"userName": "bob"}))
            .await
            .status,
        200
    );
    assert_eq!(of_user(&application, &bob).await["protected"], false);
}

#[tokio::test]
async fn what_is_no_boolean_is_refused() {
    let (_api, okta, application) = sides(json!({})).await;
    let ann = user(&okta, "ann").await;
    for value in [json!("perhaps"), json!(1), json!({"value": true})] {
        let answer = application.patch(&ann, &json!([protected(value)])).await;
        assert_eq!(
            (answer.status, &answer.body["scimType"]),
            (400, &json!("invalidValue")),
            "{answer:?}"
        );
    }
    assert_eq!(of_user(&application, &ann).await["protected"], false);
}

/// The version rises with it, once.
#[tokio::test]
async fn is_part_of_the_version() {
    let (_api, okta, application) = sides(json!({})).await;
    let ann = user(&okta, "ann").await;
    let version = async || okta.get(&ann).await.header("etag").to_owned();
    assert_eq!(version().await, "W/\"1.1\"");
    let both = json!([protected(true), replace("title", "Boss")]);
    assert_eq!(application.patch(&ann, &both).await.status, 200);
    assert_eq!(version().await, "W/\"2.2\"");
    assert_eq!(application.patch(&ann, &both).await.status, 200);
    assert_eq!(version().await, "W/\"2.2\"");
}
