//! The whole API on this machine, with a clock that tests set: gateway, authorizer, functions and the embedded
//! DynamoDB, spoken to over HTTP.

mod chance;
mod client;
mod environment;
pub mod instrument;
mod place;
pub mod transcript;

use std::collections::BTreeSet;
use std::sync::Arc;

use directory::{
    Administration, CheckReport, Claim, CredentialKind, DirectoryId, DirectoryName,
    EnvironmentSlug, IssuedCredential, NewCredential, Repair, Rights, Settings, Store,
};
use local::{Grant, Stack};
use scim::{Dialect, Object, Resource, ResourceType};
use secrecy::ExposeSecret;
use serde_json::Value;

pub use chance::Chance;
pub use client::{Client, Response};
pub use environment::TestEnvironment;
use instrument::Instrument;
use place::AUTHORIZATION;
pub use place::Place;

/// Most users that are put into a directory with the table's stream on. More are more than anybody asks the audit trail about,
/// and there sooner without.
pub const MOST_WITH_STREAM: usize = 1_100;

/// A running API with one directory.
pub struct Api {
    /// The store behind it, for what identity providers cannot do.
    pub store: Store,
    /// The clock.
    pub environment: Arc<TestEnvironment>,
    /// The directory.
    pub directory: DirectoryId,
    /// In the client of `store`, which the functions of the gateway use.
    pub calls: Instrument,
    /// In the client of the function `changes`.
    pub changes: Instrument,
    stack: Stack,
    token: String,
    /// Where its table is, for as long as it is.
    place: Place,
    /// For what the store does not do.
    dynamodb: Client,
}

impl Api {
    /// An API whose directory has the default settings.
    pub async fn start() -> Self {
        Self::with(Settings::default()).await
    }

    /// An API whose directory has these settings.
    ///
    /// # Panics
    /// If something of it does not start.
    pub async fn with(settings: Settings) -> Self {
        let place = Place::find().await;
        let environment = Arc::new(TestEnvironment::new(place.chance()));
        let (calls, changes) = (Instrument::of_requests(), Instrument::of_changes());
        let through = |instrument: &Instrument| {
            place.store_through(environment.clone(), |config| instrument.configure(config))
        };
        let (store, store_of_changes) = (through(&calls), through(&changes));
        store
            .create_table_if_absent()
            .await
            .expect("the table is created");
        let directory = create_directory(&store, "acme/main", &settings).await;
        let anywhere = ([127, 0, 0, 1], 0).into();
        let stack =
            Stack::start_apart(&place, store.clone(), &store_of_changes, anywhere, |_| {}).await;
        let stack = stack.expect("the gateway starts");
        let mut api = Self {
            store,
            environment,
            directory,
            calls,
            changes,
            stack,
            token: String::new(),
            dynamodb: Client::new(place.endpoint().to_owned(), Some(AUTHORIZATION)),
            place,
        };
        let issued = api
            .issue(CredentialKind::Provisioner, Rights::ReadAndWrite)
            .await;
        issued.token.expose_secret().clone_into(&mut api.token);
        api
    }

    /// Issues a credential of the directory.
    ///
    /// # Panics
    /// If it cannot be issued.
    pub async fn issue(&self, kind: CredentialKind, rights: Rights) -> IssuedCredential {
        let new = NewCredential {
            rights,
            ..NewCredential::of(kind)
        };
        let administration = self.administration();
        let issued = administration.issue_credential(self.directory, new).await;
        issued.expect("a credential is issued")
    }

    /// A client of the company's own backend, which may do everything.
    pub async fn application(&self) -> Client {
        let kind = CredentialKind::Application;
        let issued = self.issue(kind, Rights::ReadAndWrite).await;
        self.client_of(&issued)
    }

    /// A client with this credential.
    pub fn client_of(&self, issued: &IssuedCredential) -> Client {
        self.client_with(Some(&format!("Bearer {}", issued.token.expose_secret())))
    }

