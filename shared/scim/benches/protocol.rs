//! What the protocol costs: of a user of 2 KB that is read, asked a filter of ten nodes, patched and projected; of a page of
//! 100 such users; of a group of 1,000 members.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use scim::filter::Predicate;
use scim::list::ListResponse;
use scim::{
    Dialect, Filter, Identity, Object, Patch, Projection, Representation, Resource, ResourceType,
    StoredResource,
};
use serde_json::{Value, json};

/// A user as a large company's identity provider sends one: 2 KB of JSON.
fn body() -> Vec<u8> {
    let email = |number: usize| json!({"value": format!("ada.lovelace.{number}@example.com"), "type": "other", "display": "Ada Lovelace"});
    let user = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
        "userName": "ada.lovelace@example.com", "externalId": "00u1a2b3c4d5e6f7g8h9", "active": true,
        "name": {"formatted": "Ms. Augusta Ada Lovelace", "familyName": "Lovelace", "givenName": "Ada", "middleName": "Augusta", "honorificPrefix": "Ms."},
        "displayName": "Ada Lovelace", "nickName": "Ada", "title": "Principal Engineer", "userType": "Employee",
        "preferredLanguage": "en-GB", "locale": "en-GB", "timezone": "Europe/London", "profileUrl": "https://people.example.com/ada.lovelace",
        "emails": [
            {"value": "ada.lovelace@example.com", "type": "work", "primary": true}, {"value": "ada@home.example", "type": "home"},
            email(1), email(2), email(3), email(4), email(5), email(6), email(7)
        ],
        "phoneNumbers": [{"value": "+44 20 7946 0000", "type": "work"}, {"value": "+44 7700 900000", "type": "mobile"}],
        "addresses": [{"type": "work", "streetAddress": "12 St James's Square", "locality": "London", "postalCode": "SW1Y 4JH", "country": "GB", "formatted": "12 St James's Square\nLondon SW1Y 4JH\nUnited Kingdom"}],
        "photos": [{"value": "https://people.example.com/photos/ada.lovelace/large.jpg", "type": "photo", "primary": true}],
        "ims": [{"value": "ada.lovelace@chat.example.com", "type": "xmpp"}],
        "roles": [{"value": "engineer", "primary": true}, {"value": "reviewer"}],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
            "employeeNumber": "701984", "costCenter": "4130", "organization": "Analytical Engines", "division": "Computation",
            "department": "Programming", "manager": {"value": "0197c3f0-0000-7000-8000-00000000abcd"}
        }
    });
    user.to_string().into_bytes()
}

/// Ten nodes: six conditions, a value path, twice `and`, once `or`.
const FILTER: &str = r#"userName sw "ada" and active eq true and emails[type eq "work" and value ew "@example.com"] and meta.lastModified gt "2026-01-01T00:00:00Z" or urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "none""#;

fn operations() -> Value {
    json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [
        {"op": "replace", "path": "name.familyName", "value": "King"},
        {"op": "replace", "path": "emails[type eq \"work\"].value", "value": "ada.king@example.com"},
        {"op": "replace", "value": {"active": false, "title": "Countess"}}
    ]})
}

fn identity() -> Identity {
    Identity {
        id: "0197c3f0-0000-7000-8000-00000000abcd".into(),
        created: "2026-11-21T09:30:00.000Z".into(),
        last_modified: "2026-11-21T09:30:00.000Z".into(),
        location: "https://scim.example.com/scim/v2/Users/0197c3f0-0000-7000-8000-00000000abcd"
            .into(),
        version: "W/\"1.1\"".into(),
    }
}

fn read(body: &[u8]) -> Resource {
    let json = scim::json::read(body).expect("JSON");
    Resource::from_body(json, ResourceType::user(), Dialect::Tolerant).expect("a user")
}

fn represent(user: &Resource, identity: &Identity) -> Representation {
    let user = user.clone();
    user.represent(ResourceType::user(), identity, Object::new())
}

fn ask(filter: &str) -> Predicate {
    let filter = Filter::parse(filter, Dialect::Tolerant).expect("a filter");
    Predicate::new(&filter, ResourceType::user(), Dialect::Tolerant).expect("a filter of users")
}

