//! The operations, and what each of them may cost.

use std::time::Duration;

use directory::{CredentialKind, Rights};
use end_to_end::instrument::{Extent, Fault};
use end_to_end::{Api, Client, Response};
use serde_json::{Value, json};

use crate::Cost;

/// Depth, calls that read, calls that write.
pub const BUDGET: &[(&str, usize, usize, usize)] = &[
    ("authorize, the first time in an hour", 2, 1, 1),
    ("authorize, the gateway's cache missed", 1, 1, 0),
    ("`GET /Users/{id}`", 1, 2, 0),
    ("`GET /Users/{id}?excludedAttributes=groups`", 1, 2, 0),
    (
        "`GET /Users/{id}` of the application, a user in 3 groups",
        2,
        3,
        0,
    ),
    ("`GET /Users?filter=userName eq \"…\"`", 2, 3, 0),
    ("`GET /Users?startIndex=1&count=100`", 3, 5, 1),
    ("`GET /Users?startIndex=101&count=100`, after it", 3, 5, 1),
    ("the same, if one of them was deleted meanwhile", 4, 5, 3),
    ("`POST /Users`", 2, 1, 1),
    ("`PATCH /Users/{id}`, no key changed", 2, 2, 1),
    ("`PUT /Users/{id}`, no key changed", 2, 2, 1),
    ("`PUT /Users/{id}`, userName changed", 2, 2, 1),
    ("`DELETE /Users/{id}`, a user in one group", 3, 3, 1),
    ("`POST /Groups`, 3 members", 2, 1, 1),
    ("`GET /Groups/{id}`", 2, 3, 0),
    ("`GET /Groups/{id}?excludedAttributes=members`", 1, 2, 0),
    ("`PATCH /Groups/{id}`: add a member", 2, 2, 1),
    ("`PATCH /Groups/{id}`: remove a member", 2, 2, 1),
    ("`PATCH /Groups/{id}`: add one, remove one", 3, 3, 1),
    ("`DELETE /Groups/{id}`, 3 members", 3, 3, 1),
    ("`PATCH /Groups/{id}`: add 500 members", 3, 8, 1),
    (
        "`GET /Users/{id}` of the application, until that is through",
        3,
        4,
        0,
    ),
    ("`GET /Groups/{id}` of that group", 2, 3, 0),
    (
        "`GET /Groups/{id}?excludedAttributes=members` of that group",
        1,
        2,
        0,
    ),
    // The users are looked at in one step, two hundred batches at once.
    ("`PATCH /Groups/{id}`: add 20,000 members", 3, 203, 1),
];

/// How many users the last operation needs.
pub const MANY: usize = 20_000;

/// Performs all of [`BUDGET`], in its order; the last one only if there are enough users for it.
pub async fn measure(api: &Api, users: usize) -> Vec<Cost> {
    // What follows from changes is to wait.
    let off = json!({"StreamSpecification": {"StreamEnabled": false}});
    api.dynamodb("UpdateTable", &off).await;
    let mut ledger = Ledger {
        api,
        client: api.client(),
        costs: Vec::new(),
    };
    ledger.authorize().await;
    ledger.users().await;
    ledger.lists().await;
    ledger.changes_of_users().await;
    ledger.groups().await;
    ledger.large_groups(users >= MANY).await;
    ledger.costs
}

struct Ledger<'a> {
    api: &'a Api,
    client: Client,
    costs: Vec<Cost>,
}

impl Ledger<'_> {
    /// The next operation of the budget.
    async fn next(&mut self, request: impl Future<Output = Response>, status: u16) -> Response {
        self.api.calls.record();
        let response = request.await;
        let calls = self.api.calls.recorded();
        assert_eq!(response.status, status, "{response:?}");
        let operation = BUDGET[self.costs.len()].0;
        self.costs.push(Cost { operation, calls });
        response
    }

    /// The authorizer's calls alone, which are those of the first function.
    async fn next_authorization(&mut self, client: &Client) {
        self.next(client.get("/ServiceProviderConfig"), 200).await;
        let calls = &mut self.costs.last_mut().expect("an operation").calls;
        let authorizer = calls.first().expect("a call").function;
        calls.retain(|call| call.function == authorizer);
    }

    async fn authorize(&mut self) {
        let issue = self.api.issue(CredentialKind::Provisioner, Rights::Read);
        let client = self.api.client_of(&issue.await);
        self.next_authorization(&client).await;
        self.api.environment.advance(Duration::from_mins(10));
        self.next_authorization(&client).await;
    }
}

