//! Two directories get the same requests: one names what another customer has, the other what nobody has. Whatever
//! differs between their answers would tell of that customer.

use std::collections::BTreeMap;
use std::fmt::Write;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use directory::{CredentialKind, NewCredential, Rights, Settings};
use end_to_end::{Api, Client, Response, create_directory};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

const OWN: &str = "urn:example:victim:2.0:User";
const BULK: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const MUSTER_USER: &str = "urn:muster:params:scim:schemas:extension:2.0:User";
const VERBS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// What stands for a placeholder in a request.
type Names = BTreeMap<&'static str, String>;

struct Probe {
    method: &'static str,
    path: String,
    headers: Vec<(&'static str, &'static str)>,
    body: Option<Value>,
}

fn probe(method: &'static str, path: &str, body: Value) -> Probe {
    Probe {
        method,
        path: path.to_owned(),
        headers: Vec::new(),
        body: (!body.is_null()).then_some(body),
    }
}

/// Every route of the template, about a user or a group of the other's.
fn every_route() -> Vec<Probe> {
    let template = include_str!("../../../template.yaml");
    let api = local::api::Api::from_template(template).unwrap();
    let routes = api.routes().filter_map(|(path, method, _)| {
        let path = path.strip_prefix(edge::BASE_PATH)?;
        let method = VERBS.into_iter().find(|verb| *verb == method.as_str())?;
        let id = match path {
            _ if path.starts_with("/Users") => "{USER}",
            _ if path.starts_with("/Groups") => "{GROUP}",
            _ => "{SCHEMA}",
        };
        let path = path.replace("{id}", id).replace("{name}", "User");
        let body = match method {
            "PATCH" => json!({"schemas": [PATCH], "Operations": [{"op": "replace", "path": "externalId", "value": "x"}]}),
            "PUT" | "POST" => json!({"userName": format!("of {path}"), "displayName": format!("of {path}")}),
            _ => Value::Null,
        };
        Some(probe(method, &path, body))
    });
    routes.collect()
}

