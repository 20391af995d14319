//! "Configuring a SCIM Link Between Moxion and Okta": Basic authentication; teams exist before they are linked, and
//! nothing but their members comes from Okta.

use serde_json::json;

use crate::stage::{GROUP, MUSTER_USER, Stage, assign, id, set_active, test_connection, values};

#[test]
fn guide_moxion() {
    let stage = Stage::set("moxion");

    // "Moxion will add appropriate security configuration, and give you the relevant URLs and credentials."
    stage.muster("environment create production");
    stage.muster("organization create moxion-customer --environment production");
    stage.muster("directory create moxion-customer/okta group_push=link_only group_rename=ignore");
    let gateway = stage.issue("moxion-customer/okta", "--basic --label 'SCIM Gateway'");
    let okta = stage.basic(&gateway);
    let webapp = stage.bearer(&stage.issue("moxion-customer/okta", "--application"));

    // The teams are Moxion's own.
    let team = json!({"schemas": [GROUP], "displayName": "Dailies Viewers"});
    let team = id(&webapp.post("/Groups", &team).resource());

    // "Click Test API Credentials and verify the connection is good."
    test_connection(&okta);

    // "Any users created in Okta will be automatically provisioned into Moxion ... although they will not be assigned to any
    // teams by default."
    let kim = assign(&okta, "kim@studio.example", "Kim", "Gaffer");
    let lou = assign(&okta, "lou@studio.example", "Lou", "Foley");
    let participant = webapp.get(&format!("/Users/{kim}")).resource();
    assert_eq!(participant["name"]["familyName"], "Gaffer");
    assert_eq!(
        participant[MUSTER_USER],
        json!({"origin": "scim", "protected": false})
    );
    assert_eq!(values(&participant, "groups"), [""; 0]);
    // Neither is a password kept: "Sync password: off".
    assert!(participant.get("password").is_none());

    // "Always start by clicking the Refresh App Groups button."
    let groups = okta
        .get("/Groups?startIndex=1&count=100")
        .texts("displayName");
    assert_eq!(groups, ["Dailies Viewers"]);

    // "Choose Link Group (not Create Group)." Who does not is told so.
    let created = okta.post(
        "/Groups",
        &json!({"schemas": [GROUP], "displayName": "Camera", "members": []}),
    );
    let detail = created.refused(403);
    assert!(
        detail.contains("link an existing group instead (in Okta, Link Group"),
        "{detail}"
    );

    // "At this point, the Push Group will engage and start updating the nominated Moxion team."
    let push = json!([
        {"op": "replace", "value": {"id": team, "displayName": "Okta Dailies"}},
        {"op": "replace", "path": "members", "value": [{"value": kim, "display": "kim@studio.example"}, {"value": lou}]}
    ]);
    assert_eq!(okta.patch(&format!("/Groups/{team}"), &push).status, 204);
    let linked = webapp.get(&format!("/Groups/{team}")).resource();
    assert_eq!(values(&linked, "members"), sorted([&kim, &lou]));
    assert_eq!(
        linked["displayName"], "Dailies Viewers",
        "the team keeps the name that Moxion gave it"
    );

    // "As users are added and removed from that Okta group, the Moxion team is kept up to date."
    let removal = json!([{"op": "remove", "path": format!("members[value eq \"{lou}\"]")}]);
    assert_eq!(okta.patch(&format!("/Groups/{team}"), &removal).status, 204);
    let user = webapp.get(&format!("/Users/{kim}")).resource();
    assert_eq!(user["groups"][0]["display"], "Dailies Viewers");
    assert_eq!(
        values(&webapp.get(&format!("/Users/{lou}")).resource(), "groups"),
        [""; 0]
    );

    // "Users onboarded and offboarded in Okta will automatically be added and retired in Moxion."
    set_active(&okta, &lou, false);
    assert_eq!(
        webapp.get(&format!("/Users/{lou}")).resource()["active"],
        false
    );

    // The push group is unlinked, with "delete in app": the team stays.
    assert_eq!(okta.delete(&format!("/Groups/{team}")).status, 204);
    let unlinked = webapp.get(&format!("/Groups/{team}")).resource();
    assert_eq!(values(&unlinked, "members"), [""; 0]);

    // "Removing this user from the Company Admins team may break SCIM": rights taken, and given back with the same secret.
    let id = gateway["id"].as_str().unwrap();
    stage.muster(&format!("credential suspend moxion-customer/okta {id}"));
    let detail = okta.get("/Users?startIndex=1&count=2").refused(403);
    assert!(detail.contains("suspended"), "{detail}");
    stage.muster(&format!("credential resume moxion-customer/okta {id}"));
    test_connection(&okta);
}

fn sorted<const N: usize>(mut ids: [&String; N]) -> Vec<String> {
    ids.sort();
    ids.map(Clone::clone).to_vec()
}
