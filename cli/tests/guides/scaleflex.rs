//! "SCIM 2.0 with Okta" of Scaleflex: groups arrive as teams, a user profile is given to each team, and the owner is out
//! of Okta's reach.

use serde_json::json;

use crate::stage::{
    GROUP, MUSTER_GROUP, MUSTER_USER, Stage, USER, assign, id, set_active, test_connection, values,
};

const DIRECTORY: &str = "vxp-customer/okta";

#[expect(clippy::too_many_lines, reason = "a guide is one story")]
#[test]
fn guide_scaleflex() {
    let stage = Stage::set("scaleflex");
    stage.muster("organization create vxp-customer --environment local");
    stage.muster(&format!("directory create {DIRECTORY}"));
    let hub = stage.bearer(&stage.issue(DIRECTORY, "--application --label 'VXP Hub'"));

    // There are people and teams before.
    let owner = json!({"schemas": [USER], "userName": "owner@vxp.example", "active": true, MUSTER_USER: {"protected": true}});
    let owner = id(&hub.post("/Users", &owner).resource());
    let editors = id(&hub
        .post(
            "/Groups",
            &json!({"schemas": [GROUP], "displayName": "In-house Editors"}),
        )
        .resource());

    // "A SCIM token will be generated and displayed only once."
    let issued = stage.issue(DIRECTORY, "");
    let okta = stage.bearer(&issued);
    test_connection(&okta);

    // "Import users, import groups."
    assert_eq!(
        okta.get("/Users?startIndex=1&count=100").texts("userName"),
        ["owner@vxp.example"]
    );
    assert_eq!(
        okta.get("/Groups?startIndex=1&count=100")
            .texts("displayName"),
        ["In-house Editors"]
    );

    // "We recommend using groups to assign users (1 group per user role)."
    let mia = assign(&okta, "mia@vxp.example", "Mia", "Rossi");
    let tom = assign(&okta, "tom@vxp.example", "Tom", "Weber");
    let push = |name: &str, members: &[&String]| {
        let members: Vec<_> = members.iter().map(|id| json!({"value": id})).collect();
        let group = json!({"schemas": [GROUP], "displayName": name, "members": []});
        let group = id(&okta.post("/Groups", &group).resource());
        let add = json!([{"op": "add", "path": "members", "value": members}]);
        assert_eq!(okta.patch(&format!("/Groups/{group}"), &add).status, 204);
        group
    };
    let designers = push("VXP Designers", &[&mia, &tom, &owner]);
    let managers = push("VXP Managers", &[&tom]);

    // "The organization VXP Owner and VXP Administrators cannot be managed via SCIM."
    assert_eq!(
        values(&hub.get(&format!("/Users/{owner}")).resource(), "groups"),
        [""; 0]
    );
    let deactivated = json!([{"op": "replace", "value": {"active": false}}]);
    let detail = okta
        .patch(&format!("/Users/{owner}"), &deactivated)
        .refused(403);
    assert!(detail.starts_with("This user is protected"), "{detail}");
    assert_eq!(
        hub.get(&format!("/Users/{owner}")).resource()["active"],
        true
    );

    // "You can filter out the SCIM users and teams via the dedicated toggle."
    let by_scim = |urn: &str| format!("{urn}:origin eq \"scim\"");
    let users = hub.find("/Users", &by_scim(MUSTER_USER)).texts("userName");
    assert_eq!(users, ["mia@vxp.example", "tom@vxp.example"]);
    let teams = hub
        .find("/Groups", &by_scim(MUSTER_GROUP))
        .texts("displayName");
    assert_eq!(teams, ["VXP Designers", "VXP Managers"]);

    // "Edit the team to assign a user profile to members of this team."
    stage.muster(&format!(
        "group map {DIRECTORY} 'VXP Designers' --role Contributor"
    ));
    stage.muster(&format!(
        "group map {DIRECTORY} 'VXP Managers' --role Manager --priority 10"
    ));
    let role =
        |user: &str| hub.get(&format!("/Users/{user}")).resource()[MUSTER_USER]["role"].clone();
    assert_eq!(
        (role(&mia), role(&tom), role(&owner)),
        (json!("Contributor"), json!("Manager"), json!(null))
    );
    let team = hub.get(&format!("/Groups/{managers}")).resource();
    assert_eq!(
        team[MUSTER_GROUP],
        json!({"origin": "scim", "role": "Manager", "priority": 10})
    );
    // Okta neither sees it nor can take it away.
    let seen = okta.get(&format!("/Groups/{managers}")).resource();
    assert!(seen.get(MUSTER_GROUP).is_none(), "{seen}");
    let renamed = json!({"schemas": [GROUP], "displayName": "VXP Managers EU", "members": [{"value": tom}], MUSTER_GROUP: {"role": "Owner"}});
    assert_eq!(
        okta.put(&format!("/Groups/{managers}"), &renamed).status,
        200
    );
    assert_eq!(role(&tom), "Manager");

    // Out of one group, the other one's profile counts; out of both, none.
    let removal = json!([{"op": "remove", "path": format!("members[value eq \"{tom}\"]")}]);
    assert_eq!(
        okta.patch(&format!("/Groups/{managers}"), &removal).status,
        204
    );
    assert_eq!(role(&tom), "Contributor");
    assert_eq!(okta.delete(&format!("/Groups/{designers}")).status, 204);
    assert_eq!((role(&mia), role(&tom)), (json!(null), json!(null)));

    // "Deactivate users."
    set_active(&okta, &mia, false);
    assert_eq!(
        hub.get(&format!("/Users/{mia}")).resource()["active"],
        false
    );
    // The team that was there before is as it was.
    let before = hub.get(&format!("/Groups/{editors}")).resource();
    assert_eq!(before[MUSTER_GROUP]["origin"], "application");

    // "Contact our Software Support team and mention the following details: Token": they see which one it is, and its state.
    let token = issued["token"].as_str().unwrap();
    let shown = stage.muster(&format!("credential show {token}"));
    assert!(
        shown.contains(DIRECTORY)
            && shown.contains(issued["id"].as_str().unwrap())
            && shown.contains("valid"),
        "{shown}"
    );
    assert!(!shown.contains(issued["password"].as_str().unwrap()));
}
