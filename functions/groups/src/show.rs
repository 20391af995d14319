use directory::{CredentialKind, GroupRecord, Members, Principal, UserId};
use edge::Answer;
use scim::list::{LARGEST_ANSWER, too_large};
use scim::{Error, Identity, Object, Projection, Representation, ResourceType, WrittenResource};
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
    principal: &Principal,
    base_url: &str,
) -> (Identity, Representation) {
    let identity = identity(record, base_url);
    let mut server = Object::new();
    if let Some(members) = &record.members {
        server.insert("members".to_owned(), shown_members(members, base_url));
    }
    let whole = match principal.kind {
        CredentialKind::Application => {
            record
                .for_application()
                .represent(principal.group(), &identity, server)
        }
        CredentialKind::Provisioner => {
            let resource = record.resource.clone();
            resource.represent(principal.group(), &identity, server)
        }
    };
    (identity, whole)
}

fn shown_members(members: &Members, base_url: &str) -> Value {
    let endpoint = &ResourceType::user().endpoint;
    let bare = members.len() > MOST_FULL_MEMBERS;
    let element = |id: &UserId| {
        let id = id.to_string();
        if bare {
            return json!({"value": id});
        }
        json!({"value": id, "$ref": format!("{base_url}{endpoint}/{id}"), "type": "User"})
    };
    members.iter().map(element).collect()
}

/// The answer that shows a group: all of it, or what is asked for. Error: 400 `tooMany` if it is too large.
pub(crate) fn answer(
    record: &GroupRecord,
    principal: &Principal,
    base_url: &str,
    projection: &Projection,
) -> Result<Answer, Error> {
    let (identity, mut group) = represent(record, principal, base_url);
    projection.apply(principal.group(), &mut group);
    let written = WrittenResource::from(&group);
    if is_too_large(&written) {
        return Err(too_large());
    }
    Ok(Answer::resource(&identity, &written))
}

/// The answer to a write, which has happened: a group that is too large is shown without its members, never with some
/// of them.
pub(crate) fn answer_write(
    record: &GroupRecord,
    principal: &Principal,
    base_url: &str,
    projection: &Projection,
    answer: fn(&Identity, &WrittenResource) -> Answer,
) -> Answer {
    let (identity, mut group) = represent(record, principal, base_url);
    projection.apply(principal.group(), &mut group);
    let mut written = WrittenResource::from(&group);
    if is_too_large(&written) {
        group.remove("members");
        written = WrittenResource::from(&group);
    }
    answer(&identity, &written)
}

/// The rest of a group has at most 64 KB, so only members can be too many.
fn is_too_large(group: &WrittenResource) -> bool {
    group.answer_size() > LARGEST_ANSWER
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(count: usize) -> Value {
        let id = |number: usize| format!("0197c3f0-0000-7000-8000-{number:012x}");
        let members = (0..count).filter_map(|number| UserId::parse(&id(number)));
        shown_members(&members.collect(), "https://scim.example.com/scim/v2")
    }

    #[test]
    fn of_many_members_only_the_values_are_shown() {
        assert_eq!(
            members(MOST_FULL_MEMBERS)[1],
            json!({
                "value": "0197c3f0-0000-7000-8000-000000000001",
                "$ref": "https://scim.example.com/scim/v2/Users/0197c3f0-0000-7000-8000-000000000001",
                "type": "User"
            })
        );
        let many = members(MOST_FULL_MEMBERS + 1);
        assert_eq!(
            many[1],
            json!({"value": "0197c3f0-0000-7000-8000-000000000001"})
        );
        assert_eq!(many.as_array().map(Vec::len), Some(MOST_FULL_MEMBERS + 1));
    }

    #[test]
    fn a_hundred_thousand_members_fit_an_answer_and_two_hundred_thousand_do_not() {
        let group = |count| {
            let group = Object::from_iter([("members".to_owned(), members(count))]);
            WrittenResource::from(&Representation::from(group))
        };
        assert!(!is_too_large(&group(100_000)));
        assert!(is_too_large(&group(200_000)));
    }
}
