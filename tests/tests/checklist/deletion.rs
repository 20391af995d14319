//! DELETE.

use serde_json::json;

use crate::given::{
    SEARCH_REQUEST, check_finds, check_refused, dialects, group, make, make_group, make_user,
    names, user,
};

#[tokio::test]
async fn c27_what_is_deleted_is_gone() {
    for api in dialects().await {
        let client = api.client();
        let ann = make_user(&client, "ann").await;
        let team = make_group(&client, "team", &[&ann]).await;
        let bob_body = user("bob", json!({"externalId": "00u1", "title": "Guide"}));
        let bob = make(&client, "/Users", &bob_body).await;
        let other_body = group("other", &[&ann, &bob]);
        let other = make(&client, "/Groups", &other_body).await;

        let cases = [
            (
                "/Users",
                &bob,
                user("bob", json!({})),
                "title",
                "userName",
                vec!["ann"],
            ),
            (
                "/Groups",
                &other,
                group("other", &[]),
                "externalId",
                "displayName",
                vec!["team"],
            ),
        ];
        for (endpoint, made, body, attribute, name, left) in cases {
            let deleted = client.delete(&made.path).await;
            assert_eq!((deleted.status, deleted.body.is_null()), (204, true));
            let change = json!([{"op": "add", "path": attribute, "value": "x"}]);
            for answer in [
                client.get(&made.path).await,
                client.put(&made.path, &body).await,
                client.patch(&made.path, &change).await,
                client.delete(&made.path).await,
            ] {
                check_refused(&answer, 404, "", endpoint);
            }
            let list = client.get(endpoint).await;
            assert_eq!(
                (names(&list), &list.body["totalResults"]),
                (left.clone(), &json!(1))
            );
            let search = json!({"schemas": [SEARCH_REQUEST]});
            let found = client.post(&format!("{endpoint}/.search"), &search).await;
            assert_eq!(names(&found), left);
            for filter in [
                format!("{name} eq {}", body[name]),
                format!("id eq \"{}\"", made.id),
                format!("{name} eq {} or meta.version eq \"x\"", body[name]),
            ] {
                check_finds(&client, endpoint, &filter, &[]).await;
            }
        }
        check_finds(&client, "/Users", "externalId eq \"00u1\"", &[]).await;
        // The rest is as it was, and the names are free.
        assert_eq!(
            client.get(&team.path).await.values("members"),
            [ann.id.as_str()]
        );
        assert_eq!(
            client.get(&ann.path).await.values("groups"),
            [team.id.as_str()]
        );
        for (endpoint, old, body) in [
            ("/Users", &bob, &bob_body),
            ("/Groups", &other, &group("other", &[&ann])),
        ] {
            let new = make(&client, endpoint, body).await;
            assert_ne!(new.id, old.id);
            assert_eq!(client.get(&old.path).await.status, 404);
        }
        check_finds(&client, "/Users", "externalId eq \"00u1\"", &["bob"]).await;
    }
}
