use std::collections::HashMap;

use aws_sdk_dynamodbstreams::primitives::DateTime;
use aws_sdk_dynamodbstreams::types::{
    AttributeValue, Identity, OperationType, Record, StreamRecord, StreamViewType,
};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

/// Records as Lambda gives them to a function.
pub(super) fn event(records: &[Record]) -> Bytes {
    let event = Event {
        records: records.iter().map(Shown::from).collect(),
    };
    let mut written = Vec::with_capacity(4 * 1024);
    // Names are strings, and values text: there is nothing in an event that cannot be written.
    let result = serde_json::to_writer(&mut written, &event);
    debug_assert!(result.is_ok());
    written.into()
}

#[derive(Serialize)]
struct Event<'a> {
    #[serde(rename = "Records")]
    records: Vec<Shown<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown<'a> {
    #[serde(rename = "eventID")]
    event_id: Option<&'a str>,
    event_name: Option<&'a str>,
    event_version: Option<&'a str>,
    event_source: Option<&'a str>,
    aws_region: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dynamodb: Option<Change<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_identity: Option<Principal<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Change<'a> {
    approximate_creation_date_time: Option<i64>,
    sequence_number: Option<&'a str>,
    size_bytes: Option<i64>,
    stream_view_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    keys: Option<Item<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new_image: Option<Item<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    old_image: Option<Item<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Principal<'a> {
    r#type: Option<&'a str>,
    principal_id: Option<&'a str>,
}

struct Item<'a>(&'a HashMap<String, AttributeValue>);

struct Attribute<'a>(&'a AttributeValue);

impl<'a> From<&'a Record> for Shown<'a> {
    fn from(record: &'a Record) -> Self {
        Self {
            event_id: record.event_id(),
            event_name: record.event_name().map(OperationType::as_str),
            event_version: record.event_version(),
            event_source: record.event_source(),
            aws_region: record.aws_region(),
            dynamodb: record.dynamodb().map(Change::from),
            user_identity: record.user_identity().map(Principal::from),
        }
    }
}

impl<'a> From<&'a StreamRecord> for Change<'a> {
    fn from(change: &'a StreamRecord) -> Self {
        let time = change.approximate_creation_date_time();
        Self {
            approximate_creation_date_time: time.map(DateTime::secs),
            sequence_number: change.sequence_number(),
            size_bytes: change.size_bytes(),
            stream_view_type: change.stream_view_type().map(StreamViewType::as_str),
            keys: change.keys().map(Item),
            new_image: change.new_image().map(Item),
            old_image: change.old_image().map(Item),
        }
    }
}

impl<'a> From<&'a Identity> for Principal<'a> {
    fn from(identity: &'a Identity) -> Self {
        Self {
            r#type: identity.r#type(),
            principal_id: identity.principal_id(),
        }
    }
}

impl Serialize for Item<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let members = self.0.iter();
        serializer.collect_map(members.map(|(name, value)| (name, Attribute(value))))
    }
}

impl Serialize for Attribute<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let base64 = |bytes: &[u8]| BASE64_STANDARD.encode(bytes);
        let mut map = serializer.serialize_map(Some(1))?;
        match self.0 {
            AttributeValue::S(text) => map.serialize_entry("S", text),
            AttributeValue::N(number) => map.serialize_entry("N", number),
            AttributeValue::B(bytes) => map.serialize_entry("B", &base64(bytes.as_ref())),
            AttributeValue::Bool(flag) => map.serialize_entry("BOOL", flag),
            AttributeValue::M(members) => map.serialize_entry("M", &Item(members)),
            AttributeValue::L(elements) => {
                let elements: Vec<_> = elements.iter().map(Attribute).collect();
                map.serialize_entry("L", &elements)
            }
            AttributeValue::Ss(texts) => map.serialize_entry("SS", texts),
            AttributeValue::Ns(numbers) => map.serialize_entry("NS", numbers),
            AttributeValue::Bs(set) => {
                let set: Vec<_> = set.iter().map(|bytes| base64(bytes.as_ref())).collect();
                map.serialize_entry("BS", &set)
            }
            // DynamoDB has no further types.
            _ => map.serialize_entry("NULL", &true),
        }?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodbstreams::primitives::Blob;
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn as_lambda_writes_it() {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let numbers = AttributeValue::L(vec![AttributeValue::N("1.5".into()), text("x")]);
        let change = StreamRecord::builder()
            .approximate_creation_date_time(DateTime::from_secs(1_795_251_600))
            .keys("pk", text("a"))
            .new_image("b", AttributeValue::B(Blob::new([0, 1, 255])))
            .new_image("yes", AttributeValue::Bool(true))
            .new_image("none", AttributeValue::Null(true))
            .new_image("m", AttributeValue::M([("l".to_owned(), numbers)].into()))
            .new_image("ss", AttributeValue::Ss(vec!["x".into()]))
            .new_image("ns", AttributeValue::Ns(vec!["1".into()]))
            .new_image("bs", AttributeValue::Bs(vec![Blob::new([0])]))
            .sequence_number("100000000000000000001")
            .size_bytes(9)
            .stream_view_type(StreamViewType::NewAndOldImages);
        let identity = Identity::builder()
            .r#type("Service")
            .principal_id("dynamodb.amazonaws.com");
        let record = Record::builder()
            .event_id("e")
            .event_name(OperationType::Insert)
            .event_version("1.1")
            .event_source("aws:dynamodb")
            .aws_region("local")
            .dynamodb(change.build())
            .user_identity(identity.build());
        let shown: Value = serde_json::from_slice(&event(&[record.build()])).unwrap();
        let expected = json!({"Records": [{
            "eventID": "e", "eventName": "INSERT", "eventVersion": "1.1", "eventSource": "aws:dynamodb", "awsRegion": "local",
            "dynamodb": {
                "ApproximateCreationDateTime": 1_795_251_600, "SequenceNumber": "100000000000000000001", "SizeBytes": 9,
                "StreamViewType": "NEW_AND_OLD_IMAGES",
                "Keys": {"pk": {"S": "a"}},
                "NewImage": {
                    "b": {"B": "AAH/"}, "yes": {"BOOL": true}, "none": {"NULL": true},
                    "m": {"M": {"l": {"L": [{"N": "1.5"}, {"S": "x"}]}}}, "ss": {"SS": ["x"]}, "ns": {"NS": ["1"]},
                    "bs": {"BS": ["AA=="]}
                }
            },
            "userIdentity": {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
        }]});
        assert_eq!(shown, expected);
    }
}
