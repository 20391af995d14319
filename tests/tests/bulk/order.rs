//! The order of operations.

use end_to_end::Api;
use serde_json::{Value, json};

use crate::given::{
    bulk, check, delete, id, make_group, make_user, outcomes, patch, path, post_group, post_report,
    post_user, statuses, total,
};

fn title(path: &str, title: &str) -> Value {
    patch(
        path,
        &json!([{"op": "replace", "path": "title", "value": title}]),
    )
}

fn rename(path: &str, name: &str) -> Value {
    patch(
        path,
        &json!([{"op": "replace", "path": "userName", "value": name}]),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_resource_is_changed_in_the_order_of_the_request() {
    let api = Api::start().await;
    let client = api.client();
    let ann = make_user(&client, "ann").await;
    let mut operations: Vec<_> = (0..30)
        .map(|number| title(&ann, &number.to_string()))
        .collect();
    let answer = bulk(&client, &json!(operations)).await;
    assert_eq!(statuses(&answer), ["200"; 30]);
    let now = client.get(&ann).await;
    assert_eq!(now.body["title"], "29");
    assert_eq!(outcomes(&answer)[29]["version"], now.header("etag"));
    operations.insert(10, delete(&ann));
    let answer = bulk(&client, &json!(operations)).await;
    let expected: Vec<_> = (0..31)
        .map(|number| match number {
            0..10 => "200",
            10 => "204",
            _ => "404",
        })
        .collect();
    assert_eq!(statuses(&answer), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_is_added_before_he_is_deleted_and_not_after() {
    let api = Api::start().await;
    let client = api.client();
    for number in 0..5 {
        let ann = make_user(&client, "ann").await;
        let team = make_group(&client, &format!("team {number}"), &[]).await;
        let ann_id = ann.rsplit('/').next().unwrap();
        let add = patch(
            &team,
            &json!([{"op": "add", "path": "members", "value": [{"value": ann_id}]}]),
        );
        let answer = bulk(&client, &json!([add, delete(&ann), add])).await;
        check(&answer, &["204", "204", "400"]);
        assert!(client.get(&team).await.values("members").is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_given_up_can_be_taken_in_the_same_request() {
    let api = Api::start().await;
    let client = api.client();
    for number in 0..8 {
        // Names before and after in the alphabet.
        let names = [format!("a{number}"), format!("z{number}")];
        for name in names {
            let old = make_user(&client, &name).await;
            let answer = bulk(
                &client,
                &json!([delete(&old), post_user("x", &name.to_uppercase())]),
            )
            .await;
            check(&answer, &["204", "201"]);
            let new = outcomes(&answer)[1].clone();
            let found = client
                .find("/Users", &format!("userName eq \"{name}\""))
                .await;
            assert_eq!(found.ids(), [id(&new)]);
            assert_ne!(path(&new), old);

            let answer = bulk(
                &client,
                &json!([
                    rename(path(&new), &format!("{name}-old")),
                    post_user("x", &name)
                ]),
            )
            .await;
            check(&answer, &["200", "201"]);

            // In a circle too, which is not tried twice.
            let old = path(&outcomes(&answer)[1]);
            let boss = format!("{name}-boss");
            let answer = bulk(
                &client,
                &json!([
                    delete(old),
                    post_report("x", &name, "bulkId:y"),
                    post_report("y", &boss, "bulkId:x")
                ]),
            )
            .await;
            check(&answer, &["204", "201", "201"]);
        }
        let name = format!("team {number}");
        let old = make_group(&client, &name, &[]).await;
        let answer = bulk(&client, &json!([delete(&old), post_group("g", &name, &[])])).await;
        check(&answer, &["204", "201"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_passed_on_in_the_order_of_the_request() {
    let api = Api::start().await;
    let client = api.client();
    let mut users = Vec::new();
    for name in ["a", "b", "c", "d"] {
        users.push(make_user(&client, name).await);
    }
    // Each takes the name of the one before.
    let names = ["free", "a", "b", "c"];
    let renames: Vec<_> = users
        .iter()
        .zip(names)
        .map(|(user, name)| rename(user, name))
        .collect();
    check(&bulk(&client, &json!(renames)).await, &["200"; 4]);
    for (user, name) in users.iter().zip(names) {
        assert_eq!(client.get(user).await.body["userName"], name);
    }
    // Of two that want one name the first has it.
    let rivals: Vec<_> = (0..16)
        .map(|number| post_user(&number.to_string(), "rival"))
        .collect();
    let answer = bulk(&client, &json!(rivals)).await;
    assert_eq!(statuses(&answer)[0], "201");
    assert_eq!(statuses(&answer)[1..], ["409"; 15]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_is_sent_again_is_refused_in_time() {
    let api = Api::start().await;
    let client = api.client();
    let users: Vec<_> = (0..400)
        .map(|number| post_user(&number.to_string(), &format!("user-{number}")))
        .collect();
    let answer = bulk(&client, &json!(users)).await;
    assert_eq!(statuses(&answer), ["201"; 400]);
    let answer = bulk(&client, &json!(users)).await;
    assert_eq!(statuses(&answer), ["409"; 400]);
    assert_eq!(total(&client, "/Users").await, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_are_taken_behind_a_long_row_of_changes_are_refused_in_time() {
    let api = Api::start().await;
    let client = api.client();
    let users: Vec<_> = (0..300)
        .map(|number| post_user(&number.to_string(), &format!("user-{number}")))
        .collect();
    let answer = bulk(&client, &json!(users)).await;
    let first = path(&outcomes(&answer)[0]).to_owned();
    let changes = (0..300).map(|number| title(&first, &number.to_string()));
    let operations: Vec<_> = changes.chain(users).collect();
    let answer = bulk(&client, &json!(operations)).await;
    let statuses = statuses(&answer);
    assert_eq!(statuses[..300], ["200"; 300]);
    assert_eq!(statuses[300..], ["409"; 300]);
}
