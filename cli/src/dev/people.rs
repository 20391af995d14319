//! Invented people, as complete as those that Okta sends.

use scim::{Dialect, Resource, ResourceType};
use serde_json::{Value, json};

const GIVEN: [&str; 16] = [
    "Ada", "Bruno", "Chiara", "Dmitri", "Elif", "Farid", "Grace", "Hana", "Ivo", "Jamila", "Kwame",
    "Leila", "Mateo", "Noor", "Olga", "Priya",
];
const FAMILY: [&str; 16] = [
    "Adeyemi", "Bianchi", "Costa", "Demir", "Eriksen", "Fischer", "Garcia", "Haddad", "Ito",
    "Jensen", "Kowalski", "Larsen", "Moreau", "Novak", "Okafor", "Petrov",
];
const TITLES: [&str; 5] = [
    "Engineer",
    "Designer",
    "Account Manager",
    "Analyst",
    "Team Lead",
];
const DEPARTMENTS: [&str; 5] = ["Engineering", "Design", "Sales", "Finance", "Support"];

/// One person after another, each with a name of her own.
pub(crate) fn people() -> impl Iterator<Item = Resource> {
    (1..).filter_map(|number| {
        Resource::from_body(person(number), ResourceType::user(), Dialect::Strict).ok()
    })
}

fn person(number: usize) -> Value {
    let pick = |from: &[&str], by: usize| from[by % from.len()].to_owned();
    let (given, family) = (pick(&GIVEN, number), pick(&FAMILY, number / GIVEN.len()));
    let user_name = format!(
        "{}.{}.{number}@example.com",
        given.to_lowercase(),
        family.to_lowercase()
    );
    json!({
        "schemas": [
            "urn:ietf:params:scim:schemas:core:2.0:User",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
        ],
        "externalId": format!("00u{number:017}"),
        "userName": user_name,
        "name": {"givenName": given, "familyName": family, "formatted": format!("{given} {family}")},
        "displayName": format!("{given} {family}"),
        "title": pick(&TITLES, number),
        "locale": "en-US",
        "timezone": "America/Los_Angeles",
        "active": true,
        "emails": [{"value": user_name, "type": "work", "primary": true}],
        "phoneNumbers": [{"value": format!("+1 555 {:03} {:04}", number / 10_000 % 1_000, number % 10_000), "type": "work"}],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
            "employeeNumber": number.to_string(),
            "department": pick(&DEPARTMENTS, number)
        }
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn nobody_shares_a_name() {
        let names: HashSet<_> = people()
            .take(5_000)
            .map(|user| user.text("userName").unwrap().to_owned())
            .collect();
        assert_eq!(names.len(), 5_000);
    }
}
