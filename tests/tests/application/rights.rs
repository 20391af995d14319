//! What application credentials may do.

use directory::{CredentialKind, Rights};
use scim::{MUSTER_GROUP, MUSTER_USER};
use serde_json::json;

use crate::given::{group, mapped, names, of_user, patch, replace, shown, sides, user};

#[tokio::test]
async fn one_that_may_only_read_reads_all_of_it() {
    let (api, okta, application) = sides(json!({"delete_users": "deactivate"})).await;
    let issued = api.issue(CredentialKind::Application, Rights::Read).await;
    let reader = api.client_of(&issued);
    let ann = user(&okta, "ann").await;
    let team = mapped(&application, "Team", json!({"role": "admin"}), &[&ann]).await;
    assert_eq!(shown(&reader, &ann).await, shown(&application, &ann).await);
    assert_eq!(of_user(&reader, &ann).await["role"], "admin");
    let found = reader
        .find("/Groups", &format!("{MUSTER_GROUP}:role eq \"admin\""))
        .await;
    assert_eq!(names(&found), "Team");
    let protect = replace(&format!("{MUSTER_USER}:protected"), true);
    let refused = [
        reader.post("/Users", &json!({"userName": "bob"})).await,
        reader.put(&ann, &json!({"userName": "ann"})).await,
        reader.patch(&ann, &json!([protect])).await,
        reader
            .patch(
                &team,
                &json!([replace(&format!("{MUSTER_GROUP}:role"), "x")]),
            )
            .await,
        reader.delete(&ann).await,
        reader.delete(&team).await,
    ];
    for answer in refused {
        let detail = "This credential may read, but not change anything.";
        assert_eq!(
            (answer.status, &answer.body["detail"]),
            (403, &json!(detail)),
            "{answer:?}"
        );
    }
    assert_eq!(of_user(&reader, &ann).await["protected"], false);
    assert_eq!(okta.delete(&ann).await.status, 204);
    assert_eq!(shown(&reader, &ann).await["active"], false);
    assert_eq!(reader.delete(&ann).await.status, 403);
}

/// Settings that hold the identity provider back do not concern the application.
#[tokio::test]
async fn one_that_may_write_changes_what_the_identity_provider_may_not() {
    let settings = json!({"group_push": "link_only", "group_rename": "ignore", "protected_users": "reject", "delete_users": "deactivate"});
    let (_api, okta, application) = sides(settings).await;
    let ann = user(&okta, "ann").await;
    patch(
        &application,
        &ann,
        replace(&format!("{MUSTER_USER}:protected"), true),
    )
    .await;
    patch(&application, &ann, replace("title", "Boss")).await;
    let put = json!({"userName": "ann@example.com", "title": "Chief"});
    assert_eq!(application.put(&ann, &put).await.body["title"], "Chief");
    let team = group(&application, "Team", &[&ann]).await;
    patch(&application, &team, replace("displayName", "Crew")).await;
    assert_eq!(shown(&okta, &team).await["displayName"], "Crew");
    patch(
        &application,
        &team,
        json!({"op": "remove", "path": "members"}),
    )
    .await;
    assert_eq!(shown(&okta, &team).await["members"], json!([]));
    let add = json!({"op": "add", "path": "members", "value": [{"value": crate::given::id(&ann)}]});
    patch(&application, &team, add).await;
    assert_eq!(
        shown(&okta, &team).await["members"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
    assert_eq!(application.delete(&team).await.status, 204);
    assert_eq!(application.get(&team).await.status, 404);
    assert_eq!(application.delete(&ann).await.status, 204);
    assert_eq!(application.get(&ann).await.status, 404);
}

#[tokio::test]
async fn one_of_another_directory_sees_nothing_of_this_one() {
    let (api, okta, _) = sides(json!({})).await;
    let ann = user(&okta, "ann").await;
    let (other, _) = api.stranger().await;
    let new = directory::NewCredential::of(CredentialKind::Application);
    let issued = api
        .administration()
        .issue_credential(other, new)
        .await
        .unwrap();
    let stranger = api.client_of(&issued);
    assert_eq!(stranger.get(&ann).await.status, 404);
    let all = format!("{MUSTER_USER}:origin pr or {MUSTER_USER}:deleted pr");
    assert_eq!(names(&stranger.find("/Users", &all).await), "");
    let protect = json!([replace(&format!("{MUSTER_USER}:protected"), true)]);
    assert_eq!(stranger.patch(&ann, &protect).await.status, 404);
}
