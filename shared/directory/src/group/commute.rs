use std::collections::BTreeMap;

use super::chunks::{Layout, chunk_ids, too_many_members};
use super::members::Exceptions;
use super::{GroupRecord, MOST_ATTEMPTS, Members, not_found, touch};
use crate::keys::Key;
use crate::store::{By, Scope};
use crate::table::{Found, Outcome, Write, binary, binary_set, number};
use crate::{Error, Result, UserId};

/// What a change does that commutes with others: pure adds and pure removes of few ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Add,
    Remove,
}

/// What came of such a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Commuted {
    Done,
    /// Nothing was changed: the group's one chunk is full, and its members have to be spread first.
    Full,
}

impl Scope<'_> {
    /// Adds or removes members without a condition on the version: each id carries its own expectation, and a refusal's
    /// item corrects it. If all is already so, nothing is written.
    pub(super) async fn commute(
        &self,
        record: &GroupRecord,
        step: Step,
        ids: Members,
    ) -> Result<Commuted> {
        let mut exceptions = Exceptions::default();
        let done = self.try_commute(record, step, ids, &mut exceptions).await?;
        let verb = match step {
            Step::Add => "join",
            Step::Remove => "leave",
        };
        if done == Commuted::Done {
            self.note_left_alone(verb, record.id, &exceptions.left_alone)
                .await;
        }
        Ok(done)
    }

    async fn try_commute(
        &self,
        record: &GroupRecord,
        step: Step,
        mut ids: Members,
        exceptions: &mut Exceptions,
    ) -> Result<Commuted> {
        let by = self.by(
            step.operation(),
            Some(record.id.into()),
            &["members".to_owned()],
        );
        let mut layout = record.layout;
        // Those of whom it was so already when they were last looked at. They are looked at again with the rest: all of the
        // request is at one moment.
        let mut settled = Members::new();
        for _ in 0..MOST_ATTEMPTS {
            let open: Members = ids.difference(&settled).copied().collect();
            if open.is_empty() {
                return Ok(Commuted::Done);
            }
            let chunks = layout.split(&ids);
            let users: Vec<_> = open.difference(&exceptions.gone).copied().collect();
            let mut writes = vec![touch(self.directory(), record.id, &by)];
            writes.extend(chunks.iter().map(|(&chunk, ids)| {
                let key = layout.key(self.directory(), record.id, chunk);
                step.chunk_part(key, layout, ids, &settled, &by)
            }));
            writes.extend(users.iter().map(|&user| match step {
                Step::Add => self.join(record.id, user, &by),
                Step::Remove => self.leave(record.id, user, &by),
            }));
            let refused = match self.table().transact(&writes).await? {
                Outcome::Done => return Ok(Commuted::Done),
                Outcome::Refused(refused) => refused,
            };
            if refused[0].is_some() {
                return Err(not_found(record.id));
            }
            let (of_chunks, of_users) = refused[1..].split_at(chunks.len());
            let Some(present) = members_of(chunks.keys().zip(of_chunks))? else {
                let head = self.store.group_head(self.directory(), record.id).await?;
                layout = head.ok_or_else(|| not_found(record.id))?.layout;
                continue;
            };
            for user in &ids {
                let Some(members) = present.get(&layout.chunk_of(*user)) else {
                    continue;
                };
                if members.contains(user) == (step == Step::Add) {
                    settled.insert(*user);
                } else {
                    settled.remove(user);
                }
            }
            let open: Members = ids.difference(&settled).copied().collect();
            self.learn(step, &open, &users, of_users, exceptions)?;
            ids.retain(|user| !exceptions.left_alone.contains(user));
            let wanted = layout.split(open.intersection(&ids));
            let is_full = |(chunk, members): (&u8, &Members)| {
                let new = wanted.get(chunk).map_or(0, Members::len);
                members.len() + new > layout.most()
            };
            if step == Step::Add && present.iter().any(is_full) {
                return match layout {
                    Layout::Single => Ok(Commuted::Full),
                    Layout::Spread => Err(too_many_members()),
                };
            }
        }
        Err(Error::Contended)
    }

    /// What the refused parts of users say, as far as they are still to be changed.
    fn learn(
        &self,
        step: Step,
        ids: &Members,
        users: &[UserId],
        refused: &[Option<Found>],
        exceptions: &mut Exceptions,
    ) -> Result<()> {
        let (users, refused): (Vec<_>, Vec<_>) = users
            .iter()
            .zip(refused)
            .filter(|(user, _)| ids.contains(user))
            .map(|(&user, refused)| (user, refused.clone()))
            .unzip();
        match step {
            Step::Add => self.refused_joins(&users, &refused, exceptions)?,
            Step::Remove => exceptions.refused_leaves(&users, &refused),
        }
        Ok(())
    }
}

/// The members of the chunks that refused; none if one of them is not there: the group was spread or deleted.
fn members_of<'a>(
    refused: impl Iterator<Item = (&'a u8, &'a Option<Found>)>,
) -> Result<Option<BTreeMap<u8, Members>>> {
    let mut members = BTreeMap::new();
    for (&chunk, refused) in refused {
        match refused {
            None => {}
            Some(Found::Nothing) => return Ok(None),
            Some(Found::Item(item)) => {
                members.insert(chunk, chunk_ids(item)?);
            }
        }
    }
    Ok(Some(members))
}

impl Step {
    fn operation(self) -> &'static str {
        match self {
            Self::Add => "add members",
            Self::Remove => "remove members",
        }
    }

    /// A chunk's part: the ids, and what is expected of each of them, of those too of whom it is so already.
    fn chunk_part(
        self,
        key: Key,
        layout: Layout,
        ids: &Members,
        settled: &Members,
        by: &By,
    ) -> Write {
        let open: Members = ids.difference(settled).copied().collect();
        let mut part = if open.is_empty() {
            Write::check(key).when_present()
        } else {
            let clause = match self {
                Self::Add => "ADD #ids :ids",
                Self::Remove => "DELETE #ids :ids",
            };
            let part = Write::update(key).clause(clause).when_present();
            by.mark_update(part)
                .value(":ids", binary_set(open.iter().map(|id| id.bytes())))
        };
        if self == Self::Add && !open.is_empty() {
            part = part
                .when("attribute_not_exists(#ids) OR size(#ids) <= :room")
                .value(":room", number(layout.most().saturating_sub(open.len())));
        }
        for (index, id) in ids.iter().enumerate() {
            let name = format!(":id{index}");
            let is_member = (self == Self::Remove) != settled.contains(id);
            let expected = if is_member {
                format!("contains(#ids, {name})")
            } else {
                format!("NOT contains(#ids, {name})")
            };
            part = part.when(expected).value(name, binary(id.bytes()));
        }
        part
    }
}
