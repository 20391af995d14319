//! A thousand requests across the moment in which a credential loses its rights, while the gateway still answers for
//! its authorizer out of the cache: the answer to the administrator is the line between before and after.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;

use directory::{Administration, CredentialKind, DirectoryId, NewCredential, Rights, Rotation};
use end_to_end::{Api, Client};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

const REQUESTS: usize = 1_000;
/// Answers after which the rights are taken.
const BEFORE: usize = 400;
/// Requests at least that are sent after it.
const AFTER: usize = 300;
const CLIENTS: usize = 16;

struct Outcome {
    sent: Instant,
    answered: Instant,
    status: u16,
    /// Whether a function, not the gateway, refused it: the gateway renames this header of a function's.
    by_function: bool,
}

/// Sends requests with the credential, some of them writes, and takes its rights away by `take` in their midst.
async fn check(
    expected: u16,
    take: impl AsyncFnOnce(&Administration<'_>, DirectoryId, &directory::CredentialId),
) {
    let api = Api::start().await;
    let issued = api
        .issue(CredentialKind::Provisioner, Rights::ReadAndWrite)
        .await;
    let client = api.client_with(Some(issued.token.expose_secret()));
    let user = client
        .post("/Users", &json!({"userName": "bob"}))
        .await
        .id();
    // The gateway has the authorizer's answer from here on.
    assert_eq!(client.get(&format!("/Users/{user}")).await.status, 200);

    let progress = Arc::new(Progress::default());
    let senders = (0..CLIENTS).map(|sender| {
        let (client, user, progress) = (client.clone(), user.clone(), Arc::clone(&progress));
        tokio::spawn(async move { send(sender, &client, &user, &progress).await })
    });
    let senders: Vec<_> = senders.collect();
    progress.reaches(BEFORE).await;
    let asked = Instant::now();
    take(&api.administration(), api.directory, &issued.id).await;
    let told = Instant::now();
    // Those under way, and as many again as make a thousand.
    let by_then = progress.answered.load(Ordering::SeqCst);
    progress
        .reaches(REQUESTS.max(by_then + CLIENTS + AFTER))
        .await;
    progress.is_over.store(true, Ordering::SeqCst);

    let mut outcomes = Vec::new();
    for sender in senders {
        outcomes.extend(sender.await.unwrap());
    }
    let before: Vec<_> = outcomes.iter().filter(|it| it.answered < asked).collect();
    let after: Vec<_> = outcomes.iter().filter(|it| it.sent > told).collect();
    assert!(before.len() >= BEFORE && after.len() >= AFTER);
    assert!(
        before.iter().all(|it| it.status == 200),
        "one that was answered before failed"
    );
    let wrong: Vec<_> = after
        .iter()
        .map(|it| it.status)
        .filter(|status| *status != expected)
        .collect();
    assert!(wrong.is_empty(), "sent after: {wrong:?}");
    if expected == 401 {
        let by_gateway = after.iter().filter(|it| !it.by_function).count();
        assert_eq!(by_gateway, 0, "the gateway's cache was not in use");
    }
    let statuses = outcomes.iter().map(|it| it.status);
    assert!(
        statuses
            .into_iter()
            .all(|status| status == 200 || status == expected)
    );
}

/// How far the senders are.
#[derive(Default)]
struct Progress {
    answered: AtomicUsize,
    is_over: AtomicBool,
}

impl Progress {
    async fn reaches(&self, answered: usize) {
        while self.answered.load(Ordering::SeqCst) < answered {
            tokio::task::yield_now().await;
        }
    }
}

/// One of them alone writes, so that none of the failures is a conflict.
async fn send(sender: usize, client: &Client, user: &str, progress: &Progress) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    while !progress.is_over.load(Ordering::SeqCst) {
        let number = outcomes.len();
        let sent = Instant::now();
        let answer = match sender {
            0 => {
                let title =
                    json!([{"op": "replace", "path": "title", "value": number.to_string()}]);
                client.patch(&format!("/Users/{user}"), &title).await
            }
            1 => client.get("/ServiceProviderConfig").await,
            _ => client.get(&format!("/Users/{user}")).await,
        };
        outcomes.push(Outcome {
            sent,
            answered: Instant::now(),
            status: answer.status,
            by_function: !answer.header("x-amzn-remapped-www-authenticate").is_empty(),
        });
        progress.answered.fetch_add(1, Ordering::SeqCst);
    }
    outcomes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rotated_at_once() {
    check(401, async |administration, directory, id| {
        let rotated = administration
            .rotate_credential(directory, id, Rotation::AtOnce)
            .await;
        rotated.map(drop).unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn revoked() {
    check(401, async |administration, directory, id| {
        administration
            .revoke_credential(directory, id)
            .await
            .unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn suspended() {
    check(403, async |administration, directory, id| {
        administration
            .suspend_credential(directory, id)
            .await
            .unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn directory_disabled() {
    check(403, async |administration, directory, _| {
        administration
            .disable_directory(directory)
            .await
            .map(drop)
            .unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn networks_narrowed() {
    check(403, async |administration, directory, _| {
        let Value::Object(elsewhere) = json!({"allowed_networks": ["203.0.113.0/24"]}) else {
            unreachable!()
        };
        administration
            .change_settings(directory, &elsewhere)
            .await
            .map(drop)
            .unwrap();
    })
    .await;
}

/// A rotation replaces a secret, and nothing else: neither a short lifetime nor a suspension ends with it.
#[tokio::test]
async fn rotated_it_is_what_it_was() {
    let api = Api::start().await;
    let day = std::time::Duration::from_hours(24);
    let brief = NewCredential {
        lifetime: Some(day),
        rights: Rights::Read,
        ..NewCredential::of(CredentialKind::Application)
    };
    let administration = api.administration();
    let old = administration
        .issue_credential(api.directory, brief)
        .await
        .unwrap();
    administration
        .suspend_credential(api.directory, &old.id)
        .await
        .unwrap();
    api.environment.advance(day / 2);
    let new = administration
        .rotate_credential(api.directory, &old.id, Rotation::AtOnce)
        .await
        .unwrap();
    assert_eq!(
        new.expires.duration_since(old.expires).unsigned_abs(),
        day / 2
    );
    let client = api.client_with(Some(new.token.expose_secret()));
    assert_eq!(client.get("/Users").await.status, 403);
    administration
        .resume_credential(api.directory, &new.id)
        .await
        .unwrap();
    assert_eq!(client.get("/Users").await.status, 200);
    assert_eq!(
        client
            .post("/Users", &json!({"userName": "bob"}))
            .await
            .status,
        403
    );
    api.environment.advance(day);
    assert_eq!(client.get("/Users").await.status, 401);
}

/// With an overlap the old one goes on, and the new one begins at once.
#[tokio::test]
async fn rotated_with_an_overlap() {
    let api = Api::start().await;
    let old = api
        .issue(CredentialKind::Provisioner, Rights::ReadAndWrite)
        .await;
    let day = std::time::Duration::from_hours(24);
    let rotation = Rotation::Overlap(day);
    let new = api
        .administration()
        .rotate_credential(api.directory, &old.id, rotation)
        .await
        .unwrap();
    let clients = [&old, &new].map(|issued| api.client_with(Some(issued.token.expose_secret())));
    for client in &clients {
        assert_eq!(client.get("/Users").await.status, 200);
    }
    api.environment.advance(day);
    let refused = clients[0].get("/Users").await;
    assert_eq!(refused.status, 401);
    assert!(
        refused.body["detail"]
            .as_str()
            .unwrap()
            .starts_with("The token expired on 2026-11-22"),
        "{refused:?}"
    );
    assert_eq!(clients[1].get("/Users").await.status, 200);
    // What is left of it does not outlive its own time.
    let brief = NewCredential {
        lifetime: Some(day),
        ..NewCredential::of(CredentialKind::Provisioner)
    };
    let brief = api
        .administration()
        .issue_credential(api.directory, brief)
        .await
        .unwrap();
    let rotation = Rotation::Overlap(day * 100);
    api.administration()
        .rotate_credential(api.directory, &brief.id, rotation)
        .await
        .unwrap();
    api.environment.advance(day);
    let client = api.client_with(Some(brief.token.expose_secret()));
    assert_eq!(client.get("/Users").await.status, 401);
}
