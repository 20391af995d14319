use super::chunks::{Layout, chunk_ids, too_many_members};
use super::{GroupRecord, MOST_ATTEMPTS, Members, not_found, touch};
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

/// Users who are not part of the change, as the refusals told.
#[derive(Default)]
struct Learnt {
    /// Protected from this principal: they stay as they are.
    left_alone: Members,
    /// Deleted: they go without a part of their own.
    gone: Members,
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
        let mut learnt = Learnt::default();
        let done = self.try_commute(record, step, ids, &mut learnt).await?;
        let verb = match step {
            Step::Add => "join",
            Step::Remove => "leave",
        };
        if done == Commuted::Done {
            self.note_left_alone(verb, record.id, &learnt.left_alone)
                .await;
        }
        Ok(done)
    }

    async fn try_commute(
        &self,
        record: &GroupRecord,
        step: Step,
        mut ids: Members,
        learnt: &mut Learnt,
    ) -> Result<Commuted> {
        let by = self.by(
            step.operation(),
            Some(record.id.into()),
            &["members".to_owned()],
        );
        let mut layout = record.layout;
        for _ in 0..MOST_ATTEMPTS {
            if ids.is_empty() {
                return Ok(Commuted::Done);
            }
            let chunks = layout.split(&ids);
            let users: Vec<_> = ids.difference(&learnt.gone).copied().collect();
            let mut writes = vec![touch(self.directory(), record.id, &by)];
            writes.extend(chunks.iter().map(|(&chunk, ids)| {
                let key = layout.key(self.directory(), record.id, chunk);
                step.chunk_update(Write::update(key), layout, ids, &by)
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
            let mut is_full = false;
            let mut is_elsewhere = false;
            for ((&chunk, wanted), refused) in chunks.iter().zip(of_chunks) {
                match refused {
                    None => {}
                    Some(Found::Nothing) => is_elsewhere = true,
                    Some(Found::Item(item)) => {
                        let present = chunk_ids(item)?;
                        let is_so = |user: &UserId| present.contains(user) == (step == Step::Add);
                        ids.retain(|user| layout.chunk_of(*user) != chunk || !is_so(user));
                        let new = wanted.iter().filter(|user| !is_so(user)).count();
                        is_full |= step == Step::Add && present.len() + new > layout.most();
                    }
                }
            }
            if is_elsewhere {
                let head = self.store.group_head(self.directory(), record.id).await?;
                layout = head.ok_or_else(|| not_found(record.id))?.layout;
                continue;
            }
            if is_full {
                return match layout {
                    Layout::Single => Ok(Commuted::Full),
                    Layout::Spread => Err(too_many_members()),
                };
            }
            self.learn(step, &ids, &users, of_users, learnt)?;
            ids.retain(|user| !learnt.left_alone.contains(user));
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
        learnt: &mut Learnt,
    ) -> Result<()> {
        let (users, refused): (Vec<_>, Vec<_>) = users
            .iter()
            .zip(refused)
            .filter(|(user, _)| ids.contains(user))
            .map(|(&user, refused)| (user, refused.clone()))
            .unzip();
        match step {
            Step::Add => learnt
                .left_alone
                .extend(self.refused_joins(&users, &refused)?),
            Step::Remove => {
                let (left_alone, gone) = Self::refused_leaves(&users, &refused);
                learnt.left_alone.extend(left_alone);
                learnt.gone.extend(gone);
            }
        }
        Ok(())
    }
}

impl Step {
    fn operation(self) -> &'static str {
        match self {
            Self::Add => "add members",
            Self::Remove => "remove members",
        }
    }

    /// A chunk's part: the ids, and what is expected of each of them.
    fn chunk_update(self, chunk: Write, layout: Layout, ids: &Members, by: &By) -> Write {
        let clause = match self {
            Self::Add => "ADD #ids :ids",
            Self::Remove => "DELETE #ids :ids",
        };
        let mut chunk = by
            .mark_update(chunk.clause(clause).when_present())
            .value(":ids", binary_set(ids.iter().map(|id| id.bytes())));
        if self == Self::Add {
            chunk = chunk
                .when("attribute_not_exists(#ids) OR size(#ids) <= :room")
                .value(":room", number(layout.most().saturating_sub(ids.len())));
        }
        for (index, id) in ids.iter().enumerate() {
            let name = format!(":id{index}");
            let expected = match self {
                Self::Add => format!("NOT contains(#ids, {name})"),
                Self::Remove => format!("contains(#ids, {name})"),
            };
            chunk = chunk.when(expected).value(name, binary(id.bytes()));
        }
        chunk
    }
}
