use std::collections::HashMap;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// What the function is called with, as far as it is read here.
#[derive(Debug, Deserialize)]
pub struct Event {
    /// By Lambda, with records of a DynamoDB stream.
    #[serde(rename = "Records", default)]
    pub(crate) records: Vec<Record>,
    /// By the schedule, with `{"sweep": true}`.
    #[serde(default)]
    pub(crate) sweep: bool,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Record {
    pub dynamodb: Change,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Change {
    pub sequence_number: String,
    pub old_image: Option<HashMap<String, Attribute>>,
    pub new_image: Option<HashMap<String, Attribute>>,
}

/// An attribute value in DynamoDB's JSON: `{"S": "text"}`.
#[derive(Debug, Deserialize)]
pub(crate) enum Attribute {
    S(String),
    N(String),
    B(Bytes),
    #[serde(rename = "BOOL")]
    Bool(bool),
    #[serde(rename = "NULL")]
    Null(bool),
    M(HashMap<String, Self>),
    L(Vec<Self>),
    #[serde(rename = "SS")]
    Ss(Vec<String>),
    #[serde(rename = "NS")]
    Ns(Vec<String>),
    #[serde(rename = "BS")]
    Bs(Vec<Bytes>),
}

#[derive(Debug)]
pub(crate) struct Bytes(Vec<u8>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = BASE64_STANDARD.decode(text);
        bytes.map(Self).map_err(D::Error::custom)
    }
}

/// An image as the store takes it.
pub(crate) fn item(image: HashMap<String, Attribute>) -> HashMap<String, AttributeValue> {
    image
        .into_iter()
        .map(|(name, attribute)| (name, value(attribute)))
        .collect()
}

fn value(attribute: Attribute) -> AttributeValue {
    let blob = |Bytes(bytes)| Blob::new(bytes);
    match attribute {
        Attribute::S(text) => AttributeValue::S(text),
        Attribute::N(number) => AttributeValue::N(number),
        Attribute::B(bytes) => AttributeValue::B(blob(bytes)),
        Attribute::Bool(flag) => AttributeValue::Bool(flag),
        Attribute::Null(flag) => AttributeValue::Null(flag),
        Attribute::M(members) => AttributeValue::M(item(members)),
        Attribute::L(elements) => AttributeValue::L(elements.into_iter().map(value).collect()),
        Attribute::Ss(texts) => AttributeValue::Ss(texts),
        Attribute::Ns(numbers) => AttributeValue::Ns(numbers),
        Attribute::Bs(set) => AttributeValue::Bs(set.into_iter().map(blob).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As in AWS's documentation of the event, with every type of attribute.
    const EVENT: &str = r#"{"Records": [
        {
            "eventID": "c9fbe7d0261a5163fcb6940593e41797", "eventName": "INSERT", "eventVersion": "1.1",
            "eventSource": "aws:dynamodb", "awsRegion": "us-east-2",
            "dynamodb": {
                "ApproximateCreationDateTime": 1664559083.0,
                "Keys": {"pk": {"S": "a"}, "sk": {"S": "b"}},
                "NewImage": {
                    "pk": {"S": "a"}, "n": {"N": "-1.5"}, "b": {"B": "AAH/"}, "yes": {"BOOL": true}, "none": {"NULL": true},
                    "m": {"M": {"l": {"L": [{"S": ""}, {"N": "2"}]}}}, "ss": {"SS": ["x", "y"]}, "ns": {"NS": ["1"]},
                    "bs": {"BS": ["AA==", "AQ=="]}
                },
                "SequenceNumber": "700000000000888747038", "SizeBytes": 174, "StreamViewType": "NEW_AND_OLD_IMAGES"
            },
            "eventSourceARN": "arn:aws:dynamodb:us-east-2:111122223333:table/muster/stream/2026-11-21T00:00:00.000"
        },
        {
            "eventID": "2", "eventName": "REMOVE",
            "dynamodb": {
                "Keys": {"pk": {"S": "a"}}, "OldImage": {"pk": {"S": "a"}}, "SequenceNumber": "700000000000888747039"
            },
            "userIdentity": {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
        }
    ]}"#;

    #[test]
    fn an_event_is_read() {
        let event: Event = serde_json::from_str(EVENT).unwrap();
        assert!(!event.sweep);
        let [insert, remove] = <[Record; 2]>::try_from(event.records).unwrap();
        let (insert, remove) = (insert.dynamodb, remove.dynamodb);
        assert_eq!(insert.sequence_number, "700000000000888747038");
        assert!(insert.old_image.is_none() && remove.new_image.is_none());
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let number = |number: &str| AttributeValue::N(number.to_owned());
        let list = AttributeValue::L(vec![text(""), number("2")]);
        let expected = [
            ("pk", text("a")),
            ("n", number("-1.5")),
            ("b", AttributeValue::B(Blob::new([0, 1, 255]))),
            ("yes", AttributeValue::Bool(true)),
            ("none", AttributeValue::Null(true)),
            ("m", AttributeValue::M([("l".to_owned(), list)].into())),
            ("ss", AttributeValue::Ss(vec!["x".into(), "y".into()])),
            ("ns", AttributeValue::Ns(vec!["1".into()])),
            (
                "bs",
                AttributeValue::Bs(vec![Blob::new([0]), Blob::new([1])]),
            ),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), value));
        assert_eq!(item(insert.new_image.unwrap()), expected.into());
        assert_eq!(
            item(remove.old_image.unwrap()),
            [("pk".to_owned(), text("a"))].into()
        );
    }

    #[test]
    fn the_schedule_asks_for_a_sweep() {
        let event: Event = serde_json::from_str(r#"{"sweep": true}"#).unwrap();
        assert!(event.sweep && event.records.is_empty());
    }

    #[test]
    fn what_is_no_attribute_is_no_event() {
        for image in [
            r#"{"a": {"X": "x"}}"#,
            r#"{"a": {}}"#,
            r#"{"a": {"S": "x", "N": "1"}}"#,
            r#"{"a": {"B": "*"}}"#,
            r#"{"a": "x"}"#,
        ] {
            let event = format!(
                r#"{{"Records": [{{"dynamodb": {{"SequenceNumber": "1", "NewImage": {image}}}}}]}}"#
            );
            assert!(serde_json::from_str::<Event>(&event).is_err(), "{image}");
        }
    }
}
