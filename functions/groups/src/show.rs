use directory::{GroupRecord, UserId};
use edge::Answer;
use scim::list::{LARGEST_ANSWER, answer_size, too_large};
use scim::{Error, Identity, Object, Projection, ResourceType};
use serde_json::{Value, json};

/// Most members that are shown with URI and type; beyond, an answer would soon be too large.
const MOST_FULL_MEMBERS: usize = 1_000;

/// What identifies a group: id, URI, version.
pub(crate) fn identity(record: &GroupRecord, base_url: &str) -> Identity {
    let endpoint = &ResourceType::group().endpoint;
    record.identity(format!("{base_url}{endpoint}/{}", record.id))
}

/// A group as a whole, as far as it was read, and what identifies it.
///
/// Of many members only the `value`s are shown.
pub(crate) fn represent(
    record: &GroupRecord,
    group: &ResourceType,
    base_url: &str,
) -> (Identity, Object) {
    let identity = identity(record, base_url);
    let mut server = Object::new();
    if let Some(members) = &record.members {
        let endpoint = &ResourceType::user().endpoint;
        let bare = members.len() > MOST_FULL_MEMBERS;
        let element = |id: &UserId| {
            let id = id.to_string();
            if bare {
                return json!({"value": id});
            }
            json!({"value": id, "$ref": format!("{base_url}{endpoint}/{id}"), "type": "User"})
        };
        let members: Value = members.iter().map(element).collect();
        server.insert("members".to_owned(), members);
    }
    let whole = record.resource.represent(group, &identity, server);
    (identity, whole)
}

/// The answer that shows a group: all of it, or what is asked for. Error: 400 `tooMany` if it is too large.
pub(crate) fn answer(
    record: &GroupRecord,
    resource_type: &ResourceType,
    base_url: &str,
    projection: &Projection,
    answer: fn(&Identity, Object) -> Answer,
) -> Result<Answer, Error> {
    let (identity, mut group) = represent(record, resource_type, base_url);
    projection.apply(resource_type, &mut group);
    if answer_size(&group) > LARGEST_ANSWER {
        return Err(too_large());
    }
    Ok(answer(&identity, group))
}
