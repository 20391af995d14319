//! The messages of the discovery endpoints (RFC 7644 §4; RFC 7643 §5 to §7; RFC 9865 §4).

use serde_json::{Value, json};

use crate::bulk::{LARGEST_BODY, MOST_OPERATIONS};
use crate::cursor::CURSOR_TIMEOUT;
use crate::list::{DEFAULT_PER_PAGE, MOST_PER_PAGE};
use crate::{ResourceType, Schema};

/// `ServiceProviderConfig`: what this service provider does, no more and no less.
pub fn service_provider_config(base_url: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": {"supported": true},
        "bulk": {"supported": true, "maxOperations": MOST_OPERATIONS, "maxPayloadSize": LARGEST_BODY},
        "filter": {"supported": true, "maxResults": MOST_PER_PAGE},
        "changePassword": {"supported": false},
        "sort": {"supported": true},
        "etag": {"supported": true},
        "pagination": {
            "cursor": true,
            "index": true,
            "defaultPaginationMethod": "index",
            "defaultPageSize": DEFAULT_PER_PAGE,
            "maxPageSize": MOST_PER_PAGE,
            "cursorTimeout": CURSOR_TIMEOUT
        },
        "authenticationSchemes": [
            {
                "type": "oauthbearertoken",
                "name": "Bearer token",
                "description": "The directory's token in the Authorization header, with or without the word Bearer.",
                "specUri": "https://www.rfc-editor.org/rfc/rfc6750",
                "primary": true
            },
            {
                "type": "httpbasic",
                "name": "HTTP Basic",
                "description": "The credential's username and password in the Authorization header.",
                "specUri": "https://www.rfc-editor.org/rfc/rfc7617"
            }
        ],
        "meta": {
            "resourceType": "ServiceProviderConfig",
            "location": format!("{base_url}/ServiceProviderConfig")
        }
    })
}

/// One resource type.
pub fn resource_type(resource_type: &ResourceType, base_url: &str) -> Value {
    let extensions = resource_type.extensions.iter();
    let extensions: Vec<_> = extensions
        .map(|extension| json!({"schema": extension.schema.id, "required": extension.required}))
        .collect();
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
        "id": resource_type.name,
        "name": resource_type.name,
        "endpoint": resource_type.endpoint,
        "description": resource_type.description,
        "schema": resource_type.schema.id,
        "schemaExtensions": extensions,
        "meta": {
            "resourceType": "ResourceType",
            "location": format!("{base_url}/ResourceTypes/{}", resource_type.name)
        }
    })
}

/// One schema.
pub fn schema(schema: &Schema, base_url: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
        "id": schema.id,
        "name": schema.name,
        "description": schema.description,
        "attributes": schema.attributes,
        "meta": {
            "resourceType": "Schema",
            "location": format!("{base_url}/Schemas/{}", schema.id)
        }
    })
}
