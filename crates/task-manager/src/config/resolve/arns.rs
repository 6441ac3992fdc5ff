//! ARNs of functions and topics: refused here, before AWS refuses them one invocation at a time.

use crate::{
    arn::{FunctionName, TopicArn},
    config::findings::Findings,
    mistakes::Path,
};

/// Refuses a text that can be neither the name nor the ARN of a function.
pub(super) fn check_function(text: &str, path: &Path, findings: &mut Findings) {
    match FunctionName::parse(text).filter(FunctionName::is_possible) {
        Some(function) => check_account(function.account, path, findings),
        None => findings.mistake(path, refusal(text, "lambda:REGION:ACCOUNT:function:NAME")),
    }
}

/// Refuses a text that cannot be the ARN of an SNS topic.
pub(super) fn check_topic(text: &str, path: &Path, findings: &mut Findings) {
    match TopicArn::parse(text) {
        Some(topic) => check_account(Some(topic.account), path, findings),
        None => findings.mistake(path, refusal(text, "sns:REGION:ACCOUNT:TOPIC")),
    }
}

fn refusal(text: &str, form: &str) -> String {
    format!("{text:?} is no ARN of the form arn:aws:{form}")
}

fn check_account(account: Option<&str>, path: &Path, findings: &mut Findings) {
    if let Some(account) = account.filter(|account| account.len() != 12) {
        let digits = account.len();
        findings.warning(path, format_args!("its account has {digits} digits, AWS's have 12"));
    }
}
