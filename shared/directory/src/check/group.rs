use std::collections::BTreeSet;

use super::place::Chunk;
use super::user::unreadable;
use super::{Check, Damage, MOST_ATTEMPTS, Suspect, Verified, as_read};
use crate::group::Layout;
use crate::keys::{self, ResourceKind};
use crate::record::KeyValues;
use crate::table::{Item, Write, binary_set, number};
use crate::{ChangeId, Error, GroupId, Result, UserId};

impl Check<'_> {
    pub async fn verify_group(&self, id: GroupId) -> Result<Verified> {
        let key = keys::group(self.id(), id);
        for _ in 0..MOST_ATTEMPTS {
            let head = self.table().get(&key).await?;
            let (values, layout) = match self.shape_of_group(head.as_ref()) {
                Err(Error::Corrupt(_)) => return Ok(unreadable(id)),
                shape => shape?,
            };
            let chunks: Vec<_> = layout.map(Chunk::all).into_iter().flatten().collect();
            let roster = keys::roster(self.id(), ResourceKind::Group, &id.to_string());
            let mut keys = vec![key.clone(), roster];
            keys.extend(chunks.iter().map(|chunk| chunk.key(self.id(), id)));
            keys.extend(values.keys(self.id(), ResourceKind::Group, &id.to_string()));
            let Some(items) = self.table().at_one_moment(&keys).await? else {
                break;
            };
            let [head, roster, rest @ ..] = items.as_slice() else {
                return Err(Error::Corrupt("group"));
            };
            if self.shape_of_group(head.as_ref()).ok().as_ref() != Some(&(values.clone(), layout)) {
                continue;
            }
            let (members, values_held) = rest.split_at(chunks.len());
            let as_read = as_read(key, head.as_ref())?;
            let mut verified = Verified::default();
            self.judge_roster(id, head.as_ref(), roster.as_ref(), &as_read, &mut verified);
            let owner = self.owner(ResourceKind::Group, &id.to_string());
            self.judge_values(
                id.into(),
                &owner,
                &values,
                values_held,
                &as_read,
                &mut verified,
            )
            .await?;
            for (chunk, item) in chunks.iter().zip(members) {
                self.judge_chunk(id, *chunk, item.as_ref(), &mut verified);
            }
            if let Some(head) = head {
                self.judge_indexing(id, head, &mut verified).await?;
            }
            return Ok(verified);
        }
        Ok(Verified::undecided())
    }

    /// Its values and its layout; of one that does not exist, no chunks.
    fn shape_of_group(&self, head: Option<&Item>) -> Result<(KeyValues, Option<Layout>)> {
        match head {
            Some(head) => {
                let values = self.values(ResourceKind::Group, head)?;
                Ok((values, Some(Layout::from_item(head)?)))
            }
            None => Ok((KeyValues::default(), None)),
        }
    }

    fn judge_roster(
        &self,
        id: GroupId,
        head: Option<&Item>,
        place: Option<&Item>,
        as_read: &Write,
        verified: &mut Verified,
    ) {
        let key = keys::roster(self.id(), ResourceKind::Group, &id.to_string());
        match (head, place) {
            (Some(_), None) => {
                let put = Write::put(self.by(id).mark(Item::new(key, "roster"))).when_absent();
                verified.note(
                    id,
                    Damage::NotInRoster(ResourceKind::Group),
                    Some(vec![put, as_read.clone()]),
                );
            }
            (None, Some(_)) => {
                let delete = Write::delete(key).when_present();
                let damage = Damage::RosterWithoutResource(ResourceKind::Group);
                verified.note(id, damage, Some(vec![delete, as_read.clone()]));
            }
            _ => {}
        }
    }

    fn judge_chunk(&self, id: GroupId, chunk: Chunk, item: Option<&Item>, verified: &mut Verified) {
        let Some(item) = item else {
            verified.lost.push((id, chunk));
            return;
        };
        let Ok(members) = item.ids("ids", UserId::from_uuid) else {
            verified.note(id, Damage::Unreadable, None);
            return;
        };
        let is_misplaced = |user: &UserId| Chunk::of(chunk.layout, *user) != chunk;
        for user in members.into_iter().filter(is_misplaced) {
            let by = self.by(id);
            let part = |chunk: Chunk, clause: &str| {
                let write = Write::update(chunk.key(self.id(), id))
                    .clause(clause)
                    .when_present();
                by.mark_update(write.value(":user", binary_set([user.bytes()])))
            };
            let repair = vec![
                part(chunk, "DELETE #ids :user"),
                part(Chunk::of(chunk.layout, user), "ADD #ids :user"),
                self.touch_group(id, chunk.layout),
            ];
            verified.note(id, Damage::MemberMisplaced(user), Some(repair));
        }
    }

    /// The head's part in a repair of its members: it has this layout yet, and its version rises.
    pub fn touch_group(&self, id: GroupId, layout: Layout) -> Write {
        let head = Write::update(keys::group(self.id(), id))
            .clause("ADD #version :one")
            .when("#layout = :layout")
            .value(":one", number(1))
            .value(":layout", number(layout.chunks()));
        self.by(id).mark_update(head)
    }

    /// A large change of the group's members is under way: there is a to-do item of it, or nobody will end it.
    async fn judge_indexing(
        &self,
        id: GroupId,
        head: &Item,
        verified: &mut Verified,
    ) -> Result<()> {
        let changes = indexing(head)?;
        if changes.is_empty() {
            return Ok(());
        }
        let waited_for = changes.len();
        let through = self.are_through(changes).await?;
        // They may have come to their end in between.
        let now = self.table().get(&keys::group(self.id(), id)).await?;
        let now = now.as_ref().map_or(Ok(BTreeSet::new()), indexing)?;
        let forgotten: Vec<_> = through.intersection(&now).collect();
        verified.pending = forgotten.len() < waited_for;
        if forgotten.is_empty() {
            return Ok(());
        }
        let forget = Write::update(keys::group(self.id(), id))
            .clause("DELETE #indexing :changes")
            .when("#version = :version")
            .value(
                ":changes",
                binary_set(forgotten.iter().map(|it| it.bytes())),
            )
            .value(":version", number(head.number::<u64>("version")?));
        let forget = self.by(id).mark_update(forget);
        verified.note(id, Damage::IndexingForgotten, Some(vec![forget]));
        Ok(())
    }

    /// A chunk that was not expected.
    pub async fn verify_chunk(&self, id: GroupId, chunk: Chunk) -> Result<Verified> {
        let (head_key, key) = (keys::group(self.id(), id), chunk.key(self.id(), id));
        let keys = [head_key.clone(), key.clone()];
        let Some(items) = self.table().at_one_moment(&keys).await? else {
            return Ok(Verified::undecided());
        };
        let mut verified = Verified::default();
        let [head, Some(item)] = items.as_slice() else {
            return Ok(verified);
        };
        match head.as_ref().map(Layout::from_item) {
            // That is told of the group.
            Some(Err(_)) => {}
            Some(Ok(layout)) if layout == chunk.layout => verified.further.push(Suspect::Group(id)),
            _ => {
                let is_empty = !item.0.contains_key("ids");
                let as_read = as_read(head_key, head.as_ref())?;
                if is_empty {
                    let delete = Write::delete(key).when("attribute_not_exists(#ids)");
                    let repair = vec![delete.when_present(), as_read];
                    verified.note(id, Damage::ChunkWithoutGroup, Some(repair));
                } else {
                    verified.note(id, Damage::MembersWithoutGroup, None);
                }
            }
        }
        Ok(verified)
    }
}

/// The large changes that a group waits for.
fn indexing(head: &Item) -> Result<BTreeSet<ChangeId>> {
    head.ids("indexing", ChangeId::from_uuid)
}
