//! What is not kept (RFC 7643 §9; RFC 7644 §7.5.1, §7.7). That it is not logged either, the suite `log` shows.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use directory::{CredentialKind, Rights};
use end_to_end::Api;
use secrecy::ExposeSecret;
use serde_json::json;

use crate::given::{make, user};

#[tokio::test]
async fn no_password_and_no_secret_is_in_the_table() {
    let api = Api::start().await;
    let client = api.client();
    let passwords = [
        "Pass-posted-1",
        "Pass-put-2",
        "Pass-patched-3",
        "Pass-pathless-4",
    ];
    let with = |password: &str| user("bob@example.com", json!({"password": password}));
    let bob = make(&client, "/Users", &with(passwords[0])).await;
    let put = client.put(&bob.path, &with(passwords[1])).await;
    let patch = json!([
        {"op": "replace", "path": "password", "value": passwords[2]}, {"op": "add", "value": {"password": passwords[3]}}
    ]);
    let patched = client.patch(&bob.path, &patch).await;
    assert_eq!((put.status, patched.status), (200, 200));
    let issued = api
        .issue(CredentialKind::Application, Rights::ReadAndWrite)
        .await;

    let table = api.table().await;
    // What is kept can be seen in it.
    for kept in ["bob@example.com", &bob.id, issued.id.as_str()] {
        assert!(table.contains(kept), "{kept}: {table}");
    }
    let own = api.token().rsplit('_').nth(1).unwrap();
    let secrets = [issued.password.expose_secret(), own];
    for secret in passwords.into_iter().chain(secrets) {
        assert!(!table.contains(secret), "{secret}");
        let encoded = BASE64_STANDARD.encode(secret);
        assert!(!table.contains(encoded.trim_end_matches('=')), "{secret}");
    }
}
