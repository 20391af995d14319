//! `delete_users=deactivate`: whom the identity provider deletes is gone for it, and kept, inactive, for the application.

use end_to_end::{Api, Client};
use scim::MUSTER_USER;
use serde_json::{Value, json};

use crate::given::{
    check_refused, create, group, id, mapped, names, of_user, protect, references, replace, shown,
    sides, user, write,
};

const NOT_CHANGED: &str = "The identity provider deleted this user: he can be read, and deleted for good, but not changed.";

fn bob() -> Value {
    json!({
        "userName": "bob", "externalId": "00u1", "title": "Boss", "active": true,
        "emails": [{"value": "bob@example.com", "type": "work", "primary": true}]
    })
}

/// A user in two groups, whom the identity provider has deleted.
struct Given {
    api: Api,
    okta: Client,
    application: Client,
    bob: String,
    groups: [String; 2],
}

impl Given {
    async fn new(bulk: bool) -> Self {
        let settings = json!({"unique_identifier": "email", "delete_users": "deactivate", "default_role": "viewer"});
        let api = Api::with(directory::Settings {
            unique_identifier: directory::UniqueIdentifier::Email,
            ..directory::Settings::default()
        })
        .await;
        api.set(settings).await;
        let (okta, application) = (api.client(), api.application().await);
        let bob = create(&okta, "/Users", &bob()).await;
        let ann = user(&okta, "ann").await;
        let groups = [
            mapped(
                &application,
                "Admins",
                json!({"role": "admin"}),
                &[&bob, &ann],
            )
            .await,
            group(&okta, "Pushed", &[&bob]).await,
        ];
        let (status, error) = write(&okta, bulk, "DELETE", &bob, &Value::Null).await;
        assert_eq!(status, 204, "{error}");
        Self {
            api,
            okta,
            application,
            bob,
            groups,
        }
    }
}

#[tokio::test]
async fn for_the_identity_provider_he_is_gone() {
    for bulk in [false, true] {
        let Given {
            api: _api,
            okta,
            bob,
            groups,
            ..
        } = Given::new(bulk).await;
        let patch = json!({"Operations": [replace("active", true)], "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]});
        let nobody = "/Users/019aa583-8f00-7000-8000-000000000000";
        for (method, body) in [
            ("GET", Value::Null),
            ("HEAD", Value::Null),
            ("PUT", self::bob()),
            ("PATCH", patch),
            ("DELETE", Value::Null),
        ] {
            let body = (!body.is_null()).then(|| body.to_string());
            let gone = okta.send(method, &bob, &[], body.clone()).await;
            let never = okta.send(method, nobody, &[], body).await;
            assert_eq!(gone.status, 404, "{method}: {gone:?}");
            let told = |body: &Value, path: &str| body.to_string().replace(id(path), "<id>");
            assert_eq!(
                told(&gone.body, &bob),
                told(&never.body, nobody),
                "{method}"
            );
        }
        for filter in [
            "userName eq \"bob\"".to_owned(),
            "userName eq \"bob@example.com\"".to_owned(),
            "emails.value eq \"bob@example.com\"".to_owned(),
            "externalId eq \"00u1\"".to_owned(),
            "title eq \"Boss\"".to_owned(),
            "active eq false".to_owned(),
            format!("id eq \"{}\"", id(&bob)),
            format!("id eq \"{}\" or userName eq \"bob\"", id(&bob)),
        ] {
            let found = okta.find("/Users", &filter).await;
            assert_eq!(
                (found.status, &found.body["totalResults"]),
                (200, &json!(0)),
                "{filter}"
            );
        }
        for path in [
            "/Users",
            "/Users?startIndex=1&count=100",
            "/Users?cursor",
            "/Users?sortBy=userName",
            "/Users?filter=userName%20pr",
        ] {
            assert_eq!(names(&okta.get(path).await), "ann", "{path}");
        }
        assert_eq!(okta.get("/Users?count=0").await.body["totalResults"], 1);
        assert_eq!(okta.get("/Users").await.body["totalResults"], 1);
        let search = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]});
        assert_eq!(
            names(&okta.post("/.search", &search).await),
            "ann Admins Pushed"
        );
        for group in &groups {
            assert!(
                !okta
                    .get(group)
                    .await
                    .values("members")
                    .contains(&id(&bob).to_owned())
            );
        }
    }
}

