//! How a trail is read.

use std::time::Duration;

use directory::{AuditEntry, AuditQuery};
use end_to_end::Api;
use serde_json::json;

use crate::given::{entries, everything, tick, user, whole_trail};

#[tokio::test]
async fn a_trail_is_read_in_pages_from_a_time_and_of_one_resource() {
    let api = Api::start().await;
    let mut users = Vec::new();
    for number in 0..7 {
        users.push(user(&api, &format!("user-{number}")).await);
    }
    let patch = json!([{"op": "replace", "path": "title", "value": "x"}]);
    let changed = format!("/Users/{}", users[2]);
    tick(&api, api.client().patch(&changed, &patch).await, 200);
    let all = whole_trail(&api, everything()).await;
    assert!(all.len() > 8);

    let mut paged = Vec::new();
    let mut query = AuditQuery {
        limit: 3,
        ..everything()
    };
    loop {
        let page = api.store.audit(api.directory, &query).await.unwrap();
        assert!(page.entries.len() <= 3);
        paged.extend(page.entries);
        query.after = page.next;
        if query.after.is_none() {
            break;
        }
    }
    assert_eq!(paged, all);

    let since = AuditQuery {
        since: Some(all[all.len() - 3].at),
        ..everything()
    };
    assert_eq!(entries(&api, since).await, all[all.len() - 3..]);
    let of_one = |entry: &&AuditEntry| {
        let resource = entry.resource.as_ref();
        resource.is_some_and(|resource| resource.id == users[2])
    };
    let of_one: Vec<_> = all.iter().filter(of_one).cloned().collect();
    assert_eq!(of_one.len(), 2);
    let one = AuditQuery {
        resource: Some(users[2].clone()),
        ..everything()
    };
    assert_eq!(entries(&api, one).await, of_one);

    // Another directory has a trail of its own.
    let (stranger, _) = api.stranger().await;
    let page = api.store.audit(stranger, &everything()).await.unwrap();
    assert!(
        page.entries.iter().all(|entry| entry.resource.is_none()),
        "{page:?}"
    );

    // DynamoDB may not have deleted them yet.
    api.environment.advance(Duration::from_hours(90 * 24));
    assert_eq!(entries(&api, everything()).await, []);
}
