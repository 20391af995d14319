use expect_test::expect;

use crate::given::given;

#[tokio::test]
async fn a_resource_that_no_roster_has() {
    let given = given().await;
    let damage = [
        "delete D#{d}#R#User {ann}",
        "delete D#{d}#R#DeletedUser {del}",
        "delete D#{d}#R#Group {team}",
    ];
    given
        .check(
            &damage,
            expect![[r"
        User ann: it is not in its roster (repairable: put it there)
        User del: it is not in its roster (repairable: put it there)
        Group team: it is not in its roster (repairable: put it there)
    "]],
        )
        .await;
}

#[tokio::test]
async fn a_roster_that_has_somebody_else() {
    let given = given().await;
    let damage = [
        "put D#{d}#R#User {del} {\"type\":{\"S\":\"roster\"}}",
        "put D#{d}#R#DeletedUser {ann} {\"type\":{\"S\":\"roster\"}}",
        "put D#{d}#R#Group {ann} {\"type\":{\"S\":\"roster\"}}",
    ];
    given.check(&damage, expect![[r"
        User ann: the roster of DeletedUser has it, and it does not belong there (repairable: take it out of the roster)
        User del: the roster of User has it, and it does not belong there (repairable: take it out of the roster)
        Group ann: the roster of Group has it, and it does not belong there (repairable: take it out of the roster)
    "]]).await;
}

#[tokio::test]
async fn a_user_whose_own_item_is_lost() {
    let given = given().await;
    given
        .check_loss(&["delete D#{d}#U#{ann} U"], expect![[r"
            -: the total of User says 1 in a shard, and there are 0 (repairable: write the number that was counted)
            User ann: the roster of User has it, and it does not belong there (repairable: take it out of the roster)
            User ann: a value of email is held for it that it does not have (repairable: give it up)
            User ann: a value of userName is held for it that it does not have (repairable: give it up)
            User ann: it is found by a value of emails.value that it does not have (repairable: delete the lookup)
            User ann: it is found by a value of externalId that it does not have (repairable: delete the lookup)
            User ann: there is an item of its groups, and no such user (repairable: delete it, and let the groups forget the user)
            Group team: it has the member ann, who does not exist (repairable: remove the member)
        "]])
        .await;
    // His name is free.
    let again = serde_json::json!({"userName": "ann", "emails": [{"value": "ann@example.com"}]});
    assert_eq!(given.api.client().post("/Users", &again).await.status, 201);
}

#[tokio::test]
async fn a_group_whose_head_is_lost() {
    let given = given().await;
    given
        .check_loss(&["delete D#{d}#G#{empty} G"], expect![[r"
            -: the total of Group says 1 in a shard, and there are 0 (repairable: write the number that was counted)
            Group empty: the roster of Group has it, and it does not belong there (repairable: take it out of the roster)
            Group empty: a value of displayName is held for it that it does not have (repairable: give it up)
            Group empty: it is found by a value of externalId that it does not have (repairable: delete the lookup)
            Group empty: there is an empty chunk of its members, and no such group, or it has another layout (repairable: delete it)
        "]])
        .await;
}
