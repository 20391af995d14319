use std::fmt;

use clap::ValueEnum;

/// What is done again and again, and measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Phase {
    /// POST of a user of 2 KB.
    Create,
    /// DELETE of the users that `create` made.
    Delete,
    /// GET of a user by id.
    Get,
    /// GET of the users with a userName.
    Match,
    /// PATCH of a user's profile.
    Patch,
    /// PATCH of a user's `active`, to the other of true and false.
    Deactivate,
    /// PATCH of a group: one member more. Each connection has a group of its own.
    AddMember,
    /// PATCH of the group: one of those members less.
    RemoveMember,
    /// GET of 100 users, page after page. Each connection begins elsewhere.
    Page,
}

impl Phase {
    pub const ALL: [Self; 9] = [
        Self::Create,
        Self::Delete,
        Self::Get,
        Self::Match,
        Self::Patch,
        Self::Deactivate,
        Self::AddMember,
        Self::RemoveMember,
        Self::Page,
    ];

    /// Whether its requests are about users who are there.
    pub fn needs_users(self) -> bool {
        !matches!(self, Self::Create | Self::Delete)
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.to_possible_value();
        formatter.write_str(value.as_ref().map_or("", |value| value.get_name()))
    }
}
