use std::time::Duration;

use end_to_end::Api;
use serde_json::{Value, json};

use crate::given::{admin, credential, directory, told};

/// What a test expects of an entry: who, what, and which attributes.
fn shown(entry: &Value) -> String {
    let (by, operation) = (&entry["by"]["administrator"], &entry["operation"]);
    format!("{by} {operation} {}", entry["attributes"])
}

#[tokio::test]
async fn what_administrators_did_is_told_in_their_name() {
    let api = Api::start().await;
    let admin = admin(&api);
    let directory = directory(&admin, json!({"default_role": "member"})).await;
    api.environment.advance(Duration::from_secs(1));
    let (id, client) = credential(&api, &admin, &directory, json!({})).await;
    api.environment.advance(Duration::from_secs(1));
    admin
        .act(&format!("{directory}/credentials/{id}/suspend"))
        .await;
    api.settled().await;
    let page = admin.get(&format!("{directory}/audit")).await.body;
    assert_eq!(page["next"], Value::Null);
    let entries = page["entries"].as_array().unwrap();
    let lines: Vec<_> = entries.iter().map(shown).collect();
    let who = r#""arn:aws:iam::000000000000:user/local""#;
    assert_eq!(
        lines,
        [
            format!(r#"{who} "create directory" ["default_role"]"#),
            format!(r#"{who} "issue credential {id}" []"#),
            format!(r#"{who} "suspend credential {id}" ["suspended"]"#),
        ]
    );

    let refused = client.post("/Users", &json!({"userName": "milton"})).await;
    assert_eq!(refused.status, 403);
    admin
        .act(&format!("{directory}/credentials/{id}/resume"))
        .await;
    let user = client.post("/Users", &json!({"userName": "milton"})).await;
    api.settled().await;
    let about = format!("{directory}/audit?resource={}", user.id());
    let about = admin.get(&about).await.body;
    let [created] = about["entries"].as_array().unwrap().as_slice() else {
        panic!("one entry: {about}");
    };
    assert_eq!(
        (&created["by"], &created["operation"], &created["resource"]),
        (
            &json!({ "credential": id }),
            &json!("create user"),
            &json!({"type": "User", "id": user.id()})
        )
    );
    let all = admin.get(&format!("{directory}/audit")).await.body;
    let mut all = all["entries"].as_array().unwrap().iter();
    assert!(all.any(|entry| entry["result"] == "refused" && entry["status"] == 403));
}

#[tokio::test]
async fn in_pages_and_from_a_time_on() {
    let api = Api::start().await;
    let admin = admin(&api);
    let directory = directory(&admin, json!({})).await;
    for dialect in ["strict", "tolerant", "strict"] {
        api.environment.advance(Duration::from_hours(1));
        admin
            .patch(&directory, json!({"settings": {"dialect": dialect}}))
            .await;
    }
    api.settled().await;
    let all = admin.get(&format!("{directory}/audit")).await.body;
    let all = all["entries"].as_array().unwrap();
    assert_eq!(all.len(), 4);

    let (mut paged, mut query) = (Vec::new(), "limit=2".to_owned());
    loop {
        let page = admin.get(&format!("{directory}/audit?{query}")).await.body;
        let entries = page["entries"].as_array().unwrap().clone();
        assert!(entries.len() <= 2);
        paged.extend(entries);
        let Some(next) = page["next"].as_str() else {
            break;
        };
        query = format!("limit=2&from={next}");
    }
    assert_eq!(paged, *all);

    let since = admin
        .get(&format!("{directory}/audit?since=2026-11-21T11:00:00Z"))
        .await
        .body;
    assert_eq!(since["entries"], json!(all[2..]));
}

#[tokio::test]
async fn what_cannot_be() {
    let api = Api::start().await;
    let admin = admin(&api);
    let path = format!("/directories/{}/audit", api.directory);
    for (query, expected) in [
        (
            "since=yesterday",
            "400 `since` is a time such as `2026-11-20T08:00:00Z`, and `yesterday` is none.",
        ),
        ("from=1", "400 `from` is the `next` of the page before."),
        ("limit=0", "400 `limit` is a number from 1 to 500."),
        ("limit=501", "400 `limit` is a number from 1 to 500."),
        ("limit=all", "400 `limit` is a number from 1 to 500."),
        ("user=1", "400 There is no query parameter `user` here."),
    ] {
        assert_eq!(told(&admin.get(&format!("{path}?{query}")).await), expected);
    }
    let nowhere = "/directories/0197c3f0000070008000000000000000/audit";
    assert_eq!(
        told(&admin.get(nowhere).await),
        "404 Directory `0197c3f0000070008000000000000000` was not found."
    );
}

#[tokio::test]
async fn what_an_administrator_was_refused_is_told_too() {
    let api = Api::start().await;
    let admin = admin(&api);
    let directory = directory(&admin, json!({})).await;
    api.environment.advance(Duration::from_secs(1));
    let refused = admin.delete(&directory).await;
    assert_eq!(refused.status, 409, "{refused:?}");
    // Who is not there has no trail.
    let nobody = "/directories/0197c3f0000070008000000000000001";
    assert_eq!(admin.delete(nobody).await.status, 404);
    api.settled().await;
    let page = admin.get(&format!("{directory}/audit")).await.body;
    let last = page["entries"].as_array().unwrap().last().unwrap();
    assert_eq!(last["operation"], "DELETE /directories/{directory}");
    assert_eq!(
        (&last["result"], &last["status"]),
        (&json!("refused"), &json!(409))
    );
    let name = "arn:aws:iam::000000000000:user/local";
    assert_eq!(last["by"], json!({"administrator": name}));
    assert!(
        !api.table()
            .await
            .contains("0197c3f0000070008000000000000001")
    );
}
