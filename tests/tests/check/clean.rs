use directory::Repair;

use crate::given::given;

#[tokio::test]
async fn of_a_directory_that_has_everything_nothing_is_found() {
    let given = given().await;
    let report = given.api.check(Repair::No).await;
    assert_eq!(given.shown(&report), "");
    let looked_at = report.looked_at;
    assert_eq!(
        (looked_at.users, looked_at.groups, looked_at.memberships),
        (4, 2, 2)
    );
    // Of each user 2, 2 unique values, 3 lookups and a place; he and his place of the one who is kept; 5 of each group.
    assert_eq!(looked_at.items, 3 * 8 + 2 + 2 * 5);
    let items = given.api.items().await;
    assert_eq!(given.api.check(Repair::Yes).await, report);
    assert_eq!(given.api.items().await, items, "nothing was to be repaired");
}
