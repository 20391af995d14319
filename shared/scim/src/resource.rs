use serde_json::{Value, json};

use crate::schema::{Extension, Mutability};
use crate::value::{normalise, normalise_object};
use crate::{
    Attribute, Dialect, Error, Object, Representation, ResourceType, Schema, StoredResource,
};

/// What the client wrote of a resource, normalised: canonical names in the schema's order, checked types, nothing
/// empty, nothing that is the service provider's (`id`, `meta`, `schemas`, `groups`), no `password`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resource(Object);

/// What the service provider adds to a resource when it is shown.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Identifier of the resource.
    pub id: String,
    /// When it was created, as xsd:dateTime.
    pub created: String,
    /// When it was last changed, as xsd:dateTime.
    pub last_modified: String,
    /// Its URI.
    pub location: String,
    /// Its entity tag.
    pub version: String,
}

impl Resource {
    /// Reads the body of a POST or PUT (RFC 7644 §3.3, §3.5.1).
    ///
    /// What the client may not write and what no schema of the resource type defines is ignored. Errors: 400
    /// `invalidValue` for a value of the wrong type or a missing required attribute; strict also 400 `invalidSyntax` if
    /// `schemas` lacks the core schema or an extension that has values.
    pub fn from_body(
        body: Value,
        resource_type: &ResourceType,
        dialect: Dialect,
    ) -> Result<Self, Error> {
        let Value::Object(body) = body else {
            return Err(Error::invalid_syntax("The body must be a JSON object."));
        };
        if dialect == Dialect::Strict {
            require_schemas(&body, resource_type)?;
        }
        let resource = Self::normalised(body, resource_type, dialect)?;
        resource.require(resource_type)?;
        Ok(resource)
    }

    /// A resource that was stored: taken as it is.
    pub fn from_stored(document: Object) -> Self {
        Self(document)
    }

    pub(crate) fn normalised(
        mut body: Object,
        resource_type: &ResourceType,
        dialect: Dialect,
    ) -> Result<Self, Error> {
        let mut extensions = Object::new();
        for extension in &resource_type.extensions {
            let schema = &extension.schema;
            let Some(key) = body
                .keys()
                .find(|key| key.eq_ignore_ascii_case(&schema.id))
                .cloned()
            else {
                continue;
            };
            match body.shift_remove(&key) {
                Some(Value::Object(object)) => {
                    let object = normalise_object(&schema.attributes, object, dialect)?;
                    if !object.is_empty() {
                        extensions.insert(schema.id.clone(), Value::Object(object));
                    }
                }
                None | Some(Value::Null) => {}
                Some(_) => {
                    return Err(Error::invalid_value(format!(
                        "`{}` must be an object.",
                        schema.id
                    )));
                }
            }
        }
        let external_id = external_id();
        let external_id_key = body
            .keys()
            .find(|key| key.eq_ignore_ascii_case(&external_id.name))
            .cloned();
        let external_id_value = match external_id_key.and_then(|key| body.shift_remove(&key)) {
            Some(value) => normalise(external_id, value, dialect)?,
            None => None,
        };
        let mut document = Object::new();
        if let Some(value) = external_id_value {
            document.insert(external_id.name.clone(), value);
        }
        document.extend(normalise_object(
            &resource_type.schema.attributes,
            body,
            dialect,
        )?);
        document.extend(extensions);
        Ok(Self(document))
    }

    pub(crate) fn require(&self, resource_type: &ResourceType) -> Result<(), Error> {
        let in_extension = |extension: &Extension| {
            let schema = &extension.schema;
            match self.0.get(&schema.id) {
                Some(Value::Object(object)) => {
                    let name = missing(&schema.attributes, object)?;
                    Some(format!("{}:{name}", schema.id))
                }
                _ => extension.required.then(|| schema.id.clone()),
            }
        };
        let missing = missing(&resource_type.schema.attributes, &self.0)
            .or_else(|| resource_type.extensions.iter().find_map(in_extension));
        match missing {
            None => Ok(()),
            Some(name) => Err(Error::invalid_value(format!("`{name}` is required."))),
        }
    }

