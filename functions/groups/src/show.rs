use directory::GroupRecord;
use edge::Answer;
use scim::{Identity, Object, Projection, ResourceType};
use serde_json::{Value, json};

/// What identifies a group: id, URI, version.
pub(crate) fn identity(record: &GroupRecord, base_url: &str) -> Identity {
    let endpoint = &ResourceType::group().endpoint;
    record.identity(format!("{base_url}{endpoint}/{}", record.id))
}

/// A group as a whole, as far as it was read, and what identifies it.
pub(crate) fn represent(record: &GroupRecord, base_url: &str) -> (Identity, Object) {
    let group = ResourceType::group();
    let identity = identity(record, base_url);
    let mut server = Object::new();
    if let Some(members) = &record.members {
        let endpoint = &ResourceType::user().endpoint;
        let element =
            |id| json!({"value": id, "$ref": format!("{base_url}{endpoint}/{id}"), "type": "User"});
        let members: Value = members.iter().map(|id| element(id.to_string())).collect();
        server.insert("members".to_owned(), members);
    }
    let whole = record.resource.represent(group, &identity, server);
    (identity, whole)
}

/// The answer that shows a group: all of it, or what is asked for.
pub(crate) fn answer(
    record: &GroupRecord,
    base_url: &str,
    projection: &Projection,
    answer: fn(&Identity, Object) -> Answer,
) -> Answer {
    let (identity, mut group) = represent(record, base_url);
    projection.apply(ResourceType::group(), &mut group);
    answer(&identity, group)
}