    /// What the company's administrators do.
    pub fn administration(&self) -> Administration<'_> {
        self.store.administration("test", "test")
    }

    /// Changes settings of the directory.
    ///
    /// # Panics
    /// If they cannot be so.
    pub async fn set(&self, settings: Value) {
        let settings = settings.as_object().expect("settings by name");
        let changed = self
            .administration()
            .change_settings(self.directory, settings)
            .await;
        changed.map(drop).expect("the settings are changed");
    }

    /// Gives the directory schema extensions; the error is what the administrator is told.
    pub async fn extend(&self, definitions: &Value) -> Result<(), directory::Error> {
        self.extend_directory(self.directory, definitions).await
    }

    /// The same for any directory.
    pub async fn extend_directory(
        &self,
        directory: DirectoryId,
        definitions: &Value,
    ) -> Result<(), directory::Error> {
        let settings = Object::from_iter([("schema_extensions".to_owned(), definitions.clone())]);
        let administration = self.administration();
        let changed = administration.change_settings(directory, &settings).await;
        changed.map(drop)
    }

    /// The base URL that an administrator pastes.
    pub fn base_url(&self) -> String {
        self.stack.base_url()
    }

    /// A client of the admin API, as whoever sits at this machine has it.
    pub fn admin(&self) -> Client {
        Client::new(self.stack.admin_url(), None)
    }

    /// The token that an administrator pastes.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// A client with that token.
    pub fn client(&self) -> Client {
        self.client_with(Some(&format!("Bearer {}", self.token)))
    }

    /// A client with another Authorization header, or none.
    pub fn client_with(&self, authorization: Option<&str>) -> Client {
        Client::new(self.base_url(), authorization)
    }

    /// A client with the same token at another base URL.
    pub fn client_at(&self, base_url: &str) -> Client {
        Client::new(base_url.to_owned(), Some(&format!("Bearer {}", self.token)))
    }

    /// Resolves when what follows from everything written before the call is done.
    pub async fn settled(&self) {
        self.stack.settled().await;
    }

    /// The store as the function `changes` has it.
    pub fn store_of_changes(&self) -> Store {
        let through = |config| self.changes.configure(config);
        self.place.store_through(self.environment.clone(), through)
    }

    /// What a check of the directory finds as things are now.
    ///
    /// # Panics
    /// If it cannot be checked.
    pub async fn check(&self, repair: Repair) -> CheckReport {
        let administration = self.administration();
        let checked = administration.check_directory(self.directory, repair, |_| {});
        checked.await.expect("the directory is checked")
    }

    /// What functions made use of so far, of what their policies allow.
    pub fn used(&self) -> BTreeSet<Grant<'static>> {
        self.place.guard().used()
    }

    /// Another gateway on the same table, whose functions use this store.
    ///
    /// # Panics
    /// If there is no place for it.
    pub async fn gateway(&self, store: Store) -> Stack {
        let anywhere = ([127, 0, 0, 1], 0).into();
        let (place, of_changes) = (self.place.again(), self.store_of_changes());
        let stack = Stack::start_apart(&place, store, &of_changes, anywhere, |_| {}).await;
        stack.expect("the gateway starts")
    }

    /// Gives the function `changes` all records of the stream again.
    ///
    /// # Panics
    /// If there is no place for another stack.
    pub async fn replay(&self) {
        self.gateway(self.store.clone()).await.stop().await;
    }

    /// The whole table as text, for what must not be in it; sets of bytes and the like in base64.
    pub async fn table(&self) -> String {
        Value::from(self.scan().await).to_string()
    }

    /// The items of the table in the order of their keys, to be compared. Without page anchors: those are no part of what is kept,
    /// and expire.
    pub async fn items(&self) -> Vec<Value> {
        let key = |item: &Value| (item["pk"].to_string(), item["sk"].to_string());
        let mut items = self.scan().await;
        items.retain(|item| item["type"]["S"] != "page anchor");
        items.sort_by_cached_key(key);
        items
    }

    async fn scan(&self) -> Vec<Value> {
        let mut items = Vec::new();
        let mut scan = serde_json::json!({});
        loop {
            let mut page = self.dynamodb("Scan", &scan).await;
            items.append(page["Items"].as_array_mut().unwrap_or(&mut Vec::new()));
            match page.get("LastEvaluatedKey") {
                None => return items,
                Some(last) => scan["ExclusiveStartKey"] = last.clone(),
            }
        }
    }

    /// The answer to a call of DynamoDB's API on the table, whose name it needs not say, for what the store does not do.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn dynamodb(&self, action: &str, body: &Value) -> Value {
        let mut body = body.clone();
        if body.get("RequestItems").is_none() {
            body["TableName"] = self.place.table().into();
        }
        let target = format!("DynamoDB_20120810.{action}");
        let headers = [
            ("x-amz-target", target.as_str()),
            ("x-amz-date", "20261121T090000Z"),
            ("content-type", "application/x-amz-json-1.0"),
        ];
        let answer = self
            .dynamodb
            .send("POST", "/", &headers, Some(body.to_string()))
            .await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body
    }

    /// Puts and deletes up to 25 items, as `BatchWriteItem` has them.
    ///
    /// # Panics
    /// If that is refused.
    pub async fn write_batch(&self, writes: &[Value]) {
        let items = serde_json::json!({ "RequestItems": { self.place.table(): writes } });
        self.dynamodb("BatchWriteItem", &items).await;
    }

    /// Another directory of the same deployment, of another organization, and a client of it.
    ///
    /// # Panics
    /// If it cannot be created.
    pub async fn stranger(&self) -> (DirectoryId, Client) {
        let directory = create_directory(&self.store, "globex/main", &Settings::default()).await;
        let new = NewCredential::of(CredentialKind::Provisioner);
        let issued = self.administration().issue_credential(directory, new).await;
        let token = issued.expect("a credential is issued").token;
        let client = self.client_with(Some(&format!("Bearer {}", token.expose_secret())));
        (directory, client)
    }

    /// Fills the directory with complete users, by the thousand if need be, and gives their ids in the order of creation.
    ///
    /// # Panics
    /// If they cannot be created.
    pub async fn seed(&self, users: usize) -> Vec<String> {
        self.fill(users).await;
        let client = self.client();
        let mut ids = Vec::new();
        while ids.len() < users {
            let page = client
                .get(&format!(
                    "/Users?startIndex={}&count=200&attributes=id",
                    ids.len() + 1
                ))
                .await;
            ids.extend(page.ids());
        }
        ids
    }

    /// Fills the directory likewise, without asking for the ids.
    ///
    /// # Panics
    /// If the users cannot be created.
    pub async fn fill(&self, users: usize) {
        if users > MOST_WITH_STREAM {
            let stream = serde_json::json!({"StreamEnabled": false});
            let off = serde_json::json!({"StreamSpecification": stream});
            self.dynamodb("UpdateTable", &off).await;
        }
        let claim = Claim::from_authorization(&self.token).expect("the token is a claim");
        let principal = self
            .store
            .verify(&claim)
            .await
            .expect("the store answers")
            .expect("the token is valid");
        let user = |number: usize| {
            let name = format!("user-{number}@example.com");
            let body = serde_json::json!({
                "userName": name, "name": {"givenName": "User", "familyName": number.to_string()}, "active": true,
                "title": "Member", "emails": [{"value": name, "type": "work", "primary": true}]
            });
            let user = Resource::from_body(body, ResourceType::user(), Dialect::Tolerant);
            user.expect("a user that can be")
        };
        let scope = self.store.scope(&principal, "seed");
        scope
            .seed_users(&principal.settings, (1..=users).map(user))
            .await
            .expect("the users are created");
    }
}

