use std::collections::HashMap;

use tokio::time::Instant;

use crate::group::{GroupRecord, Members, chunk_ids, forget_members, joined, left};
use crate::keys;
use crate::store::By;
use crate::table::{Item, Outcome, Write, binary};
use crate::{DirectoryId, Error, GroupId, Result, Store, UserId};

/// Users who are looked at together.
const LOOKED_AT: usize = 1_000;
/// Users whose items are changed in one step: so long the chunk is held by a transaction.
const STEP: usize = 50;
/// Attempts at a step on conflict with requests.
const MOST_ATTEMPTS: usize = 10;

/// How far it came in the time that it had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    Done,
    /// The time was over.
    Unfinished,
}

/// Whose groups items are looked at, and in which chunk of which group they are members or not.
#[derive(Clone, Copy)]
struct Place<'a> {
    directory: DirectoryId,
    group: GroupId,
    /// None if the group is deleted: nobody is a member.
    chunk: Option<(&'a GroupRecord, u8)>,
}

impl Store {
    /// Brings the groups items of these users to what the group's chunks say, and takes out of the chunks who is gone. Where
    /// both agree, nothing is written. What is written carries the mark of the change that it follows from.
    pub(super) async fn bring_to_truth(
        &self,
        directory: DirectoryId,
        group: GroupId,
        users: &Members,
        by: &By,
        until: Instant,
    ) -> Result<Progress> {
        let mut users = users.clone();
        // A group is spread once, and deleted once.
        for _ in 0..3 {
            if users.is_empty() {
                return Ok(Progress::Done);
            }
            let head = self.group_head(directory, group).await?;
            let chunks: Vec<_> = match &head {
                None => vec![(None, users.clone())],
                Some(head) => {
                    let chunks = head.layout.split(&users).into_iter();
                    let chunks = chunks.map(|(chunk, users)| (Some((head, chunk)), users));
                    chunks.collect()
                }
            };
            for (chunk, of_chunk) in chunks {
                let place = Place {
                    directory,
                    group,
                    chunk,
                };
                let in_order: Vec<_> = of_chunk.iter().copied().collect();
                match self.correct(place, &in_order, by, until).await? {
                    Some(Progress::Done) => users.retain(|user| !of_chunk.contains(user)),
                    Some(Progress::Unfinished) => return Ok(Progress::Unfinished),
                    None => break,
                }
            }
        }
        if users.is_empty() {
            return Ok(Progress::Done);
        }
        Err(Error::Contended)
    }

    /// None if the chunk is not there any more: the group was spread or deleted.
    async fn correct(
        &self,
        place: Place<'_>,
        users: &[UserId],
        by: &By,
        until: Instant,
    ) -> Result<Option<Progress>> {
        for users in users.chunks(LOOKED_AT) {
            let Some(corrections) = self.corrections(place, users).await? else {
                return Ok(None);
            };
            for step in corrections.steps() {
                let progress = self.make(step, place, by, until).await?;
                if progress != Some(Progress::Done) {
                    return Ok(progress);
                }
            }
        }
        Ok(Some(Progress::Done))
    }

    /// Makes a step, looking again at whom it is about as often as something has changed meanwhile. After it comes a pause as
    /// long as it took: requests are to find the chunk free.
    async fn make(
        &self,
        mut step: Corrections,
        place: Place<'_>,
        by: &By,
        until: Instant,
    ) -> Result<Option<Progress>> {
        for _ in 0..MOST_ATTEMPTS {
            let started = Instant::now();
            if started >= until {
                return Ok(Some(Progress::Unfinished));
            }
            let outcome = self.table.transact(&step.writes(place, by)).await?;
            tokio::time::sleep(started.elapsed()).await;
            if matches!(outcome, Outcome::Done) {
                return Ok(Some(Progress::Done));
            }
            step = match self.corrections(place, &step.users()).await? {
                None => return Ok(None),
                Some(corrections) if corrections.is_empty() => return Ok(Some(Progress::Done)),
                Some(corrections) => corrections,
            };
        }
        Err(Error::Contended)
    }

