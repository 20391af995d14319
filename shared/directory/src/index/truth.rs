use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::group::{GroupRecord, Members, chunk_ids, forget_members};
use crate::keys;
use crate::store::By;
use crate::table::{Item, Outcome, Write, binary, binary_set, number};
use crate::{DirectoryId, Error, GroupId, Result, Store, UserId};

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
    /// The chunk is not there any more: the group was spread or deleted.
    Moved,
}

/// Whose groups items are looked at, and in which chunk of which group they are members or not.
#[derive(Clone, Copy)]
struct Place<'a> {
    directory: DirectoryId,
    group: GroupId,
    /// None if the group is deleted: nobody is a member.
    chunk: Option<(&'a GroupRecord, u8)>,
}

/// A chunk as it was read.
struct Chunk {
    /// The mark of its last change: as long as it is there, the chunk is as it was read.
    write: [u8; 16],
    members: Members,
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
            let head = self.group_head(directory, group).await?;
            let chunks: Vec<_> = match &head {
                None => vec![(None, users.clone())],
                Some(head) => {
                    let chunks = head.layout.split(&users).into_iter();
                    chunks
                        .map(|(chunk, users)| (Some((head, chunk)), users))
                        .collect()
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
                    Progress::Done => users.retain(|user| !of_chunk.contains(user)),
                    Progress::Unfinished => return Ok(Progress::Unfinished),
                    Progress::Moved => break,
                }
            }
            if users.is_empty() {
                return Ok(Progress::Done);
            }
        }
        Err(Error::Contended)
    }

    /// Step by step, one after another, and after each a pause as long as it took: requests are to find the chunk free.
    async fn correct(
        &self,
        place: Place<'_>,
        users: &[UserId],
        by: &By,
        until: Instant,
    ) -> Result<Progress> {
        const LONGEST_PAUSE: Duration = Duration::from_millis(200);
        let Some(mut chunk) = self.read_chunk(place).await? else {
            return Ok(Progress::Moved);
        };
        for users in users.chunks(STEP) {
            let mut attempts = 0;
            loop {
                let started = Instant::now();
                if started >= until {
                    return Ok(Progress::Unfinished);
                }
                let corrections = self.corrections(place, &chunk, users).await?;
                if corrections.is_empty() {
                    break;
                }
                let writes = corrections.writes(place, &chunk, by);
                let outcome = self.table.transact(&writes).await?;
                tokio::time::sleep(started.elapsed().min(LONGEST_PAUSE)).await;
                let is_done = matches!(outcome, Outcome::Done);
                if is_done && corrections.gone.is_empty() {
                    break;
                }
                match self.read_chunk(place).await? {
                    Some(now) => chunk = now,
                    None => return Ok(Progress::Moved),
                }
                attempts += 1;
                if attempts > MOST_ATTEMPTS {
                    return Err(Error::Contended);
                }
            }
        }
        Ok(Progress::Done)
    }

    /// Of a deleted group an empty one; none if it is not there any more.
    async fn read_chunk(&self, place: Place<'_>) -> Result<Option<Chunk>> {
        let Some((head, number)) = place.chunk else {
            return Ok(Some(Chunk {
                write: [0; 16],
                members: Members::new(),
            }));
        };
        let key = head.layout.key(place.directory, place.group, number);
        let Some(item) = self.table.get(&key).await? else {
            return Ok(None);
        };
        let write = item.bytes("write")?;
        Ok(Some(Chunk {
            write: write.try_into().map_err(|_| Error::Corrupt("write"))?,
            members: chunk_ids(&item)?,
        }))
    }

    async fn corrections(
        &self,
        place: Place<'_>,
        chunk: &Chunk,
        users: &[UserId],
    ) -> Result<Corrections> {
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
            let item = found.get(&Some(key.pk.as_str()));
            corrections.consider(place, chunk, user, item.copied())?;
        }
        Ok(corrections)
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
        place: Place<'_>,
        chunk: &Chunk,
        user: UserId,
        groups: Option<&Item>,
    ) -> Result<()> {
        let is_member = chunk.members.contains(&user);
        match groups.filter(|groups| !groups.is("leaving")) {
            // Who is leaving forgets his groups himself.
            None if is_member => self.gone.push(user),
            None => {}
            Some(groups) => {
                let knows = groups
                    .ids("groups", GroupId::from_uuid)?
                    .contains(&place.group);
                match (is_member, knows) {
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

    /// All of them at once, on condition that the chunk is as it was read.
    fn writes(&self, place: Place<'_>, chunk: &Chunk, by: &By) -> Vec<Write> {
        let mut writes = Vec::new();
        if let Some((head, number)) = place.chunk {
            let as_read = |write: Write| {
                write
                    .when("#write = :read")
                    .value(":read", binary(chunk.write))
            };
            if self.gone.is_empty() {
                let key = head.layout.key(place.directory, place.group, number);
                writes.push(as_read(Write::check(key)));
            } else {
                let [head, chunk] = forget_members(place.directory, head, number, &self.gone, by);
                writes.extend([head, as_read(chunk)]);
            }
        }
        let item = |user: &UserId, clause: &str| {
            let write = Write::update(keys::user_groups(place.directory, *user))
                .clause(clause)
                .clause("ADD #version :one")
                .when_present()
                .when("attribute_not_exists(#leaving)")
                .value(":group", binary_set([place.group.bytes()]))
                .value(":one", number(1));
            by.mark_update(write)
        };
        writes.extend(
            self.join
                .iter()
                .map(|user| item(user, "ADD #groups :group")),
        );
        writes.extend(
            self.leave
                .iter()
                .map(|user| item(user, "DELETE #groups :group")),
        );
        writes
    }
}
