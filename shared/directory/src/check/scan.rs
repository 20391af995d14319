use super::expected::Expected;
use super::place::{Place, about_unknown, place, prefix};
use super::read::flag;
use super::{CheckProgress, Damage, Damaged, Remedy, Run, Suspect};
use crate::keys::{Key, ResourceKind};
use crate::table::Item;
use crate::{GroupId, Result, UserId};

/// What is read of an item: no documents.
const ATTRIBUTES: &[&str] = &["type", "owner", "protected", "leaving", "groups", "deleted"];

impl Run<'_> {
    /// Walks over the table. Suspect is what is there and was not expected, and at the end what was expected and is not
    /// there.
    pub async fn scan(
        &mut self,
        mut expected: Expected,
        watch: &impl Fn(CheckProgress),
    ) -> Result<()> {
        let check = self.check;
        let mut scan = check.table().scan(prefix(check.id()), ATTRIBUTES);
        while let Some(items) = scan.next().await? {
            let mut suspects = Vec::new();
            for item in &items {
                let key = Key {
                    pk: item.text("pk")?.to_owned(),
                    sk: item.text("sk")?.to_owned(),
                };
                let place = place(check.id(), &key.pk, &key.sk);
                self.report.looked_at.items += usize::from(place != Place::Other);
                if place == Place::Unknown {
                    let damage = Damage::Unknown(about_unknown(item));
                    self.note(
                        Damaged {
                            resource: None,
                            damage,
                            repair: None,
                        },
                        Remedy::ByHand,
                    );
                }
                suspects.extend(expected.suspects(place, key, item));
            }
            watch(CheckProgress::Items(self.report.looked_at));
            self.look_again(suspects).await?;
        }
        self.look_again(expected.missed()).await
    }
}

impl Expected {
    /// What is suspect about an item that is there.
    fn suspects(&mut self, place: Place, key: Key, item: &Item) -> Vec<Suspect> {
        let thing = [key.pk.as_str(), key.sk.as_str()];
        let (suspect, is_expected) = match place {
            Place::User(user) => {
                let kind = if item.0.contains_key("deleted") {
                    ResourceKind::DeletedUser
                } else {
                    ResourceKind::User
                };
                let expected = self.is_there(&["user", &user.to_string(), kind.name()]);
                (Suspect::User(user), expected)
            }
            Place::UserGroups(user) => {
                let protected = flag(item.is("protected"));
                let expected = self.is_there(&["groups", &user.to_string(), protected]);
                let mut suspects = self.groups_of(user, item);
                if !expected || item.0.contains_key("leaving") {
                    suspects.push(Suspect::User(user));
                }
                return suspects;
            }
            Place::Group(group) => {
                let expected = self.is_there(&["group", &group.to_string()]);
                (Suspect::Group(group), expected)
            }
            Place::Members { group, chunk } => {
                (Suspect::Chunk(group, chunk), self.is_there(&thing))
            }
            Place::Unique { .. } => {
                let owner = item.optional_text("owner").unwrap_or_default();
                let expected = self.is_there(&[&key.pk, &key.sk, owner]);
                (Suspect::Value(key), expected)
            }
            Place::Lookup { .. } => {
                let expected = self.is_there(&thing);
                (Suspect::Value(key), expected)
            }
            Place::Roster { kind, id } => {
                let expected = self.is_there(&thing);
                let suspect = match kind {
                    ResourceKind::User | ResourceKind::DeletedUser => {
                        UserId::parse(&id).map(Suspect::User)
                    }
                    ResourceKind::Group => GroupId::parse(&id).map(Suspect::Group),
                };
                return suspect.filter(|_| !expected).into_iter().collect();
            }
            Place::Other | Place::Unknown => return Vec::new(),
        };
        if is_expected {
            Vec::new()
        } else {
            vec![suspect]
        }
    }

    fn groups_of(&mut self, user: UserId, item: &Item) -> Vec<Suspect> {
        let Ok(groups) = item.ids("groups", GroupId::from_uuid) else {
            return vec![Suspect::User(user)];
        };
        let unexpected = groups
            .into_iter()
            .filter(|&group| !self.membership_is_there(group, user));
        unexpected
            .map(|group| Suspect::Membership(group, user))
            .collect()
    }
}
