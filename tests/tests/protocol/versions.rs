//! The version of the API, and the versions of resources (RFC 7644 §3.13, §3.14).

use end_to_end::Api;
use serde_json::json;

use crate::given::{check_refused, make_group, make_user};

#[tokio::test]
async fn another_version_is_refused() {
    let api = Api::start().await;
    let base = api.base_url();
    let root = base.strip_suffix("/v2").unwrap();
    assert_eq!(api.client_at(&base).get("/Users").await.status, 200);
    for version in ["/v1", "/v3", "/v2.0", "/V2", ""] {
        let client = api.client_at(&format!("{root}{version}"));
        for path in ["/Users", "/ServiceProviderConfig"] {
            check_refused(&client.get(path).await, 404, "", version);
        }
    }
}

#[tokio::test]
async fn every_answer_about_a_resource_has_its_version() {
    let api = Api::start().await;
    let client = api.client();
    let bob = make_user(&client, "bob").await;
    let team = make_group(&client, "team", &[&bob]).await;
    for made in [&bob, &team] {
        let change = json!({"op": "replace", "path": "externalId", "value": "x"});
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [change]
        });
        // Also where `meta` is not shown: the tag of what is shown, which stands for the whole resource in a condition.
        let asked = format!("{}?attributes=externalId", made.path);
        let patched = client
            .send("PATCH", &asked, &[], Some(body.to_string()))
            .await;
        assert_eq!(patched.status, 200, "{patched:?}");
        let some = client.get(&asked).await;
        let whole = client.get(&made.path).await;
        assert_eq!(whole.body["meta"]["version"], whole.header("etag"));
        let head = client.send("HEAD", &made.path, &[], None).await;
        assert_eq!(head.header("etag"), whole.header("etag"));
        for (answer, path) in [(&some, &asked), (&whole, &made.path)] {
            let version = answer.header("etag");
            let again = client
                .send("GET", path, &[("If-None-Match", version)], None)
                .await;
            assert_eq!((again.status, again.header("etag")), (304, version));
        }
        for answer in [&patched, &some, &whole] {
            let version = [("If-Match", answer.header("etag"))];
            let met = client.send("GET", &made.path, &version, None).await;
            assert_eq!(met.status, 200, "{version:?}");
        }
        let stale = [("If-Match", "W/\"1\"")];
        let unmet = client.send("GET", &made.path, &stale, None).await;
        check_refused(&unmet, 412, "", stale);
    }
}
