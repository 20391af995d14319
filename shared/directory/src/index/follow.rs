use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::iter;
use tokio::time::Instant;

use super::truth::Progress;
use crate::audit::ChangeRecord;
use crate::group::{Layout, Members, chunk_ids};
use crate::table::Item;
use crate::{Causes, ChangeId, DirectoryId, Result, Store, UserId, keys};

/// Chunks that are followed at once; the records of one chunk come one after another.
const CHUNKS_AT_ONCE: usize = 8;

/// What a record of the stream says that is to be followed.
enum Followed {
    /// A large change changed a chunk, or deleted it with its group: whose items to look at.
    Chunk {
        directory: DirectoryId,
        layout: Layout,
        chunk: u8,
        change: ChangeId,
        users: Members,
    },
    /// The one chunk of a group was spread by a large change: some may have left the group with it.
    Spread {
        directory: DirectoryId,
        change: ChangeId,
    },
    /// A user was deleted who is in many groups.
    Leaving {
        directory: DirectoryId,
        user: UserId,
    },
}

impl Store {
    /// Does what follows from changes that were too large to do it themselves, as far as that can be done in this time:
    /// brings users' groups items to what the groups' chunks say.
    ///
    /// Records may come twice, late and in any order. The answer has the indexes of those of which something is left to do;
    /// to try them again is safe.
    pub async fn follow_changes(&self, records: &[ChangeRecord], time: Duration) -> Vec<usize> {
        let until = Instant::now() + time;
        let mut by_chunk = BTreeMap::<_, Vec<_>>::new();
        for (index, record) in records.iter().enumerate() {
            if let Some((key, followed)) = Followed::of(record) {
                by_chunk.entry(key).or_default().push((index, followed));
            }
        }
        let follow = by_chunk.into_values().map(async |records| {
            let mut left = Vec::new();
            for (index, followed) in records {
                match self.follow(followed, until).await {
                    Ok(Progress::Done) => {}
                    Ok(Progress::Unfinished) => left.push(index),
                    Err(error) => {
                        tracing::error!(error = %Causes(&error), "a large change could not be followed");
                        left.push(index);
                    }
                }
            }
            left
        });
        let left: Vec<_> = iter(follow)
            .buffer_unordered(CHUNKS_AT_ONCE)
            .collect()
            .await;
        let mut left = left.concat();
        left.sort_unstable();
        left
    }

    async fn follow(&self, followed: Followed, until: Instant) -> Result<Progress> {
        match followed {
            Followed::Leaving { directory, user } => match self.to_do(user.into()).await? {
                Some((_, by)) => self.forget_user(directory, user, &by, until).await,
                None => Ok(Progress::Done),
            },
            Followed::Spread { directory, change } => {
                let Some((unindexed, by)) = self.unindexed(change).await? else {
                    return Ok(Progress::Done);
                };
                let left = &unindexed.left;
                let progress = self
                    .bring_to_truth(directory, unindexed.group, left, &by, until)
                    .await?;
                if progress == Progress::Done {
                    self.is_through(directory, change, None).await?;
                }
                Ok(progress)
            }
            Followed::Chunk {
                directory,
                layout,
                chunk,
                change,
                users,
            } => {
                // What is through already comes again too.
                let Some((unindexed, by)) = self.unindexed(change).await? else {
                    return Ok(Progress::Done);
                };
                if unindexed.layout != layout {
                    return Ok(Progress::Done);
                }
                if !unindexed.chunks.contains(&chunk) {
                    self.finish_if_through(directory, change).await?;
                    return Ok(Progress::Done);
                }
                let progress = self
                    .bring_to_truth(directory, unindexed.group, &users, &by, until)
                    .await?;
                if progress == Progress::Done {
                    self.is_through(directory, change, Some(chunk)).await?;
                }
                Ok(progress)
            }
        }
    }
}

impl Followed {
    /// With the partition of the item, whose records come one after another. Of a record that cannot be read nothing is
    /// followed: the sweep finds what it leaves.
    fn of(record: &ChangeRecord) -> Option<(String, Self)> {
        let (old, new) = (record.old.as_ref(), record.new.as_ref());
        let present = new.or(old)?;
        let partition = present.text("pk").ok()?;
        let followed = match present.optional_text("type")? {
            "members" => Self::of_chunk(partition, old, new),
            "to do" if old.is_none() => Self::of_to_do(new?),
            "user's groups" => Self::of_user(partition, old, new?),
            _ => None,
        };
        Some((partition.to_owned(), followed?))
    }

    fn of_chunk(partition: &str, old: Option<&Item>, new: Option<&Item>) -> Option<Self> {
        let (directory, group, chunks, chunk) = keys::parse_chunk(partition)?;
        let stamp = |item: Option<&Item>| item?.0.get("stamp").cloned();
        let change = match new {
            // It went with its group, or with its layout: of the latter there is nothing to do under the group's id.
            None => group.into(),
            Some(_) if stamp(old) == stamp(new) => return None,
            Some(new) => ChangeId::from_bytes(new.bytes("stamp").ok()?)?,
        };
        let ids = |item: Option<&Item>| item.map_or(Some(Members::new()), |it| chunk_ids(it).ok());
        let (was, is) = (ids(old)?, ids(new)?);
        Some(Self::Chunk {
            directory,
            layout: Layout::from_chunks(chunks)?,
            chunk,
            change,
            users: was.symmetric_difference(&is).copied().collect(),
        })
    }

    fn of_to_do(new: &Item) -> Option<Self> {
        new.0.get("left")?;
        Some(Self::Spread {
            directory: DirectoryId::parse(new.text("directory").ok()?)?,
            change: ChangeId::parse(new.text("sk").ok()?)?,
        })
    }

    fn of_user(partition: &str, old: Option<&Item>, new: &Item) -> Option<Self> {
        let (directory, user) = keys::parse_user_partition(partition)?;
        let was_leaving = old.is_some_and(|old| old.is("leaving"));
        (new.is("leaving") && !was_leaving).then_some(Self::Leaving { directory, user })
    }
}
