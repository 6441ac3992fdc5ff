//! The query protocol: a form in, XML out.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use uuid::Uuid;

use super::{SnsMessage, Topics};

type FormFields = BTreeMap<String, String>;

pub(crate) fn router(topics: Topics) -> Router {
    Router::new().route("/", post(act)).with_state(topics)
}

async fn act(State(topics): State<Topics>, body: Bytes) -> Response {
    let form: FormFields = form_urlencoded::parse(&body).into_owned().collect();
    match form.get("Action").map(String::as_str) {
        Some("Publish") => match topics.publish(message(&form)) {
            Ok(id) => published(&id),
            Err(error) => refused("InvalidParameter", &error.to_string()),
        },
        other => {
            let action = other.unwrap_or("(none)");
            refused("InvalidAction", &format!("the local SNS has no action {action}, only Publish"))
        }
    }
}

fn message(form: &FormFields) -> SnsMessage {
    let field = |name: &str| form.get(name).cloned();
    let topic = field("TopicArn").or_else(|| field("TargetArn")).unwrap_or_default();
    let mut message = SnsMessage::new(topic, field("Message").unwrap_or_default());
    message.subject = field("Subject");
    for number in 1.. {
        let entry = |part: &str| form.get(&format!("MessageAttributes.entry.{number}.{part}"));
        let Some(name) = entry("Name") else { break };
        let value = entry("Value.StringValue").cloned().unwrap_or_default();
        message.attributes.insert(name.clone(), value);
    }
    message
}

fn published(id: &str) -> Response {
    let request = Uuid::new_v4();
    xml(
        StatusCode::OK,
        format!(
            "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><PublishResult><MessageId>{id}</MessageId>\
             </PublishResult><ResponseMetadata><RequestId>{request}</RequestId></ResponseMetadata></PublishResponse>"
        ),
    )
}

fn refused(code: &str, message: &str) -> Response {
    let (request, message) = (Uuid::new_v4(), escaped(message));
    xml(
        StatusCode::BAD_REQUEST,
        format!(
            "<ErrorResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><Error><Type>Sender</Type><Code>{code}</Code>\
             <Message>{message}</Message></Error><RequestId>{request}</RequestId></ErrorResponse>"
        ),
    )
}

fn xml(status: StatusCode, body: String) -> Response {
    (status, [("content-type", "text/xml")], body).into_response()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
