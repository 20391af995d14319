//! What is fuzzed: every parser that a client's bytes reach, with what must hold of whatever it reads. Nothing may
//! panic, recurse without a bound, or take more than 50 ms per 16 KB in a release build.
//!
//! The same functions run over the corpus as an ordinary test, `tests/tests/corpus.rs`.

use std::collections::HashSet;
use std::sync::LazyLock;
use std::time::Duration;

use directory::Claim;
use percent_encoding::percent_decode_str;
use rustix::time::{ClockId, clock_gettime};
use scim::bulk::{BulkRequest, References, Schedule};
use scim::cursor::{Cursor, CursorKey, Direction, Position};
use scim::filter::Predicate;
use scim::list::{Paging, Query};
use scim::{
    AttributePath, Dialect, Filter, Identity, Object, Order, Patch, Projection, Representation,
    Resource, ResourceTypes,
};
use serde_json::{Value, json};

const DIALECTS: [Dialect; 2] = [Dialect::Strict, Dialect::Tolerant];

static USER: LazyLock<Resource> = LazyLock::new(|| {
    let body = json!({
        "userName": "bob@example.com", "externalId": "00u1", "active": true, "title": "Guide",
        "name": {"familyName": "Jensen", "givenName": "Bob"},
        "emails": [{"value": "bob@work.example", "type": "work", "primary": true}, {"value": "bob@home.example", "type": "home"}],
        "addresses": [{"type": "work", "streetAddress": "1 Main Street", "country": "US"}],
        "roles": [{"value": "admin", "primary": true}], "x509Certificates": [{"value": "TUlJQg=="}],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "Ops", "manager": {"value": "m1"}},
        "urn:example:fuzz:2.0:User": {"badge": 7, "since": "2026-11-21T09:30:00Z", "ratio": 0.5, "fixed": "once"}
    });
    Resource::from_body(body, &types().user, Dialect::Tolerant).expect("a user")
});

static TYPES: LazyLock<ResourceTypes> = LazyLock::new(|| {
    let definitions = json!([{"resourceType": "User", "schema": {"id": "urn:example:fuzz:2.0:User", "name": "Fuzz", "attributes": [
        {"name": "badge", "type": "integer"}, {"name": "since", "type": "dateTime"}, {"name": "ratio", "type": "decimal"},
        {"name": "fixed", "mutability": "immutable"}, {"name": "hidden", "returned": "never"}, {"name": "asked", "returned": "request"},
        {"name": "parts", "type": "complex", "multiValued": true, "subAttributes": [{"name": "value", "type": "boolean"}, {"name": "key", "required": true}]}
    ]}}]);
    ResourceTypes::with_extensions(&definitions).expect("extensions that can be")
});

fn types() -> &'static ResourceTypes {
    &TYPES
}

fn represented(user: &Resource) -> Representation {
    let identity = Identity {
        id: "0197c3f0-0000-7000-8000-00000000abcd".into(),
        created: "2026-11-21T09:30:00.000Z".into(),
        last_modified: "2026-11-21T09:30:00.000Z".into(),
        location: "https://example.com/scim/v2/Users/1".into(),
        version: "W/\"1\"".into(),
    };
    user.clone()
        .represent(&types().user, &identity, Object::new())
}

/// The time that this thread has been running: others on the machine do not count.
fn running() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

/// Runs within the time that an input of this length may take; of three runs the fastest counts.
fn bounded(length: usize, run: impl Fn()) {
    const PER_16_KB: Duration = Duration::from_millis(50);
    let sixteenths = u32::try_from(length / (16 * 1024)).unwrap_or(u32::MAX);
    let limit = PER_16_KB * sixteenths.saturating_add(1);
    let slow = (0..3).all(|_| {
        let began = running();
        run();
        running().saturating_sub(began) > limit
    });
    assert!(!slow || cfg!(debug_assertions), "too slow");
}

fn text(data: &[u8], run: impl Fn(&str)) {
    if let Ok(text) = str::from_utf8(data) {
        bounded(data.len(), || run(text));
    }
}

/// A filter: what is printed parses to the same tree, and it can be asked of a user, a group and elements.
pub fn filter(data: &[u8]) {
    text(data, |text| {
        for dialect in DIALECTS {
            let Ok(filter) = Filter::parse(text, dialect) else {
                continue;
            };
            let printed = filter.to_string();
            if let Ok(again) = Filter::parse(&printed, dialect) {
                assert_eq!(again, filter, "{printed}");
            } else {
                // Escapes and numbers can be longer than they were.
                assert!(printed.len() > 16 * 1024, "{printed}");
            }
            let user = represented(&USER);
            for resource_type in types().iter() {
                if let Ok(predicate) = Predicate::new(&filter, resource_type, dialect) {
                    predicate.matches(&user);
                }
                if let Ok(predicate) = Predicate::among_types(&filter, resource_type, dialect) {
                    predicate.matches(&user);
                }
            }
        }
    });
}

