//! PUT, and what can be changed at all.

use std::time::Duration;

use end_to_end::Api;
use serde_json::{Value, json};

use crate::given::{
    ENTERPRISE, GROUP, Made, NOBODY, OWN, USER, check_refused, dialects, extend, group, make,
    make_group, make_user, patched, shown, user,
};

/// An immutable attribute, of an extension that the directory has of its own, is set once.
async fn check_immutable(api: &Api, bob: &Made) {
    let client = api.client();
    let attributes = json!([{"name": "badge", "mutability": "immutable"}, {"name": "seat", "mutability": "readOnly"}]);
    extend(api, attributes).await;
    let badge = format!("{OWN}:badge");
    let put = |badge: Value| json!({"schemas": [USER, OWN], "userName": "bob", OWN: {"badge": badge, "seat": "1"}});
    let answer = client.put(&bob.path, &put(json!("1"))).await;
    assert_eq!(
        (answer.status, &answer.body[OWN]),
        (200, &json!({"badge": "1"}))
    );
    let answer = client.put(&bob.path, &put(json!("2"))).await;
    check_refused(&answer, 400, "mutability", "PUT of another");
    for operation in [
        json!({"op": "add", "path": badge, "value": "2"}),
        json!({"op": "replace", "path": badge, "value": "2"}),
        json!({"op": "replace", "value": {OWN: {"badge": "2"}}}),
        json!({"op": "remove", "path": badge}),
        json!({"op": "add", "path": format!("{OWN}:seat"), "value": "2"}),
    ] {
        let answer = client.patch(&bob.path, &json!([operation])).await;
        check_refused(&answer, 400, "mutability", &operation);
    }
    // The same value is no change, and where there is none yet, one can be added.
    let answer = client.put(&bob.path, &put(json!("1"))).await;
    assert_eq!(
        (answer.status, &answer.body[OWN]["badge"]),
        (200, &json!("1"))
    );
    let same = json!({"op": "add", "path": badge, "value": "1"});
    assert_eq!(patched(&client, &bob.path, same).await.body, answer.body);
    let cy = make_user(&client, "cy").await;
    let add = json!({"op": "add", "path": badge, "value": "3"});
    assert_eq!(
        patched(&client, &cy.path, add).await.body[OWN]["badge"],
        "3"
    );
}

#[tokio::test]
async fn c14_what_cannot_be_changed_is_not() {
    let [tolerant, strict] = dialects().await;
    for (api, is_strict) in [(&tolerant, false), (&strict, true)] {
        let client = api.client();
        let (ann, bob) = (
            make_user(&client, "ann").await,
            make_user(&client, "bob").await,
        );
        let team = make_group(&client, "team", &[&bob]).await;
        let before = client.get(&bob.path).await.body;

        // What the service provider keeps.
        for path in [
            "id".to_owned(),
            "meta".to_owned(),
            "meta.created".to_owned(),
            "groups".to_owned(),
            format!("groups[value eq \"{}\"]", team.id),
            format!("{ENTERPRISE}:manager.displayName"),
        ] {
            for operation in [
                json!({"op": "add", "path": path, "value": "x"}),
                json!({"op": "replace", "path": path, "value": "x"}),
                json!({"op": "remove", "path": path}),
            ] {
                let answer = client.patch(&bob.path, &json!([operation])).await;
                check_refused(&answer, 400, "mutability", &operation);
            }
        }
        assert_eq!(client.get(&bob.path).await.body, before);

        // The parts of a member are immutable: he is set once, and then only removed. PUT sets the members as a whole.
        let member = format!("members[value eq \"{}\"]", bob.id);
        for operation in [
            json!({"op": "replace", "path": format!("{member}.value"), "value": ann.id}),
            json!({"op": "add", "path": format!("{member}.type"), "value": "Group"}),
            json!({"op": "replace", "path": format!("{member}.$ref"), "value": "https://example.com/Users/1"}),
            json!({"op": "replace", "path": "members.value", "value": ann.id}),
        ] {
            let answer = client.patch(&team.path, &json!([operation])).await;
            check_refused(&answer, 400, "mutability", &operation);
        }
        assert_eq!(
            client.get(&team.path).await.values("members"),
            [bob.id.as_str()]
        );
        let add =
            json!({"op": "add", "path": "members", "value": [{"value": ann.id, "type": "User"}]});
        assert_eq!(
            patched(&client, &team.path, add)
                .await
                .values("members")
                .len(),
            2
        );
        let put = client.put(&team.path, &group("team", &[&ann])).await;
        assert_eq!(
            (put.status, put.values("members")),
            (200, vec![ann.id.clone()])
        );

        check_immutable(api, &bob).await;

        // Okta repeats the id in what it changes: tolerant takes it, strict holds that it is read-only.
        let okta = json!([{"op": "replace", "value": {"id": team.id, "displayName": "Team"}}]);
        let answer = client.patch(&team.path, &okta).await;
        if is_strict {
            check_refused(&answer, 400, "mutability", &okta);
        } else {
            assert_eq!(answer.status, 204, "{answer:?}");
        }
        let renamed = client.get(&team.path).await;
        assert_eq!(renamed.id(), team.id);
        assert_eq!(
            renamed.body["displayName"],
            if is_strict { "team" } else { "Team" }
        );
    }
}

