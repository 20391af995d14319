use std::time::Duration;

use directory::Swept;
use end_to_end::Api;
use local::within;

use crate::given::{
    add, assert_settled, change, group, lose_the_stream, members_of, replace, to_do, users_in,
};

const OVERDUE: Duration = Duration::from_mins(16);
const TIME: Duration = Duration::from_mins(1);

async fn sweep(api: &Api) {
    assert_eq!(sweep_for(api, TIME).await.left, 0);
}

async fn sweep_for(api: &Api, time: Duration) -> Swept {
    let store = api.store_of_changes();
    within("Changes", store.sweep(time)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_stream_lost_is_swept_up_when_it_is_overdue() {
    let api = Api::start().await;
    let client = api.client();
    let users = api.seed(80).await;
    let team = group(&client, "team", &users[..40]).await;
    lose_the_stream(&api).await;
    change(&client, &team, &replace(&users[30..])).await;
    let gone = group(&client, "gone", &users).await;
    assert_eq!(client.delete(&gone).await.status, 204);
    api.settled().await;
    assert_eq!(users_in(&client, &team).await, users[..40]);
    sweep(&api).await;
    assert_eq!(to_do(&api).await, 3);

    api.environment.advance(OVERDUE);
    sweep(&api).await;
    assert_settled(&api, &team, &users[30..]).await;
    assert!(users_in(&client, &gone).await.is_empty());
    assert_eq!(sweep_for(&api, TIME).await.done, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_without_time_leaves_everything_for_the_next() {
    let api = Api::start().await;
    let client = api.client();
    let users = api.seed(40).await;
    let team = group(&client, "team", &[]).await;
    lose_the_stream(&api).await;
    change(&client, &team, &add(&users)).await;
    api.environment.advance(OVERDUE);
    let swept = sweep_for(&api, Duration::ZERO).await;
    assert_eq!((swept.done, swept.left), (0, 1));
    assert!(users_in(&client, &team).await.is_empty());
    sweep(&api).await;
    assert_settled(&api, &team, &users).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_user_is_swept_out_of_his_groups() {
    let api = Api::start().await;
    let client = api.client();
    let users = api.seed(1).await;
    let mut groups = Vec::new();
    for number in 0..21 {
        groups.push(group(&client, &format!("group {number}"), &users).await);
    }
    lose_the_stream(&api).await;
    assert_eq!(
        client.delete(&format!("/Users/{}", users[0])).await.status,
        204
    );
    assert_eq!(members_of(&client, &groups[20]).await, users);
    api.environment.advance(OVERDUE);
    sweep(&api).await;
    for group in &groups {
        assert_eq!(members_of(&client, group).await, [""; 0]);
    }
    assert_eq!(to_do(&api).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_left_when_a_group_was_spread_is_swept_too() {
    let api = Api::start().await;
    let client = api.client();
    let users = api.seed(1_060).await;
    let team = group(&client, "team", &users[..50]).await;
    lose_the_stream(&api).await;
    change(&client, &team, &replace(&users[40..])).await;
    api.environment.advance(OVERDUE);
    sweep(&api).await;
    assert_settled(&api, &team, &users[40..]).await;
}
