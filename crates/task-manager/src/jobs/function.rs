//! The labourer that a job is for, from the name or ARN of its function.

use serde_json::Value;

use super::problem::Problem;
use crate::ids::LabourerId;

/// The labourer named by `lambda_name`: `resize`, `resize:prod`,
/// `123456789012:function:resize`, or `arn:aws:lambda:eu-west-1:123456789012:function:resize:prod`.
pub(super) fn labourer_of(lambda_name: Option<&Value>) -> Result<LabourerId, Problem> {
    let expected = "the name or ARN of a labourer's function";
    let value = lambda_name.ok_or(Problem::Missing(expected))?;
    let name = value.as_str().and_then(function_name);
    name.and_then(|name| LabourerId::new(name).ok())
        .ok_or_else(|| Problem::expected(expected, value))
}

fn function_name(text: &str) -> Option<&str> {
    let parts: Vec<&str> = text.split(':').collect();
    match parts.as_slice() {
        ["arn", _, "lambda", _, _, "function", name] => Some(name),
        ["arn", _, "lambda", _, _, "function", name, _version] => Some(name),
        ["arn", ..] => None,
        [_, "function", name] | ["function", name] | [_, "function", name, _] => Some(name),
        [name] | [name, _] => Some(name),
        _ => None,
    }
}
