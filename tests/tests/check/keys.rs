use expect_test::expect;

use crate::given::given;

#[tokio::test]
async fn a_unique_value_that_nobody_holds() {
    let given = given().await;
    let damage = [
        "delete D#{d}#K#userName#ann K",
        "delete D#{d}#K#email#bob@example.com K",
        "delete D#{d}#K#displayName#team K",
    ];
    given
        .check(
            &damage,
            expect![[r"
        User ann: its userName is not held for it (repairable: hold it)
        User bob: its email is not held for it (repairable: hold it)
        Group team: its displayName is not held for it (repairable: hold it)
    "]],
        )
        .await;
}

#[tokio::test]
async fn a_unique_value_that_is_held_for_another() {
    let given = given().await;
    given
        .check(
            &["set D#{d}#K#userName#ann K owner {\"S\":\"{bob}\"}"],
            expect![[r"
                User ann: its userName is not held for it (repairable: hold it)
                User bob: a value of userName is held for it that it does not have (repairable: give it up)
            "]],
        )
        .await;
    given
        .check(
            &["set D#{d}#K#userName#ann K owner {\"S\":\"{del}\"}"],
            expect![[r"
                User ann: its userName is not held for it (repairable: hold it)
                User del: a value of userName is held for it that it does not have (repairable: give it up)
            "]],
        )
        .await;
    given
        .check(
            &["set D#{d}#K#userName#ann K owner {\"S\":\"nobody\"}"],
            expect![[r"
                User ann: its userName is not held for it (repairable: hold it)
                User nobody: a value of userName is held for it that it does not have (repairable: give it up)
            "]],
        )
        .await;
}

#[tokio::test]
async fn a_unique_value_without_an_owner() {
    let given = given().await;
    let damage = [
        "put D#{d}#K#userName#zed K {\"type\":{\"S\":\"unique value\"},\"owner\":{\"S\":\"{ann}\"}}",
        "put D#{d}#K#userName#del K {\"type\":{\"S\":\"unique value\"},\"owner\":{\"S\":\"{del}\"}}",
        "put D#{d}#K#displayName#zed K {\"type\":{\"S\":\"unique value\"},\"owner\":{\"S\":\"{team}\"}}",
    ];
    given
        .check(
            &damage,
            expect![[r"
                User ann: a value of userName is held for it that it does not have (repairable: give it up)
                User del: a value of userName is held for it that it does not have (repairable: give it up)
                Group team: a value of displayName is held for it that it does not have (repairable: give it up)
            "]],
        )
        .await;
}

#[tokio::test]
async fn a_lookup_that_is_missing() {
    let given = given().await;
    let damage = [
        "delete D#{d}#L#externalId#x-ann U#{ann}",
        "delete D#{d}#L#emails.value#ann@home.example U#{ann}",
        "delete D#{d}#L#externalId#x-empty G#{empty}",
    ];
    given
        .check(
            &damage,
            expect![[r"
        User ann: it is not found by its emails.value (repairable: put the lookup there)
        User ann: it is not found by its externalId (repairable: put the lookup there)
        Group empty: it is not found by its externalId (repairable: put the lookup there)
    "]],
        )
        .await;
}

#[tokio::test]
async fn a_lookup_of_nobody() {
    let given = given().await;
    let damage = [
        "put D#{d}#L#externalId#x-bob U#{ann} {\"type\":{\"S\":\"lookup value\"}}",
        "put D#{d}#L#externalId#x-del U#{del} {\"type\":{\"S\":\"lookup value\"}}",
        "put D#{d}#L#externalId#x U#nobody {\"type\":{\"S\":\"lookup value\"}}",
        "put D#{d}#L#externalId#x G#{ann} {\"type\":{\"S\":\"lookup value\"}}",
    ];
    given.check(&damage, expect![[r"
        User ann: it is found by a value of externalId that it does not have (repairable: delete the lookup)
        User del: it is found by a value of externalId that it does not have (repairable: delete the lookup)
        User nobody: it is found by a value of externalId that it does not have (repairable: delete the lookup)
        Group ann: it is found by a value of externalId that it does not have (repairable: delete the lookup)
    "]]).await;
}