#[tokio::test]
async fn his_names_are_free_and_who_takes_them_is_another() {
    let Given {
        api: _api,
        okta,
        application,
        bob,
        ..
    } = Given::new(false).await;
    let again = create(&okta, "/Users", &self::bob()).await;
    assert_ne!(again, bob);
    let shown_again = shown(&application, &again).await;
    assert_eq!(shown_again.get("groups"), None);
    assert_eq!(
        shown_again[MUSTER_USER],
        json!({"origin": "scim", "protected": false, "role": "viewer"})
    );
    for filter in [
        "userName eq \"bob\"",
        "userName eq \"bob@example.com\"",
        "externalId eq \"00u1\"",
        "emails.value eq \"BOB@example.com\"",
    ] {
        assert_eq!(
            okta.find("/Users", filter).await.ids(),
            [id(&again)],
            "{filter}"
        );
        assert_eq!(
            application.find("/Users", filter).await.ids(),
            [id(&again)],
            "{filter}"
        );
    }
    // And he himself is there beside, and goes by himself.
    assert_eq!(of_user(&application, &bob).await["role"], Value::Null);
    assert_eq!(okta.delete(&again).await.status, 204);
    assert_eq!(shown(&application, &bob).await["userName"], "bob");
    assert_eq!(application.delete(&bob).await.status, 204);
    assert_eq!(shown(&application, &again).await["userName"], "bob");
}

#[tokio::test]
async fn for_the_application_he_is_inactive_and_marked() {
    let Given {
        api,
        okta,
        application,
        bob,
        groups,
    } = Given::new(false).await;
    let user = shown(&application, &bob).await;
    let deleted = "2026-11-21T09:00:00.000Z";
    assert_eq!(
        user[MUSTER_USER],
        json!({"origin": "scim", "protected": false, "deleted": deleted})
    );
    assert_eq!(
        (
            &user["active"],
            &user["userName"],
            &user["externalId"],
            &user["title"]
        ),
        (&json!(false), &json!("bob"), &json!("00u1"), &json!("Boss"))
    );
    assert_eq!(user.get("groups"), None);
    for group in &groups {
        assert!(
            !application
                .get(group)
                .await
                .values("members")
                .contains(&id(&bob).to_owned())
        );
    }
    let tag = user["meta"]["version"].as_str().unwrap();
    let current = application
        .send("GET", &bob, &[("If-None-Match", tag)], None)
        .await;
    assert_eq!(current.status, 304);
    for query in [
        "?excludedAttributes=groups",
        &format!("?attributes={MUSTER_USER}"),
    ] {
        let shown = shown(&application, &format!("{bob}{query}")).await;
        assert_eq!(shown[MUSTER_USER]["deleted"], deleted, "{query}");
    }
    // Nothing of it changes with the setting, nor with time.
    api.set(json!({"delete_users": null})).await;
    api.environment
        .advance(std::time::Duration::from_hours(1000));
    assert_eq!(shown(&application, &bob).await, user);
    assert_eq!(okta.get(&bob).await.status, 404);
}

#[tokio::test]
async fn nobody_changes_him() {
    let Given {
        api: _api,
        okta,
        application,
        bob,
        groups,
        ..
    } = Given::new(false).await;
    let before = shown(&application, &bob).await;
    let patches = [
        json!([replace("active", true)]),
        json!([replace(&format!("{MUSTER_USER}:protected"), true)]),
    ];
    for operations in patches {
        check_refused(
            &application.patch(&bob, &operations).await,
            409,
            NOT_CHANGED,
        );
    }
    check_refused(&application.put(&bob, &self::bob()).await, 409, NOT_CHANGED);
    let (status, error) = write(&application, true, "PUT", &bob, &self::bob()).await;
    assert_eq!((status, error["detail"].as_str()), (409, Some(NOT_CHANGED)));
    for client in [&application, &okta] {
        let add = json!([{"op": "add", "path": "members", "value": references(&[&bob])}]);
        let answers = [
            client.patch(&groups[0], &add).await,
            client
                .put(
                    &groups[0],
                    &json!({"displayName": "Admins", "members": references(&[&bob])}),
                )
                .await,
            client
                .post(
                    "/Groups",
                    &json!({"displayName": "New", "members": references(&[&bob])}),
                )
                .await,
        ];
        for answer in answers {
            check_refused(
                &answer,
                400,
                &format!(
                    "`members` names the user `{}`, who does not exist.",
                    id(&bob)
                ),
            );
        }
    }
    assert_eq!(shown(&application, &bob).await, before);
}