/// A path: of an attribute, in a projection, in a PATCH with a value path.
pub fn path(data: &[u8]) {
    text(data, |text| {
        let _ = AttributePath::parse(text);
        for (attributes, excluded) in [(text, ""), ("", text)] {
            let projection = Projection::new(attributes.split(','), excluded.split(','));
            let Ok(projection) = projection else { continue };
            let mut user = represented(&USER);
            projection.apply(&types().user, &mut user);
            assert!(user.contains("id") && user.contains("schemas"));
        }
        for value in [
            json!("x"),
            json!({"value": "x", "type": "work"}),
            json!([]),
            Value::Null,
        ] {
            for op in ["add", "replace", "remove"] {
                patched(&json!({"Operations": [{"op": op, "path": text, "value": value}]}));
            }
        }
    });
}

/// The body of a PATCH.
pub fn patch(data: &[u8]) {
    bounded(data.len(), || {
        if let Ok(body) = scim::json::read(data) {
            patched(&body);
            let _ = Patch::from_body(body.clone(), &types().group, Dialect::Tolerant);
            for dialect in DIALECTS {
                let read = Resource::from_body(body.clone(), &types().user, dialect);
                if let Ok(read) = read {
                    assert_valid(&read);
                }
            }
        }
    });
}

/// What a PATCH makes of a user is a user.
fn patched(body: &Value) {
    for dialect in DIALECTS {
        let mut body = body.clone();
        if let Value::Object(members) = &mut body {
            let schema = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
            members.entry("schemas").or_insert_with(|| json!([schema]));
        }
        let Ok(patch) = Patch::from_body(body, &types().user, dialect) else {
            continue;
        };
        if let Ok(after) = patch.apply(&USER) {
            assert_valid(&after);
        }
    }
}

fn assert_valid(user: &Resource) {
    let mut document = user.document().clone();
    let schemas: Vec<_> = types().schemas().map(|schema| schema.id.as_str()).collect();
    document.insert("schemas".into(), json!(schemas));
    let read = Resource::from_body(document.into(), &types().user, Dialect::Strict);
    assert_eq!(read.as_ref().ok(), Some(user), "{read:?}");
}

/// The body of a bulk request: every operation runs once, after what it refers to.
pub fn bulk(data: &[u8]) {
    bounded(data.len(), || {
        let Ok(body) = scim::json::read(data) else {
            return;
        };
        for dialect in DIALECTS {
            let Ok(request) = BulkRequest::from_body(body.clone(), dialect) else {
                continue;
            };
            let references = References::new(&request, |operation| {
                format!("id-{}", operation.bulk_id.as_deref().unwrap_or_default())
            });
            let mut schedule = Schedule::new(&request);
            let mut run = HashSet::new();
            while let Some(job) = schedule.begin() {
                for &index in &job {
                    let operation = &request.operations[index];
                    references.replace(operation.data.clone());
                    references.unresolved(operation, &HashSet::new());
                    assert!(run.insert(index), "an operation runs twice");
                }
                schedule.finish(job[0]);
            }
            assert_eq!(
                run.len(),
                request.operations.len(),
                "an operation never runs"
            );
        }
    });
}

/// An Authorization header.
pub fn authorization(data: &[u8]) {
    text(data, |text| {
        if let Some(claim) = Claim::from_authorization(text) {
            let printed = format!("{claim:?}");
            let secret = text.split('_').nth(3).unwrap_or(text);
            assert!(!printed.contains(secret), "{printed}");
        }
    });
}

/// A cursor: what is not written with the key is refused; what is written is read again.
pub fn cursor(data: &[u8]) {
    const KEY: CursorKey = CursorKey([7; 32]);
    text(data, |text| {
        let read = Cursor::read(text, &KEY, &["directory", "query"], 10, 0);
        assert!(read.is_err(), "forged: {text}");
        let cursor = Cursor {
            direction: Direction::Backward,
            position: Some(Position {
                section: 0,
                id: text.chars().take(200).collect(),
                key: None,
            }),
            total: Some(data.len()),
            count: 10,
            expires: 1,
        };
        let written = cursor.write(&KEY, &["directory", text]);
        let read = Cursor::read(&written, &KEY, &["directory", text], 10, 0);
        assert_eq!(read.ok(), Some(cursor));
    });
}

/// The query of a URL, as API Gateway decodes it.
pub fn query(data: &[u8]) {
    text(data, |text| {
        let decode = |text: &str| {
            let spaced = text.replace('+', " ");
            percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
        };
        let parameters: Vec<_> = text
            .split('&')
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .map(|(name, value)| (decode(name), decode(value)))
            .collect();
        let parameters = || {
            let pairs = parameters.iter();
            pairs.map(|(name, value)| (name.as_str(), value.as_str()))
        };
        for dialect in DIALECTS {
            let Ok(query) = Query::from_parameters(parameters(), dialect) else {
                continue;
            };
            assert!(query.count <= 200);
            assert!(query.paging != Paging::Index(0));
            let mut user = represented(&USER);
            for among_types in [false, true] {
                let sort = query.sort.as_ref();
                let order = sort.map(|it| Order::new(it, &types().user, dialect, among_types));
                if let Some(Ok(order)) = order {
                    order.key(&user);
                }
            }
            query.projection.apply(&types().user, &mut user);
        }
    });
}

/// What is done with an input.
pub type Target = fn(&[u8]);

/// The targets by name.
pub const TARGETS: [(&str, Target); 7] = [
    ("filter", filter),
    ("path", path),
    ("patch", patch),
    ("bulk", bulk),
    ("authorization", authorization),
    ("cursor", cursor),
    ("query", query),
];
