use directory::Repair;
use expect_test::expect;

use crate::given::given;

#[tokio::test]
async fn groups_of_a_user_that_are_lost() {
    let given = given().await;
    given
        .check(
            &["delete D#{d}#U#{cy} G"],
            expect![[r"
            User cy: the item of its groups is missing (repairable: put it there)
        "]],
        )
        .await;
    given
        .check(&["delete D#{d}#U#{bob} G"], expect![[r"
            User bob: the item of its groups is missing (repairable: put it there)
            User bob: it is a member of team, and its groups do not say so (repairable: add the group to them)
        "]])
        .await;
}

#[tokio::test]
async fn a_member_whose_groups_do_not_say_so() {
    let given = given().await;
    given
        .check(&["remove D#{d}#U#{ann} G groups"], expect![[r"
            User ann: it is a member of team, and its groups do not say so (repairable: add the group to them)
        "]])
        .await;
}

#[tokio::test]
async fn groups_that_name_one_of_which_the_user_is_no_member() {
    let given = given().await;
    given
        .check(
            &["set D#{d}#U#{cy} G groups {\"BS\":[\"{team:bytes}\"]}"],
            expect![[r"
                User cy: its groups name team, of which it is no member (repairable: take the group out of them)
            "]],
        )
        .await;
    // A group that does not exist: the id is a user's.
    given
        .check(
            &["set D#{d}#U#{cy} G groups {\"BS\":[\"{ann:bytes}\"]}"],
            expect![[r"
                User cy: its groups name ann, of which it is no member (repairable: take the group out of them)
            "]],
        )
        .await;
}

#[tokio::test]
async fn a_member_who_does_not_exist() {
    let given = given().await;
    given
        .check(
            &["set D#{d}#G#{empty}#1.0 M ids {\"BS\":[\"{team:bytes}\"]}"],
            expect![[r"
                Group empty: it has the member team, who does not exist (repairable: remove the member)
            "]],
        )
        .await;
    given
        .check(
            &["set D#{d}#G#{empty}#1.0 M ids {\"BS\":[\"{del:bytes}\"]}"],
            expect![[r"
                Group empty: it has the member del, who does not exist (repairable: remove the member)
            "]],
        )
        .await;
}

#[tokio::test]
async fn protection_that_differs() {
    let given = given().await;
    given
        .check(
            &["set D#{d}#U#{ann} G protected {\"BOOL\":true}"],
            expect![[r"
                User ann: its groups are not protected as it is (repairable: make it as the user is)
            "]],
        )
        .await;
    given
        .check(
            &["remove D#{d}#U#{bob} G protected"],
            expect![[r"
            User bob: its groups are not protected as it is (repairable: make it as the user is)
        "]],
        )
        .await;
}

#[tokio::test]
async fn groups_of_nobody() {
    let given = given().await;
    let item = "{\"type\":{\"S\":\"user's groups\"},\"version\":{\"N\":\"1\"}}";
    given
        .check(
            &[&format!("put D#{{d}}#U#{{del}} G {item}")],
            expect![[r"
                User del: there is an item of its groups, and no such user (repairable: delete it, and let the groups forget the user)
            "]],
        )
        .await;
    given
        .check(
            &[&format!("put D#{{d}}#U#{{team}} G {item}")],
            expect![[r"
                User team: there is an item of its groups, and no such user (repairable: delete it, and let the groups forget the user)
            "]],
        )
        .await;
}

#[tokio::test]
async fn a_user_who_was_deleted_and_whom_nothing_makes_his_groups_forget() {
    let given = given().await;
    let damage = [
        "put D#{d}#U#{del} G {\"type\":{\"S\":\"user's groups\"},\"version\":{\"N\":\"3\"},\"leaving\":{\"BOOL\":true},\"groups\":{\"BS\":[\"{team:bytes}\",\"{empty:bytes}\"]}}",
        "set D#{d}#G#{empty}#1.0 M ids {\"BS\":[\"{del:bytes}\"]}",
    ];
    given.check(&damage, expect![[r"
        User del: it was deleted, and nothing is left to do that makes its groups forget it (repairable: delete it, and let the groups forget the user)
        Group empty: it has the member del, who does not exist (repairable: remove the member)
    "]]).await;
}

#[tokio::test]
async fn members_that_are_lost_are_those_who_say_so() {
    let given = given().await;
    given
        .check(&["delete D#{d}#G#{team}#1.0 M"], expect![[r"
            Group team: chunk 0 of its members is missing (repairable: make it anew of the users whose groups name the group)
        "]])
        .await;
    given
        .check(&["delete D#{d}#G#{empty}#1.0 M"], expect![[r"
            Group empty: chunk 0 of its members is missing (repairable: make it anew of the users whose groups name the group)
        "]])
        .await;
}

#[tokio::test]
async fn a_large_change_that_nobody_ends() {
    let given = given().await;
    for command in [
        "set D#{d}#G#{team} G indexing {\"BS\":[\"{ann:bytes}\"]}",
        "remove D#{d}#U#{ann} G groups",
    ] {
        given.damage(command).await;
    }
    // As long as it is waited for, a difference is none.
    let report = given.api.check(Repair::No).await;
    expect![[r"
        Group team: it waits for a large change of which nothing is left to do (repairable: wait no longer, and compare the memberships)
        1 pending
    "]].assert_eq(&given.shown(&report));
    let report = given.api.check(Repair::Yes).await;
    expect![[r"
        User ann: it is a member of team, and its groups do not say so (repaired: add the group to them)
        Group team: it waits for a large change of which nothing is left to do (repaired: wait no longer, and compare the memberships)
    "]].assert_eq(&given.shown(&report));
    assert_eq!(given.shown(&given.api.check(Repair::No).await), "");
}
