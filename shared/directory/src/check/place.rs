use crate::group::Layout;
use crate::keys::{self, Key, ResourceKind};
use crate::table::Item;
use crate::{DirectoryId, GroupId, UserId};

/// What an item of a directory is, as its key says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    User(UserId),
    UserGroups(UserId),
    Group(GroupId),
    Members {
        group: GroupId,
        chunk: Chunk,
    },
    Unique {
        attribute: String,
    },
    Lookup {
        attribute: String,
        kind: ResourceKind,
        id: String,
    },
    Roster {
        kind: ResourceKind,
        id: String,
    },
    /// What is checked elsewhere (a total) or follows from nothing (an audit entry, a page anchor).
    Other,
    Unknown,
}

/// A chunk of members.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Chunk {
    pub layout: Layout,
    pub number: u8,
}

impl Chunk {
    /// All of a layout.
    pub fn all(layout: Layout) -> impl Iterator<Item = Self> {
        (0..layout.chunks()).map(move |number| Self { layout, number })
    }

    /// The one in which a user is a member.
    pub fn of(layout: Layout, user: UserId) -> Self {
        Self {
            layout,
            number: layout.chunk_of(user),
        }
    }

    pub fn key(self, directory: DirectoryId, group: GroupId) -> Key {
        self.layout.key(directory, group, self.number)
    }
}

/// What stands before every partition of a directory's resources.
pub(super) fn prefix(directory: DirectoryId) -> String {
    format!("D#{directory}#")
}

/// What an item is.
pub(super) fn place(directory: DirectoryId, pk: &str, sk: &str) -> Place {
    parse(&prefix(directory), pk, sk).unwrap_or(Place::Unknown)
}

fn parse(prefix: &str, pk: &str, sk: &str) -> Option<Place> {
    let (letter, rest) = pk
        .strip_prefix(prefix)?
        .split_once('#')
        .unwrap_or((pk.strip_prefix(prefix)?, ""));
    Some(match (letter, sk) {
        ("U", "U") => Place::User(UserId::parse(rest)?),
        ("U", "G") => Place::UserGroups(UserId::parse(rest)?),
        ("G", "G") => Place::Group(GroupId::parse(rest)?),
        ("G", "M") => {
            let (_, group, chunks, number) = keys::parse_chunk(pk)?;
            let layout = Layout::from_chunks(chunks)?;
            let chunk = (number < chunks).then_some(Chunk { layout, number })?;
            Place::Members { group, chunk }
        }
        ("K", "K") => Place::Unique {
            attribute: attribute(rest)?,
        },
        ("L", sk) => {
            let (letter, id) = sk.split_once('#')?;
            let kind = match letter {
                "U" => ResourceKind::User,
                "G" => ResourceKind::Group,
                _ => return None,
            };
            Place::Lookup {
                attribute: attribute(rest)?,
                kind,
                id: id.to_owned(),
            }
        }
        ("R", id) => {
            let kind = ResourceKind::parse(rest)?;
            is_id(kind, id).then_some(())?;
            Place::Roster {
                kind,
                id: id.to_owned(),
            }
        }
        ("T", shard) => {
            ResourceKind::parse(rest)?;
            let is_shard = shard.len() == 2 && shard.parse::<u8>().is_ok_and(|shard| shard < 64);
            is_shard.then_some(Place::Other)?
        }
        ("A" | "H", _) => Place::Other,
        _ => return None,
    })
}

/// Whether a text is the id of such a resource.
pub(super) fn is_id(kind: ResourceKind, id: &str) -> bool {
    match kind {
        ResourceKind::User | ResourceKind::DeletedUser => UserId::parse(id).is_some(),
        ResourceKind::Group => GroupId::parse(id).is_some(),
    }
}

/// The attribute before a value, or before the digest of a long one.
fn attribute(named_text: &str) -> Option<String> {
    let (attribute, _) = named_text.split_once('#')?;
    let attribute = attribute.strip_suffix(":sha256").unwrap_or(attribute);
    Some(attribute.to_owned())
}

/// What is told of an item that nobody knows: a key can have a person's name in it.
pub(super) fn about_unknown(item: &Item) -> String {
    let letter = item.optional_text("pk").and_then(|pk| pk.split('#').nth(2));
    let letter: String = letter.unwrap_or_default().chars().take(1).collect();
    let kind = item.optional_text("type").unwrap_or("without a type");
    format!("{letter}, {kind}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_is_told_by_what_it_is() {
        let directory = DirectoryId::parse("0197c3f0000070008000000000000001").unwrap();
        let id = "0197c3f0-0000-7000-8000-00000000abcd";
        let (user, group) = (UserId::parse(id).unwrap(), GroupId::parse(id).unwrap());
        let of = |key: Key| place(directory, &key.pk, &key.sk);
        let attribute = |name: &str| name.to_owned();
        assert_eq!(of(keys::user(directory, user)), Place::User(user));
        assert_eq!(
            of(keys::user_groups(directory, user)),
            Place::UserGroups(user)
        );
        assert_eq!(of(keys::group(directory, group)), Place::Group(group));
        for layout in [Layout::Single, Layout::Spread] {
            for chunk in Chunk::all(layout) {
                assert_eq!(
                    of(chunk.key(directory, group)),
                    Place::Members { group, chunk }
                );
            }
        }
        for value in ["bob", "#K#bob", &"x".repeat(2_000)] {
            let unique = keys::unique(directory, "userName", value);
            assert_eq!(
                of(unique),
                Place::Unique {
                    attribute: attribute("userName")
                }
            );
            let lookup = keys::lookup(directory, "emails.value", value, ResourceKind::User, id);
            let place = Place::Lookup {
                attribute: attribute("emails.value"),
                kind: ResourceKind::User,
                id: id.into(),
            };
            assert_eq!(of(lookup), place);
        }
        for kind in ResourceKind::ALL {
            assert_eq!(
                of(keys::roster(directory, kind, id)),
                Place::Roster {
                    kind,
                    id: id.into()
                }
            );
            assert_eq!(of(keys::total(directory, kind, id)), Place::Other);
        }
        assert_eq!(of(keys::audit(directory, id)), Place::Other);
        for (rest, sk) in [
            ("", "U"),
            ("U", "U"),
            ("Q#x", "Q"),
            ("T#User", "64"),
            ("T#Users", "00"),
            ("U#bob", "U"),
            ("R#x", id),
            (&format!("G#{id}#1.1"), "M"),
            (&format!("G#{id}#2.0"), "M"),
        ] {
            assert_eq!(
                place(directory, &format!("D#{directory}#{rest}"), sk),
                Place::Unknown,
                "{rest}"
            );
        }
    }
}