    /// None if the chunk is not there.
    async fn corrections(&self, place: Place<'_>, users: &[UserId]) -> Result<Option<Corrections>> {
        let members = match place.chunk {
            None => Members::new(),
            Some((head, number)) => {
                let key = head.layout.key(place.directory, place.group, number);
                match self.table.get(&key).await? {
                    None => return Ok(None),
                    Some(chunk) => chunk_ids(&chunk)?,
                }
            }
        };
        let keys: Vec<_> = users
            .iter()
            .map(|&user| keys::user_groups(place.directory, user))
            .collect();
        let attributes = ["pk", "groups", "leaving"];
        let items = self.table.batch_get(&keys, &attributes).await?;
        let found: HashMap<_, _> = items
            .iter()
            .map(|item| (item.optional_text("pk"), item))
            .collect();
        let mut corrections = Corrections::default();
        for (&user, key) in users.iter().zip(&keys) {
            let item = found.get(&Some(key.pk.as_str())).copied();
            corrections.consider(place.group, user, members.contains(&user), item)?;
        }
        Ok(Some(corrections))
    }
}

/// What has to be changed until users' items say what the chunk does.
#[derive(Default)]
struct Corrections {
    join: Vec<UserId>,
    leave: Vec<UserId>,
    /// In the chunk, but deleted.
    gone: Vec<UserId>,
}

impl Corrections {
    fn consider(
        &mut self,
        group: GroupId,
        user: UserId,
        is_member: bool,
        groups: Option<&Item>,
    ) -> Result<()> {
        match groups.filter(|groups| !groups.is("leaving")) {
            // Who is leaving forgets his groups himself.
            None if is_member => self.gone.push(user),
            None => {}
            Some(groups) => {
                let groups = groups.ids("groups", GroupId::from_uuid)?;
                match (is_member, groups.contains(&group)) {
                    (true, false) => self.join.push(user),
                    (false, true) => self.leave.push(user),
                    (true, true) | (false, false) => {}
                }
            }
        }
        Ok(())
    }

    fn is_empty(&self) -> bool {
        self.join.is_empty() && self.leave.is_empty() && self.gone.is_empty()
    }

    fn users(&self) -> Vec<UserId> {
        [&self.join, &self.leave, &self.gone]
            .into_iter()
            .flatten()
            .copied()
            .collect()
    }

    fn steps(&self) -> impl Iterator<Item = Self> {
        let none = Self::default;
        let join = steps(&self.join).map(move |join| Self { join, ..none() });
        let leave = steps(&self.leave).map(move |leave| Self { leave, ..none() });
        let gone = steps(&self.gone).map(move |gone| Self { gone, ..none() });
        join.chain(leave).chain(gone)
    }

    /// All of them at once, on condition that each is still a member, or none, as it was read.
    fn writes(&self, place: Place<'_>, by: &By) -> Vec<Write> {
        let mut writes = Vec::new();
        if let Some((head, number)) = place.chunk {
            let (touch, mut chunk) = if self.gone.is_empty() {
                let key = head.layout.key(place.directory, place.group, number);
                (None, Write::check(key).when_present())
            } else {
                let [head, chunk] = forget_members(place.directory, head, number, &self.gone, by);
                (Some(head), chunk)
            };
            let members = self.join.iter().chain(&self.gone);
            let members = members.map(|user| (user, "contains(#ids, {})"));
            let others = self
                .leave
                .iter()
                .map(|user| (user, "NOT contains(#ids, {})"));
            for (index, (user, expected)) in members.chain(others).enumerate() {
                let name = format!(":id{index}");
                chunk = chunk.when(expected.replace("{}", &name));
                chunk = chunk.value(name, binary(user.bytes()));
            }
            writes.extend(touch);
            writes.push(chunk);
        }
        let (directory, group) = (place.directory, place.group);
        let join = |&user| joined(directory, group, user, by);
        let leave = |&user| left(directory, group, user, by).when("attribute_not_exists(#leaving)");
        writes.extend(self.join.iter().map(join));
        writes.extend(self.leave.iter().map(leave));
        writes
    }
}

fn steps(users: &[UserId]) -> impl Iterator<Item = Vec<UserId>> {
    users.chunks(STEP).map(<[_]>::to_vec)
}
