use std::time::Duration;

use end_to_end::{Api, Client};
use serde_json::{Value, json};

use crate::given::{Admin, admin, credential, directory, scim, told};

async fn status(client: &Client) -> u16 {
    client.get("/Users").await.status
}

/// The credentials of a directory as they are listed, by id.
async fn listed(admin: &Admin, directory: &str, id: &str) -> Value {
    let listed = admin.get(&format!("{directory}/credentials")).await.body;
    let credentials = listed["credentials"].as_array().unwrap();
    let found = credentials.iter().find(|credential| credential["id"] == id);
    let shown = admin.get(&format!("{directory}/credentials/{id}")).await;
    assert_eq!(found, (shown.status == 200).then_some(&shown.body));
    found.cloned().unwrap_or_default()
}

#[tokio::test]
async fn one_is_issued_and_used() {
    let api = Api::start().await;
    let admin = admin(&api);
    let directory = directory(&admin, json!({})).await;
    let issued = admin.act(&format!("{directory}/credentials")).await;
    assert_eq!(issued.status, 201);
    assert_eq!(issued.body["expires"], "2027-11-21T09:00:00.000Z");
    assert_eq!(issued.body["base_url"], api.base_url());
    let own = format!("/admin/v1{directory}/credentials/{}", issued.id());
    assert!(issued.header("location").ends_with(&own));
    assert_eq!(status(&scim(&api, &issued)).await, 200);

    let pair = ["username", "password"].map(|name| issued.body[name].as_str().unwrap());
    let encoded = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, pair.join(":"));
    let basic = api.client_with(Some(&format!("Basic {encoded}")));
    assert_eq!(status(&basic).await, 200);

    assert_eq!(
        listed(&admin, &directory, &issued.id()).await,
        json!({
            "id": issued.id(), "kind": "provisioner", "rights": "write", "label": null, "state": "valid",
            "created": "2026-11-21T09:00:00.000Z", "expires": "2027-11-21T09:00:00.000Z",
            "last_used": "2026-11-21T09:00:00.000Z"
        })
    );
}

#[tokio::test]
async fn one_is_issued_as_asked() {
    let api = Api::start().await;
    let admin = admin(&api);
    let directory = directory(&admin, json!({"token_lifetime": "180d"})).await;
    let asked =
        json!({"kind": "application", "rights": "read", "label": "Backend", "lifetime": "12h"});
    let (id, client) = credential(&api, &admin, &directory, asked).await;
    let shown = listed(&admin, &directory, &id).await;
    assert_eq!(
        shown,
        json!({
            "id": id, "kind": "application", "rights": "read", "label": "Backend", "state": "expires soon",
            "created": "2026-11-21T09:00:00.000Z", "expires": "2026-11-21T21:00:00.000Z", "last_used": null
        })
    );
    assert_eq!(status(&client).await, 200);
    let refused = client.post("/Users", &json!({"userName": "milton"})).await;
    assert_eq!(refused.status, 403);

    let nothing = json!({"kind": null, "rights": null, "label": null, "lifetime": null});
    let (id, _) = credential(&api, &admin, &directory, nothing).await;
    let shown = listed(&admin, &directory, &id).await;
    assert_eq!(
        (&shown["kind"], &shown["rights"]),
        (&json!("provisioner"), &json!("write"))
    );
    assert_eq!(shown["expires"], "2027-05-20T09:00:00.000Z");
}

#[tokio::test]
async fn a_secret_is_shown_once_and_kept_nowhere() {
    let api = Api::start().await;
    let admin = admin(&api);
    let directory = directory(&admin, json!({})).await;
    let issued = admin.act(&format!("{directory}/credentials")).await;
    let own = format!("{directory}/credentials/{}", issued.id());
    let rotated = admin
        .post(&format!("{own}/rotate"), json!({"overlap": "1h"}))
        .await;
    let mut shown = vec![api.table().await];
    for path in [&directory, &format!("{directory}/credentials"), &own] {
        shown.push(admin.get(path).await.body.to_string());
    }
    for act in ["suspend", "resume"] {
        shown.push(admin.act(&format!("{own}/{act}")).await.body.to_string());
    }
    let token = issued.body["token"].clone();
    shown.push(
        admin
            .post("/credentials/identify", json!({ "token": token }))
            .await
            .body
            .to_string(),
    );
    for secret in [&issued.body["password"], &rotated.body["password"]] {
        let secret = secret.as_str().unwrap();
        assert_eq!(secret.len(), 43);
        assert!(shown.iter().all(|text| !text.contains(secret)));
    }
}