/// What a curious client would try beside that.
fn curiosity() -> Vec<Probe> {
    let mut probes = Vec::new();
    let filters = [
        "/Users?filter=userName eq \"{NAME}\"",
        "/Users?filter=emails.value eq \"{EMAIL}\"",
        "/Users?filter=externalId eq \"{EXTERNAL}\"",
        "/Users?filter=id eq \"{USER}\"",
        "/Users?filter=id eq \"{DELETED}\"",
        "/Users?filter=groups.value eq \"{GROUP}\"",
        "/Users?filter=urn:muster:params:scim:schemas:extension:2.0:User:deleted pr",
        "/Users?filter=userName ne \"{NAME}\"",
        "/Groups?filter=displayName eq \"{TEAM}\"",
        "/Groups?filter=members.value eq \"{USER}\"",
        "/Groups?filter=id eq \"{GROUP}\"",
    ];
    for filter in filters {
        probes.push(probe("GET", filter, Value::Null));
        probes.push(probe("GET", &format!("{filter}&count=0"), Value::Null));
        let (path, filter) = filter.split_once("?filter=").unwrap();
        let search = json!({"schemas": [SEARCH], "filter": filter});
        probes.push(probe("POST", &format!("{path}/.search"), search.clone()));
        probes.push(probe("POST", "/.search", search));
    }
    for page in [
        "startIndex=2&count=1",
        "startIndex=3&count=1",
        "count=1&cursor={CURSOR}",
        "count=1&cursor=",
    ] {
        probes.push(probe("GET", &format!("/Users?{page}"), Value::Null));
    }
    for id in ["{USER}", "{DELETED}"] {
        for method in ["GET", "DELETE"] {
            let mut conditional = probe(method, &format!("/Users/{id}"), Value::Null);
            probes.push(probe(method, &conditional.path, Value::Null));
            conditional.headers.push(("If-Match", "W/\"1.1\""));
            probes.push(conditional);
            let mut conditional = probe(
                method,
                &format!("/Users/{id}?attributes=userName"),
                Value::Null,
            );
            conditional.headers.push(("If-None-Match", "W/\"1.1\""));
            probes.push(conditional);
        }
    }
    let member = json!([{"value": "{USER}"}]);
    let patch = |operations: Value| json!({"schemas": [PATCH], "Operations": operations});
    let manager = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    probes.extend([
        probe("POST", "/Users", json!({"userName": "{NAME}", "externalId": "{EXTERNAL}", "emails": [{"value": "{EMAIL}", "primary": true}]})),
        probe("POST", "/Users", json!({"userName": "report", "id": "{USER}", manager: {"manager": {"value": "{USER}"}}})),
        probe("POST", "/Users", json!({"userName": "grouped", "groups": [{"value": "{GROUP}"}], MUSTER_USER: {"protected": true}})),
        probe("POST", "/Groups", json!({"displayName": "{TEAM}"})),
        probe("POST", "/Groups", json!({"displayName": "with member", "members": member})),
        probe("PUT", "/Groups/{OWN_GROUP}", json!({"displayName": "own", "members": member})),
        probe("PATCH", "/Groups/{OWN_GROUP}", patch(json!([{"op": "add", "path": "members", "value": member}]))),
        probe("PATCH", "/Groups/{OWN_GROUP}", patch(json!([{"op": "remove", "path": "members[value eq \"{USER}\"]"}]))),
        probe("PATCH", "/Groups/{OWN_GROUP}", patch(json!([{"op": "add", "path": "members", "value": [{"value": "{DELETED}"}]}]))),
        probe("PATCH", "/Groups/{OWN_GROUP}?attributes=displayName", patch(json!([{"op": "replace", "path": "displayName", "value": "{TEAM} 2"}]))),
        probe("PATCH", "/Users/{OWN_USER}", patch(json!([{"op": "replace", "path": "userName", "value": "{NAME} 2"}]))),
        probe("PATCH", "/Users/{OWN_USER}", patch(json!([{"op": "add", "path": "emails", "value": [{"value": "{EMAIL}"}]}]))),
        probe("POST", "/Bulk", json!({"schemas": [BULK], "Operations": [
            {"method": "DELETE", "path": "/Users/{USER}"},
            {"method": "PATCH", "path": "/Groups/{GROUP}", "data": {"Operations": [{"op": "add", "path": "members", "value": [{"value": "{OWN_USER}"}]}]}},
            {"method": "POST", "path": "/Groups", "bulkId": "g", "data": {"displayName": "bulk", "members": member}},
            {"method": "PUT", "path": "/Users/{USER}", "data": {"userName": "taken over"}, "version": "W/\"1\""}
        ]})),
        probe("GET", "/Users", Value::Null),
        probe("GET", "/Groups", Value::Null),
        probe("GET", "/Users?count=0", Value::Null),
    ]);
    probes
}

/// The customer whose things the others must not learn of.
async fn victim() -> (Api, Names) {
    let mut settings = Settings::default();
    settings.set("delete_users", &json!("deactivate")).unwrap();
    let api = Api::with(settings).await;
    let definition = json!([{"resourceType": "User", "schema": {"id": OWN, "name": "Own", "attributes": [{"name": "badge"}]}}]);
    api.extend(&definition).await.unwrap();
    let client = api.client();
    let create = async |name: &str| {
        let body = json!({
            "userName": name, "externalId": format!("ext-{name}"), "emails": [{"value": format!("{name}@victim.example"), "primary": true}],
            OWN: {"badge": "7"}
        });
        client.post("/Users", &body).await.id()
    };
    let (user, deleted, protected) = (
        create("zvicz").await,
        create("gone").await,
        create("boss").await,
    );
    let application = api
        .issue(CredentialKind::Application, Rights::ReadAndWrite)
        .await;
    let application = api.client_with(Some(application.token.expose_secret()));
    let protect = json!([{"op": "add", "path": format!("{MUSTER_USER}:protected"), "value": true}]);
    assert_eq!(
        application
            .patch(&format!("/Users/{protected}"), &protect)
            .await
            .status,
        200
    );
    let team = json!({"displayName": "Victims", "members": [{"value": user}, {"value": deleted}]});
    let group = client.post("/Groups", &team).await.id();
    assert_eq!(
        client.delete(&format!("/Users/{deleted}")).await.status,
        204
    );
    // A walk leaves anchors, a page a cursor.
    assert_eq!(
        client.get("/Users?startIndex=1&count=1").await.ids().len(),
        1
    );
    let page = client.get("/Users?count=1&cursor=").await;
    let cursor = page.body["nextCursor"].as_str().unwrap().to_owned();
    let names = Names::from([
        ("{USER}", user),
        ("{DELETED}", deleted),
        ("{GROUP}", group),
        ("{NAME}", "zvicz".to_owned()),
        ("{EMAIL}", "zvicz@victim.example".to_owned()),
        ("{EXTERNAL}", "ext-zvicz".to_owned()),
        ("{TEAM}", "Victims".to_owned()),
        ("{SCHEMA}", OWN.to_owned()),
        ("{CURSOR}", cursor),
    ]);
    (api, names)
}

