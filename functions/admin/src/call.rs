use directory::{
    Administration, CredentialId, Directory, DirectoryId, EnvironmentSlug, OrganizationSlug,
};
use edge::{App, Request};
use scim::{Error, shown};

/// A request of an administrator.
pub(crate) struct Call<'a> {
    pub(crate) app: &'a App,
    pub(crate) request: &'a Request,
    pub(crate) administration: Administration<'a>,
}

impl<'a> Call<'a> {
    /// Error: 403 if nobody signed it.
    pub(crate) fn new(app: &'a App, request: &'a Request) -> Result<Self, Error> {
        let administrator = request.administrator()?;
        Ok(Self {
            app,
            request,
            administration: app.store.administration(administrator, &request.id),
        })
    }

    /// The environment that the path names. Error: 400 for what is no name.
    pub(crate) fn environment(&self) -> Result<EnvironmentSlug, Error> {
        EnvironmentSlug::parse(self.request.named_path_parameter("environment"))
    }

    /// The organization that the path names. Error: 400 for what is no name.
    pub(crate) fn organization(&self) -> Result<OrganizationSlug, Error> {
        OrganizationSlug::parse(self.request.named_path_parameter("organization"))
    }

    /// The directory whose id is in the path. Error: 404 for what is no id.
    pub(crate) fn directory_id(&self) -> Result<DirectoryId, Error> {
        let id = self.request.named_path_parameter("directory");
        DirectoryId::parse(id).ok_or_else(|| Error::not_found("Directory", id))
    }

    /// The directory itself. Error: 404.
    pub(crate) async fn directory(&self) -> Result<Directory, Error> {
        let directory = self.administration.directory(self.directory_id()?).await;
        Ok(directory?)
    }

    /// The credential whose id is in the path. Error: 404 for what is no id.
    pub(crate) fn credential_id(&self) -> Result<CredentialId, Error> {
        let id = self.request.named_path_parameter("credential");
        CredentialId::parse(id).ok_or_else(|| Error::not_found("Credential", id))
    }

    /// The parameters of the query by these names, each at most once. Error: 400 for any other.
    pub(crate) fn query<const N: usize>(
        &self,
        names: [&str; N],
    ) -> Result<[Option<&'a str>; N], Error> {
        let mut values = [None; N];
        for (name, value) in self.request.parameters() {
            let Some(index) = names.iter().position(|known| *known == name) else {
                let name = shown(name);
                let detail = format!("There is no query parameter `{name}` here.");
                return Err(Error::invalid_value(detail));
            };
            if values[index].replace(value).is_some() {
                let detail = format!("The query parameter `{name}` is given twice.");
                return Err(Error::invalid_value(detail));
            }
        }
        Ok(values)
    }

    /// Where identity providers reach the directories of an environment: as that was told, else where this API is.
    pub(crate) async fn base_url(&self, organization: &OrganizationSlug) -> Result<String, Error> {
        let environment = self.administration.environment_of(organization).await?;
        let here = || self.request.base_url.clone();
        Ok(environment.base_url.unwrap_or_else(here))
    }
}
