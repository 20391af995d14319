use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::AttributeValue;

use super::place::is_id;
use super::{Check, Damage, Damaged, MOST_ATTEMPTS, Remedy, Repair, Run};
use crate::Result;
use crate::keys::{self, Key, ResourceKind};
use crate::table::{Item, Outcome, Write, number, text};

/// Ids that are counted together.
const AT_ONCE: usize = 10_000;

/// The shards of one total, by their sort keys.
type Shards = BTreeMap<String, Item>;

impl Run<'_> {
    /// Compares the totals with the rosters, shard by shard. A shard that is the same before and after its roster was
    /// counted was so all the time: each change of it leaves another mark.
    pub async fn totals(&mut self) -> Result<()> {
        for kind in ResourceKind::ALL {
            let mut undecided: BTreeSet<_> = shards().collect();
            for _ in 0..MOST_ATTEMPTS {
                let before = self.check.shards(kind).await?;
                let counted = self.check.count(kind).await?;
                let after = self.check.shards(kind).await?;
                for shard in undecided.clone() {
                    if before.get(&shard) != after.get(&shard) {
                        continue;
                    }
                    let counted = counted.get(&shard).copied().unwrap_or_default();
                    if self
                        .judge_total(kind, &shard, before.get(&shard), counted)
                        .await?
                    {
                        undecided.remove(&shard);
                    }
                }
                if undecided.is_empty() {
                    break;
                }
            }
            self.report.undecided += undecided.len();
        }
        Ok(())
    }

    /// Whether it is decided.
    async fn judge_total(
        &mut self,
        kind: ResourceKind,
        shard: &str,
        item: Option<&Item>,
        counted: i64,
    ) -> Result<bool> {
        let stored = item.map_or(Ok(0), |item| item.number("count"));
        // What cannot be read is no number, and is written anew.
        let readable = stored.as_ref().ok().copied();
        let counted = counted + self.unrepaired(kind, shard);
        if readable == Some(counted) {
            return Ok(true);
        }
        let damage = Damage::Total {
            kind,
            shard: shard.parse().unwrap_or_default(),
            stored: readable.unwrap_or_default(),
            counted,
        };
        let repair = self.check.write_total(kind, shard, item, counted);
        let damaged = Damaged {
            resource: None,
            damage,
            repair: Some(vec![repair]),
        };
        match self.try_repair(&damaged).await? {
            None => self.note(damaged, Remedy::Repairable),
            Some(Outcome::Done) => self.note(damaged, Remedy::Repaired),
            Some(Outcome::Refused(_)) => return Ok(false),
        }
        Ok(true)
    }

    /// By how much the roster of this shard would be longer if it were repaired.
    fn unrepaired(&self, kind: ResourceKind, shard: &str) -> i64 {
        if self.repair == Repair::Yes {
            return 0;
        }
        let findings = self
            .findings
            .keys()
            .filter_map(|(resource, damage)| Some((resource.as_ref()?, damage)));
        let difference = findings.map(|(resource, damage)| match damage {
            Damage::NotInRoster(kind) => (*kind, &resource.id, 1),
            Damage::RosterWithoutResource(kind) => (*kind, &resource.id, -1),
            _ => (kind, &resource.id, 0),
        });
        let here = difference.filter(|(of, id, _)| {
            *of == kind && keys::total(self.check.id(), kind, id).sk == shard
        });
        here.map(|(_, _, by)| by).sum()
    }
}

impl Check<'_> {
    async fn shards(&self, kind: ResourceKind) -> Result<Shards> {
        let items = self
            .table()
            .query(&keys::totals_partition(self.id(), kind))
            .await?;
        items
            .into_iter()
            .map(|item| Ok((item.text("sk")?.to_owned(), item)))
            .collect()
    }

    /// How many ids of a roster each shard counts.
    async fn count(&self, kind: ResourceKind) -> Result<BTreeMap<String, i64>> {
        let (mut counts, mut after) = (BTreeMap::new(), None);
        loop {
            let ids = self.roster(kind, after.as_deref(), AT_ONCE).await?;
            for id in ids.iter().filter(|id| is_id(kind, id)) {
                *counts
                    .entry(keys::total(self.id(), kind, id).sk)
                    .or_default() += 1;
            }
            if ids.len() < AT_ONCE {
                return Ok(counts);
            }
            after = ids.into_iter().next_back();
        }
    }

    /// Writes it if nothing was counted in it since it was read.
    fn write_total(
        &self,
        kind: ResourceKind,
        shard: &str,
        item: Option<&Item>,
        counted: i64,
    ) -> Write {
        let key = Key {
            pk: keys::totals_partition(self.id(), kind),
            sk: shard.to_owned(),
        };
        let write = Write::update(key)
            .clause("SET #type = :type, #count = :count")
            .value(":type", text("total"))
            .value(":count", number(counted));
        let write = self.administration.by("repair", &[]).mark_update(write);
        match item {
            None => write.when_absent(),
            Some(item) => {
                ["write", "count"]
                    .into_iter()
                    .fold(write.when_present(), |write, name| match item.0.get(name) {
                        Some(value) => write
                            .when(format!("#{name} = :read_{name}"))
                            .value(format!(":read_{name}"), AttributeValue::clone(value)),
                        None => write.when(format!("attribute_not_exists(#{name})")),
                    })
            }
        }
    }
}

/// The sort keys of a total's shards.
fn shards() -> impl Iterator<Item = String> {
    (0..64).map(|shard| format!("{shard:02}"))
}
