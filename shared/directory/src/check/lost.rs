use std::collections::BTreeMap;

use super::place::{Chunk, Place, place, prefix};
use super::{Check, Damage, Damaged, Remedy, Run};
use crate::group::{Layout, Members};
use crate::keys;
use crate::table::{Item, Outcome, Write, binary_set};
use crate::{Error, GroupId, Result};

impl Run<'_> {
    /// A chunk that is missing is made anew of the users whose groups name the group. Only another walk over the table
    /// finds them.
    pub async fn replace_lost_chunks(&mut self) -> Result<()> {
        if self.lost.is_empty() {
            return Ok(());
        }
        let mut lost: BTreeMap<_, _> = std::mem::take(&mut self.lost)
            .into_iter()
            .map(|lost| (lost, Members::new()))
            .collect();
        let check = self.check;
        let mut scan = check.table().scan(prefix(check.id()), &["groups"]);
        while let Some(items) = scan.next().await? {
            for item in &items {
                let Place::UserGroups(user) = place(check.id(), item.text("pk")?, item.text("sk")?)
                else {
                    continue;
                };
                let groups = item.ids("groups", GroupId::from_uuid).unwrap_or_default();
                for ((group, chunk), members) in &mut lost {
                    if groups.contains(group) && Chunk::of(chunk.layout, user) == *chunk {
                        members.insert(user);
                    }
                }
            }
        }
        for ((group, chunk), members) in lost {
            let Some(repair) = check.replacement(group, chunk, &members).await? else {
                continue;
            };
            let damaged = Damaged {
                resource: Some(group.into()),
                damage: Damage::ChunkMissing(chunk.number),
                repair: Some(repair),
            };
            match self.try_repair(&damaged).await? {
                None => self.note(damaged, Remedy::Repairable),
                Some(Outcome::Done) => self.note(damaged, Remedy::Repaired),
                Some(Outcome::Refused(_)) => self.report.undecided += 1,
            }
        }
        Ok(())
    }
}

impl Check<'_> {
    /// None if it is not missing any more.
    async fn replacement(
        &self,
        group: GroupId,
        chunk: Chunk,
        members: &Members,
    ) -> Result<Option<Vec<Write>>> {
        let (head_key, key) = (keys::group(self.id(), group), chunk.key(self.id(), group));
        let items = self.table().at_one_moment(&[head_key, key.clone()]).await?;
        let items = items.ok_or(Error::Contended)?;
        let [Some(head), None] = items.as_slice() else {
            return Ok(None);
        };
        if Layout::from_item(head)? != chunk.layout {
            return Ok(None);
        }
        let mut item = Item::new(key, "members");
        if !members.is_empty() {
            item.set("ids", binary_set(members.iter().map(|user| user.bytes())));
        }
        let put = Write::put(self.by(group).mark(item)).when_absent();
        Ok(Some(vec![put, self.touch_group(group, chunk.layout)]))
    }
}
