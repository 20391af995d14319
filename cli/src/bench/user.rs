use serde_json::{Value, json};

/// A user as a large company's identity provider sends one: 2 KB, with a name that no other one has.
pub(super) fn user(run: &str, number: usize) -> Value {
    let user_name = format!("ada.{number}.{run}@example.com");
    json!({
        "schemas": [
            "urn:ietf:params:scim:schemas:core:2.0:User",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
        ],
        "externalId": format!("00u{run}{number:09}"),
        "userName": user_name,
        "name": {
            "formatted": "Ms. Augusta Ada Lovelace", "familyName": "Lovelace", "givenName": "Ada",
            "middleName": "Augusta", "honorificPrefix": "Ms."
        },
        "displayName": "Ada Lovelace",
        "nickName": "Ada",
        "profileUrl": format!("https://people.example.com/directory/engineering/ada.{number}"),
        "title": "Principal Engineer",
        "userType": "Employee",
        "preferredLanguage": "en-GB",
        "locale": "en-GB",
        "timezone": "Europe/London",
        "active": true,
        "emails": [
            {"value": user_name, "type": "work", "primary": true},
            {"value": format!("ada.{number}.{run}@home.example"), "type": "home"}
        ],
        "phoneNumbers": [
            {"value": "+44 20 7946 0000", "type": "work"},
            {"value": "+44 7700 900000", "type": "mobile"},
            {"value": "+44 20 7946 0001", "type": "fax"}
        ],
        "ims": [{"value": format!("ada.{number}@chat.example.com"), "type": "xmpp"}],
        "photos": [
            {"value": format!("https://people.example.com/photos/ada.{number}/large.jpg"), "type": "photo", "primary": true},
            {"value": format!("https://people.example.com/photos/ada.{number}/small.jpg"), "type": "thumbnail"}
        ],
        "addresses": [
            {
                "type": "work", "streetAddress": "12 St James's Square", "locality": "London", "region": "Greater London",
                "postalCode": "SW1Y 4JH", "country": "GB", "primary": true,
                "formatted": "12 St James's Square\nLondon SW1Y 4JH\nUnited Kingdom"
            },
            {
                "type": "home", "streetAddress": "5 Ockham Park", "locality": "Ockham", "region": "Surrey",
                "postalCode": "GU23 6NQ", "country": "GB", "formatted": "5 Ockham Park\nOckham GU23 6NQ\nUnited Kingdom"
            }
        ],
        "entitlements": [
            {"value": "deploy", "display": "Deploys to production", "primary": true},
            {"value": "review", "display": "Reviews and approves changes"}
        ],
        "roles": [{"value": "engineer", "display": "Engineer", "primary": true}, {"value": "reviewer", "display": "Reviewer"}],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
            "employeeNumber": number.to_string(), "costCenter": "4130", "organization": "Analytical Engines",
            "division": "Computation", "department": "Programming"
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_has_two_kilobytes() {
        let length = user("0123abcd", 12_345).to_string().len();
        assert!((1_950..2_150).contains(&length), "{length}");
    }
}
