use directory::{MemberEdit, Members, UserId};
use scim::filter::{Literal, Operator};
use scim::patch::{Operation, Step};
use scim::{Error, Filter, ScimType, shown};
use serde_json::Value;

/// The users that a normalised `members` names. Error: 400 `invalidValue` for what cannot be a user.
pub(crate) fn users(members: Option<&Value>) -> Result<Members, Error> {
    let elements = members
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    elements.iter().map(user).collect()
}

fn user(element: &Value) -> Result<UserId, Error> {
    let invalid = |detail| Error::bad_request(ScimType::InvalidValue, detail);
    let text = |name: &str| element.get(name).and_then(Value::as_str);
    if text("type").is_some_and(|kind| !kind.eq_ignore_ascii_case("User")) {
        return Err(invalid(
            "`members` can name users only: a group cannot be a member of a group.".to_owned(),
        ));
    }
    let value = text("value").ok_or_else(|| {
        invalid("Each of `members` needs a `value`: the id of a user.".to_owned())
    })?;
    UserId::parse(value).ok_or_else(|| {
        invalid(format!(
            "`members` names the user `{}`, who does not exist.",
            shown(value)
        ))
    })
}

/// What the steps of a PATCH on `members` do, in order. Errors: 400 `invalidValue`, `mutability`.
pub(crate) fn edits(steps: &[Step<'_>]) -> Result<Vec<MemberEdit>, Error> {
    let mut edits = Vec::with_capacity(steps.len());
    for step in steps {
        let edit = edit(step)?;
        match (edits.last_mut(), edit) {
            // Okta sends one `remove` for each member: together they are one.
            (Some(MemberEdit::Remove(ids)), MemberEdit::Remove(more))
            | (Some(MemberEdit::Add(ids)), MemberEdit::Add(more)) => {
                ids.extend(more);
            }
            (_, edit) => edits.push(edit),
        }
    }
    Ok(edits)
}

fn edit(step: &Step<'_>) -> Result<MemberEdit, Error> {
    let immutable = || {
        Error::bad_request(
            ScimType::Mutability,
            "A member cannot be changed: remove it and add another.",
        )
    };
    match (step.operation, &step.selection, step.sub) {
        (Operation::Add, None, None) => users(step.value.as_ref()).map(MemberEdit::Add),
        (Operation::Replace, None, None) => users(step.value.as_ref()).map(MemberEdit::Replace),
        (Operation::Remove, None, None) => match &step.value {
            Some(value) => Ok(MemberEdit::Remove(known(value))),
            None => Ok(MemberEdit::Replace(Members::new())),
        },
        (Operation::Remove, Some(selection), None) => Ok(match ids(&selection.filter) {
            Some(ids) => MemberEdit::Remove(ids),
            None => MemberEdit::RemoveWhere(selection.predicate.clone()),
        }),
        // `members[value eq "id"]` with `add`, and `members.value` with `add` or `remove`.
        _ => Err(immutable()),
    }
}

/// The users that a value names, as far as they can be users: nobody else can be removed.
fn known(value: &Value) -> Members {
    let elements = value.as_array().map_or(&[][..], Vec::as_slice);
    elements
        .iter()
        .filter_map(|element| UserId::parse(element.get("value")?.as_str()?))
        .collect()
}

/// The users that `value eq "a" or $ref eq "https://…/Users/b"` names; none for any other filter.
fn ids(filter: &Filter) -> Option<Members> {
    match filter {
        Filter::Or(filters) => filters
            .iter()
            .map(ids)
            .try_fold(Members::new(), |mut all, ids| {
                all.extend(ids?);
                Some(all)
            }),
        Filter::Compare(path, Operator::Eq, Literal::Text(text)) => {
            let id = match path.as_str() {
                name if name.eq_ignore_ascii_case("value") => text,
                name if name.eq_ignore_ascii_case("$ref") => in_reference(text),
                _ => return None,
            };
            Some(UserId::parse(id).into_iter().collect())
        }
        _ => None,
    }
}

/// The id in the URI of a user, absolute or relative; empty in any other.
fn in_reference(uri: &str) -> &str {
    let parts = uri.rsplit_once('/');
    let user = parts.filter(|(endpoint, _)| endpoint.rsplit('/').next() == Some("Users"));
    user.map_or("", |(_, id)| id)
}