/// Lets whatever waits for a while, such as a call that is repeated, be over at once in this test, which runs on one thread. Only
/// where everything it could wait for is in this process: time passes when nothing else happens here.
pub fn without_waiting() {
    if place::elsewhere().is_none() {
        tokio::time::pause();
    }
}

/// How many of something a test is to work on: what this environment variable says, as `.ci/run` sets it, or few.
///
/// # Panics
/// If it is not a number.
#[expect(
    clippy::disallowed_methods,
    reason = "the switches of whoever runs the tests"
)]
pub fn how_many(variable: &str, few: usize) -> usize {
    std::env::var(variable).map_or(few, |many| many.parse().expect("a number"))
}

/// A directory, and the organization and environment that it needs.
///
/// # Panics
/// If it cannot be created.
pub async fn create_directory(store: &Store, name: &str, settings: &Settings) -> DirectoryId {
    let administration = store.administration("test", "test");
    let name = DirectoryName::parse(name).expect("a name");
    let environment = EnvironmentSlug::parse("test").expect("a name");
    if administration.environment(&environment).await.is_err() {
        let created = administration.create_environment(&environment).await;
        created.expect("the environment is created");
    }
    if administration
        .organization(&name.organization)
        .await
        .is_err()
    {
        let created = administration.create_organization(&environment, &name.organization);
        created.await.expect("the organization is created");
    }
    let created = administration.create_directory(&name, settings).await;
    created.expect("the directory is created")
}