#[tokio::test]
async fn suspended_and_resumed() {
    let api = Api::start().await;
    let admin = admin(&api);
    let directory = directory(&admin, json!({})).await;
    let (id, client) = credential(&api, &admin, &directory, json!({})).await;
    let act = async |act: &str| {
        let path = format!("{directory}/credentials/{id}/{act}");
        let answer = admin.act(&path).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body["state"].as_str().unwrap().to_owned()
    };
    assert_eq!(status(&client).await, 200);
    assert_eq!(act("suspend").await, "suspended");
    assert_eq!(status(&client).await, 403);
    assert_eq!(act("suspend").await, "suspended");
    assert_eq!(act("resume").await, "valid");
    assert_eq!(status(&client).await, 200);
}

#[tokio::test]
async fn rotated_at_once_the_old_one_is_refused_at_once() {
    let api = Api::start().await;
    let admin = admin(&api);
    let directory = directory(&admin, json!({})).await;
    let what = json!({"kind": "application", "rights": "read", "label": "Backend"});
    let (old, client) = credential(&api, &admin, &directory, what).await;
    assert_eq!(status(&client).await, 200);
    let rotated = admin
        .act(&format!("{directory}/credentials/{old}/rotate"))
        .await;
    assert_eq!(rotated.status, 201);
    assert_ne!(rotated.id(), old);
    assert_eq!(status(&client).await, 401);
    assert_eq!(status(&scim(&api, &rotated)).await, 200);
    assert_eq!(listed(&admin, &directory, &old).await, Value::Null);
    let new = listed(&admin, &directory, &rotated.id()).await;
    assert_eq!(
        (&new["kind"], &new["rights"], &new["label"]),
        (&json!("application"), &json!("read"), &json!("Backend"))
    );
}

#[tokio::test]
async fn rotated_with_an_overlap_both_work_until_it_is_over() {
    let api = Api::start().await;
    let admin = admin(&api);
    let directory = directory(&admin, json!({})).await;
    let (old, client) = credential(&api, &admin, &directory, json!({})).await;
    let path = format!("{directory}/credentials/{old}/rotate");
    let rotated = admin.post(&path, json!({"overlap": "24h"})).await;
    let new = scim(&api, &rotated);
    assert_eq!((status(&client).await, status(&new).await), (200, 200));
    api.environment
        .advance(Duration::from_hours(24) - Duration::from_secs(1));
    assert_eq!((status(&client).await, status(&new).await), (200, 200));
    api.environment.advance(Duration::from_secs(1));
    assert_eq!((status(&client).await, status(&new).await), (401, 200));
    assert_eq!(listed(&admin, &directory, &old).await["state"], "expired");
}

#[tokio::test]
async fn revoked() {
    let api = Api::start().await;
    let admin = admin(&api);
    let directory = directory(&admin, json!({})).await;
    let (id, client) = credential(&api, &admin, &directory, json!({})).await;
    assert_eq!(status(&client).await, 200);
    let path = format!("{directory}/credentials/{id}");
    assert_eq!(admin.delete(&path).await.status, 204);
    assert_eq!(status(&client).await, 401);
    let gone = format!("404 Credential `{id}` was not found.");
    assert_eq!(told(&admin.get(&path).await), gone);
    assert_eq!(told(&admin.delete(&path).await), gone);
    for act in ["suspend", "resume", "rotate"] {
        assert_eq!(
            told(&admin.act(&format!("{path}/{act}")).await),
            gone,
            "{act}"
        );
    }
    assert_eq!(
        told(&admin.get(&format!("{directory}/credentials/no%20id")).await),
        "404 Credential `no id` was not found."
    );
}