fn patched(user: &Resource, operations: Value) -> Resource {
    let patch = Patch::from_body(operations, ResourceType::user(), Dialect::Tolerant);
    patch.expect("a PATCH").apply(user).expect("a user")
}

fn projected(mut whole: Representation) -> Representation {
    let names = ["userName", "name.familyName", "emails.value", "active"];
    let projection = Projection::new(names, []).expect("a projection");
    projection.apply(ResourceType::user(), &mut whole);
    whole
}

fn benchmark(criterion: &mut Criterion) {
    let (body, identity) = (body(), identity());
    assert!((1_900..2_300).contains(&body.len()), "{}", body.len());
    let user = read(&body);
    let whole = represent(&user, &identity);
    let predicate = ask(FILTER);
    assert!(predicate.matches(&whole));

    let mut bench = |name: &str, run: &dyn Fn()| {
        criterion.bench_function(name, |bencher| bencher.iter(run));
    };
    bench("parse", &|| drop(black_box(read(black_box(&body)))));
    bench("filter: parse and bind", &|| {
        drop(black_box(ask(black_box(FILTER))));
    });
    bench("filter: evaluate", &|| {
        black_box(predicate.matches(black_box(&whole)));
    });
    bench("patch", &|| drop(black_box(patched(&user, operations()))));
    bench("represent and project", &|| {
        drop(black_box(projected(represent(&user, &identity))));
    });
    bench("serialize", &|| {
        drop(black_box(serde_json::to_string(black_box(&whole))));
    });
    bench("parse, evaluate, patch, project", &|| {
        let user = read(black_box(&body));
        let matches = ask(FILTER).matches(&represent(&user, &identity));
        let patched = patched(&user, operations());
        black_box((matches, projected(represent(&patched, &identity))));
    });
}

/// What a list does with a page that was stored.
fn page(criterion: &mut Criterion) {
    const USERS: usize = 100;
    let identity = identity();
    let user = read(&body());
    let stored = serde_json::to_string(user.document()).expect("JSON");
    let shown = || {
        let user = StoredResource::from_text(black_box(&stored)).expect("a user");
        user.represent(ResourceType::user(), &identity, Object::new())
    };
    let page: Vec<_> = (0..USERS).map(|_| shown()).collect();
    let predicate = ask(FILTER);
    criterion.bench_function("page of 100: read and represent", |bencher| {
        bencher.iter(|| (0..USERS).map(|_| shown()).collect::<Vec<_>>());
    });
    criterion.bench_function("page of 100: filter", |bencher| {
        bencher.iter(|| page.iter().filter(|&user| predicate.matches(user)).count());
    });
    criterion.bench_function("page of 100: serialize", |bencher| {
        bencher.iter(|| scim::json::text(&ListResponse::whole(black_box(&page))).len());
    });
}

fn group(criterion: &mut Criterion) {
    const MEMBERS: usize = 1_000;
    let id = |number: usize| format!("0197c3f0-0000-7000-8000-{number:012x}");
    let members: Vec<_> = (0..MEMBERS)
        .map(|number| json!({"value": id(number)}))
        .collect();
    let body = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Engineers", "members": members});
    let body = body.to_string().into_bytes();
    let read = || {
        let json = scim::json::read(black_box(&body)).expect("JSON");
        Resource::from_body(json, ResourceType::group(), Dialect::Tolerant).expect("a group")
    };
    criterion.bench_function("group of 1,000 members: parse", |bencher| {
        bencher.iter(read);
    });
    let (group, identity) = (read(), identity());
    criterion.bench_function(
        "group of 1,000 members: represent, project, serialize",
        |bencher| {
            bencher.iter(|| {
                let whole =
                    group
                        .clone()
                        .represent(ResourceType::group(), &identity, Object::new());
                let mut whole = black_box(whole);
                Projection::default().apply(ResourceType::group(), &mut whole);
                serde_json::to_string(&whole).map_or(0, |text| text.len())
            });
        },
    );
}

criterion_group!(benches, benchmark, page, group);
criterion_main!(benches);
