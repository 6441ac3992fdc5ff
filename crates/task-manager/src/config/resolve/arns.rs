//! ARNs of functions and topics: refused here, before AWS refuses them one invocation at a time.

use crate::{
    arn::{FunctionName, TopicArn},
    config::findings::Findings,
    labourer::frees,
    mistakes::Path,
};

/// Refuses a text that can be neither the name nor the ARN of a function.
pub(super) fn check_function(text: &str, path: &Path, findings: &mut Findings) {
    match FunctionName::parse(text).filter(FunctionName::is_possible) {
        Some(function) => check_account(function.account, path, findings),
        None => findings.mistake(path, refusal(text, "lambda:REGION:ACCOUNT:function:NAME")),
    }
}

/// Refuses the name of a labourer without an ARN, if no function can have it, and one that stands for
/// something else beside the labourers' rows; warns of one that no job can mean, because it reads as a
/// function and its version.
pub(super) fn check_name(name: &str, has_arn: bool, path: &Path, findings: &mut Findings) {
    let function = FunctionName::parse(name);
    if !has_arn && !function.is_some_and(|function| function.is_possible()) {
        let text = "no Lambda function can have this name: say in arn which one it means";
        findings.mistake(path, text);
    } else if frees::is_counter(name) {
        let text = "a name cannot end with # and a number: so do the counters of freed slots";
        findings.mistake(path, text);
    } else if function.is_none_or(|function| function.name != name) {
        let text = "no job can name it, because of the colon: lambda_name is read as a function with \
                    its account or version";
        findings.warning(path, text);
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
