use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use directory::Repair;
use end_to_end::{Api, Client};
use serde_json::json;

/// Clients that go on until they are told to stop.
const CLIENTS: usize = 4;

/// One client's round: users come, are renamed, join and leave groups, and go; groups come and go with them.
async fn round(client: &Client, client_number: usize, round: usize) {
    let name = |what: &str| format!("{what}-{client_number}-{round}@example.com");
    let user =
        |name: &str| json!({"userName": name, "externalId": name, "emails": [{"value": name}]});
    let first = client.post("/Users", &user(&name("a"))).await.id();
    let second = client.post("/Users", &user(&name("b"))).await.id();
    let group = json!({"displayName": name("group"), "members": [{"value": first}]});
    let group = client.post("/Groups", &group).await.id();
    let (first, second, group) = (
        format!("/Users/{first}"),
        format!("/Users/{second}"),
        format!("/Groups/{group}"),
    );
    let member = json!([{"value": second.trim_start_matches("/Users/")}]);
    let add = json!([{"op": "add", "path": "members", "value": member}]);
    assert_eq!(client.patch(&group, &add).await.status, 204);
    let renamed = client.put(&second, &user(&name("c"))).await;
    assert_eq!(renamed.status, 200);
    let rename = json!([{"op": "replace", "path": "displayName", "value": name("team")}]);
    assert_eq!(client.patch(&group, &rename).await.status, 204);
    assert_eq!(client.delete(&first).await.status, 204);
    if round.is_multiple_of(2) {
        assert_eq!(client.delete(&group).await.status, 204);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_changes_while_it_is_looked_at_is_no_finding() {
    let api = Api::start().await;
    api.seed(50).await;
    let (stop, rounds) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicUsize::new(0)),
    );
    let clients: Vec<_> = (0..CLIENTS)
        .map(|number| {
            let (client, stop, rounds) = (api.client(), stop.clone(), rounds.clone());
            tokio::spawn(async move {
                for count in 0.. {
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    round(&client, number, count).await;
                    rounds.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    let mut looked_at = 0;
    for check in 0..6 {
        let repair = if check % 2 == 0 {
            Repair::No
        } else {
            Repair::Yes
        };
        let report = api.check(repair).await;
        assert_eq!(report.findings, []);
        assert_eq!(report.pending, 0);
        looked_at = report.looked_at.users.max(looked_at);
    }
    stop.store(true, Ordering::Relaxed);
    for client in clients {
        client.await.unwrap();
    }
    assert!(
        looked_at > 50 && rounds.load(Ordering::Relaxed) > CLIENTS,
        "{looked_at}"
    );
    let report = api.check(Repair::No).await;
    assert_eq!((report.findings, report.undecided), (Vec::new(), 0));
}
