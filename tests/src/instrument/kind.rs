/// What an item is, by its key: as docs/data-model.md calls it, and for unique and lookup values which attribute it is. Without a
/// sort key, what is in the partition.
pub fn kind(pk: &str, sk: Option<&str>) -> String {
    let parts: Vec<_> = pk.split('#').collect();
    let kind = match (parts.as_slice(), sk) {
        (["DIR", _], Some("D")) => "directory",
        (["DIR", _], _) => "schema extensions",
        (["USED", _], _) => "last used",
        (["D", _, "U", _], Some("U")) => "user",
        (["D", _, "U", _], Some(_)) => "user's groups",
        (["D", _, "U", _], None) => "user, user's groups",
        (["D", _, "G", _], _) => "group",
        (["D", _, "G", ..], _) => "members",
        // A long text stands there as `attribute:sha256`.
        (["D", _, "K" | "L", attribute, ..], _) => attribute.split(':').next().unwrap_or_default(),
        (["D", _, "R", _], _) => "roster",
        (["D", _, "T", _], _) => "total",
        (["D", _, "A", _], _) => "page anchor",
        (["D", _, "H"], _) => "audit entry",
        (["W", _], _) => "to do",
        (["ENV"], _) => "environment",
        (["ENV", ..], _) => "organization, listed",
        (["ORG", _], Some("O")) => "organization",
        (["ORG", _], Some(slug)) if slug.starts_with("S#") => "directory's name",
        (["ORG", _], _) => "directory, listed",
        _ => "something else",
    };
    kind.to_owned()
}
