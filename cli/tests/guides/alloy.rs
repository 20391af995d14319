//! Alloy's "step-by-step guide to set up SCIM with Okta": Basic authentication, the e-mail address as identifier, pushed
//! groups that are roles, and the empty role of who is in none.

use serde_json::{Value, json};

use crate::stage::{GROUP, MUSTER_USER, Stage, USER, id, test_connection};

const DIRECTORY: &str = "alloy-customer/okta";

#[test]
fn guide_alloy() {
    let stage = Stage::set("alloy");
    stage.muster("organization create alloy-customer --environment local");
    stage.muster(&format!(
        "directory create {DIRECTORY} unique_identifier=email 'default_role=Empty role'"
    ));

    // "Use the workflow_token as Username and workflow_secret as password."
    let issued = stage.issue(DIRECTORY, "--basic --label workflow");
    let okta = stage.basic(&issued);
    let alloy = stage.bearer(&stage.issue(DIRECTORY, "--application"));
    // "Click Test Connector Configuration, you should see Connector configured successfully."
    test_connection(&okta);
    let detail = stage
        .basic(&json!({"username": issued["username"], "password": "x".repeat(43)}))
        .get("/Users")
        .refused(401);
    assert!(detail.contains("not valid"), "{detail}");

    // "We only need username, Given name, Family name, Email, Display name, and Primary phone."
    let assign = |name: &str, phone: Value| {
        let found = okta
            .find("/Users", &format!("userName eq \"{name}\""))
            .resource();
        assert_eq!(found["totalResults"], 0);
        let mut user = json!({
            "schemas": [USER], "userName": name, "name": {"givenName": "Sam", "familyName": "Field"}, "displayName": "Sam Field",
            "emails": [{"primary": true, "value": name, "type": "work"}], "active": true
        });
        if phone.is_string() {
            user["phoneNumbers"] = json!([{"primary": true, "value": phone, "type": "work"}]);
        }
        id(&okta.post("/Users", &user).resource())
    };
    // "Assign by individual", "Assign by Groups".
    let sam = assign("sam@alloy.example", json!("+1 555 0100"));
    let pat = assign("pat@alloy.example", Value::Null);
    let kept = alloy.get(&format!("/Users/{sam}")).resource();
    assert_eq!(kept["phoneNumbers"][0]["value"], "+1 555 0100");
    let role =
        |user: &str| alloy.get(&format!("/Users/{user}")).resource()[MUSTER_USER]["role"].clone();
    assert_eq!(role(&sam), "Empty role");

    // "The group is equivalent to the role in the Alloy."
    let group = json!({"schemas": [GROUP], "displayName": "Fraud Analyst", "members": [{"value": sam}, {"value": pat}]});
    let group = id(&okta.post("/Groups", &group).resource());
    stage.muster(&format!(
        "group map {DIRECTORY} 'Fraud Analyst' --role fraud_analyst"
    ));
    assert_eq!(
        (role(&sam), role(&pat)),
        (json!("fraud_analyst"), json!("fraud_analyst"))
    );

    // "Click Unlink pushed group. It will remove the group (role) and set the Empty role for the users who are in it."
    assert_eq!(okta.delete(&format!("/Groups/{group}")).status, 204);
    assert_eq!(alloy.get(&format!("/Groups/{group}")).status, 404);
    assert_eq!(
        (role(&sam), role(&pat)),
        (json!("Empty role"), json!("Empty role"))
    );

    // "To remove the user, click the X button": Okta deactivates.
    let mut read = okta.get(&format!("/Users/{pat}")).resource();
    read["active"] = json!(false);
    assert_eq!(
        okta.put(&format!("/Users/{pat}"), &read).resource()["active"],
        false
    );
    assert_eq!(
        alloy.get(&format!("/Users/{pat}")).resource()["active"],
        false
    );

    // "Import Alloy Users and Groups to Okta": also what Alloy itself has; "Email Address is selected for Okta username format".
    let own = json!({"schemas": [USER], "userName": "lee@alloy.example", "emails": [{"value": "lee@alloy.example", "primary": true}]});
    alloy.post("/Users", &own).resource();
    alloy
        .post(
            "/Groups",
            &json!({"schemas": [GROUP], "displayName": "Risk"}),
        )
        .resource();
    let users = okta.get("/Users?startIndex=1&count=100");
    let emails: Vec<_> = users.body["Resources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|user| user["emails"][0]["value"].clone())
        .collect();
    assert_eq!(
        emails,
        [
            "sam@alloy.example",
            "pat@alloy.example",
            "lee@alloy.example"
        ]
    );
    assert_eq!(
        okta.get("/Groups?startIndex=1&count=100")
            .texts("displayName"),
        ["Risk"]
    );
}
