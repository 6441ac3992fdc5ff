//! ARNs of functions and topics: refused here, before AWS refuses them one invocation at a time.

use super::findings::Findings;
use crate::mistakes::Path;

/// Tells of a text that can be neither the name nor the ARN of a function.
pub(super) fn check_function(text: &str, path: &Path, findings: &mut Findings) {
    let parts: Vec<_> = text.split(':').collect();
    match parts.as_slice() {
        ["arn", partition, service, region, account, kind, name @ ..] => {
            let right = is_partition(partition) && *service == "lambda" && *kind == "function";
            if !(right && is_named(name) && is_name(region) && is_account(account)) {
                findings.mistake(path, refusal(text, "lambda:REGION:ACCOUNT:function:NAME"));
            } else {
                check_account(account, path, findings);
            }
        }
        [account, "function", name @ ..] if is_account(account) && is_named(name) => {}
        name if is_named(name) => {}
        _ => findings.mistake(path, refusal(text, "lambda:REGION:ACCOUNT:function:NAME")),
    }
}

/// Tells of a text that cannot be the ARN of an SNS topic.
pub(super) fn check_topic(text: &str, path: &Path, findings: &mut Findings) {
    let parts: Vec<_> = text.split(':').collect();
    match parts.as_slice() {
        ["arn", partition, "sns", region, account, name]
            if is_partition(partition)
                && is_name(region)
                && is_account(account)
                && is_name(name.trim_end_matches(".fifo")) =>
        {
            check_account(account, path, findings);
        }
        _ => findings.mistake(path, refusal(text, "sns:REGION:ACCOUNT:TOPIC")),
    }
}

fn refusal(text: &str, form: &str) -> String {
    format!("{text:?} is no ARN of the form arn:aws:{form}")
}

fn check_account(account: &str, path: &Path, findings: &mut Findings) {
    if account.len() != 12 {
        let digits = account.len();
        findings.warning(path, format_args!("its account has {digits} digits, AWS's have 12"));
    }
}

/// A name, or a name and a version or alias.
fn is_named(parts: &[&str]) -> bool {
    matches!(parts, [_] | [_, _]) && parts.iter().all(|part| is_name(part))
}

fn is_partition(text: &str) -> bool {
    text == "aws" || (text.starts_with("aws-") && is_name(text))
}

fn is_account(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'$'))
}