/// The same, of nobody.
fn of_nobody(names: &Names) -> Names {
    let other = |(placeholder, name): (&&'static str, &String)| {
        let name = match *placeholder {
            "{USER}" => "01a1fd55-7a80-7001-8000-000000000001".to_owned(),
            "{DELETED}" => "01a1fd55-7a80-7002-8000-000000000002".to_owned(),
            "{GROUP}" => "01a1fd55-7a80-7003-8000-000000000003".to_owned(),
            "{CURSOR}" => name.chars().rev().collect(),
            "{SCHEMA}" => "urn:example:nobody:2.0:User".to_owned(),
            _ => name
                .replace("zvicz", "znobz")
                .replace("victim", "nobody")
                .replace("Victims", "Nobodys"),
        };
        (*placeholder, name)
    };
    names.iter().map(other).collect()
}

/// A client of a directory of its own, with a user and a group.
async fn stranger(api: &Api, name: &str, new: &NewCredential, basic: bool) -> (Client, Names) {
    let directory = create_directory(&api.store, name, &Settings::default()).await;
    let administration = api.administration();
    let client = async |new: NewCredential, basic: bool| {
        let issued = administration
            .issue_credential(directory, new)
            .await
            .unwrap();
        if basic {
            let pair = format!("{}:{}", issued.username, issued.password.expose_secret());
            return api.client_with(Some(&format!("Basic {}", BASE64_STANDARD.encode(pair))));
        }
        api.client_with(Some(issued.token.expose_secret()))
    };
    let owner = client(NewCredential::of(CredentialKind::Application), false).await;
    let user = owner.post("/Users", &json!({"userName": "own"})).await.id();
    let group = owner
        .post(
            "/Groups",
            &json!({"displayName": "own", "members": [{"value": user}]}),
        )
        .await
        .id();
    let names = Names::from([("{OWN_USER}", user), ("{OWN_GROUP}", group)]);
    (client(new.clone(), basic).await, names)
}

fn fill(text: &str, names: &Names) -> String {
    names
        .iter()
        .fold(text.to_owned(), |text, (placeholder, name)| {
            text.replace(placeholder, name)
        })
}

/// What an answer says, whoever it is about.
fn told(answer: &Response, names: &Names) -> String {
    let mut text = format!("{}\n", answer.status);
    for (name, value) in &answer.headers {
        if !["x-amzn-requestid", "date", "content-length"].contains(&name.as_str()) {
            let value = value.to_str().unwrap();
            let shown = if name == "etag" {
                without_hash(value)
            } else {
                value.to_owned()
            };
            writeln!(text, "{name}: {shown}").unwrap();
        }
    }
    let mut body = answer.body.clone();
    mask(&mut body);
    text += &serde_json::to_string_pretty(&body).unwrap();
    // Longest first: the name is part of the address.
    let mut known: Vec<_> = names.iter().collect();
    known.sort_by_key(|(_, name)| std::cmp::Reverse(name.len()));
    let text = known.iter().fold(text, |text, (placeholder, name)| {
        text.replace(name.as_str(), placeholder)
    });
    without_ids(&text)
}

/// Cursors and the part of an entity tag that follows from ids differ; that they are there does not.
fn mask(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match name.as_str() {
                    "nextCursor" | "previousCursor" => *value = json!("<cursor>"),
                    "version" => *value = json!(without_hash(value.as_str().unwrap_or_default())),
                    _ => mask(value),
                }
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(mask),
        _ => {}
    }
}

