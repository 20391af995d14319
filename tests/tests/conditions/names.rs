//! Who lost a name to another does not take it from him.

use directory::{Settings, UniqueIdentifier};
use end_to_end::{Api, Client, Response};
use serde_json::json;

use crate::given::{get, group, held, keys, kind_of, put, table, user};

/// A name of the resource is another's when it is to be given up: it stays his, and nothing is written.
async fn check(
    path: &str,
    body: serde_json::Value,
    request: impl AsyncFn(&Client, String) -> Response,
    kinds: &[&'static str],
) {
    for kind in kinds {
        let api = Api::with(Settings {
            unique_identifier: UniqueIdentifier::Email,
            ..Settings::default()
        })
        .await;
        let client = api.client();
        let created = client.post(path, &body).await;
        assert_eq!(created.status, 201, "{created:?}");
        let path = format!("{path}/{}", created.id());
        let (mut taken, mut before) = (None, Vec::new());
        let answer = held(&api, kind, request(&client, path), async |asked| {
            let mut names = keys(&asked, "Delete");
            names.retain(|key| kind_of(key) == *kind);
            let mut item = get(&api, &names[0]).await.expect("it is there");
            item["owner"] = json!({"S": "somebody"});
            put(&api, &item).await;
            taken = Some((names.remove(0), item));
            before = table(&api).await;
        })
        .await;
        let (key, item) = taken.unwrap();
        assert_eq!(get(&api, &key).await, Some(item), "{kind}: {answer:?}");
        assert!(answer.status >= 400, "{kind}: {answer:?}");
        assert_eq!(table(&api).await, before, "{kind}");
    }
}

#[tokio::test]
async fn by_being_deleted() {
    let request = async |client: &Client, path: String| client.delete(&path).await;
    check("/Users", user("ann"), request, &["userName", "email"]).await;
    check("/Groups", group("team", &[]), request, &["displayName"]).await;
}

#[tokio::test]
async fn by_taking_another() {
    let request = async |client: &Client, path: String| client.put(&path, &user("bob")).await;
    check("/Users", user("ann"), request, &["userName", "email"]).await;
    let request = async |client: &Client, path: String| {
        let members = [client.post("/Users", &user("cy")).await.id()];
        client.put(&path, &group("other", &members)).await
    };
    check("/Groups", group("team", &[]), request, &["displayName"]).await;
    let rename = json!([{"op": "replace", "path": "displayName", "value": "other"}]);
    let request = async |client: &Client, path: String| client.patch(&path, &rename).await;
    check("/Groups", group("team", &[]), request, &["displayName"]).await;
}
