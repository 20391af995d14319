use directory::UserRecord;
use edge::Answer;
use scim::{Identity, Object, Projection, ResourceType};
use serde_json::{Value, json};

/// What identifies a user: id, URI, version.
pub(crate) fn identity(record: &UserRecord, base_url: &str) -> Identity {
    let endpoint = &ResourceType::user().endpoint;
    record.identity(format!("{base_url}{endpoint}/{}", record.id))
}

/// A user as a whole, and what identifies him.
pub(crate) fn represent(
    record: &UserRecord,
    user: &ResourceType,
    base_url: &str,
) -> (Identity, Object) {
    let identity = identity(record, base_url);
    let mut server = Object::new();
    if let Some(groups) = record
        .groups
        .as_ref()
        .filter(|groups| !groups.ids.is_empty())
    {
        let endpoint = &ResourceType::group().endpoint;
        let element = |id| json!({"value": id, "$ref": format!("{base_url}{endpoint}/{id}")});
        let groups: Value = groups
            .ids
            .iter()
            .map(|id| element(id.to_string()))
            .collect();
        server.insert("groups".to_owned(), groups);
    }
    let whole = record.resource.represent(user, &identity, server);
    (identity, whole)
}

/// The answer that shows a user: all of him, or what is asked for.
pub(crate) fn answer(
    record: &UserRecord,
    resource_type: &ResourceType,
    base_url: &str,
    projection: &Projection,
    answer: fn(&Identity, Object) -> Answer,
) -> Answer {
    let (identity, mut user) = represent(record, resource_type, base_url);
    projection.apply(resource_type, &mut user);
    answer(&identity, user)
}
