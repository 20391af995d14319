//! Resources as they are stored and as they are shown: of what nobody looks into, the stored text is what is shown.

use std::sync::OnceLock;

use memchr::memchr_iter;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

use crate::filter::Members;
use crate::resource::Identity;
use crate::{Object, Resource, ResourceType, Schema};

/// A resource that was stored: its attributes are told apart, and read when somebody looks into them.
#[derive(Clone, Debug)]
pub struct StoredResource(Vec<(String, Part)>);

/// A resource as it is shown, its attributes in the schema's order.
#[derive(Clone, Debug, Default)]
pub struct Representation(Vec<(String, Part)>);

/// A resource as it is sent.
#[derive(Clone, Debug)]
pub struct WrittenResource(Box<RawValue>);

/// The value of an attribute.
#[derive(Clone, Debug)]
enum Part {
    Value(Value),
    /// As it was stored; what it says, once somebody has looked.
    Text(Box<RawValue>, OnceLock<Option<Value>>),
}

impl Part {
    /// None if the text says nothing that can be kept, such as a number without end: nobody stored that.
    fn value(&self) -> Option<&Value> {
        match self {
            Self::Value(value) => Some(value),
            Self::Text(text, value) => value.get_or_init(|| read(text)).as_ref(),
        }
    }

    /// A value of its own.
    fn to_value(&self) -> Option<Value> {
        match self {
            Self::Text(text, looked) if looked.get().is_none() => read(text),
            _ => self.value().cloned(),
        }
    }

    /// The value, to be changed.
    fn value_mut(&mut self) -> Option<&mut Value> {
        if let Self::Text(text, value) = self {
            let value = value.take().unwrap_or_else(|| read(text))?;
            *self = Self::Value(value);
        }
        match self {
            Self::Value(value) => Some(value),
            Self::Text(..) => None,
        }
    }
}

fn read(text: &RawValue) -> Option<Value> {
    serde_json::from_str(text.get()).ok()
}

impl StoredResource {
    /// From its text; none if that is no JSON object.
    pub fn from_text(text: &str) -> Option<Self> {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let members = deserializer.deserialize_map(Texts).ok()?;
        deserializer.end().ok()?;
        Some(Self(members))
    }

    /// All of it; none if the text of an attribute cannot be read.
    pub fn read(&self) -> Option<Resource> {
        let members = self.0.iter();
        let members = members.map(|(name, part)| Some((name.clone(), part.to_value()?)));
        members.collect::<Option<_>>().map(Resource::from_stored)
    }

    /// The whole resource as it is shown; `server` are the attributes that the service provider keeps, such as a user's
    /// `groups`, or an extension of its own.
    pub fn represent(
        self,
        resource_type: &ResourceType,
        identity: &Identity,
        mut server: Object,
    ) -> Representation {
        let mut stored: Vec<_> = self.0.into_iter().map(Some).collect();
        let mut take = |name: &str| -> Option<(String, Part)> {
            if let Some(value) = server.shift_remove(name) {
                return Some((name.to_owned(), Part::Value(value)));
            }
            let is_it = |member: &&mut Option<(String, Part)>| {
                member.as_ref().is_some_and(|(known, _)| known == name)
            };
            stored.iter_mut().find(is_it)?.take()
        };
        let extensions = resource_type.extensions.iter().map(|it| &it.schema);
        let extensions: Vec<_> = extensions
            .filter_map(|schema| take(&schema.id).filter(|(_, part)| has_some(part, schema)))
            .collect();
        let schemas = [&resource_type.schema.id].into_iter();
        let schemas = schemas.chain(extensions.iter().map(|(urn, _)| urn));
        let mut whole = Vec::with_capacity(resource_type.schema.attributes.len());
        let mut add = |name: &str, value: Value| whole.push((name.to_owned(), Part::Value(value)));
        add("schemas", schemas.map(String::as_str).collect());
        add("id", identity.id.as_str().into());
        whole.extend(
            resource_type
                .core_attributes()
                .filter_map(|attribute| take(&attribute.name)),
        );
        whole.extend(extensions);
        whole.push(("meta".to_owned(), Part::Value(identity.meta(resource_type))));
        Representation(whole)
    }
}

/// Nothing but attributes that the extension no longer has is nothing.
fn has_some(part: &Part, schema: &Schema) -> bool {
    let values = part.value().and_then(Value::as_object);
    let mut attributes = schema.attributes.iter();
    values.is_some_and(|values| attributes.any(|it| values.contains_key(&it.name)))
}

impl From<Resource> for StoredResource {
    fn from(resource: Resource) -> Self {
        let document = resource.into_document().into_iter();
        Self(
            document
                .map(|(name, value)| (name, Part::Value(value)))
                .collect(),
        )
    }
}

/// Reads an object whose values stay text.
struct Texts;

impl<'de> Visitor<'de> for Texts {
    type Value = Vec<(String, Part)>;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        /// As many as a user has.
        const USUAL: usize = 24;
        let mut members = Vec::with_capacity(USUAL);
        while let Some((name, text)) = map.next_entry()? {
            members.push((name, Part::Text(text, OnceLock::new())));
        }
        Ok(members)
    }
}

impl Representation {
    /// The value of an attribute, or an extension by its URN.
    pub fn get(&self, name: &str) -> Option<&Value> {
        let mut members = self.0.iter();
        members.find(|(known, _)| known == name)?.1.value()
    }

    /// Whether it has this attribute, or extension.
    pub fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }

    /// Takes an attribute out.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|(known, _)| known != name);
    }

    /// Keeps the attributes of which `keep` says so.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&str, Shown<'_>) -> bool) {
        self.0.retain_mut(|(name, part)| keep(name, Shown(part)));
    }
}