#[tokio::test]
async fn a_token_is_identified() {
    let api = Api::start().await;
    let admin = admin(&api);
    let directory = directory(&admin, json!({})).await;
    let issued = admin.act(&format!("{directory}/credentials")).await;
    let of = |name: &str| issued.body[name].as_str().unwrap().to_owned();
    let identify = async |body: Value| admin.post("/credentials/identify", body).await;
    let own = listed(&admin, &directory, &issued.id()).await;
    let id = directory.rsplit('/').next().unwrap();
    let expected = json!({
        "directory": {"id": id, "name": "initech/okta", "state": "enabled"}, "credential": own
    });
    let token = json!({"token": of("token")});
    for shown in [
        token.clone(),
        json!({"token": format!("Bearer {}", of("token"))}),
        json!({"username": of("username"), "password": of("password")}),
    ] {
        let identified = identify(shown).await;
        assert_eq!((identified.status, &identified.body), (200, &expected));
    }
    admin
        .act(&format!("{directory}/credentials/{}/suspend", issued.id()))
        .await;
    assert_eq!(
        identify(token.clone()).await.body["credential"]["state"],
        "suspended"
    );

    let unknown =
        "404 This is no credential: it is mistyped, revoked, or of a directory that is deleted.";
    let mistyped = of("token").replace("mst_", "mst_0");
    assert_eq!(told(&identify(json!({ "token": mistyped })).await), unknown);
    let other = format!("{}x", &of("password")[1..]);
    assert_eq!(
        told(&identify(json!({"username": of("username"), "password": other})).await),
        unknown
    );
    admin
        .delete(&format!("{directory}/credentials/{}", issued.id()))
        .await;
    assert_eq!(told(&identify(token).await), unknown);

    let either = "400 Send either `token`, or `username` and `password`.";
    for body in [
        json!({}),
        json!({"username": "a"}),
        json!({"token": "a", "username": "b"}),
    ] {
        assert_eq!(told(&identify(body).await), either);
    }
}

#[tokio::test]
async fn what_cannot_be() {
    let api = Api::start().await;
    let admin = admin(&api);
    let directory = directory(&admin, json!({})).await;
    let path = format!("{directory}/credentials");
    let issue = async |body: Value| told(&admin.post(&path, body).await);
    for (body, expected) in [
        (
            json!({"kind": "user"}),
            "400 `kind` is `provisioner` or `application`.",
        ),
        (
            json!({"rights": "all"}),
            "400 `rights` is `write` or `read`.",
        ),
        (json!({"rights": true}), "400 `rights` is a text."),
        (
            json!({"label": "a\nb"}),
            "400 A label is one line of at most 60 bytes.",
        ),
        (
            json!({"label": "x".repeat(61)}),
            "400 A label is one line of at most 60 bytes.",
        ),
        (
            json!({"lifetime": "1 year"}),
            "400 `lifetime` is a time such as `90d`, `12h` or `30m`.",
        ),
        (
            json!({"lifetime": "59s"}),
            "400 `lifetime` is a time such as `90d`, `12h` or `30m`, from 1m to 3650d.",
        ),
        (
            json!({"lifetime": "99999999999999d"}),
            "400 `lifetime` is a time such as `90d`, `12h` or `30m`, from 1m to 3650d.",
        ),
        (
            json!({"scope": "all"}),
            "400 There is no member `scope` here, only `kind`, `rights`, `label`, `lifetime`.",
        ),
    ] {
        assert_eq!(issue(body).await, expected);
    }
    let (id, client) = credential(&api, &admin, &directory, json!({})).await;
    let rotate = format!("{path}/{id}/rotate");
    for (body, expected) in [
        (
            json!({"overlap": "soon"}),
            "400 `overlap` is a time such as `90d`, `12h` or `30m`.",
        ),
        (
            json!({"overlap": "99999999999999d"}),
            "400 `overlap` is a time such as `90d`, `12h` or `30m`, from 1m to 3650d.",
        ),
        (
            json!({"lifetime": "1d"}),
            "400 There is no member `lifetime` here, only `overlap`.",
        ),
    ] {
        assert_eq!(told(&admin.post(&rotate, body).await), expected);
    }
    assert_eq!(
        told(
            &admin
                .post(&format!("{path}/{id}/suspend"), json!({"for": "1d"}))
                .await
        ),
        "400 There is no member `for` here: leave it out."
    );
    assert_eq!(status(&client).await, 200);

    for _ in 1..10 {
        credential(&api, &admin, &directory, json!({})).await;
    }
    let full =
        "409 A directory has at most 10 credentials, expired ones included: revoke one first.";
    assert_eq!(issue(json!({})).await, full);
    assert_eq!(
        told(&admin.post(&rotate, json!({"overlap": "1h"})).await),
        full
    );
    assert_eq!(admin.act(&rotate).await.status, 201);
}
