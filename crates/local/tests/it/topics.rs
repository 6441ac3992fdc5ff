//! SNS.

use std::sync::{Arc, Mutex};

use aws_sdk_sns::types::MessageAttributeValue;
use local::Embedded;

use crate::world::{client, start, with};

const TOPIC: &str = "arn:aws:sns:us-east-1:000000000000:alarms";

#[tokio::test]
async fn a_published_message_is_kept_and_passed_on() {
    let received = Arc::new(Mutex::new(Vec::new()));
    let into = Arc::clone(&received);
    let aws = start(
        Embedded::builder().on_message(move |message| into.lock().unwrap().push(message.clone())),
    )
    .await;
    let attribute =
        MessageAttributeValue::builder().data_type("String").string_value("high").build().unwrap();
    let publish =
        client!(aws_sdk_sns, aws.sns().url()).publish().topic_arn(TOPIC).subject("Tasks & more");
    let publish = publish.message("3 < 4 & ü\nline two").message_attributes("severity", attribute);
    let id = publish.send().await.unwrap().message_id().unwrap().to_owned();
    let messages = aws.sns().topics().messages();
    let [message] = messages.as_slice() else { panic!("{messages:?}") };
    assert_eq!((message.id.as_str(), message.topic_arn.as_str()), (id.as_str(), TOPIC));
    assert_eq!(
        (message.subject.as_deref(), message.body.as_str()),
        (Some("Tasks & more"), "3 < 4 & ü\nline two")
    );
    assert_eq!(message.attributes["severity"], "high");
    assert_eq!(*received.lock().unwrap(), messages);
}

#[tokio::test]
async fn what_is_no_topic_or_no_message_is_refused() {
    let aws = with([]).await;
    let sns = client!(aws_sdk_sns, aws.sns().url());
    let error = sns
        .publish()
        .topic_arn("alarms")
        .message("m")
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    assert!(error.is_invalid_parameter_exception(), "{error:?}");
    assert!(error.meta().message().unwrap().contains("`alarms`"), "{error:?}");
    let error =
        sns.publish().topic_arn(TOPIC).message("").send().await.unwrap_err().into_service_error();
    assert!(error.is_invalid_parameter_exception(), "{error:?}");
}

#[tokio::test]
async fn only_the_last_messages_are_kept() {
    let topics = local::sns::Topics::new(3, None);
    for n in 0..10 {
        topics.publish(local::sns::SnsMessage::new(TOPIC, n.to_string())).unwrap();
    }
    assert_eq!(
        topics.messages().into_iter().map(|message| message.body).collect::<Vec<_>>(),
        ["7", "8", "9"]
    );
}
