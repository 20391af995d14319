use scim::{Error, ErrorStatus, Resource};

use super::chunks::{Chunks, Layout, check_room};
use super::members::{Exceptions, Standing, is_large};
use super::{GroupRecord, MOST_ATTEMPTS, Members, owner};
use crate::index::{ToDo, Unindexed};
use crate::record::{KeyValues, attribute_names, document_text};
use crate::store::{Scope, stamp};
use crate::table::{Item, Outcome, Write, binary_set, number, text};
use crate::{DirectoryId, GroupId, GroupPush, Origin, Result, RoleMapping, keys};

impl Scope<'_> {
    /// Creates a group (RFC 7644 §3.3) with its members, in one transaction; with this id, if it was drawn beforehand.
    ///
    /// Errors: 403 for an identity provider that can only link; 409 `uniqueness`; 400 `invalidValue` for a member who does not
    /// exist; 413 for more members than a group may have.
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
        check_room(&members, &members)?;
        let mut resource = resource;
        let mut attributes = attribute_names(&resource);
        attributes.extend((!members.is_empty()).then(|| "members".to_owned()));
        let mapping = RoleMapping::take_from(&mut resource)?;
        let id = id.unwrap_or_else(|| self.store.new_group_id());
        let by = self.by("create group", Some(id.into()), &attributes);
        let mut record = GroupRecord {
            id,
            resource,
            version: 1,
            members: None,
            origin: Origin::of(self.principal.kind),
            mapping,
            revision: 1,
            created: by.at,
            modified: by.at,
            layout: Layout::Single,
            is_indexing: false,
            indexed: None,
        };
        let mut exceptions = Exceptions {
            left_alone: self.take_protected(&mut members).await?,
            ..Exceptions::default()
        };
        for _ in 0..MOST_ATTEMPTS {
            let is_indexing = is_large(members.len());
            record.layout = Layout::Single.with(members.len());
            record.is_indexing = is_indexing;
            let change = is_indexing.then(|| self.store.new_change_id());
            let joins: Vec<_> = members.iter().copied().filter(|_| !is_indexing).collect();
            let mut writes: Vec<_> = joins.iter().map(|&user| self.join(id, user, &by)).collect();
            let values = KeyValues::of_group(&record.resource);
            writes.extend(owner(self.directory(), id).create(&values, &by));
            let mut head = record.new_head(self.directory())?;
            if let Some(change) = change {
                head.set("indexing", binary_set([change.bytes()]));
            }
            writes.push(Write::put(by.mark(head)).when_absent());
            let chunks = Chunks {
                directory: self.directory(),
                group: id,
                layout: record.layout,
                members: &members,
                change,
                by: &by,
            };
            writes.extend(chunks.put());
            if let Some(change) = change {
                let to_do = ToDo::of_group(self.directory(), record.unindexed());
                writes.push(to_do.put(change, &by));
            }
            match self.table().transact(&writes).await? {
                Outcome::Done => {
                    self.note_left_alone("join", id, &exceptions.left_alone)
                        .await;
                    record.members = Some(members);
                    return Ok(record);
                }
                Outcome::Refused(refused) => {
                    let (refused_joins, others) = refused.split_at(joins.len());
                    if others.iter().any(Option::is_some) {
                        let name = record.resource.text("displayName");
                        return Err(taken(name.unwrap_or_default()).into());
                    }
                    self.refused_joins(&joins, refused_joins, &mut exceptions)?;
                    members.retain(|user| !exceptions.left_alone.contains(user));
                }
            }
        }
        Err(crate::Error::Contended)
    }

    /// Looks at those who are to join a new group, if they are too many for conditions of its transaction, and takes out
    /// who is protected from this principal. Errors like [`Standing::check_join`].
    async fn take_protected(&self, members: &mut Members) -> Result<Members> {
        let mut protected = Members::new();
        if is_large(members.len()) {
            for (user, standing) in self.standings(members).await? {
                standing.check_join(user)?;
                if standing == Standing::Protected {
                    protected.insert(user);
                }
            }
            members.retain(|user| !protected.contains(user));
        }
        Ok(protected)
    }
}

impl GroupRecord {
    /// All of its members.
    pub(super) fn unindexed(&self) -> Unindexed {
        Unindexed {
            group: self.id,
            layout: self.layout,
            chunks: (0..self.layout.chunks()).collect(),
            left: Members::new(),
        }
    }

    /// The head of a new group.
    fn new_head(&self, directory: DirectoryId) -> Result<Item> {
        let head = Item::new(keys::group(directory, self.id), "group")
            .with("document", text(document_text(&self.resource)?))
            .with("version", number(self.version))
            .with("revision", number(self.revision))
            .with("layout", number(self.layout.chunks()))
            .with("origin", text(self.origin.keyword()))
            .with("created", text(stamp(self.created)))
            .with("modified", text(stamp(self.modified)));
        Ok(self.mapping.mark(head))
    }
}

pub(super) fn taken(name: &str) -> Error {
    Error::uniqueness(format!("A group with displayName `{name}` already exists."))
}
