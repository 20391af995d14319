//! "SCIM with Okta" of SCIM Setup: environments, organizations and directories; the e-mail address as identifier; a
//! bearer token that is replaced.

use serde_json::json;

use crate::stage::{GROUP, Stage, assign, id, profile, test_connection, values};

const DIRECTORY: &str = "customer/okta";

#[test]
fn guide_scim_setup() {
    let stage = Stage::set("scim-setup");

    // "You'll first need to create an Environment and an Organization. SCIM Directories belong to Organizations."
    stage.muster("environment create staging");
    stage.muster(&format!(
        "environment set staging base_url={}",
        stage.base_url
    ));
    stage.muster("organization create customer --environment staging");
    stage.muster("directory create customer/entra");
    stage.muster(&format!(
        "directory create {DIRECTORY} unique_identifier=email"
    ));

    // "Ensure that you have set the SCIM directory primary field to Yes."
    let primary = || stage.muster_json(&format!("directory show {DIRECTORY}"))["primary"].clone();
    assert_eq!(primary(), false);
    stage.muster(&format!("directory make-primary {DIRECTORY}"));
    assert_eq!(primary(), true);
    assert_eq!(
        stage.muster_json("directory show customer/entra")["primary"],
        false
    );

    // "From there, you can find the base URL and generate the bearer token you'll need."
    let steps = stage.muster(&format!("setup okta {DIRECTORY} --issue"));
    assert!(steps.contains(&stage.base_url), "{steps}");
    let token = steps
        .split_whitespace()
        .find(|word| word.starts_with("mst_"))
        .unwrap();
    // "Look for a field marked Unique identifier field for users. We need this to say email exactly."
    let unique = steps
        .lines()
        .find(|line| line.to_lowercase().contains("unique identifier"));
    assert!(unique.unwrap().contains("email"), "{steps}");
    let first = stage.bearer(&json!({"token": token}));
    test_connection(&first);

    // "When you create a new bearer token, you simultaneously invalidate the previous bearer token."
    let listed = stage.muster_json(&format!("credential list {DIRECTORY}"));
    let old = listed[0]["id"].as_str().unwrap();
    let okta = stage.bearer(&stage.muster_json(&format!("credential rotate {DIRECTORY} {old}")));
    first.get("/Users?startIndex=1&count=2").refused(401);
    test_connection(&okta);

    // "Push New Users." "SCIM Setup relies on users' emails as a unique identifier": found by the address, and once.
    let ava = assign(&okta, "ava@customer.example", "Ava", "Lind");
    let mut other = profile("ava.lind", "Ava", "Lind");
    other["emails"][0]["value"] = json!("AVA@customer.example");
    let detail = okta.post("/Users", &other).refused(409);
    assert!(detail.contains("primary e-mail address"), "{detail}");

    // "Push Profile Updates": the wizard's app reads, and puts.
    let mut read = okta.get(&format!("/Users/{ava}")).resource();
    read["userName"] = json!("ava.lind");
    read["title"] = json!("Director");
    assert_eq!(okta.put(&format!("/Users/{ava}"), &read).status, 200);
    let found = okta
        .find("/Users", "userName eq \"ava@customer.example\"")
        .texts("id");
    assert_eq!(
        found,
        [ava.as_str()],
        "the address finds who has another userName"
    );

    // "If you assigned users before setting up the connection, you may need to force sync": found, read, put again.
    let read = okta.get(&format!("/Users/{ava}")).resource();
    assert_eq!(
        okta.put(&format!("/Users/{ava}"), &read).resource()["meta"]["version"],
        read["meta"]["version"]
    );

    // "Push Groups", with "Import Groups" unchecked.
    let missing = okta
        .find("/Groups", "displayName eq \"Everyone\"")
        .resource();
    assert_eq!(missing["totalResults"], 0);
    let group = json!({"schemas": [GROUP], "displayName": "Everyone", "members": [{"value": ava}]});
    let group = id(&okta.post("/Groups", &group).resource());

    // "Deactivate Users", as the wizard's app does it.
    let mut inactive = okta.get(&format!("/Users/{ava}")).resource();
    inactive["active"] = json!(false);
    assert_eq!(okta.put(&format!("/Users/{ava}"), &inactive).status, 200);

    // "You can see any changes by navigating back to the SCIM Directory's page."
    let shown = stage.muster(&format!("user show {DIRECTORY} ava.lind --json"));
    assert!(shown.contains("\"Director\""), "{shown}");
    assert!(
        stage
            .muster(&format!("user list {DIRECTORY}"))
            .contains("ava.lind")
    );
    let application = stage.bearer(&stage.issue(DIRECTORY, "--application --read-only"));
    let user = application.get(&format!("/Users/{ava}")).resource();
    assert_eq!(user["active"], false);
    assert_eq!(values(&user, "groups"), [group.as_str()]);
    // And who asks why something was not created finds it.
    let trail = stage.muster(&format!("audit {DIRECTORY}"));
    assert!(trail.contains("409"), "{trail}");
}
