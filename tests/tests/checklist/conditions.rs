//! Conditional requests.

use end_to_end::{Client, Response};
use serde_json::{Value, json};

use crate::given::{GROUP, PATCH_OP, check_refused, dialects, group, make_group, make_user, user};

/// A request on condition of a version.
async fn conditional(
    client: &Client,
    method: &str,
    path: &str,
    header: (&str, &str),
    body: Option<&Value>,
) -> Response {
    client
        .send(method, path, &[header], body.map(Value::to_string))
        .await
}

#[tokio::test]
async fn c39_versions_are_conditions() {
    let api = &dialects().await[1];
    let client = api.client();
    let config = client.get("/ServiceProviderConfig").await.body;
    assert_eq!(config["etag"]["supported"], true);
    let change = |value: &str| json!({"schemas": [PATCH_OP], "Operations": [{"op": "replace", "path": "externalId", "value": value}]});
    let bob = make_user(&client, "bob").await;
    let team = make_group(&client, "team", &[]).await;
    let cases = [
        (&bob, user("bob", json!({"externalId": "put"}))),
        (
            &team,
            json!({"schemas": [GROUP], "displayName": "team", "externalId": "put"}),
        ),
    ];
    for (made, put) in cases {
        let path = made.path.as_str();
        let stale = client.get(path).await.header("etag").to_owned();
        assert!(stale.starts_with("W/\""), "{stale}");
        assert!(client.patch(path, &change("1")["Operations"]).await.status < 300);
        let before = client.get(path).await;
        let current = before.header("etag").to_owned();
        assert_ne!(current, stale);

        // A client that has it is sent nothing.
        for tags in [
            current.clone(),
            "*".to_owned(),
            format!("{stale}, {current}"),
        ] {
            let answer = conditional(&client, "GET", path, ("If-None-Match", &tags), None).await;
            assert_eq!((answer.status, &answer.body), (304, &Value::Null), "{tags}");
            assert_eq!(answer.header("etag"), current);
        }
        let answer = conditional(&client, "GET", path, ("If-None-Match", &stale), None).await;
        assert_eq!((answer.status, &answer.body), (200, &before.body));

        // What is stale to If-Match, and what is current to If-None-Match, is refused.
        let second = change("2");
        let refused = [
            ("GET", ("If-Match", stale.as_str()), None),
            ("PUT", ("If-Match", &stale), Some(&put)),
            ("PATCH", ("If-Match", &stale), Some(&second)),
            ("DELETE", ("If-Match", &stale), None),
            ("DELETE", ("If-Match", "W/\"nonsense\""), None),
            ("PUT", ("If-None-Match", &current), Some(&put)),
            ("PATCH", ("If-None-Match", &current), Some(&second)),
            ("PATCH", ("If-None-Match", "*"), Some(&second)),
            ("DELETE", ("If-None-Match", &current), None),
        ];
        for (method, header, body) in refused {
            let answer = conditional(&client, method, path, header, body).await;
            check_refused(&answer, 412, "", (method, header));
        }
        assert_eq!(client.get(path).await.body, before.body);

        // And the other way round it is done.
        let answer = conditional(&client, "GET", path, ("If-Match", &current), None).await;
        assert_eq!((answer.status, &answer.body), (200, &before.body));
        for (method, name, body) in [
            ("PATCH", "If-Match", Some(&second)),
            ("PUT", "If-Match", Some(&put)),
            ("PATCH", "If-None-Match", Some(&second)),
        ] {
            let now = client.get(path).await.header("etag").to_owned();
            let tags = if name == "If-Match" {
                format!("{stale}, {now}")
            } else {
                stale.clone()
            };
            let answer = conditional(&client, method, path, (name, &tags), body).await;
            assert!(
                matches!(answer.status, 200 | 204),
                "{method} {name}: {answer:?}"
            );
            assert_ne!(client.get(path).await.header("etag"), now);
        }
        let answer = conditional(
            &client,
            "PATCH",
            path,
            ("If-Match", "*"),
            Some(&change("3")),
        )
        .await;
        assert!(matches!(answer.status, 200 | 204), "{answer:?}");
        let now = client.get(path).await.header("etag").to_owned();
        let answer = conditional(&client, "DELETE", path, ("If-Match", &now), None).await;
        assert_eq!(answer.status, 204);
    }

    // Members are part of a group's version.
    let ann = make_user(&client, "ann").await;
    let team = make_group(&client, "other", &[]).await;
    let stale = client.get(&team.path).await.header("etag").to_owned();
    let put = client.put(&team.path, &group("other", &[&ann])).await;
    assert_eq!(put.values("members"), [ann.id]);
    let answer = conditional(&client, "DELETE", &team.path, ("If-Match", &stale), None).await;
    check_refused(&answer, 412, "", "DELETE of a group with other members");
}
