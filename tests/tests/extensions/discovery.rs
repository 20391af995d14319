//! What the discovery endpoints say of extensions.

use end_to_end::{Api, Client};
use scim::Dialect;
use serde_json::{Value, json};

use crate::given::{OWN, OWN_GROUP, attributes, definition, extend, extend_directory, extended};

async fn schemas(client: &Client) -> Vec<String> {
    let list = client.get("/Schemas").await;
    assert!(list.broken_promises().is_empty());
    assert_eq!(list.body["totalResults"], list.ids().len());
    list.ids()
}

#[tokio::test]
async fn a_directory_lists_its_own_schemas() {
    let api = Api::start().await;
    let client = api.client();
    let (other, stranger) = api.stranger().await;
    let built_in = schemas(&client).await;
    extend(
        &api,
        json!([
            definition("User", OWN, true, attributes()),
            definition("Group", OWN_GROUP, false, json!([{"name": "site"}]))
        ]),
    )
    .await;
    let theirs = "urn:example:globex:1.0:User";
    extend_directory(
        &api,
        other,
        json!([definition("User", theirs, false, json!([{"name": "site"}]))]),
    )
    .await;

    let own: Vec<_> = schemas(&client)
        .await
        .into_iter()
        .filter(|id| !built_in.contains(id))
        .collect();
    assert_eq!(own, [OWN, OWN_GROUP]);
    let own: Vec<_> = schemas(&stranger)
        .await
        .into_iter()
        .filter(|id| !built_in.contains(id))
        .collect();
    assert_eq!(own, [theirs]);

    let schema = client.get(&format!("/Schemas/{OWN}")).await;
    assert_eq!(schema.status, 200);
    assert_eq!(schema.body["id"], OWN);
    assert_eq!(
        (&schema.body["name"], &schema.body["description"]),
        (&json!("Acme"), &json!("What Acme knows"))
    );
    assert_eq!(
        schema.body["meta"]["location"],
        format!("{}/Schemas/{OWN}", api.base_url())
    );
    // What the definition leaves out is said in full (RFC 7643 §2.2, §7).
    let attribute = |name: &str| {
        let attributes = schema.body["attributes"].as_array().unwrap().iter();
        let mut found = attributes.filter(|attribute| attribute["name"] == name);
        found.next().unwrap().clone()
    };
    let badge = json!({
        "name": "badge", "type": "string", "multiValued": false, "description": "What opens the door", "required": false,
        "caseExact": false, "mutability": "readWrite", "returned": "default", "uniqueness": "none"
    });
    assert_eq!(attribute("badge"), badge);
    assert_eq!(attribute("home")["referenceTypes"], json!(["external"]));
    assert_eq!(attribute("number")["mutability"], "immutable");
    assert_eq!(attribute("desk")["subAttributes"][1]["required"], true);
    let names: Vec<_> = schema.body["attributes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|attribute| &attribute["name"])
        .collect();
    let given = attributes();
    let expected: Vec<_> = given
        .as_array()
        .unwrap()
        .iter()
        .map(|attribute| &attribute["name"])
        .collect();
    assert_eq!(names, expected);

    // A URN is compared without case (RFC 8141); another directory's is not found.
    assert_eq!(
        client
            .get(&format!("/Schemas/{}", OWN.to_uppercase()))
            .await
            .body["id"],
        OWN
    );
    for urn in [theirs, "urn:example:nobody:1.0:User"] {
        assert_eq!(
            client.get(&format!("/Schemas/{urn}")).await.status,
            404,
            "{urn}"
        );
    }
    assert_eq!(stranger.get(&format!("/Schemas/{OWN}")).await.status, 404);
}

#[tokio::test]
async fn a_resource_type_lists_its_extensions() {
    let api = Api::start().await;
    let client = api.client();
    let (other, stranger) = api.stranger().await;
    let site = || json!([{"name": "site"}]);
    let definitions = json!([
        definition("User", OWN, true, site()),
        definition("Group", OWN_GROUP, false, site())
    ]);
    extend(&api, definitions).await;
    let theirs = "urn:example:globex:1.0:User";
    let definitions = json!([definition("User", theirs, false, site())]);
    extend_directory(&api, other, definitions).await;
    let extensions = async |client: &Client, name: &str| {
        let one = client.get(&format!("/ResourceTypes/{name}")).await;
        let list = client.get("/ResourceTypes").await;
        let resources = list.body["Resources"].as_array().unwrap();
        assert_eq!(
            resources.iter().find(|it| it["name"] == name),
            Some(&one.body)
        );
        let extensions = one.body["schemaExtensions"].as_array().unwrap().clone();
        extensions
            .into_iter()
            .filter(|it| !it["schema"].as_str().unwrap().contains("ietf"))
            .collect::<Vec<Value>>()
    };
    assert_eq!(
        extensions(&client, "User").await,
        [json!({"schema": OWN, "required": true})]
    );
    assert_eq!(
        extensions(&client, "Group").await,
        [json!({"schema": OWN_GROUP, "required": false})]
    );
    assert_eq!(
        extensions(&stranger, "User").await,
        [json!({"schema": theirs, "required": false})]
    );
    assert_eq!(extensions(&stranger, "Group").await, [] as [Value; 0]);
}

#[tokio::test]
async fn another_directory_ignores_them() {
    let api = extended(Dialect::Tolerant).await;
    let (_, stranger) = api.stranger().await;
    let created = stranger
        .post(
            "/Users",
            &json!({"userName": "ann", OWN: {"badge": "1", "level": "no number"}}),
        )
        .await;
    assert_eq!(created.status, 201, "{created:?}");
    assert!(created.body.get(OWN).is_none(), "{created:?}");
    let found = stranger.find("/Users", &format!("{OWN}:badge pr")).await;
    assert_eq!(
        (found.status, &found.body["scimType"]),
        (400, &json!("invalidFilter"))
    );
}
