use end_to_end::Api;
use serde_json::{Value, json};

use crate::given::{add, change, group, lose_the_stream, remove};

const USER: &str = "urn:muster:params:scim:schemas:extension:2.0:User";
const GROUP: &str = "urn:muster:params:scim:schemas:extension:2.0:Group";

/// The role and the groups of a user, as the application is shown them.
async fn shown(application: &end_to_end::Client, user: &str) -> (Value, Vec<String>) {
    let shown = application.get(&format!("/Users/{user}")).await;
    (shown.body[USER]["role"].clone(), shown.values("groups"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_ends_at_once_though_the_users_follow_late() {
    let api = Api::start().await;
    let (client, application) = (api.client(), api.application().await);
    let users = api.seed(60).await;
    let team = group(&client, "admins", &users).await;
    let mapped = json!([{"op": "add", "path": format!("{GROUP}:role"), "value": "admin"}]);
    assert!([200, 204].contains(&application.patch(&team, &mapped).await.status));
    api.settled().await;
    let id = team.trim_start_matches("/Groups/").to_owned();
    assert_eq!(
        shown(&application, &users[0]).await,
        (json!("admin"), vec![id.clone()])
    );

    // From here on nothing follows.
    lose_the_stream(&api).await;
    change(&client, &team, &remove(&users[..40])).await;
    assert_eq!(shown(&application, &users[0]).await, (Value::Null, vec![]));
    assert_eq!(
        shown(&application, &users[50]).await,
        (json!("admin"), vec![id.clone()])
    );
    // The identity provider may still be told of the membership.
    assert_eq!(
        client
            .get(&format!("/Users/{}", users[0]))
            .await
            .values("groups"),
        std::slice::from_ref(&id)
    );
    let list = application.get("/Users?count=100").await;
    let with_role = list.body["Resources"].as_array().unwrap().iter();
    assert_eq!(
        with_role
            .filter(|user| user[USER]["role"] == "admin")
            .count(),
        20
    );
    let found = application
        .find("/Users", &format!("{USER}:role eq \"admin\""))
        .await;
    assert_eq!(found.body["totalResults"], 20);

    change(&client, &team, &add(&users[..1])).await;
    assert_eq!(
        shown(&application, &users[0]).await,
        (json!("admin"), vec![id])
    );
    assert_eq!(client.delete(&team).await.status, 204);
    assert_eq!(shown(&application, &users[50]).await, (Value::Null, vec![]));
}