#[tokio::test]
async fn the_application_deletes_him_for_good() {
    for bulk in [false, true] {
        let Given {
            api,
            okta,
            application,
            bob,
            ..
        } = Given::new(bulk).await;
        let stale = application
            .send("DELETE", &bob, &[("If-Match", "W/\"77\"")], None)
            .await;
        assert_eq!(stale.status, 412);
        assert_eq!(
            write(&application, bulk, "DELETE", &bob, &Value::Null)
                .await
                .0,
            204
        );
        for client in [&application, &okta] {
            assert_eq!(client.get(&bob).await.status, 404);
            assert_eq!(client.delete(&bob).await.status, 404);
        }
        let deleted = format!("{MUSTER_USER}:deleted pr");
        assert_eq!(names(&application.find("/Users", &deleted).await), "");
        // Of him nothing is left but the times and totals.
        for item in api.items().await {
            let key = format!("{}{}", item["pk"], item["sk"]);
            assert!(!key.contains(id(&bob)) && !key.contains("bob"), "{item}");
            assert!(!item.to_string().contains("bob@example.com"), "{item}");
        }
    }
}

#[tokio::test]
async fn the_applications_own_deletion_keeps_nobody() {
    let Given {
        api: _api,
        okta,
        application,
        ..
    } = Given::new(false).await;
    let cy = user(&okta, "cy").await;
    assert_eq!(application.delete(&cy).await.status, 204);
    assert_eq!(application.get(&cy).await.status, 404);
    let deleted = format!("{MUSTER_USER}:deleted pr");
    assert_eq!(names(&application.find("/Users", &deleted).await), "bob");
}

#[tokio::test]
async fn with_delete_nobody_is_kept() {
    let (_api, okta, application) = sides(json!({})).await;
    let ann = user(&okta, "ann").await;
    assert_eq!(okta.delete(&ann).await.status, 204);
    assert_eq!(application.get(&ann).await.status, 404);
    let deleted = format!("{MUSTER_USER}:deleted pr");
    assert_eq!(names(&application.find("/Users", &deleted).await), "");
}

#[tokio::test]
async fn who_is_protected_is_not_deleted() {
    for (mode, status) in [("reject", 403), ("ignore", 204)] {
        let (_api, okta, application) =
            sides(json!({"delete_users": "deactivate", "protected_users": mode})).await;
        let ann = user(&okta, "ann").await;
        protect(&application, &ann, true).await;
        assert_eq!(okta.delete(&ann).await.status, status);
        assert_eq!(shown(&okta, &ann).await["active"], true);
        assert_eq!(of_user(&application, &ann).await.get("deleted"), None);
    }
}

/// A bulk request whose operations refer to each other is done whole or not at all: what is taken back was not deleted by
/// anybody, and is kept for nobody.
#[tokio::test]
async fn what_a_bulk_request_takes_back_is_not_kept() {
    const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let (_api, okta, application) = sides(json!({"delete_users": "deactivate"})).await;
    user(&okta, "taken").await;
    let report = |bulk_id: &str, name: &str, manager: &str| {
        json!({
            "method": "POST", "path": "/Users", "bulkId": bulk_id,
            "data": {"userName": name, ENTERPRISE: {"manager": {"value": format!("bulkId:{manager}")}}}
        })
    };
    let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [
        report("a", "ann", "b"), report("b", "taken", "a")
    ]});
    let answer = okta.post("/Bulk", &body).await;
    let statuses: Vec<_> = answer.body["Operations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["status"])
        .collect();
    assert_eq!(json!(statuses), json!(["409", "409"]), "{answer:?}");
    let deleted = format!("{MUSTER_USER}:deleted pr");
    assert_eq!(names(&application.find("/Users", &deleted).await), "");
    assert_eq!(names(&application.get("/Users").await), "taken");
}

/// Of simultaneous deletions one is done.
#[tokio::test(flavor = "multi_thread")]
async fn is_done_once() {
    let (_api, okta, application) = sides(json!({"delete_users": "deactivate"})).await;
    for round in 0..10 {
        let ann = user(&okta, &format!("ann-{round}")).await;
        let deletions = (0..4).map(|_| okta.delete(&ann));
        let answers = futures_util::future::join_all(deletions).await;
        let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [204, 404, 404, 404]);
        assert_eq!(okta.get("/Users?count=0").await.body["totalResults"], 0);
        let deleted = application
            .find("/Users", &format!("{MUSTER_USER}:deleted pr"))
            .await;
        assert_eq!(deleted.body["totalResults"], round + 1);
    }
}
