use end_to_end::Api;
use serde_json::json;

use crate::given::{add, assert_settled, change, group, members_of, remove, replace};

const PROTECTED: &str = "urn:muster:params:scim:schemas:extension:2.0:User:protected";

#[tokio::test(flavor = "multi_thread")]
async fn a_large_change_leaves_protected_users_as_they_are() {
    let api = Api::start().await;
    let (client, application) = (api.client(), api.application().await);
    let users = api.seed(60).await;
    let team = group(&client, "team", &users[..30]).await;
    for user in [&users[0], &users[59]] {
        let protect = json!([{"op": "add", "path": PROTECTED, "value": true}]);
        let answer = application.patch(&format!("/Users/{user}"), &protect).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    change(&client, &team, &add(&users)).await;
    assert_eq!(members_of(&client, &team).await, users[..59]);
    change(&client, &team, &remove(&users[..50])).await;
    let expected: Vec<_> = users[..1].iter().chain(&users[50..59]).cloned().collect();
    assert_settled(&api, &team, &expected).await;
    change(&client, &team, &replace(&users[1..40])).await;
    assert_settled(&api, &team, &users[..40]).await;
    let new = group(&client, "new", &users[20..]).await;
    assert_settled(&api, &new, &users[20..59]).await;

    // For the application they are as all others.
    change(&application, &team, &replace(&users[30..])).await;
    assert_settled(&api, &team, &users[30..]).await;
}
