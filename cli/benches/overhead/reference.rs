//! The least that could answer: Muster's HTTP server, and behind it the calls of DynamoDB that Muster makes, through the same
//! client. It verifies nothing, and shows the stored document as it is, after the id.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, ReturnConsumedCapacity};
use http::{Method, Request, Response, header};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use local::DynamoDb;
use percent_encoding::percent_decode_str;
use tokio::net::{TcpListener, TcpStream};

const TABLE: &str = "muster";
/// Muster asks for it in each call.
const CAPACITY: ReturnConsumedCapacity = ReturnConsumedCapacity::Total;
/// Keys of one batch.
const BATCH: usize = 100;

type Item = HashMap<String, AttributeValue>;

/// Whether DynamoDB is asked for each answer, or once for all that are alike.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Calls {
    Always,
    Once,
}

impl Calls {
    pub fn named(name: &str) -> Self {
        match name {
            "once" => Self::Once,
            _ => Self::Always,
        }
    }
}

/// The embedded DynamoDB alone; says where it is.
#[tokio::main]
pub async fn run_dynamodb() {
    let anywhere = ([127, 0, 0, 1], 0).into();
    let dynamodb = DynamoDb::embedded(None, anywhere).await;
    let dynamodb = dynamodb.expect("it starts");
    println!("{}", dynamodb.endpoint());
    std::future::pending::<()>().await;
}

/// Answers for this directory, on one thread as `muster dev`; says where.
#[tokio::main(flavor = "current_thread")]
pub async fn run(dynamodb: &str, directory: &str, calls: Calls) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    println!("http://{}", listener.local_addr().expect("an address"));
    let reference = Arc::new(Reference {
        client: client(dynamodb),
        directory: directory.to_owned(),
        calls,
        known: Mutex::default(),
    });
    loop {
        let (stream, _) = listener.accept().await.expect("a connection");
        tokio::spawn(serve(stream, Arc::clone(&reference)));
    }
}

/// As `infra/local` serves.
async fn serve(stream: TcpStream, reference: Arc<Reference>) {
    stream.set_nodelay(true).ok();
    let service = service_fn(move |request| {
        let reference = Arc::clone(&reference);
        async move {
            let answer = reference.answer(request).await;
            let mut response = Response::new(Full::new(answer));
            let scim = header::HeaderValue::from_static("application/scim+json");
            response.headers_mut().insert(header::CONTENT_TYPE, scim);
            Ok::<_, Infallible>(response)
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service);
    connection.await.ok();
}

/// As `infra/local` makes it.
#[expect(
    clippy::disallowed_methods,
    reason = "what is measured is the client by itself"
)]
fn client(dynamodb: &str) -> Client {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::from_static("local"))
        .credentials_provider(Credentials::new("local", "local", None, None, "local"))
        .endpoint_url(dynamodb)
        .http_client(aws_smithy_http_client::Builder::new().build_http());
    Client::from_conf(config.build())
}

struct Reference {
    client: Client,
    directory: String,
    calls: Calls,
    /// Answers by method and target.
    known: Mutex<HashMap<String, Bytes>>,
}

impl Reference {
    async fn answer(&self, request: Request<Incoming>) -> Bytes {
        let asked = format!("{} {}", request.method(), request.uri());
        let known = || self.known.lock().expect("nobody panics");
        if self.calls == Calls::Once
            && let Some(answer) = known().get(&asked).cloned()
        {
            return answer;
        }
        let answer = Bytes::from(self.look(&request).await);
        if self.calls == Calls::Once {
            known().insert(asked, answer.clone());
        }
        answer
    }

    async fn look(&self, request: &Request<Incoming>) -> String {
        let query = request.uri().query().unwrap_or_default();
        match request.uri().path().strip_prefix("/Users/") {
            Some(id) if request.method() == Method::PATCH => self.change(id).await,
            Some(id) => self.get(id).await,
            None => match query.strip_prefix("filter=") {
                Some(filter) => self.find(filter).await,
                None => self.page(query).await,
            },
        }
    }

    /// Directory, user and his groups together.
    async fn get(&self, id: &str) -> String {
        let (_, items) = tokio::join!(self.directory(), self.user(id));
        shown(id, &items)
    }

    /// Directory, unique value together; then user and his groups.
    async fn find(&self, filter: &str) -> String {
        let filter = percent_decode_str(filter).decode_utf8_lossy();
        let user_name = filter.split('"').nth(1).unwrap_or_default();
        let partition = format!("D#{}#K#userName#{user_name}", self.directory);
        let (_, owner) = tokio::join!(self.directory(), self.item(&partition, "K"));
        let id = text(&owner, "owner");
        let items = self.user(id).await;
        list(1, &[shown(id, &items)])
    }

