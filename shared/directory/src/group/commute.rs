use super::members::check_members;
use super::{GroupRecord, MOST_ATTEMPTS, MOST_MEMBERS, Members, chunk_ids, not_found, touch};
use crate::store::{By, Scope};
use crate::table::{Found, Outcome, Write, binary, binary_set, number};
use crate::{Error, Result, UserId, keys};

impl Scope<'_> {
    /// Adds commute: no condition on the version, but that each id is not there yet; a refusal's item corrects that.
    pub(super) async fn add_members(&self, record: &GroupRecord, added: Members) -> Result<()> {
        let left_alone = self.try_add_members(record, added).await?;
        self.note_left_alone("join", record.id, &left_alone).await;
        Ok(())
    }

    /// Gives those who are protected from this principal and stay as they are.
    async fn try_add_members(&self, record: &GroupRecord, mut added: Members) -> Result<Members> {
        let mut all_left_alone = Members::new();
        let by = self.by(
            "add members",
            Some(record.id.into()),
            &["members".to_owned()],
        );
        for _ in 0..MOST_ATTEMPTS {
            if added.is_empty() {
                return Ok(all_left_alone);
            }
            let joins: Vec<_> = added.iter().copied().collect();
            let room = MOST_MEMBERS.saturating_sub(joins.len());
            let chunk = self.chunk_update(
                record,
                "ADD #ids :ids",
                &joins,
                "NOT contains(#ids, {})",
                &by,
            );
            let chunk = chunk
                .when("attribute_not_exists(#ids) OR size(#ids) <= :room")
                .value(":room", number(room));
            let mut writes = vec![touch(self.directory(), record.id, &by), chunk];
            writes.extend(joins.iter().map(|&user| self.join(record.id, user, &by)));
            let refused = match self.table().transact(&writes).await? {
                Outcome::Done => return Ok(all_left_alone),
                Outcome::Refused(refused) => refused,
            };
            match &refused[1] {
                None => {}
                Some(Found::Nothing) => return Err(not_found(record.id)),
                Some(Found::Item(chunk)) => {
                    let present = chunk_ids(chunk)?;
                    added.retain(|user| !present.contains(user));
                    check_members(present.len() + added.len())?;
                }
            }
            if refused[0].is_some() {
                return Err(not_found(record.id));
            }
            let refused_joins: Vec<_> = joins
                .iter()
                .zip(&refused[2..])
                .filter(|(user, _)| added.contains(user))
                .collect();
            let (joins, refused): (Vec<_>, Vec<_>) = refused_joins
                .into_iter()
                .map(|(user, refused)| (*user, refused.clone()))
                .unzip();
            let left_alone = Self::refused_joins(&joins, &refused)?;
            added.retain(|user| !left_alone.contains(user));
            all_left_alone.extend(left_alone);
        }
        Err(Error::Contended)
    }

    /// Removes commute likewise.
    pub(super) async fn remove_members(
        &self,
        record: &GroupRecord,
        removed: Members,
    ) -> Result<()> {
        let left_alone = self.try_remove_members(record, removed).await?;
        self.note_left_alone("leave", record.id, &left_alone).await;
        Ok(())
    }

    /// Gives those who are protected from this principal and stay as they are.
    async fn try_remove_members(
        &self,
        record: &GroupRecord,
        mut removed: Members,
    ) -> Result<Members> {
        let mut all_left_alone = Members::new();
        let by = self.by(
            "remove members",
            Some(record.id.into()),
            &["members".to_owned()],
        );
        let mut gone = Members::new();
        for _ in 0..MOST_ATTEMPTS {
            if removed.is_empty() {
                return Ok(all_left_alone);
            }
            let ids: Vec<_> = removed.iter().copied().collect();
            let chunk =
                self.chunk_update(record, "DELETE #ids :ids", &ids, "contains(#ids, {})", &by);
            let leaves: Vec<_> = removed.difference(&gone).copied().collect();
            let mut writes = vec![touch(self.directory(), record.id, &by), chunk];
            writes.extend(leaves.iter().map(|&user| self.leave(record.id, user, &by)));
            let refused = match self.table().transact(&writes).await? {
                Outcome::Done => return Ok(all_left_alone),
                Outcome::Refused(refused) => refused,
            };
            match &refused[1] {
                None => {}
                Some(Found::Nothing) => return Err(not_found(record.id)),
                Some(Found::Item(chunk)) => {
                    let present = chunk_ids(chunk)?;
                    removed.retain(|user| present.contains(user));
                }
            }
            if refused[0].is_some() {
                return Err(not_found(record.id));
            }
            let (left_alone, now_gone) = Self::refused_leaves(&leaves, &refused[2..]);
            removed.retain(|user| !left_alone.contains(user));
            all_left_alone.extend(left_alone);
            gone.extend(now_gone);
        }
        Err(Error::Contended)
    }

    /// The chunk's part in an add or remove: `clause` on the ids, and the expectation for each of them.
    fn chunk_update(
        &self,
        record: &GroupRecord,
        clause: &str,
        ids: &[UserId],
        expectation: &str,
        by: &By,
    ) -> Write {
        let mut write = Write::update(keys::members(self.directory(), record.id))
            .clause(clause)
            .when_present()
            .value(":ids", binary_set(ids.iter().map(|id| id.bytes())));
        write = by.mark_update(write);
        for (index, id) in ids.iter().enumerate() {
            let name = format!(":id{index}");
            write = write
                .when(expectation.replace("{}", &name))
                .value(name, binary(id.bytes()));
        }
        write
    }
}