/// An attribute of a representation that is looked at, perhaps to be changed.
pub(crate) struct Shown<'a>(&'a mut Part);

impl<'a> Shown<'a> {
    pub fn value_mut(self) -> Option<&'a mut Value> {
        self.0.value_mut()
    }
}

impl Members for Representation {
    fn member(&self, name: &str) -> Option<&Value> {
        self.get(name)
    }
}

impl From<Object> for Representation {
    fn from(object: Object) -> Self {
        let members = object.into_iter();
        Self(
            members
                .map(|(name, value)| (name, Part::Value(value)))
                .collect(),
        )
    }
}

impl Serialize for Representation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, part) in &self.0 {
            match part {
                Part::Value(value) => map.serialize_entry(name, value)?,
                Part::Text(text, _) => map.serialize_entry(name, text)?,
            }
        }
        map.end()
    }
}

impl WrittenResource {
    /// Read again.
    pub fn to_object(&self) -> Object {
        serde_json::from_str(self.0.get()).unwrap_or_default()
    }

    /// How large it is within an answer, in bytes: the answer is a string within JSON, so that it is escaped twice.
    pub fn answer_size(&self) -> usize {
        let json = self.0.get().as_bytes();
        let count = |byte| memchr_iter(byte, json).count();
        // Control characters, which would be escaped too, it has none: it is written without spaces.
        json.len() + count(b'"') + count(b'\\')
    }
}

impl From<&Representation> for WrittenResource {
    fn from(resource: &Representation) -> Self {
        let written = to_raw_value(resource);
        // It has nothing that JSON does not have.
        debug_assert!(written.is_ok());
        Self(written.unwrap_or_else(|_| RawValue::NULL.to_owned()))
    }
}

impl Serialize for WrittenResource {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Dialect, Filter, Projection, filter::Predicate};

    const DOCUMENT: &str = r#"{"externalId":"00u1","userName":"bob","name":{"givenName":"B\u00f6b \"B\"","familyName":"Jensen"},"active":true,"emails":[{"value":"b@x","type":"work"}],"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Ops"}}"#;

    fn stored() -> StoredResource {
        StoredResource::from_text(DOCUMENT).unwrap()
    }

    fn shown(stored: StoredResource) -> Representation {
        let identity = Identity {
            id: "1".into(),
            created: "2026-11-21T09:30:00Z".into(),
            last_modified: "2026-11-21T09:31:00Z".into(),
            location: "https://example.com/scim/v2/Users/1".into(),
            version: "W/\"2\"".into(),
        };
        let groups = json!([{"value": "g1"}]);
        let server = Object::from_iter([("groups".to_owned(), groups)]);
        stored.represent(ResourceType::user(), &identity, server)
    }

    #[test]
    fn stored_text_and_what_it_says_are_shown_alike() {
        let read = stored().read().unwrap();
        let (of_text, of_values) = (shown(stored()), shown(read.into()));
        let values = of_values.0.iter().map(|(name, part)| {
            let value = part.to_value().unwrap();
            (name.clone(), value)
        });
        let values: Object = values.collect();
        for shown in [of_text, of_values] {
            assert_eq!(WrittenResource::from(&shown).to_object(), values);
        }
    }

    #[test]
    fn what_nobody_looks_into_stays_the_text_that_it_is() {
        let mut shown = shown(stored());
        Projection::default().apply(ResourceType::user(), &mut shown);
        let text = serde_json::to_string(&shown).unwrap();
        assert!(
            text.contains(r#""name":{"givenName":"B\u00f6b \"B\"""#),
            "{text}"
        );
    }

    #[test]
    fn whoever_looks_sees_what_it_says() {
        let mut shown = shown(stored());
        let filter = "name.givenName eq \"böb \\\"b\\\"\" and emails[type eq \"work\"]";
        let filter = Filter::parse(filter, Dialect::Strict).unwrap();
        let predicate = Predicate::new(&filter, ResourceType::user(), Dialect::Strict).unwrap();
        assert!(predicate.matches(&shown));
        let projection = Projection::new(["name.givenName", "emails.type"], []).unwrap();
        projection.apply(ResourceType::user(), &mut shown);
        let expected = json!({
            "schemas": [
                "urn:ietf:params:scim:schemas:core:2.0:User",
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
            ],
            "id": "1", "name": {"givenName": "Böb \"B\""}, "emails": [{"type": "work"}]
        });
        assert_eq!(serde_json::to_value(&shown).unwrap(), expected);
    }

    #[test]
    fn the_size_is_that_of_a_string_within_json() {
        let every: String = ('\0'..='\u{100}').collect();
        for value in [
            json!({}),
            json!({"a": "q\"\\\n"}),
            json!({"a\n": every, "b": [], "c": {}, "d": [null, true, {"e": -1.5e9}, [17, ""]]}),
            json!({"quotes": "\"".repeat(1_000)}),
        ] {
            let as_string = Value::String(value.to_string()).to_string();
            let resource = Representation::from(value.as_object().cloned().unwrap());
            let written = WrittenResource::from(&resource);
            assert_eq!(written.answer_size(), as_string.len() - 2, "{value}");
            assert_eq!(serde_json::to_value(&written).unwrap(), value);
        }
    }

    #[test]
    fn what_is_no_object_is_no_resource() {
        for text in ["", "[]", "1", "{", "{}{}", r#"{"a":}"#, r#"{"a":1,}"#] {
            assert!(StoredResource::from_text(text).is_none(), "{text}");
        }
        let endless = StoredResource::from_text(r#"{"title":1e999}"#).unwrap();
        assert!(endless.read().is_none());
    }
}
