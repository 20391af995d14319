//! Ids (RFC 7643 §3.1).

use std::collections::BTreeSet;

use end_to_end::Api;

use crate::given::{make_group, make_user};

#[tokio::test]
async fn ids_of_the_same_millisecond_differ_and_rise() {
    // The clock of the tests stands still.
    let api = Api::start().await;
    let client = api.client();
    let mut ids = api.seed(300).await;
    for number in 0..20 {
        ids.push(make_user(&client, &format!("user{number}")).await.id);
        ids.push(make_group(&client, &format!("team{number}"), &[]).await.id);
    }
    assert!(ids.is_sorted(), "{ids:?}");
    let distinct: BTreeSet<_> = ids.iter().collect();
    assert_eq!(distinct.len(), 340);
}
