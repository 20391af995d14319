use directory::Repair;
use expect_test::{Expect, expect};

use crate::given::given;

/// What only a person can decide is told, by ids and attributes alone, and stays as it is.
async fn check(damage: &[&str], found: Expect) {
    let given = given().await;
    for command in damage {
        given.damage(command).await;
    }
    let damaged = given.api.items().await;
    let report = given.api.check(Repair::No).await;
    let shown = given.shown(&report);
    found.assert_eq(&shown);
    assert_eq!((report.found, report.repaired), (report.findings.len(), 0));
    let report = given.api.check(Repair::Yes).await;
    assert_eq!((given.shown(&report), report.repaired), (shown, 0));
    assert_eq!(given.api.items().await, damaged);
}

#[tokio::test]
async fn two_users_with_the_same_name() {
    let document = r#"{"userName":"ANN","emails":[{"value":"cy@example.com","primary":true},{"value":"cy@home.example"}],"externalId":"x-cy"}"#;
    let document = serde_json::to_string(document).unwrap();
    let damage = [
        &format!("set D#{{d}}#U#{{cy}} U document {{\"S\":{document}}}"),
        "delete D#{d}#K#userName#cy K",
    ];
    check(&damage, expect![[r"
        User cy: it has the same userName as ann (by hand: give one of the two another value, or delete it)
    "]]).await;
}

#[tokio::test]
async fn what_cannot_be_read() {
    let damage = [
        "set D#{d}#U#{ann} U document {\"S\":\"{\"}",
        "remove D#{d}#G#{empty} G layout",
        "set D#{d}#G#{team}#1.0 M ids {\"S\":\"x\"}",
    ];
    check(
        &damage,
        expect![[r"
        User ann: its item cannot be read (by hand: restore the item from a backup)
        Group team: its item cannot be read (by hand: restore the item from a backup)
        Group empty: its item cannot be read (by hand: restore the item from a backup)
    "]],
    )
    .await;
}

#[tokio::test]
async fn an_item_that_nobody_knows() {
    let damage = [
        "put D#{d}#Q#secret@example.com X {\"type\":{\"S\":\"novelty\"}}",
        "put D#{d}#U#{ann} X {}",
        "put D#{d}#R#User x {\"type\":{\"S\":\"roster\"}}",
        "put D#{d}#T#User 64 {\"type\":{\"S\":\"total\"}}",
    ];
    check(&damage, expect![[r"
        -: there is an item of a kind that is not known here: `Q, novelty` (by hand: find out what wrote it: a later version of Muster, or something else)
        -: there is an item of a kind that is not known here: `R, roster` (by hand: find out what wrote it: a later version of Muster, or something else)
        -: there is an item of a kind that is not known here: `T, total` (by hand: find out what wrote it: a later version of Muster, or something else)
        -: there is an item of a kind that is not known here: `U, without a type` (by hand: find out what wrote it: a later version of Muster, or something else)
    "]]).await;
}

#[tokio::test]
async fn members_of_a_group_that_does_not_exist() {
    let item = "{\"type\":{\"S\":\"members\"},\"ids\":{\"BS\":[\"{ann:bytes}\"]}}";
    check(
        &[&format!("put D#{{d}}#G#{{ann}}#1.0 M {item}")],
        expect![[r"
            Group ann: there is a chunk of its members, and no such group, or it has another layout (by hand: restore the group from a backup, or delete the chunk)
        "]],
    )
    .await;
}
