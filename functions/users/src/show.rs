use directory::{CredentialKind, Memberships, Principal, Store, UserRecord};
use edge::Answer;
use scim::{Error, Identity, MUSTER_USER, Object, Projection, Representation, ResourceType};
use serde_json::{Value, json};

/// How users are shown to a principal.
pub(crate) struct View<'a> {
    principal: &'a Principal,
    base_url: &'a str,
    /// The groups that the users are in, where they are shown by name or give a role: to the application.
    memberships: Option<Memberships>,
}

impl<'a> View<'a> {
    /// For these users, of whom as much is read as the projection shows.
    pub async fn of(
        store: &Store,
        principal: &'a Principal,
        base_url: &'a str,
        users: &[UserRecord],
        projection: &Projection,
    ) -> Result<Self, directory::Error> {
        let by_name = projection.shows(principal.user(), "groups")
            || projection.shows_extension(principal.user(), MUSTER_USER);
        Self::with_memberships(store, principal, base_url, users, by_name).await
    }

    /// The same; `by_name` says whether names and roles of their groups are asked for.
    pub async fn with_memberships(
        store: &Store,
        principal: &'a Principal,
        base_url: &'a str,
        users: &[UserRecord],
        by_name: bool,
    ) -> Result<Self, directory::Error> {
        let memberships = if by_name && principal.kind == CredentialKind::Application {
            Some(store.memberships(principal.directory, users).await?)
        } else {
            None
        };
        Ok(Self {
            principal,
            base_url,
            memberships,
        })
    }

    fn role<'b>(&'b self, user: &'b UserRecord) -> Option<&'b str> {
        let default_role = self.principal.settings.default_role.as_deref();
        self.memberships.as_ref()?.role(user, default_role)
    }

    /// What identifies a user: id, URI, version.
    pub fn identity(&self, user: &UserRecord) -> Identity {
        let (base_url, endpoint) = (self.base_url, &self.principal.user().endpoint);
        let etag = match &self.memberships {
            Some(memberships) => memberships.etag(user, self.role(user)),
            None => user.etag(),
        };
        user.identity(format!("{base_url}{endpoint}/{}", user.id), etag)
    }

    /// A user as a whole, with what identifies him.
    pub fn represent(&self, user: UserRecord, identity: &Identity) -> Representation {
        let mut server = Object::new();
        let groups = self.groups(&user);
        if !groups.is_empty() {
            server.insert("groups".to_owned(), groups.into());
        }
        if self.principal.kind == CredentialKind::Application {
            let extension = user.for_application(self.role(&user));
            server.insert(MUSTER_USER.to_owned(), extension.into());
        }
        user.stored
            .represent(self.principal.user(), identity, server)
    }

    fn groups(&self, user: &UserRecord) -> Vec<Value> {
        let (base_url, endpoint) = (self.base_url, &ResourceType::group().endpoint);
        let reference = |id: &str| format!("{base_url}{endpoint}/{id}");
        match (&self.memberships, &user.groups) {
            (_, None) => Vec::new(),
            (None, Some(groups)) => {
                let ids = groups.ids.iter().map(ToString::to_string);
                ids.map(|id| json!({"value": id, "$ref": reference(&id)}))
                    .collect()
            }
            (Some(memberships), Some(_)) => {
                let known = memberships
                    .of(user)
                    .map(|(id, display)| (id.to_string(), display));
                known.map(|(id, display)| json!({"value": id, "$ref": reference(&id), "display": display})).collect()
            }
        }
    }
}

/// The answer that shows a user: all of him, or what is asked for.
pub(crate) async fn answer(
    store: &Store,
    principal: &Principal,
    base_url: &str,
    record: UserRecord,
    projection: &Projection,
    answer: fn(&Identity, &Representation) -> Answer,
) -> Result<Answer, Error> {
    let users = std::slice::from_ref(&record);
    let view = View::of(store, principal, base_url, users, projection).await?;
    let identity = view.identity(&record);
    let mut user = view.represent(record, &identity);
    projection.apply(principal.user(), &mut user);
    Ok(answer(&identity, &user))
}
