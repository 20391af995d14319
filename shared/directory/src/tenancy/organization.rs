use jiff::Timestamp;

use super::EnvironmentRecord;
use super::environment::is_missing;
use super::{
    Administration, DirectoryName, DirectorySlug, EnvironmentSlug, OrganizationSlug,
    check_not_deleting, conflict, not_found,
};
use crate::store::stamp;
use crate::table::{Item, Outcome, Write, number, text};
use crate::{DirectoryId, Error, Result, keys};

/// An organization: a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganizationRecord {
    /// Its name, unique in the deployment.
    pub slug: OrganizationSlug,
    /// The environment that it belongs to.
    pub environment: EnvironmentSlug,
    /// The one of its directories that counts where only one can; none as long as it has none.
    pub primary: Option<DirectoryId>,
    /// How many directories it has.
    pub directories: usize,
    /// When it was created.
    pub created: Timestamp,
}

/// A directory as its organization lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedDirectory {
    /// Its id.
    pub id: DirectoryId,
    /// Its name within the organization.
    pub slug: DirectorySlug,
}

impl Administration<'_> {
    /// Creates an organization in an environment. Errors: 404, 409 if there is one of this name in any environment.
    pub async fn create_organization(
        &self,
        environment: &EnvironmentSlug,
        slug: &OrganizationSlug,
    ) -> Result<()> {
        let by = self.by("create organization", &[]);
        let created = text(stamp(by.at));
        let organization = Item::new(keys::organization(slug), "organization")
            .with("environment", text(environment.as_str()))
            .with("directories", number(0))
            .with("created", created);
        let listed = Item::new(
            keys::organization_of_environment(environment, slug),
            "organization, listed",
        );
        let counted = Write::update(keys::environment(environment))
            .clause("ADD #organizations :one")
            .when_present();
        let writes = [
            counted.value(":one", number(1)),
            Write::put(by.mark(organization)).when_absent(),
            Write::put(by.mark(listed)).when_absent(),
        ];
        match self.table().transact(&writes).await? {
            Outcome::Done => {
                self.log("create organization", slug);
                Ok(())
            }
            Outcome::Refused(refused) if is_missing(&refused, 0) => {
                Err(not_found("Environment", environment))
            }
            Outcome::Refused(_) => Err(conflict(format!(
                "There is an organization `{slug}` already."
            ))),
        }
    }

    /// The organizations of an environment. Error: 404.
    pub async fn organizations(
        &self,
        environment: &EnvironmentSlug,
    ) -> Result<Vec<OrganizationRecord>> {
        self.environment(environment).await?;
        let partition = keys::environment_partition(environment);
        let listed = self
            .table()
            .query_prefix(&partition, keys::ORGANIZATION_PREFIX)
            .await?;
        let slug = |item: &Item| {
            let slug = item.text("sk")?.strip_prefix(keys::ORGANIZATION_PREFIX);
            let slug = slug.and_then(|slug| OrganizationSlug::parse(slug).ok());
            slug.ok_or(Error::Corrupt("sk"))
        };
        let slugs = listed.iter().map(slug).collect::<Result<Vec<_>>>()?;
        let keys: Vec<_> = slugs.iter().map(keys::organization).collect();
        let items = self.table().batch_get(&keys, &[]).await?;
        let mut organizations = items
            .iter()
            .map(OrganizationRecord::from_item)
            .collect::<Result<Vec<_>>>()?;
        organizations.sort_by(|one, other| one.slug.cmp(&other.slug));
        Ok(organizations)
    }

    /// An organization. Error: 404.
    pub async fn organization(&self, slug: &OrganizationSlug) -> Result<OrganizationRecord> {
        let item = self.table().get(&keys::organization(slug)).await?;
        let item = item.ok_or_else(|| not_found("Organization", slug))?;
        OrganizationRecord::from_item(&item)
    }

    /// The environment that an organization belongs to. Error: 404.
    pub async fn environment_of(
        &self,
        organization: &OrganizationSlug,
    ) -> Result<EnvironmentRecord> {
        let organization = self.organization(organization).await?;
        self.environment(&organization.environment).await
    }

    /// Deletes an organization without directories. Errors: 404, 409.
    pub async fn delete_organization(&self, slug: &OrganizationSlug) -> Result<()> {
        let found = self.organization(slug).await?;
        let delete = Write::delete(keys::organization(slug)).when("#directories = :none");
        let counted =
            Write::update(keys::environment(&found.environment)).clause("ADD #organizations :less");
        let writes = [
            delete.value(":none", number(0)),
            Write::delete(keys::organization_of_environment(&found.environment, slug)),
            counted.when_present().value(":less", number(-1)),
        ];
        match self.table().transact(&writes).await? {
            Outcome::Done => {
                self.log("delete organization", slug);
                Ok(())
            }
            Outcome::Refused(refused) if is_missing(&refused, 0) => {
                Err(not_found("Organization", slug))
            }
            Outcome::Refused(_) => Err(conflict(format!(
                "Organization `{slug}` has directories: delete them first."
            ))),
        }
    }

    /// The directories of an organization, the oldest first. Error: 404.
    pub async fn directories(
        &self,
        organization: &OrganizationSlug,
    ) -> Result<Vec<ListedDirectory>> {
        self.organization(organization).await?;
        let partition = keys::organization_partition(organization);
        let items = self
            .table()
            .query_prefix(&partition, keys::DIRECTORY_PREFIX)
            .await?;
        let listed = |item: &Item| {
            let id = item.text("sk")?.strip_prefix(keys::DIRECTORY_PREFIX);
            let slug = DirectorySlug::parse(item.text("slug")?);
            Ok(ListedDirectory {
                id: id
                    .and_then(DirectoryId::parse)
                    .ok_or(Error::Corrupt("sk"))?,
                slug: slug.map_err(|_| Error::Corrupt("slug"))?,
            })
        };
        items.iter().map(listed).collect()
    }

    /// The id of the directory of this name.
    pub async fn directory_named(&self, name: &DirectoryName) -> Result<Option<DirectoryId>> {
        let item = self.table().get(&keys::directory_slug(name)).await?;
        let id =
            item.map(|item| DirectoryId::parse(item.text("owner")?).ok_or(Error::Corrupt("owner")));
        id.transpose()
    }

    /// Makes a directory the primary one of its organization. Errors: 404, 409 while it is being deleted.
    pub async fn make_primary(&self, id: DirectoryId) -> Result<()> {
        let directory = self.directory(id).await?;
        check_not_deleting(&directory)?;
        let by = self.by("make primary", &["primary".to_owned()]);
        let organization = &directory.name.organization;
        let primary = Write::update(keys::organization(organization))
            .clause("SET #primary = :primary")
            .when_present()
            .value(":primary", text(id.to_string()));
        // Together with the listing, which goes when the directory does.
        let listed =
            Write::update(keys::directory_of_organization(organization, id)).when_present();
        let writes = [by.mark_update(primary), by.mark_update(listed)];
        match self.table().transact(&writes).await? {
            Outcome::Done => Ok(()),
            Outcome::Refused(_) => Err(not_found("Directory", &directory.name)),
        }
    }
}

impl OrganizationRecord {
    fn from_item(item: &Item) -> Result<Self> {
        let slug = item.text("pk")?.strip_prefix(keys::ORGANIZATION_PREFIX);
        let slug = slug.and_then(|slug| OrganizationSlug::parse(slug).ok());
        let environment = EnvironmentSlug::parse(item.text("environment")?);
        let primary = item.optional_text("primary").map(DirectoryId::parse);
        Ok(Self {
            slug: slug.ok_or(Error::Corrupt("pk"))?,
            environment: environment.map_err(|_| Error::Corrupt("environment"))?,
            primary: primary
                .map(|id| id.ok_or(Error::Corrupt("primary")))
                .transpose()?,
            directories: item.number("directories")?,
            created: item.time("created")?,
        })
    }
}
