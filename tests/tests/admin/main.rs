//! The admin API over HTTP, as a system of the company's calls it. Each call is held against docs/openapi-admin.json.

mod audit;
mod credentials;
mod deletion;
mod directories;
mod document;
mod environments;
mod given;
mod life;
mod organizations;
mod refused;