#[tokio::test]
async fn c15_put_replaces_and_never_creates() {
    for api in dialects().await {
        let client = api.client();
        for id in [NOBODY, "bob", "00u1"] {
            for (path, body) in [
                (format!("/Users/{id}"), user("bob", json!({}))),
                (format!("/Groups/{id}"), group("team", &[])),
            ] {
                check_refused(&client.put(&path, &body).await, 404, "", &path);
                assert_eq!(client.get(&path).await.status, 404, "{path}");
            }
        }
        for endpoint in ["/Users", "/Groups"] {
            assert_eq!(client.get(endpoint).await.body["totalResults"], 0);
        }

        // What is left out is cleared; but whoever was deactivated does not come back by an omission.
        let full = user(
            "bob",
            json!({
                "externalId": "00u1", "title": "Guide", "active": false, "emails": [{"value": "b@example.com"}], "name": {"givenName": "B"}
            }),
        );
        let bob = make(&client, "/Users", &full).await;
        let put = client.put(&bob.path, &user("bob", json!({}))).await;
        assert_eq!(
            shown(&put.body),
            ["schemas", "id", "userName", "active", "meta"]
        );
        assert_eq!(put.body["active"], false);
        let team = make_group(&client, "team", &[&bob]).await;
        let put = client
            .put(
                &team.path,
                &json!({"schemas": [GROUP], "displayName": "team"}),
            )
            .await;
        assert_eq!((put.status, put.values("members")), (200, vec![]));

        // What must be there must be there.
        let before = client.get(&bob.path).await.body;
        for name in [json!(null), json!([])] {
            let mut body = user("bob", json!({"title": "Guide"}));
            body["userName"] = name;
            check_refused(
                &client.put(&bob.path, &body).await,
                400,
                "invalidValue",
                &body,
            );
        }
        let mut nameless = user("bob", json!({}));
        nameless.as_object_mut().unwrap().shift_remove("userName");
        check_refused(
            &client.put(&bob.path, &nameless).await,
            400,
            "invalidValue",
            "no userName",
        );
        let nameless = json!({"schemas": [GROUP], "members": []});
        check_refused(
            &client.put(&team.path, &nameless).await,
            400,
            "invalidValue",
            "no displayName",
        );
        assert_eq!(client.get(&bob.path).await.body, before);
        assert_eq!(client.get(&team.path).await.body["displayName"], "team");
    }
}

#[tokio::test]
async fn c16_a_change_answers_with_the_resource() {
    for api in dialects().await {
        let client = api.client();
        let bob = make_user(&client, "bob").await;
        let team = make_group(&client, "team", &[&bob]).await;
        api.environment.advance(Duration::from_secs(1));
        for (made, body) in [
            (&bob, user("bob", json!({"title": "Guide"}))),
            (&team, group("Team", &[&bob])),
        ] {
            let put = client.put(&made.path, &body).await;
            assert_eq!(put.status, 200);
            let read = client.get(&made.path).await;
            assert_eq!(
                (&put.body, put.header("etag")),
                (&read.body, read.header("etag"))
            );
        }

        let operation =
            |value: &str| json!([{"op": "replace", "path": "externalId", "value": value}]);
        let patch = client.patch(&bob.path, &operation("1")).await;
        assert_eq!(
            (patch.status, &patch.body),
            (200, &client.get(&bob.path).await.body)
        );
        let patch = client.patch(&team.path, &operation("1")).await;
        assert_eq!((patch.status, &patch.body), (204, &Value::Null));
        // Who asks for attributes is answered with them, also where nothing changes.
        for value in ["2", "2"] {
            for made in [&bob, &team] {
                let asked = format!("{}?attributes=externalId", made.path);
                let patch = client.patch(&asked, &operation(value)).await;
                assert_eq!(patch.status, 200);
                assert_eq!(shown(&patch.body), ["schemas", "id", "externalId"]);
                assert_eq!(patch.body["externalId"], value);
            }
        }
        let member = json!([{"op": "remove", "path": format!("members[value eq \"{}\"]", bob.id)}]);
        let patch = client
            .patch(&format!("{}?attributes=members", team.path), &member)
            .await;
        assert_eq!((patch.status, &patch.body["members"]), (200, &json!([])));
    }
}
