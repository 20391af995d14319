//! "SCIM Provisioning with Okta" of Axis Security: a token generated in the console, valid for a year; groups pushed with
//! their members; administrators of the console whom Okta does not change.

use serde_json::{Value, json};

use crate::stage::{
    ENTERPRISE, GROUP, MUSTER_USER, Stage, USER, assign, id, set_active, test_connection, values,
};

const DIRECTORY: &str = "axis-customer/okta";

#[expect(clippy::too_many_lines, reason = "a guide is one story")]
#[test]
fn guide_axis() {
    let stage = Stage::set("axis");
    stage.muster("organization create axis-customer --environment local");
    stage.muster(&format!(
        "directory create {DIRECTORY} protected_users=ignore"
    ));

    // "Click Generate Auto-Provisioning Token." "The token is valid for one year."
    let issued = stage.issue(DIRECTORY, "--label 'Auto-Provisioning Token'");
    let (okta, console) = (
        stage.bearer(&issued),
        stage.bearer(&stage.issue(DIRECTORY, "--application")),
    );
    let listed = credential(&stage, &issued);
    let time = |name: &str| {
        listed[name]
            .as_str()
            .unwrap()
            .parse::<jiff::Timestamp>()
            .unwrap()
    };
    assert_eq!(
        time("expires").duration_since(time("created")).as_hours(),
        365 * 24
    );
    // "Once the form is closed you will not be able to see the token."
    let secret = issued["password"].as_str().unwrap();
    assert!(
        !stage
            .muster(&format!("credential list {DIRECTORY} --json"))
            .contains(secret)
    );

    // "Paste the token ... Make sure not to check Import Groups."
    test_connection(&okta);

    // What Axis keeps: e-mail, division, department, display name, username.
    let mut ana = json!({
        "schemas": [USER, ENTERPRISE], "userName": "ana@axis.example", "displayName": "Ana Torres", "active": true,
        "name": {"givenName": "Ana", "familyName": "Torres"}, "externalId": "00u1",
        "emails": [{"primary": true, "value": "ana@axis.example", "type": "work"}],
        ENTERPRISE: {"division": "EMEA", "department": "Network"}
    });
    let created = okta.post("/Users", &ana).resource();
    let ana_id = id(&created);
    let kept = console.get(&format!("/Users/{ana_id}")).resource();
    for attribute in ["userName", "displayName", "emails", ENTERPRISE] {
        assert_eq!(kept[attribute], ana[attribute], "{attribute}");
    }

    // "The change will be reflected in the Axis Security database."
    ana[ENTERPRISE]["department"] = json!("Security");
    assert_eq!(okta.put(&format!("/Users/{ana_id}"), &ana).status, 200);
    assert_eq!(
        console.get(&format!("/Users/{ana_id}")).resource()[ENTERPRISE]["department"],
        "Security"
    );

    // "If an Axis admin was configured using a certain username, changes in Okta will not be reflected."
    stage.muster(&format!("user protect {DIRECTORY} ana@axis.example"));
    ana["displayName"] = json!("Ana T.");
    assert_eq!(okta.put(&format!("/Users/{ana_id}"), &ana).status, 200);
    let unreflected = json!([{"op": "replace", "value": {"active": false}}]);
    assert_eq!(
        okta.patch(&format!("/Users/{ana_id}"), &unreflected).status,
        200
    );
    let admin = console.get(&format!("/Users/{ana_id}")).resource();
    assert_eq!(
        (&admin["displayName"], &admin["active"]),
        (&json!("Ana Torres"), &json!(true))
    );
    assert_eq!(admin[MUSTER_USER]["protected"], true);

    // "Deactivating ... will deactivate the user in the third-party application." "User accounts can be reactivated."
    let ben = assign(&okta, "ben@axis.example", "Ben", "Okoye");
    set_active(&okta, &ben, false);
    assert_eq!(
        console.get(&format!("/Users/{ben}")).resource()["active"],
        false
    );
    set_active(&okta, &ben, true);
    assert_eq!(
        console.get(&format!("/Users/{ben}")).resource()["active"],
        true
    );

    // "Push group memberships immediately": a group with the protected administrator keeps syncing.
    let found = okta
        .find("/Groups", "displayName eq \"VPN Users\"")
        .resource();
    assert_eq!(found["totalResults"], 0);
    let group = json!({"schemas": [GROUP], "displayName": "VPN Users", "members": []});
    let group = id(&okta.post("/Groups", &group).resource());
    let members =
        json!([{"op": "add", "path": "members", "value": [{"value": ana_id}, {"value": ben}]}]);
    assert_eq!(
        okta.patch(&format!("/Groups/{group}"), &members).status,
        204
    );
    let pushed = console.get(&format!("/Groups/{group}")).resource();
    assert_eq!(values(&pushed, "members"), [ben.as_str()]);

    // "If you remove a group ... and delete it completely, you will need to create a New Identity for the group."
    assert_eq!(okta.delete(&format!("/Groups/{group}")).status, 204);
    assert_eq!(console.get(&format!("/Groups/{group}")).status, 404);
    let again =
        json!({"schemas": [GROUP], "displayName": "VPN Users", "members": [{"value": ben}]});
    let again = id(&okta.post("/Groups", &again).resource());
    assert_ne!(again, group);

    // "You will be notified if you try to use an expired token."
    let directory = stage.muster_json(&format!("directory show {DIRECTORY}"));
    stage.expire(
        directory["id"].as_str().unwrap(),
        issued["id"].as_str().unwrap(),
        "2026-11-20T08:00:00Z",
    );
    let detail = okta.get("/Users?startIndex=1&count=2").refused(401);
    assert!(detail.contains("expired on 2026-11-20"), "{detail}");
    assert_eq!(credential(&stage, &issued)["state"], "expired");

    // "Click Revoke Auto-Provisioning Token", and a new one is generated.
    stage.muster(&format!(
        "credential revoke {DIRECTORY} {}",
        issued["id"].as_str().unwrap()
    ));
    okta.get("/Users?startIndex=1&count=2").refused(401);
    test_connection(&stage.bearer(&stage.issue(DIRECTORY, "")));
}

/// The credential as the list has it.
fn credential(stage: &Stage, issued: &Value) -> Value {
    let listed = stage.muster_json(&format!("credential list {DIRECTORY}"));
    let mut listed = listed.as_array().unwrap().iter();
    listed
        .find(|listed| listed["id"] == issued["id"])
        .unwrap()
        .clone()
}
