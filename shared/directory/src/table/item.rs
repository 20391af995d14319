use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use uuid::Uuid;

use crate::keys::Key;
use crate::{Error, Result};

/// An item as DynamoDB gives and takes it, with typed reading.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Item(pub HashMap<String, AttributeValue>);

/// The shape of the items that are written, and the latest that can be read.
const SHAPE: u32 = 1;

impl Item {
    /// One that was read. Error: [`Error::Later`].
    pub fn stored(attributes: HashMap<String, AttributeValue>) -> Result<Self> {
        let item = Self(attributes);
        // Where only some attributes were asked for, this one is not among them.
        if item.0.contains_key("shape") && item.number::<u32>("shape")? > SHAPE {
            return Err(Error::Later);
        }
        Ok(item)
    }

    /// A new item of a type.
    pub fn new(key: Key, kind: &str) -> Self {
        let mut item = Self(HashMap::new());
        item.set("pk", AttributeValue::S(key.pk));
        item.set("sk", AttributeValue::S(key.sk));
        item.set("type", text(kind));
        item.set("shape", number(SHAPE));
        item
    }

    pub fn set(&mut self, name: &str, value: AttributeValue) {
        self.0.insert(name.to_owned(), value);
    }

    pub fn with(mut self, name: &str, value: AttributeValue) -> Self {
        self.set(name, value);
        self
    }

    pub fn key(&self) -> Result<Key> {
        Ok(Key {
            pk: self.text("pk")?.to_owned(),
            sk: self.text("sk")?.to_owned(),
        })
    }

    pub fn text(&self, name: &'static str) -> Result<&str> {
        self.optional_text(name).ok_or(Error::Corrupt(name))
    }

    pub fn optional_text(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .and_then(|value| value.as_s().ok())
            .map(String::as_str)
    }

    pub fn number<T: std::str::FromStr>(&self, name: &'static str) -> Result<T> {
        let text = self.0.get(name).and_then(|value| value.as_n().ok());
        text.and_then(|text| text.parse().ok())
            .ok_or(Error::Corrupt(name))
    }

    pub fn time(&self, name: &'static str) -> Result<Timestamp> {
        self.text(name)?.parse().map_err(|_| Error::Corrupt(name))
    }

    pub fn optional_time(&self, name: &'static str) -> Result<Option<Timestamp>> {
        self.0
            .contains_key(name)
            .then(|| self.time(name))
            .transpose()
    }

    pub fn bytes(&self, name: &'static str) -> Result<&[u8]> {
        let blob = self.0.get(name).and_then(|value| value.as_b().ok());
        blob.map(AsRef::as_ref).ok_or(Error::Corrupt(name))
    }

    /// A flag; absent is false.
    pub fn is(&self, name: &str) -> bool {
        self.0.get(name) == Some(&AttributeValue::Bool(true))
    }

    /// A set of ids; absent is empty, as DynamoDB has no empty sets.
    pub fn ids<T: Ord>(&self, name: &'static str, id: impl Fn(Uuid) -> T) -> Result<BTreeSet<T>> {
        match self.0.get(name) {
            None => Ok(BTreeSet::new()),
            Some(AttributeValue::Bs(set)) => {
                let read = set
                    .iter()
                    .map(|bytes| Uuid::from_slice(bytes.as_ref()).map(&id));
                read.collect::<std::result::Result<_, _>>()
                    .map_err(|_| Error::Corrupt(name))
            }
            Some(_) => Err(Error::Corrupt(name)),
        }
    }
}

pub(crate) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(crate) fn number(value: impl std::fmt::Display) -> AttributeValue {
    AttributeValue::N(format!("{value}"))
}

pub(crate) fn binary(bytes: impl Into<Vec<u8>>) -> AttributeValue {
    AttributeValue::B(Blob::new(bytes))
}

pub(crate) fn binary_set(ids: impl IntoIterator<Item = [u8; 16]>) -> AttributeValue {
    AttributeValue::Bs(ids.into_iter().map(Blob::new).collect())
}

impl Key {
    pub(crate) fn to_attributes(&self) -> HashMap<String, AttributeValue> {
        HashMap::from([
            ("pk".to_owned(), text(self.pk.as_str())),
            ("sk".to_owned(), text(self.sk.as_str())),
        ])
    }
}
