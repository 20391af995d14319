use std::collections::BTreeSet;

use super::Check;
use crate::keys;
use crate::{ChangeId, Result};

impl Check<'_> {
    /// Whether something is still to do after a change.
    pub async fn is_to_do(&self, change: impl Into<ChangeId>) -> Result<bool> {
        let to_do = self.table().get(&keys::to_do(change.into())).await?;
        Ok(to_do.is_some())
    }

    /// Those of these changes after which nothing is to do any more.
    pub async fn are_through(&self, changes: BTreeSet<ChangeId>) -> Result<BTreeSet<ChangeId>> {
        let mut through = BTreeSet::new();
        for change in changes {
            if !self.is_to_do(change).await? {
                through.insert(change);
            }
        }
        Ok(through)
    }
}
