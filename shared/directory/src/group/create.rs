use scim::{Error, ErrorStatus, Resource};

use super::members::{Difference, check_members, chunk_item};
use super::{GroupRecord, MOST_ATTEMPTS, Members, owner};
use crate::record::{KeyValues, attribute_names, document_text};
use crate::store::{Scope, stamp};
use crate::table::{Item, Outcome, Write, number, text};
use crate::{GroupId, GroupPush, Origin, Result, RoleMapping, keys};

impl Scope<'_> {
    /// Creates a group (RFC 7644 §3.3) with its members, in one transaction; with this id, if it was drawn beforehand.
    ///
    /// Errors: 403 for an identity provider that can only link; 409 `uniqueness`; 400 `invalidValue` for a member who does not
    /// exist; 413 for too many members at once.
    pub async fn create_group(
        &self,
        resource: Resource,
        mut members: Members,
        id: Option<GroupId>,
    ) -> Result<GroupRecord> {
        self.may_write()?;
        if !self.is_application() && self.principal.settings.group_push == GroupPush::LinkOnly {
            let detail = "Groups cannot be created from the identity provider in this directory: link an existing group instead (in Okta, Link Group in the place of Create Group).";
            return Err(Error::new(ErrorStatus::Forbidden, detail).into());
        }
        let mut resource = resource;
        let mut attributes = attribute_names(&resource);
        attributes.extend((!members.is_empty()).then(|| "members".to_owned()));
        let mapping = RoleMapping::take_from(&mut resource)?;
        let origin = Origin::of(self.principal.kind);
        let added = Difference {
            added: members.clone(),
            ..Difference::default()
        };
        added.check_size()?;
        check_members(members.len())?;
        let id = id.unwrap_or_else(|| self.store.new_group_id());
        let by = self.by("create group", Some(id.into()), &attributes);
        let now = text(stamp(by.at));
        let head = Item::new(keys::group(self.directory(), id), "group")
            .with("document", text(document_text(&resource)?))
            .with("version", number(1))
            .with("revision", number(1))
            .with("layout", number(1))
            .with("origin", text(origin.keyword()))
            .with("created", now.clone())
            .with("modified", now);
        let head = mapping.mark(head);
        let values = KeyValues::of_group(&resource);
        let name = resource.text("displayName").unwrap_or_default().to_owned();
        let mut record = GroupRecord {
            id,
            resource,
            version: 1,
            members: None,
            origin,
            mapping,
            revision: 1,
            created: by.at,
            modified: by.at,
        };
        let mut all_left_alone = Members::new();
        for _ in 0..MOST_ATTEMPTS {
            let joins: Vec<_> = members.iter().copied().collect();
            let mut writes: Vec<_> = joins.iter().map(|&user| self.join(id, user, &by)).collect();
            writes.extend(owner(self.directory(), id).create(&values, &by));
            writes.push(Write::put(by.mark(head.clone())).when_absent());
            writes.push(Write::put(chunk_item(self, id, &members, &by)).when_absent());
            match self.table().transact(&writes).await? {
                Outcome::Done => {
                    self.note_left_alone("join", id, &all_left_alone).await;
                    record.members = Some(members);
                    return Ok(record);
                }
                Outcome::Refused(refused) => {
                    let (refused_joins, others) = refused.split_at(joins.len());
                    if others.iter().any(Option::is_some) {
                        return Err(taken(&name).into());
                    }
                    let left_alone = Self::refused_joins(&joins, refused_joins)?;
                    members.retain(|user| !left_alone.contains(user));
                    all_left_alone.extend(left_alone);
                }
            }
        }
        Err(crate::Error::Contended)
    }
}

pub(super) fn taken(name: &str) -> Error {
    Error::uniqueness(format!("A group with displayName `{name}` already exists."))
}
