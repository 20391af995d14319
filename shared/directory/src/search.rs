use futures_util::future::try_join_all;
use scim::filter::{Literal, Operator};
use scim::schema::Target;
use scim::{AttributePath, Dialect, Filter, ResourceType, fold};

use crate::keys::{self, ResourceKind};
use crate::{DirectoryId, Result, Settings, Store, UniqueIdentifier};

/// The reads by key that find every resource a filter can match: what they find is then evaluated against the whole
/// filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookups(Vec<Lookup>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Lookup {
    /// By id.
    Id(String),
    /// By a unique value.
    Unique {
        attribute: &'static str,
        value: String,
    },
    /// By a lookup value, folded where case does not matter.
    Value {
        attribute: &'static str,
        value: String,
    },
}

/// What a lookup found.
pub(crate) type LookedUp = Vec<(Lookup, Vec<String>)>;

impl Lookups {
    /// The lookups that answer this filter; none if only a walk does. Of `and` one answerable side is enough, of `or`
    /// all sides must be. Among several types, a condition on an attribute that this one does not have is met by nobody,
    /// and answered without a read.
    pub fn of(filter: &Filter, resource_type: &ResourceType, among_types: bool) -> Option<Self> {
        let mut collected = Collected {
            resource_type,
            among_types,
            lookups: Vec::new(),
        };
        collected.answers(filter).then_some(Self(collected.lookups))
    }
}

impl Lookups {
    /// Whether all of them are by id.
    pub(crate) fn are_by_id(&self) -> bool {
        self.0.iter().all(|lookup| matches!(lookup, Lookup::Id(_)))
    }
}

struct Collected<'a> {
    resource_type: &'a ResourceType,
    among_types: bool,
    lookups: Vec<Lookup>,
}

impl Collected<'_> {
    /// Whether keys answer the filter; then their lookups are added.
    fn answers(&mut self, filter: &Filter) -> bool {
        let start = self.lookups.len();
        let answered = match filter {
            Filter::And(filters) => filters.iter().any(|filter| self.answers(filter)),
            Filter::Or(filters) => filters.iter().all(|filter| self.answers(filter)),
            Filter::Compare(path, Operator::Eq, literal) => {
                match lookup(path, literal, self.resource_type) {
                    Some(lookup) => {
                        self.lookups.push(lookup);
                        true
                    }
                    None => *literal != Literal::Null && self.is_met_by_nobody(path),
                }
            }
            Filter::Present(path) => self.is_met_by_nobody(path),
            Filter::Element(path, inner) => {
                let within = |path: &AttributePath, sub: &AttributePath| {
                    AttributePath::parse(&format!("{path}.{sub}")).ok()
                };
                let conditions = match inner.as_ref() {
                    Filter::And(filters) => filters.as_slice(),
                    condition => std::slice::from_ref(condition),
                };
                let found = conditions.iter().find_map(|condition| match condition {
                    Filter::Compare(sub, Operator::Eq, literal) => {
                        lookup(&within(path, sub)?, literal, self.resource_type)
                    }
                    _ => None,
                });
                self.lookups.extend(found);
                self.lookups.len() > start || self.is_met_by_nobody(path)
            }
            Filter::Compare(..) | Filter::Not(_) => false,
        };
        if !answered {
            self.lookups.truncate(start);
        }
        answered
    }

    fn is_met_by_nobody(&self, path: &AttributePath) -> bool {
        self.among_types
            && self
                .resource_type
                .resolve(path, Dialect::Tolerant)
                .is_none()
    }
}

fn lookup(path: &AttributePath, literal: &Literal, resource_type: &ResourceType) -> Option<Lookup> {
    let value = match literal {
        Literal::Text(text) => text.clone(),
        Literal::Number(number) => number.to_string(),
        _ => return None,
    };
    let target = resource_type.resolve(path, Dialect::Tolerant)?;
    let Target::Attribute {
        extension: None,
        attribute,
        sub,
    } = target
    else {
        return None;
    };
    match (attribute.name.as_str(), sub.map(|sub| sub.name.as_str())) {
        ("id", None) => Some(Lookup::Id(value)),
        ("externalId", None) => Some(Lookup::Value {
            attribute: "externalId",
            value,
        }),
        ("emails", None | Some("value")) => Some(Lookup::Value {
            attribute: "emails.value",
            value: fold(&value).into_owned(),
        }),
        ("userName", None) => Some(Lookup::Unique {
            attribute: "userName",
            value,
        }),
        ("displayName", None) if resource_type.schema.attribute("members").is_some() => {
            Some(Lookup::Unique {
                attribute: "displayName",
                value,
            })
        }
        _ => None,
    }
}

impl Store {
    /// The ids that each lookup finds.
    pub(crate) async fn look_up(
        &self,
        directory: DirectoryId,
        kind: ResourceKind,
        lookups: &Lookups,
    ) -> Result<LookedUp> {
        let found = lookups.0.iter().map(async |lookup| {
            let ids = match lookup {
                Lookup::Id(id) => vec![id.clone()],
                Lookup::Unique { attribute, value } => self
                    .owner(directory, attribute, value)
                    .await?
                    .into_iter()
                    .collect(),
                Lookup::Value { attribute, value } => {
                    let partition = keys::lookup_partition(directory, attribute, value);
                    let prefix = keys::lookup_prefix(kind);
                    let items = self.table.query_prefix(&partition, &prefix).await?;
                    let ids = items
                        .iter()
                        .filter_map(|item| item.optional_text("sk")?.strip_prefix(&prefix));
                    ids.map(str::to_owned).collect()
                }
            };
            Ok((lookup.clone(), ids))
        });
        try_join_all(found).await
    }

