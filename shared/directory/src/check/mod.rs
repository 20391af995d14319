//! The check of a directory: whether all of its items say the same, and what repairs them where they do not.
//!
//! The truth are the users' and groups' own items and the groups' chunks. Everything else follows from them: places in
//! rosters, totals, unique values, lookups, and the users' groups. There is no index by which the items of a directory
//! could be found, so the rosters tell what has to be there ([`read`]), a walk over the whole table what is there
//! ([`scan`]), and whatever is in one of the two alone is suspect.
//!
//! Requests are answered meanwhile, so a suspicion is no finding: each is looked at again, by one transaction that reads
//! all that must agree ([`user`], [`group`], [`membership`], [`value`]; [`totals`] for numbers), and what a large change
//! has yet to bring about is told as pending. What a repair does is on condition of what was read there.

mod expected;
mod group;
mod lost;
mod membership;
mod place;
mod read;
mod report;
mod scan;
mod to_do;
mod totals;
mod user;
mod value;

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::try_join_all;

use place::Chunk;
pub use report::{CheckProgress, CheckReport, Damage, Finding, LookedAt, Remedy, Repair};

use crate::keys::{self, Key, ResourceKind};
use crate::record::{KeyValues, Owner, read_document};
use crate::store::By;
use crate::table::{Item, Outcome, Table, Write, number};
use crate::tenancy::check_not_deleting;
use crate::{
    Administration, Directory, DirectoryId, Error, GroupId, ResourceReference, Result, UserId,
};

/// Findings that a report lists.
const MOST_LISTED: usize = 1_000;
/// Suspicions that are looked at again at the same time.
const AT_ONCE: usize = 16;
/// Attempts at what changes while it is looked at.
const MOST_ATTEMPTS: usize = 5;

/// What has to be looked at again. In the order in which repairs depend on one another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Suspect {
    User(UserId),
    Group(GroupId),
    /// A unique value or a lookup.
    Value(Key),
    Chunk(GroupId, Chunk),
    Membership(GroupId, UserId),
}

/// What came of looking again.
#[derive(Debug, Default)]
struct Verified {
    damages: Vec<Damaged>,
    /// Something differs as long as a large change is not through.
    pending: bool,
    /// It changed each time.
    undecided: bool,
    /// What else has to be looked at.
    further: Vec<Suspect>,
    /// Chunks that are missing.
    lost: Vec<(GroupId, Chunk)>,
}

/// A damage, and the transaction that repairs it if one can.
#[derive(Debug)]
struct Damaged {
    resource: Option<ResourceReference>,
    damage: Damage,
    repair: Option<Vec<Write>>,
}

impl Verified {
    fn undecided() -> Self {
        Self {
            undecided: true,
            ..Self::default()
        }
    }

    fn note(
        &mut self,
        resource: impl Into<ResourceReference>,
        damage: Damage,
        repair: Option<Vec<Write>>,
    ) {
        self.damages.push(Damaged {
            resource: Some(resource.into()),
            damage,
            repair,
        });
    }
}

impl Administration<'_> {
    /// Checks that everything in a directory agrees, and repairs it where that is asked for. Requests are answered
    /// meanwhile. It reads all of the table once; `watch` is told how it is going.
    ///
    /// Errors: 404; 409 while the directory is being deleted.
    pub async fn check_directory(
        &self,
        id: DirectoryId,
        repair: Repair,
        watch: impl Fn(CheckProgress),
    ) -> Result<CheckReport> {
        let directory = self.directory(id).await?;
        check_not_deleting(&directory)?;
        let check = Check {
            administration: self,
            directory,
        };
        let mut run = Run {
            check: &check,
            repair,
            marked: false,
            lost: BTreeSet::new(),
            findings: BTreeMap::new(),
            report: CheckReport::default(),
        };
        let (expected, suspects) = check.read(&mut run.report.looked_at, &watch).await?;
        run.look_again(suspects).await?;
        run.scan(expected, &watch).await?;
        run.replace_lost_chunks().await?;
        watch(CheckProgress::Totals);
        run.totals().await?;
        Ok(run.into_report())
    }
}

/// A check of one directory: what it looks at.
struct Check<'a> {
    administration: &'a Administration<'a>,
    directory: Directory,
}

impl Check<'_> {
    fn table(&self) -> &Table {
        self.administration.table()
    }

    fn id(&self) -> DirectoryId {
        self.directory.id
    }

    /// Who repairs what.
    fn by(&self, resource: impl Into<ResourceReference>) -> By {
        self.administration.by_about("repair", resource.into())
    }

    async fn verify(&self, suspect: &Suspect) -> Result<Verified> {
        match suspect {
            Suspect::User(user) => self.verify_user(*user).await,
            Suspect::Group(group) => self.verify_group(*group).await,
            Suspect::Value(key) => self.verify_value(key).await,
            Suspect::Chunk(group, chunk) => self.verify_chunk(*group, *chunk).await,
            Suspect::Membership(group, user) => match self.verify_membership(*group, *user).await {
                // That is told of whose item it is.
                Err(Error::Corrupt(_)) => Ok(Verified::default()),
                verified => verified,
            },
        }
    }

    /// What the directory's settings make of a document.
    fn values(&self, kind: ResourceKind, item: &Item) -> Result<KeyValues> {
        let resource = read_document(item)?;
        Ok(match kind {
            ResourceKind::User => KeyValues::of_user(&resource, &self.directory.settings),
            ResourceKind::Group => KeyValues::of_group(&resource),
            // Their names were free when they were deleted.
            ResourceKind::DeletedUser => KeyValues::default(),
        })
    }

    fn owner(&self, kind: ResourceKind, id: &str) -> Owner {
        Owner {
            directory: self.id(),
            kind,
            id: id.to_owned(),
        }
    }
}