    /// This resource in the place of `before` (RFC 7644 §3.5.1): what is immutable and has a value keeps it, also if it
    /// is left out. Error: 400 `mutability` for another value.
    pub fn replacing(mut self, before: &Self, resource_type: &ResourceType) -> Result<Self, Error> {
        let before = before.fitting(resource_type);
        let mut kept = keep_immutable(&resource_type.schema.attributes, &before.0, &mut self.0)?;
        for extension in &resource_type.extensions {
            let schema = &extension.schema;
            let Some(Value::Object(before)) = before.0.get(&schema.id) else {
                continue;
            };
            if let Some(Value::Object(after)) = self.0.get_mut(&schema.id) {
                kept |= keep_immutable(&schema.attributes, before, after)?;
                continue;
            }
            let mut after = Object::new();
            if keep_immutable(&schema.attributes, before, &mut after)? {
                self.0.insert(schema.id.clone(), after.into());
                kept = true;
            }
        }
        if kept {
            // What was put back stands in the schema's order again, and may lack what must stand beside it.
            self = Self::normalised(self.0, resource_type, Dialect::Strict)?;
            self.require(resource_type)?;
        }
        Ok(self)
    }

    /// This resource without what does not fit the extensions: a directory's own may have changed since it was written.
    pub(crate) fn fitting(&self, resource_type: &ResourceType) -> Self {
        let mut document = self.0.clone();
        for extension in &resource_type.extensions {
            let schema = &extension.schema;
            let Some(Value::Object(values)) = document.get_mut(&schema.id) else {
                continue;
            };
            values.retain(|name, value| {
                let fits = |attribute| normalise(attribute, value.clone(), Dialect::Strict).is_ok();
                schema.attribute(name).is_some_and(fits)
            });
        }
        Self(document)
    }

    /// Whether this stored resource keeps to the extensions, which may be newer than it. Error: the first thing that does not.
    pub fn check(&self, resource_type: &ResourceType) -> Result<(), Error> {
        for schema in resource_type
            .extensions
            .iter()
            .map(|extension| &extension.schema)
        {
            let values = self.0.get(&schema.id).and_then(Value::as_object);
            for (name, value) in values.into_iter().flatten() {
                if let Some(attribute) = schema.attribute(name) {
                    normalise(attribute, value.clone(), Dialect::Strict)?;
                }
            }
        }
        self.require(resource_type)
    }

    /// Whether the client wrote this attribute.
    pub fn has(&self, extension: Option<&Schema>, attribute: &Attribute) -> bool {
        let attributes = match extension {
            None => Some(&self.0),
            Some(schema) => self.0.get(&schema.id).and_then(Value::as_object),
        };
        attributes.is_some_and(|attributes| attributes.contains_key(&attribute.name))
    }

    /// What the client wrote, as one object; extensions under their URNs.
    pub fn document(&self) -> &Object {
        &self.0
    }

    /// The same, given away.
    pub fn into_document(self) -> Object {
        self.0
    }

    /// The text of a top-level string attribute.
    pub fn text(&self, attribute: &str) -> Option<&str> {
        self.0.get(attribute)?.as_str()
    }

    /// The elements of a top-level multi-valued attribute.
    pub fn elements(&self, attribute: &str) -> &[Value] {
        self.0
            .get(attribute)
            .and_then(Value::as_array)
            .map_or(&[], Vec::as_slice)
    }

    /// The value of a top-level attribute.
    pub fn get(&self, attribute: &str) -> Option<&Value> {
        self.0.get(attribute)
    }

    /// Gives a top-level attribute of the core schema this value if it has none.
    pub fn set_default(&mut self, attribute: &str, value: impl Into<Value>) {
        if !self.0.contains_key(attribute) {
            self.0.insert(attribute.to_owned(), value.into());
        }
    }