    async fn owner(
        &self,
        directory: DirectoryId,
        attribute: &str,
        value: &str,
    ) -> Result<Option<String>> {
        let item = self
            .table
            .get(&keys::unique(directory, attribute, value))
            .await?;
        item.map(|item| item.text("owner").map(str::to_owned))
            .transpose()
    }

    /// Where e-mail addresses identify users, `userName eq "x"` that found nobody also means the user whose primary
    /// address is x: the filter is changed to ask for his id, and he is among the found.
    pub(crate) async fn identify_by_email(
        &self,
        directory: DirectoryId,
        settings: &Settings,
        mut filter: Filter,
        found: &mut LookedUp,
    ) -> Result<Filter> {
        if settings.unique_identifier != UniqueIdentifier::Email {
            return Ok(filter);
        }
        for (lookup, ids) in found {
            let Lookup::Unique {
                attribute: "userName",
                value,
            } = lookup
            else {
                continue;
            };
            if !ids.is_empty() {
                continue;
            }
            if let Some(owner) = self.owner(directory, "email", value).await? {
                filter = filter.map(&|condition| by_id(condition, value, &owner));
                ids.push(owner);
            }
        }
        Ok(filter)
    }
}

/// `userName eq "<value>"` as `id eq "<owner>"`; anything else as it is.
fn by_id(condition: Filter, value: &str, owner: &str) -> Filter {
    let Filter::Compare(path, Operator::Eq, Literal::Text(text)) = &condition else {
        return condition;
    };
    let target = ResourceType::user().resolve(path, Dialect::Tolerant);
    let is_user_name = matches!(target, Some(Target::Attribute { attribute, extension: None, .. }) if attribute.name == "userName");
    match AttributePath::parse("id") {
        Ok(id) if is_user_name && text == value => {
            Filter::Compare(id, Operator::Eq, Literal::Text(owner.to_owned()))
        }
        _ => condition,
    }
}

/// `email`, which no schema has but connectors send where addresses identify users, as `emails.value`.
pub(crate) fn understand_email(filter: Filter) -> Filter {
    let renamed = |path: AttributePath| match AttributePath::parse("emails.value") {
        Ok(emails) if path.as_str().eq_ignore_ascii_case("email") => emails,
        _ => path,
    };
    filter.map(&|condition| match condition {
        Filter::Compare(path, operator, literal) => {
            Filter::Compare(renamed(path), operator, literal)
        }
        Filter::Present(path) => Filter::Present(renamed(path)),
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(filter: &str, expected: &str) {
        let filter = Filter::parse(filter, Dialect::Tolerant).unwrap();
        let lookups = Lookups::of(&filter, ResourceType::user(), false).map(|lookups| {
            let shown = lookups.0.iter().map(|lookup| match lookup {
                Lookup::Id(id) => format!("id={id}"),
                Lookup::Unique { attribute, value } => format!("unique {attribute}={value}"),
                Lookup::Value { attribute, value } => format!("{attribute}={value}"),
            });
            shown.collect::<Vec<_>>().join(", ")
        });
        assert_eq!(lookups.as_deref().unwrap_or("walk"), expected, "{filter}");
    }

    #[test]
    fn filters_that_keys_answer() {
        check("userName eq \"Bob\"", "unique userName=Bob");
        check(
            "urn:ietf:params:scim:schemas:core:2.0:User:USERNAME eq \"b\"",
            "unique userName=b",
        );
        check("id eq \"1\" and manager eq \"2\"", "id=1");
        check("externalId eq jyoung", "externalId=jyoung");
        check("emails.value eq \"B@x\"", "emails.value=b@x");
        check("emails eq \"B@x\"", "emails.value=b@x");
        check(
            "emails[type eq \"work\"].value eq \"b@x\"",
            "emails.value=b@x",
        );
        check(
            "emails[type eq \"work\" and value eq \"b@x\"]",
            "emails.value=b@x",
        );
        check("active eq true and userName eq \"b\"", "unique userName=b");
        check(
            "userName eq \"a\" or externalId eq \"b\"",
            "unique userName=a, externalId=b",
        );
    }

    #[test]
    fn among_types_what_a_type_does_not_have_needs_no_walk() {
        let check = |filter: &str, answered: bool| {
            let parsed = Filter::parse(filter, Dialect::Tolerant).unwrap();
            let lookups = Lookups::of(&parsed, ResourceType::group(), true);
            assert_eq!(lookups.is_some(), answered, "{filter}");
        };
        check("userName eq \"a\"", true);
        check("emails[type eq \"work\"] or title pr", true);
        check("userName eq \"a\" or displayName co \"x\"", false);
        check("userName eq null", false);
        check("userName ne \"a\"", false);
        check("not (userName pr)", false);
    }

    #[test]
    fn filters_that_only_a_walk_answers() {
        check("userName sw \"b\"", "walk");
        check("userName eq \"a\" or active eq true", "walk");
        check("not (userName eq \"a\")", "walk");
        check("emails[type eq \"work\"]", "walk");
        check("emails[value eq \"a\" or value eq \"b\"]", "walk");
        check("displayName eq \"Bob\"", "walk");
        check("title pr", "walk");
    }
}