impl Ledger<'_> {
    async fn users(&mut self) {
        let (api, client) = (self.api, self.client.clone());
        let application = api.application().await;
        application.get("/ServiceProviderConfig").await;
        let bob = self.create_user("bob").await;
        for group in ["a", "b", "c"] {
            self.create_group(group, &[&bob]).await;
        }
        let path = format!("/Users/{bob}");
        self.next(client.get(&path), 200).await;
        let without_groups = format!("{path}?excludedAttributes=groups");
        self.next(client.get(&without_groups), 200).await;
        let shown = self.next(application.get(&path), 200).await;
        assert_eq!(shown.values("groups").len(), 3);
        let found = client.find("/Users", r#"userName eq "bob@example.com""#);
        assert_eq!(self.next(found, 200).await.ids(), [bob]);
    }

    async fn lists(&mut self) {
        let (api, client) = (self.api, self.client.clone());
        let page = |start: usize| format!("/Users?startIndex={start}&count=100");
        self.next(client.get(&page(1)), 200).await;
        let second = self.next(client.get(&page(101)), 200).await.ids();
        // Between the roster and the users themselves, one of them goes.
        let paused = api.calls.lay(4, Fault::Paused, Extent::Attempt);
        let path = page(101);
        let short = self.next(
            async {
                let delete = async {
                    paused.reached().await;
                    let gone = client.delete(&format!("/Users/{}", second[10])).await;
                    assert_eq!(gone.status, 204, "{gone:?}");
                    paused.release();
                };
                tokio::join!(client.get(&path), delete).0
            },
            200,
        );
        assert_eq!(short.await.ids().len(), 99);
        let calls = &mut self.costs.last_mut().expect("an operation").calls;
        let list = calls.first().expect("a call").function;
        calls.retain(|call| call.function == list);
    }

    async fn changes_of_users(&mut self) {
        let client = self.client.clone();
        let created = self.next(client.post("/Users", &user("ann")), 201).await;
        let path = format!("/Users/{}", created.id());
        let title = json!([{"op": "replace", "path": "title", "value": "Chief"}]);
        self.next(client.patch(&path, &title), 200).await;
        self.next(client.put(&path, &user("ann")), 200).await;
        let mut renamed = user("ann");
        renamed["userName"] = "anna@example.com".into();
        self.next(client.put(&path, &renamed), 200).await;
        self.create_group("with ann", &[&created.id()]).await;
        self.next(client.delete(&path), 204).await;
    }

    async fn groups(&mut self) {
        let client = self.client.clone();
        let mut users = Vec::new();
        for name in ["one", "two", "three", "four"] {
            users.push(self.create_user(name).await);
        }
        let three = members(&[&users[0], &users[1], &users[2]]);
        let team = json!({"displayName": "team", "members": three});
        let path = self.next(client.post("/Groups", &team), 201).await.id();
        let path = format!("/Groups/{path}");
        let shown = self.next(client.get(&path), 200).await;
        assert_eq!(shown.values("members").len(), 3);
        let without_members = format!("{path}?excludedAttributes=members");
        self.next(client.get(&without_members), 200).await;
        let add = |user: &str| json!({"op": "add", "path": "members", "value": members(&[user])});
        let remove =
            |user: &str| json!({"op": "remove", "path": format!("members[value eq \"{user}\"]")});
        let patches = [
            json!([add(&users[3])]),
            json!([remove(&users[0])]),
            json!([add(&users[0]), remove(&users[1])]),
        ];
        for patch in &patches {
            self.next(client.patch(&path, patch), 204).await;
        }
        self.next(client.delete(&path), 204).await;
    }

    async fn large_groups(&mut self, has_many: bool) {
        const SOME: usize = 500;
        let (api, client) = (self.api, self.client.clone());
        let application = api.application().await;
        application.get("/ServiceProviderConfig").await;
        let users = self.ids(if has_many { MANY } else { SOME }).await;
        let users: Vec<_> = users.iter().map(String::as_str).collect();
        let path = self.create_group("crowd", &users[..1]).await;
        let add = |users| json!([{"op": "add", "path": "members", "value": members(users)}]);
        self.next(client.patch(&path, &add(&users[..SOME])), 204)
            .await;
        let one = format!("/Users/{}", users[0]);
        let shown = self.next(application.get(&one), 200).await;
        assert_eq!(shown.values("groups").len(), 1);
        let shown = self.next(client.get(&path), 200).await;
        assert_eq!(shown.values("members").len(), SOME);
        let without_members = format!("{path}?excludedAttributes=members");
        self.next(client.get(&without_members), 200).await;
        if has_many {
            let path = self.create_group("everybody", &[]).await;
            self.next(client.patch(&path, &add(&users)), 204).await;
        }
    }

    /// The ids of the first users.
    async fn ids(&self, count: usize) -> Vec<String> {
        let mut ids = Vec::new();
        while ids.len() < count {
            let start = ids.len() + 1;
            let page = format!("/Users?startIndex={start}&count=500&attributes=id");
            ids.extend(self.client.get(&page).await.ids());
        }
        ids.truncate(count);
        ids
    }

    async fn create_user(&self, name: &str) -> String {
        let created = self.client.post("/Users", &user(name)).await;
        assert_eq!(created.status, 201, "{created:?}");
        created.id()
    }

    async fn create_group(&self, name: &str, users: &[&str]) -> String {
        let group = json!({"displayName": name, "members": members(users)});
        let created = self.client.post("/Groups", &group).await;
        assert_eq!(created.status, 201, "{created:?}");
        format!("/Groups/{}", created.id())
    }
}

fn user(name: &str) -> Value {
    let address = format!("{name}@example.com");
    json!({
        "userName": address, "externalId": format!("00u-{name}"), "active": true,
        "name": {"givenName": name, "familyName": "Example"}, "emails": [{"value": address, "type": "work", "primary": true}]
    })
}

fn members(ids: &[&str]) -> Value {
    ids.iter().map(|id| json!({"value": id})).collect()
}
