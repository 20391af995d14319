use scim::Resource;

use crate::keys::{self, ResourceKind};
use crate::store::Scope;
use crate::table::Write;
use crate::user::all_items;
use crate::{Result, Settings};

impl Scope<'_> {
    /// Fills a directory that nobody uses yet with users, in bulk: the items are those of [`Scope::create_user`], but
    /// not in transactions. For trials and measurements.
    pub async fn seed_users(
        &self,
        settings: &Settings,
        users: impl IntoIterator<Item = Resource>,
    ) -> Result<()> {
        const USERS_AT_ONCE: usize = 500;
        let by = self.by("seed users", None, &[]);
        let mut users = users.into_iter().peekable();
        while users.peek().is_some() {
            let mut items = Vec::new();
            let mut counts = std::collections::BTreeMap::<_, u32>::new();
            for resource in users.by_ref().take(USERS_AT_ONCE) {
                let id = self.store.new_user_id();
                items.extend(all_items(self.directory(), settings, id, resource, &by)?);
                let total = keys::total(self.directory(), ResourceKind::User, &id.to_string());
                *counts.entry((total.pk, total.sk)).or_default() += 1;
            }
            self.table().put_all(items).await?;
            for ((pk, sk), count) in counts {
                let total = Write::update(keys::Key { pk, sk })
                    .clause("SET #type = :type")
                    .clause("ADD #count :count");
                let total = total
                    .value(":type", crate::table::text("total"))
                    .value(":count", crate::table::number(count));
                self.table().update(&by.mark_update(total)).await?;
            }
        }
        Ok(())
    }
}