    /// Gives a top-level attribute, or an extension by its URN, this value; none takes it away.
    pub fn set(&mut self, attribute: &str, value: Option<Value>) {
        match value {
            Some(value) => {
                self.0.insert(attribute.to_owned(), value);
            }
            None => {
                self.0.shift_remove(attribute);
            }
        }
    }

    /// Takes a top-level attribute out, as with the members of a group, which are kept apart.
    pub fn take(&mut self, attribute: &str) -> Option<Value> {
        self.0.shift_remove(attribute)
    }

    /// The whole resource as it is shown: see [`StoredResource::represent`].
    pub fn represent(
        self,
        resource_type: &ResourceType,
        identity: &Identity,
        server: Object,
    ) -> Representation {
        StoredResource::from(self).represent(resource_type, identity, server)
    }
}

impl Identity {
    /// The attribute `meta` (RFC 7643 §3.1).
    pub(crate) fn meta(&self, resource_type: &ResourceType) -> Value {
        json!({
            "resourceType": resource_type.name,
            "created": self.created,
            "lastModified": self.last_modified,
            "location": self.location,
            "version": self.version,
        })
    }
}

fn external_id() -> &'static Attribute {
    // Of the common attributes only this one is the client's.
    let [.., external_id, _meta] = ResourceType::common() else {
        unreachable!("the common attributes end so")
    };
    external_id
}

/// Whether something was put back.
fn keep_immutable(
    attributes: &[Attribute],
    before: &Object,
    after: &mut Object,
) -> Result<bool, Error> {
    let mut put_back = false;
    for attribute in attributes {
        let Some(kept) = before.get(&attribute.name) else {
            continue;
        };
        match (attribute.mutability, after.get_mut(&attribute.name)) {
            (Mutability::Immutable, None) => {
                after.insert(attribute.name.clone(), kept.clone());
                put_back = true;
            }
            (Mutability::Immutable, Some(given)) if given != kept => {
                return Err(Error::mutability(format!(
                    "`{}` is immutable and already has a value.",
                    attribute.name
                )));
            }
            (_, Some(Value::Object(given))) => {
                if let Value::Object(kept) = kept {
                    put_back |= keep_immutable(&attribute.sub_attributes, kept, given)?;
                }
            }
            _ => {}
        }
    }
    Ok(put_back)
}

/// The name of the first required attribute that has no value.
fn missing(attributes: &[Attribute], object: &Object) -> Option<String> {
    let is_required = |attribute: &Attribute| {
        attribute.required
            && matches!(
                attribute.mutability,
                Mutability::ReadWrite | Mutability::Immutable
            )
    };
    attributes.iter().find_map(|attribute| {
        let (is_needed, within) = (is_required(attribute), &attribute.sub_attributes);
        // Of most attributes nothing is required, and nothing need be looked up.
        if !is_needed && !within.iter().any(is_required) {
            return None;
        }
        let missing = |object| {
            let sub = missing(within, object)?;
            Some(format!("{}.{sub}", attribute.name))
        };
        match object.get(&attribute.name) {
            None if is_needed => Some(attribute.name.clone()),
            Some(Value::Object(object)) => missing(object),
            Some(Value::Array(elements)) => {
                let mut elements = elements.iter().filter_map(Value::as_object);
                elements.find_map(missing)
            }
            _ => None,
        }
    })
}

fn require_schemas(body: &Object, resource_type: &ResourceType) -> Result<(), Error> {
    let listed: Vec<&str> = body
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case("schemas"))
        .and_then(|(_, value)| value.as_array())
        .map(|schemas| schemas.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let declares = |urn: &str| listed.iter().any(|schema| schema.eq_ignore_ascii_case(urn));
    let used = resource_type
        .extensions
        .iter()
        .map(|extension| &extension.schema.id);
    let used = used.filter(|id| {
        body.iter()
            .any(|(key, value)| key.eq_ignore_ascii_case(id) && !value.is_null())
    });
    match [&resource_type.schema.id]
        .into_iter()
        .chain(used)
        .find(|urn| !declares(urn))
    {
        Some(missing) => Err(Error::invalid_syntax(format!(
            "`schemas` must list `{missing}`."
        ))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