    /// Directory, user together; then one conditional write, and all of it again where another was faster.
    async fn change(&self, id: &str) -> String {
        loop {
            let partition = self.user_partition(id);
            let (_, user) = tokio::join!(self.directory(), self.item(&partition, "U"));
            if self.write(partition, &user).await {
                return shown(id, &[user]);
            }
        }
    }

    async fn write(&self, partition: String, user: &Item) -> bool {
        let version = user["version"].as_n().expect("a number");
        let next = version.parse::<u64>().expect("a number") + 1;
        let update = self
            .client
            .update_item()
            .table_name(TABLE)
            .return_consumed_capacity(CAPACITY)
            .key("pk", AttributeValue::S(partition))
            .key("sk", AttributeValue::S("U".to_owned()))
            .update_expression("SET #document = :document, #version = :next, #modified = :modified, #writes = :writes, #write = :write, #by = :by")
            .condition_expression("#version = :version")
            .expression_attribute_values(":next", AttributeValue::N(next.to_string()));
        let names = ["document", "version", "modified", "writes", "write", "by"];
        let update = names.iter().fold(update, |update, &name| {
            let update = update.expression_attribute_names(format!("#{name}"), name);
            let value = user
                .get(name)
                .cloned()
                .unwrap_or(AttributeValue::L(Vec::new()));
            update.expression_attribute_values(format!(":{name}"), value)
        });
        update.send().await.is_ok()
    }

    /// What `muster bench` knows users from: all of them are read, and this is not measured.
    async fn page(&self, query: &str) -> String {
        let number = |name: &str| {
            let mut values = query.split('&').filter_map(|pair| pair.strip_prefix(name));
            values
                .next()
                .and_then(|value| value.parse().ok())
                .unwrap_or(1)
        };
        let roster = format!("D#{}#R#User", self.directory);
        let roster = self.partition(&roster).await;
        let ids = roster.iter().map(|item| text(item, "sk"));
        let ids: Vec<_> = ids.skip(number("startIndex=") - 1).take(BATCH).collect();
        let mut keys = KeysAndAttributes::builder().consistent_read(true);
        for id in &ids {
            keys = keys.keys(key(&self.user_partition(id), "U"));
        }
        let keys = keys.build().expect("keys");
        let batch = self.client.batch_get_item().request_items(TABLE, keys);
        let answer = batch.send().await.expect("users are read");
        let items = answer.responses.unwrap_or_default().into_values().flatten();
        let users = items.map(|item| {
            let id = text(&item, "pk")
                .rsplit('#')
                .next()
                .unwrap_or_default()
                .to_owned();
            shown(&id, &[item])
        });
        list(roster.len(), &users.collect::<Vec<_>>())
    }

    async fn directory(&self) -> Item {
        self.item(&format!("DIR#{}", self.directory), "D").await
    }

    fn user_partition(&self, id: &str) -> String {
        format!("D#{}#U#{id}", self.directory)
    }

    async fn user(&self, id: &str) -> Vec<Item> {
        self.partition(&self.user_partition(id)).await
    }

    async fn item(&self, pk: &str, sk: &str) -> Item {
        let call = self
            .client
            .get_item()
            .table_name(TABLE)
            .return_consumed_capacity(CAPACITY)
            .consistent_read(true);
        let answer = call.set_key(Some(key(pk, sk))).send().await;
        answer.expect("an answer").item.expect("the item")
    }

    async fn partition(&self, pk: &str) -> Vec<Item> {
        let call = self.client.query().table_name(TABLE).consistent_read(true);
        let call = call
            .return_consumed_capacity(CAPACITY)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", AttributeValue::S(pk.to_owned()));
        call.send()
            .await
            .expect("an answer")
            .items
            .unwrap_or_default()
    }
}

fn key(pk: &str, sk: &str) -> Item {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    HashMap::from([("pk".to_owned(), text(pk)), ("sk".to_owned(), text(sk))])
}

fn text<'a>(item: &'a Item, name: &str) -> &'a str {
    item[name].as_s().expect("a text")
}

/// The stored document of a user, with the id before it.
fn shown(id: &str, items: &[Item]) -> String {
    let user = items.iter().find(|item| text(item, "sk") == "U");
    let document = text(user.expect("the user"), "document");
    format!("{{\"id\":\"{id}\",{}", &document[1..])
}

fn list(total: usize, users: &[String]) -> String {
    format!(
        "{{\"totalResults\":{total},\"Resources\":[{}]}}",
        users.join(",")
    )
}
