//! Users and groups of a directory, read and changed as its application does it: the same lists, the same PATCH.

use directory::{Directory, Error, Principal, ResourceKind, Resources, Scope, Store};
use scim::list::{MOST_PER_PAGE, Paging, Query};
use scim::{Dialect, Object, WrittenResource};
use serde_json::{Value, json};

use crate::directory::find;
use crate::error::CliError;
use crate::store::Access;

/// What reads and shows the resources of a list.
type ResourcesOf =
    for<'a> fn(&'a Store, &'a Principal, &'a str, &Query, ResourceKind) -> Box<dyn Resources + 'a>;

/// A directory, seen as its application sees it.
pub(crate) struct Seen {
    pub directory: Directory,
    pub principal: Principal,
    base_url: String,
}

impl Seen {
    pub async fn find(access: &Access, reference: &str) -> Result<Self, CliError> {
        let directory = find(&access.administration(), reference).await?;
        Self::of(access, directory).await
    }

    pub async fn of(access: &Access, directory: Directory) -> Result<Self, CliError> {
        let administration = access.administration();
        let environment = administration
            .environment_of(&directory.name.organization)
            .await?;
        Ok(Self {
            principal: access.application(&directory).await?,
            directory,
            // Where it is not known, URIs begin at the resource type's endpoint.
            base_url: environment.base_url.unwrap_or_default(),
        })
    }

    /// All users, or groups, for which a filter holds; those who were deleted and are kept too, if it names `deleted`.
    pub async fn list(
        &self,
        access: &Access,
        kind: ResourceKind,
        parameters: &[(&str, &str)],
    ) -> Result<Vec<Object>, CliError> {
        let query = Query::from_parameters(parameters.iter().copied(), Dialect::Tolerant)?;
        let kinds = self.principal.listed(kind, &query);
        self.pages(access, &kinds, query).await
    }

    /// The one resource of a kind for which a filter holds that a key answers.
    pub async fn one(
        &self,
        access: &Access,
        kind: ResourceKind,
        filter: &str,
    ) -> Result<Option<Object>, CliError> {
        let query = Query::from_parameters([("filter", filter)], Dialect::Tolerant)?;
        Ok(self.pages(access, &[kind], query).await?.pop())
    }

    async fn pages(
        &self,
        access: &Access,
        kinds: &[ResourceKind],
        mut query: Query,
    ) -> Result<Vec<Object>, CliError> {
        let scope = access.scope(&self.principal);
        // By cursor: a filter that no key answers is walked however long it takes.
        query.paging = Paging::Cursor(None);
        query.count = MOST_PER_PAGE;
        let mut found = Vec::new();
        loop {
            let page = self.page(access, &scope, kinds, &query).await?;
            found.extend(page.resources.iter().map(WrittenResource::to_object));
            match page.next_cursor {
                Some(next) => query.paging = Paging::Cursor(Some(next)),
                None => return Ok(found),
            }
        }
    }

    async fn page(
        &self,
        access: &Access,
        scope: &Scope<'_>,
        kinds: &[ResourceKind],
        query: &Query,
    ) -> Result<scim::list::ListResponse, Error> {
        let opening = scope.open_list(kinds, query).await?;
        let of = |&kind| {
            let resources: ResourcesOf = match kind {
                ResourceKind::Group => groups::resources,
                ResourceKind::User | ResourceKind::DeletedUser => users::resources,
            };
            resources(&access.store, &self.principal, &self.base_url, query, kind)
        };
        let resources: Vec<_> = kinds.iter().map(of).collect();
        let resources: Vec<_> = resources.iter().map(AsRef::as_ref).collect();
        scope.list(query, opening, &resources).await
    }
}

/// `attribute eq "text"`.
pub(crate) fn equals(attribute: &str, text: &str) -> String {
    format!("{attribute} eq {}", Value::from(text))
}

/// The body of a PATCH: each attribute of an extension with its new value, or without one.
pub(crate) fn patch(extension: &str, changes: &[(&str, Option<Value>)]) -> Value {
    let operation = |(name, value): &(&str, Option<Value>)| {
        let path = format!("{extension}:{name}");
        match value {
            Some(value) => json!({"op": "replace", "path": path, "value": value}),
            None => json!({"op": "remove", "path": path}),
        }
    };
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": changes.iter().map(operation).collect::<Vec<_>>(),
    })
}

/// A text, number or truth of a resource as it is printed.
pub(crate) fn shown(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => crate::output::NONE.to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Bool(yes)) => crate::output::yes_or_no(*yes),
        Some(other) => other.to_string(),
    }
}
