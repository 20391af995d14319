use super::place::Chunk;
use super::{Check, Damage, MOST_ATTEMPTS, Verified, as_read};
use crate::group::Layout;
use crate::keys;
use crate::table::{Item, Write, binary, binary_set, number};
use crate::{GroupId, ResourceReference, Result, UserId};

/// A group and a user as of one moment.
struct Seen {
    head: Option<Item>,
    user: Option<Item>,
    groups: Option<Item>,
    chunk: Option<Item>,
}

/// What a group and a user say of one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Difference {
    /// He is a member, and his groups do not say so.
    NotShown,
    /// His groups say so, and he is no member.
    WithoutMember,
    /// There is no such user, and he is a member.
    WithoutUser,
}

impl Seen {
    fn exists(&self) -> bool {
        self.user
            .as_ref()
            .is_some_and(|user| !user.0.contains_key("deleted"))
    }

    fn difference(&self, group: GroupId, user: UserId) -> Result<Option<Difference>> {
        let members = self
            .chunk
            .as_ref()
            .map(|chunk| chunk.ids("ids", UserId::from_uuid))
            .transpose()?;
        let groups = self
            .groups
            .as_ref()
            .map(|item| item.ids("groups", GroupId::from_uuid))
            .transpose()?;
        if self.head.is_some() && self.chunk.is_none() {
            // That is told of the group.
            return Ok(None);
        }
        let is_member = members.is_some_and(|members| members.contains(&user));
        let is_shown = groups.is_some_and(|groups| groups.contains(&group));
        Ok(match (is_member, is_shown) {
            (true, _) if !self.exists() => Some(Difference::WithoutUser),
            (true, false) => Some(Difference::NotShown),
            (false, true) if self.exists() => Some(Difference::WithoutMember),
            // The rest of a user who was deleted is told of him.
            _ => None,
        })
    }
}

impl Check<'_> {
    pub async fn verify_membership(&self, group: GroupId, user: UserId) -> Result<Verified> {
        let mut verified = Verified::default();
        let Some(seen) = self.see(group, user).await? else {
            return Ok(Verified::undecided());
        };
        let Some(difference) = seen.difference(group, user)? else {
            return Ok(verified);
        };
        let is_waited_for = match (&seen.head, seen.exists()) {
            (Some(head), _) if head.0.contains_key("indexing") => true,
            (None, _) => self.is_to_do(group).await?,
            (Some(_), false) => self.is_to_do(user).await?,
            (Some(_), true) => false,
        };
        if is_waited_for {
            verified.pending = true;
            return Ok(verified);
        }
        // What was to do may have come to its end between the two: then they agree now.
        let Some(seen) = self.see(group, user).await? else {
            return Ok(Verified::undecided());
        };
        let is_indexing = seen
            .head
            .as_ref()
            .is_some_and(|head| head.0.contains_key("indexing"));
        if is_indexing || seen.difference(group, user)? != Some(difference) {
            verified.pending = is_indexing;
            return Ok(verified);
        }
        let repair = self.repair_membership(group, user, &seen, difference)?;
        let (resource, damage): (ResourceReference, _) = match difference {
            Difference::NotShown => (user.into(), Damage::MembershipNotShown(group)),
            Difference::WithoutMember => (user.into(), Damage::MembershipWithoutMember(group)),
            Difference::WithoutUser => (group.into(), Damage::MemberWithoutUser(user)),
        };
        verified.note(resource, damage, Some(repair));
        Ok(verified)
    }

    /// None if they were written each time.
    async fn see(&self, group: GroupId, user: UserId) -> Result<Option<Seen>> {
        let head_key = keys::group(self.id(), group);
        for _ in 0..MOST_ATTEMPTS {
            let head = self.table().get(&head_key).await?;
            let layout_before = head.as_ref().map(Layout::from_item).transpose()?;
            let mut keys = vec![
                head_key.clone(),
                keys::user(self.id(), user),
                keys::user_groups(self.id(), user),
            ];
            keys.extend(layout_before.map(|layout| Chunk::of(layout, user).key(self.id(), group)));
            let Some(items) = self.table().at_one_moment(&keys).await? else {
                break;
            };
            let mut items = items.into_iter();
            let mut next = || items.next().flatten();
            let seen = Seen {
                head: next(),
                user: next(),
                groups: next(),
                chunk: next(),
            };
            if seen.head.as_ref().map(Layout::from_item).transpose()? == layout_before {
                return Ok(Some(seen));
            }
        }
        Ok(None)
    }

    fn repair_membership(
        &self,
        group: GroupId,
        user: UserId,
        seen: &Seen,
        difference: Difference,
    ) -> Result<Vec<Write>> {
        let groups_key = keys::user_groups(self.id(), user);
        let shown = |clause: &str| {
            let write = Write::update(groups_key.clone())
                .clause(clause)
                .clause("ADD #version :one");
            let write = write.when_present().when("attribute_not_exists(#leaving)");
            let write = write
                .value(":group", binary_set([group.bytes()]))
                .value(":one", number(1));
            self.by(user).mark_update(write)
        };
        let layout = seen.head.as_ref().map(Layout::from_item).transpose()?;
        let chunk_key = layout.map(|layout| Chunk::of(layout, user).key(self.id(), group));
        let head_key = keys::group(self.id(), group);
        Ok(match (difference, layout, chunk_key) {
            (Difference::WithoutMember, Some(layout), Some(chunk)) => vec![
                shown("DELETE #groups :group"),
                Write::check(head_key)
                    .when("#layout = :layout")
                    .value(":layout", number(layout.chunks())),
                Write::check(chunk)
                    .when_present()
                    .when("NOT contains(#ids, :user)")
                    .value(":user", binary(user.bytes())),
            ],
            (Difference::NotShown, Some(layout), Some(chunk)) => vec![
                shown("ADD #groups :group"),
                Write::check(head_key)
                    .when("#layout = :layout")
                    .value(":layout", number(layout.chunks())),
                Write::check(chunk)
                    .when("contains(#ids, :user)")
                    .value(":user", binary(user.bytes())),
            ],
            (Difference::WithoutUser, Some(layout), Some(chunk)) => {
                let leave = Write::update(chunk)
                    .clause("DELETE #ids :ids")
                    .when("contains(#ids, :user)")
                    .value(":ids", binary_set([user.bytes()]))
                    .value(":user", binary(user.bytes()));
                vec![
                    self.by(group).mark_update(leave),
                    self.touch_group(group, layout),
                    as_read(keys::user(self.id(), user), seen.user.as_ref())?,
                ]
            }
            // The group is gone.
            _ => vec![shown("DELETE #groups :group"), as_read(head_key, None)?],
        })
    }
}
