//! Every setting of a directory, each in a file of its name: what it changes, for whom, and from when on.

mod allowed_networks;
mod default_role;
mod delete_users;
mod deleted_lists;
mod dialect;
mod given;
mod group_push;
mod group_rename;
mod largest_item;
mod protected_members;
mod protected_race;
mod protected_users;
mod schema_extensions;
mod token_lifetime;
mod unique_identifier;
mod unique_identifier_change;
