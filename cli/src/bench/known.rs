use serde::Deserialize;

use super::worker::Worker;
use crate::error::CliError;

/// Resources of a page, as identity providers read them.
pub(super) const PER_PAGE: usize = 100;
/// Most pages that are read to know users: evenly over the directory, however large it is.
const MOST_PAGES: usize = 100;
/// Most users who are known.
const MOST_USERS: usize = MOST_PAGES * PER_PAGE;
/// A prime beyond the number of known users: its multiples visit each of them once, in an order that is not theirs.
const STEP: usize = 1_000_003;

/// A user whom requests are about.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct User {
    pub id: String,
    #[serde(rename = "userName")]
    pub name: String,
    #[serde(default = "yes")]
    pub active: bool,
}

fn yes() -> bool {
    true
}

/// A page of users.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Page {
    #[serde(rename = "totalResults")]
    pub total: usize,
    #[serde(rename = "Resources", default)]
    pub users: Vec<User>,
}

/// Users of the directory: all of them or, of a large one, some from each part of it. Who searches it from its beginning has no
/// advantage.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// How many users there are.
    pub total: usize,
    users: Vec<User>,
}

impl Known {
    /// The users of a directory that has no others, in the order in which they were created.
    pub fn of_all(users: Vec<User>) -> Self {
        let total = users.len();
        let apart = total.div_ceil(MOST_USERS).max(1);
        Self {
            total,
            users: users.into_iter().step_by(apart).collect(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.users.is_empty()
    }

    /// How many are known.
    pub fn len(&self) -> usize {
        self.users.len()
    }

    /// One after the other, and then from the beginning.
    pub fn user(&self, turn: usize) -> &User {
        &self.users[turn % self.len() * STEP % self.len()]
    }

    /// The pages of the directory.
    pub fn pages(&self) -> usize {
        self.total.div_ceil(PER_PAGE).max(1)
    }
}

impl Worker {
    /// The page that begins with this user.
    pub async fn users(&self, start_index: usize) -> Result<Page, CliError> {
        let path = format!("/Users?startIndex={start_index}&count={PER_PAGE}");
        let answered = self.send("GET", &path, None, &[200]).await;
        let (answer, _) = answered.map_err(CliError::Failed)?;
        Ok(answer.read())
    }

    /// Reads who is there. Error: the endpoint does not list users to this token.
    pub async fn known_users(&self) -> Result<Known, CliError> {
        let first = self.users(1).await?;
        let mut known = Known {
            total: first.total,
            users: first.users,
        };
        let pages = known.pages();
        let read = pages.min(MOST_PAGES);
        for page in (1..read).map(|number| number * pages / read) {
            known
                .users
                .extend(self.users(page * PER_PAGE + 1).await?.users);
        }
        Ok(known)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_user_has_a_turn() {
        for users in [1, 2, 7, 1_000, MOST_USERS] {
            let known = known(users);
            let ids = (0..users).map(|turn| known.user(turn).id.clone());
            assert_eq!(ids.collect::<BTreeSet<_>>().len(), users);
            assert_eq!(known.user(users).id, known.user(0).id);
        }
    }

    #[test]
    fn of_many_users_some_from_each_part_are_known() {
        for (users, expected) in [(0, 0), (MOST_USERS, MOST_USERS), (MOST_USERS + 1, 5_001)] {
            assert_eq!(known(users).len(), expected);
            assert_eq!(known(users).total, users);
        }
        let ids: Vec<usize> = known(25 * MOST_USERS)
            .users
            .iter()
            .map(|user| user.id.parse().unwrap())
            .collect();
        assert_eq!(ids.len(), MOST_USERS);
        assert!(ids.is_sorted_by(|id, next| id + 25 == *next));
    }

    fn known(users: usize) -> Known {
        let user = |number: usize| User {
            id: number.to_string(),
            name: String::new(),
            active: true,
        };
        Known::of_all((0..users).map(user).collect())
    }
}
