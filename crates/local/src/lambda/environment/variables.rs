//! The environment variables of a function's process.

use uuid::Uuid;

use super::super::command::Command;
use super::Blueprint;

/// A name for the log stream of a new environment.
pub(crate) fn log_stream() -> String {
    let day = jiff::Timestamp::now().strftime("%Y/%m/%d");
    format!("{day}/[$LATEST]{}", Uuid::new_v4().simple())
}

/// The variables that Lambda sets, those of the service, those of the function; later ones win.
pub(crate) fn variables(
    plan: &Blueprint,
    command: &Command,
    stream: &str,
    runtime_api: &str,
) -> Vec<(String, String)> {
    let function = &plan.function;
    let root =
        command.directory.clone().or_else(|| std::env::current_dir().ok()).unwrap_or_default();
    let root = root.display().to_string();
    let fixed = [
        ("AWS_LAMBDA_RUNTIME_API", runtime_api.to_owned()),
        ("AWS_LAMBDA_FUNCTION_NAME", function.name.clone()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", function.memory_mb.to_string()),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".to_owned()),
        ("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{}", function.name)),
        ("AWS_LAMBDA_LOG_STREAM_NAME", stream.to_owned()),
        ("AWS_EXECUTION_ENV", "AWS_Lambda_local".to_owned()),
        ("LAMBDA_TASK_ROOT", root.clone()),
        ("LAMBDA_RUNTIME_DIR", root),
        ("_HANDLER", function.handler_name.clone()),
        ("TZ", ":UTC".to_owned()),
    ];
    let fixed = fixed.into_iter().map(|(key, value)| (key.to_owned(), value));
    fixed
        .chain(plan.variables.iter().cloned())
        .chain(function.environment.iter().cloned())
        .collect()
}