fn without_hash(etag: &str) -> String {
    etag.split('.').take(2).collect::<Vec<_>>().join(".")
}

/// New ids differ; that they are there does not.
fn without_ids(text: &str) -> String {
    let mut masked = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("01a1fd55-") {
        masked.push_str(&rest[..start]);
        masked.push_str("<id>");
        rest = rest.get(start + 36..).unwrap_or_default();
    }
    masked + rest
}

async fn send(client: &Client, probe: &Probe, names: &Names) -> String {
    let (path, query) = match probe.path.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (probe.path.as_str(), None),
    };
    let query = query.map(|query| {
        let encoded = fill(query, names)
            .replace(' ', "%20")
            .replace('"', "%22")
            .replace('+', "%2B");
        format!("?{encoded}")
    });
    let target = format!("{}{}", fill(path, names), query.unwrap_or_default());
    let body = probe
        .body
        .as_ref()
        .map(|body| fill(&body.to_string(), names));
    told(
        &client
            .send(probe.method, &target, &probe.headers, body)
            .await,
        names,
    )
}

/// Every item of the table that has to do with the victim, by its key.
async fn everything_of(api: &Api) -> BTreeMap<String, Value> {
    let table: Value = serde_json::from_str(&api.table().await).unwrap();
    let directory = api.directory.to_string();
    let items = table.as_array().unwrap().iter();
    let of_victim = items.filter(|item| item.to_string().contains(&directory));
    of_victim
        .map(|item| (format!("{} {}", item["pk"], item["sk"]), item.clone()))
        .collect()
}

#[tokio::test]
async fn what_another_customer_has_does_not_exist() {
    let (api, names) = victim().await;
    let nobody = of_nobody(&names);
    let before = everything_of(&api).await;
    let write = NewCredential::of(CredentialKind::Provisioner);
    let read = NewCredential {
        rights: Rights::Read,
        ..write.clone()
    };
    let application = NewCredential::of(CredentialKind::Application);
    let credentials = [
        ("bearer", &write, false),
        ("basic", &write, true),
        ("read", &read, false),
        ("app", &application, false),
    ];
    for (credential, new, basic) in credentials {
        let (curious, curious_own) =
            stranger(&api, &format!("{credential}-1/main"), new, basic).await;
        let (harmless, harmless_own) =
            stranger(&api, &format!("{credential}-2/main"), new, basic).await;
        let curious_names = curious_own.into_iter().chain(names.clone()).collect();
        let harmless_names = harmless_own.into_iter().chain(nobody.clone()).collect();
        for probe in every_route().into_iter().chain(curiosity()) {
            let told = send(&curious, &probe, &curious_names).await;
            let expected = send(&harmless, &probe, &harmless_names).await;
            let difference = told
                .lines()
                .zip(expected.lines())
                .find(|(one, other)| one != other);
            assert_eq!(
                difference, None,
                "{credential}: {} {}",
                probe.method, probe.path
            );
            assert_eq!(
                told.lines().count(),
                expected.lines().count(),
                "{credential}: {} {}",
                probe.method,
                probe.path
            );
            for secret in ["victim.example", "Victims", "badge"] {
                assert!(
                    !told.contains(secret),
                    "{credential}: {} {}: {told}",
                    probe.method,
                    probe.path
                );
            }
        }
    }
    assert_eq!(
        everything_of(&api).await,
        before,
        "what the customer has has changed"
    );
}

/// The test sees a difference where there is one: in the customer's own directory.
#[tokio::test]
async fn the_probes_find_what_is_there() {
    let (api, names) = victim().await;
    let nobody = of_nobody(&names);
    let application = api.issue(CredentialKind::Application, Rights::Read).await;
    let client = api.client_with(Some(application.token.expose_secret()));
    let mut differ = 0;
    for probe in curiosity()
        .into_iter()
        .filter(|probe| probe.method == "GET" && probe.path.contains('{'))
    {
        differ += usize::from(
            send(&client, &probe, &names).await != send(&client, &probe, &nobody).await,
        );
    }
    assert!(differ >= 15, "{differ}");
}
