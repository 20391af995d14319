use std::collections::HashMap;

use aws_sdk_dynamodbstreams::primitives::DateTime;
use aws_sdk_dynamodbstreams::types::{AttributeValue, OperationType, Record, StreamViewType};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use serde_json::{Map, Value, json};

/// Records as Lambda gives them to a function.
pub(super) fn event(records: &[Record]) -> Bytes {
    let records: Vec<_> = records.iter().map(record).collect();
    json!({ "Records": records }).to_string().into()
}

fn record(record: &Record) -> Value {
    let mut shown = json!({
        "eventID": record.event_id(),
        "eventName": record.event_name().map(OperationType::as_str),
        "eventVersion": record.event_version(),
        "eventSource": record.event_source(),
        "awsRegion": record.aws_region(),
    });
    if let Some(change) = record.dynamodb() {
        let mut members = json!({
            "ApproximateCreationDateTime": change.approximate_creation_date_time().map(DateTime::secs),
            "SequenceNumber": change.sequence_number(),
            "SizeBytes": change.size_bytes(),
            "StreamViewType": change.stream_view_type().map(StreamViewType::as_str),
        });
        let images = [
            ("Keys", change.keys()),
            ("NewImage", change.new_image()),
            ("OldImage", change.old_image()),
        ];
        for (name, image) in images {
            if let Some(image) = image {
                members[name] = item(image);
            }
        }
        shown["dynamodb"] = members;
    }
    if let Some(identity) = record.user_identity() {
        shown["userIdentity"] =
            json!({"type": identity.r#type(), "principalId": identity.principal_id()});
    }
    shown
}

fn item(item: &HashMap<String, AttributeValue>) -> Value {
    let members = item
        .iter()
        .map(|(name, attribute)| (name.clone(), value(attribute)));
    Value::Object(members.collect::<Map<_, _>>())
}

fn value(attribute: &AttributeValue) -> Value {
    let base64 = |bytes: &[u8]| BASE64_STANDARD.encode(bytes);
    match attribute {
        AttributeValue::S(text) => json!({ "S": text }),
        AttributeValue::N(number) => json!({ "N": number }),
        AttributeValue::B(bytes) => json!({ "B": base64(bytes.as_ref()) }),
        AttributeValue::Bool(flag) => json!({ "BOOL": flag }),
        AttributeValue::M(members) => json!({ "M": item(members) }),
        AttributeValue::L(elements) => {
            json!({ "L": elements.iter().map(value).collect::<Vec<_>>() })
        }
        AttributeValue::Ss(texts) => json!({ "SS": texts }),
        AttributeValue::Ns(numbers) => json!({ "NS": numbers }),
        AttributeValue::Bs(set) => {
            let set: Vec<_> = set.iter().map(|bytes| base64(bytes.as_ref())).collect();
            json!({ "BS": set })
        }
        // DynamoDB has no further types.
        _ => json!({ "NULL": true }),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodbstreams::primitives::Blob;
    use aws_sdk_dynamodbstreams::types::{Identity, StreamRecord};

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