/// A check under way: what came of it so far.
struct Run<'a> {
    check: &'a Check<'a>,
    repair: Repair,
    /// Whether the trail says that it repairs.
    marked: bool,
    /// Chunks that are missing: what they are made of anew is known at the end.
    lost: BTreeSet<(GroupId, Chunk)>,
    findings: BTreeMap<(Option<ResourceReference>, Damage), Remedy>,
    report: CheckReport,
}

impl Run<'_> {
    /// Looks at suspects again, and at what follows from them.
    async fn look_again(&mut self, suspects: impl IntoIterator<Item = Suspect>) -> Result<()> {
        let mut open: BTreeSet<_> = suspects.into_iter().collect();
        while !open.is_empty() {
            let at_once: Vec<_> = std::iter::from_fn(|| open.pop_first())
                .take(AT_ONCE)
                .collect();
            let verified = at_once.iter().map(|suspect| self.check.verify(suspect));
            for (suspect, verified) in at_once.iter().zip(try_join_all(verified).await?) {
                open.extend(self.settle(suspect, verified).await?);
            }
        }
        Ok(())
    }

    /// Notes and repairs what is wrong with a suspect. Gives what has to be looked at then.
    async fn settle(&mut self, suspect: &Suspect, mut verified: Verified) -> Result<Vec<Suspect>> {
        let mut further = Vec::new();
        for _ in 0..MOST_ATTEMPTS {
            further.append(&mut verified.further);
            self.lost.extend(verified.lost.drain(..));
            let mut changed = false;
            let mut unrepaired = Vec::new();
            for damaged in std::mem::take(&mut verified.damages) {
                match self.try_repair(&damaged).await? {
                    Some(Outcome::Done) => self.note(damaged, Remedy::Repaired),
                    Some(Outcome::Refused(_)) => changed = true,
                    None => unrepaired.push(damaged),
                }
            }
            if !changed {
                for damaged in unrepaired {
                    let remedy = match damaged.repair {
                        Some(_) => Remedy::Repairable,
                        None => Remedy::ByHand,
                    };
                    self.note(damaged, remedy);
                }
                self.report.pending += usize::from(verified.pending);
                self.report.undecided += usize::from(verified.undecided);
                return Ok(further);
            }
            verified = self.check.verify(suspect).await?;
        }
        self.report.undecided += 1;
        Ok(further)
    }

    /// None if nothing was to be tried.
    async fn try_repair(&mut self, damaged: &Damaged) -> Result<Option<Outcome>> {
        let Some(writes) = damaged
            .repair
            .as_ref()
            .filter(|_| self.repair == Repair::Yes)
        else {
            return Ok(None);
        };
        self.mark().await?;
        Ok(Some(self.check.table().transact(writes).await?))
    }

    /// A repair may delete alone, which leaves no mark: the directory's item has it, once.
    async fn mark(&mut self) -> Result<()> {
        if !self.marked {
            let check = self.check;
            let mark = Write::update(keys::directory(check.id())).when_present();
            let by = check.administration.by("repair directory", &[]);
            check.table().update(&by.mark_update(mark)).await?;
            self.marked = true;
        }
        Ok(())
    }

    fn note(&mut self, damaged: Damaged, remedy: Remedy) {
        tracing::info!(
            directory = %self.check.id(), resource = damaged.resource.as_ref().map(|it| it.id.as_str()),
            damage = damaged.damage.keyword(), remedy = remedy.keyword(), "a check found damage"
        );
        self.findings
            .insert((damaged.resource, damaged.damage), remedy);
    }

    fn into_report(self) -> CheckReport {
        let is_repaired = |remedy: &&Remedy| **remedy == Remedy::Repaired;
        let (found, repaired) = (
            self.findings.len(),
            self.findings.values().filter(is_repaired).count(),
        );
        let findings = self.findings.into_iter().take(MOST_LISTED);
        let findings = findings.map(|((resource, damage), remedy)| Finding {
            resource,
            damage,
            remedy,
        });
        CheckReport {
            findings: findings.collect(),
            found,
            repaired,
            ..self.report
        }
    }
}

/// That an item is as it was read: its version, or that it is not there.
fn as_read(key: Key, item: Option<&Item>) -> Result<Write> {
    let check = Write::check(key);
    Ok(match item {
        Some(item) => check
            .when("#version = :version")
            .value(":version", number(item.number::<u64>("version")?)),
        None => check.when("attribute_not_exists(pk)"),
    })
}
