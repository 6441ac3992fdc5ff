use std::{collections::BTreeMap, io::Write, sync::Arc};

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_smithy_runtime_api::client::{
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
    },
    orchestrator::{HttpRequest, HttpResponse},
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::body::SdkBody;
use serde_json::json;

use super::*;

type Rows = BTreeMap<&'static str, &'static str>;

/// A table that holds these rows, as DynamoDB would answer for it.
#[derive(Clone, Debug)]
struct Table {
    rows: Arc<Option<Rows>>,
    /// And leaves out all others.
    gives_one_at_a_time: bool,
    /// When each was pushed, in milliseconds.
    pushed: &'static [(&'static str, u64)],
}

impl Table {
    fn row(&self, rows: &Rows, key: &Value) -> Option<Value> {
        assert_eq!(key["env"]["S"], "production");
        let name = key["config_name"]["S"].as_str()?;
        let text = rows.get(name)?;
        let mut row = json!({"config_name": {"S": name}, "config_value": {"S": text}});
        if let Some((_, at)) = self.pushed.iter().find(|(pushed, _)| *pushed == name) {
            row["pushed_at"] = json!({"N": at.to_string()});
        }
        Some(row)
    }
}

impl HttpConnector for Table {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let asked: Value =
            serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap_or_default();
        let (status, answer) = match self.rows.as_ref() {
            None => (
                400,
                json!({"__type": "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException"}),
            ),
            Some(rows) => {
                let asked = &asked["RequestItems"]["config"];
                assert_eq!(asked["ConsistentRead"], true);
                let keys = asked["Keys"].as_array().expect("keys");
                let found: Vec<_> = keys.iter().filter_map(|key| self.row(rows, key)).collect();
                let mut answer = json!({"Responses": {"config": found}});
                if let Some(left) = keys.get(1).filter(|_| self.gives_one_at_a_time) {
                    answer["Responses"]["config"].as_array_mut().expect("rows").truncate(1);
                    answer["UnprocessedKeys"] = json!({"config": {"Keys": [left]}});
                }
                (200, answer)
            }
        };
        let status = aws_smithy_runtime_api::http::StatusCode::try_from(status).expect("a status");
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status, SdkBody::from(answer.to_string()))))
    }
}

impl HttpClient for Table {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

fn client(rows: Option<&[(&'static str, &'static str)]>) -> aws_sdk_dynamodb::Client {
    let rows = Arc::new(rows.map(|rows| rows.iter().copied().collect()));
    client_of(Table { rows, gives_one_at_a_time: false, pushed: &[] })
}

fn client_of(table: Table) -> aws_sdk_dynamodb::Client {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(Credentials::new("id", "secret", None, None, "test"))
        .http_client(table);
    aws_sdk_dynamodb::Client::from_conf(config.build())
}

fn environment(variables: &'static [(&'static str, &'static str)]) -> Sources {
    Sources::from_environment(|name| {
        variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    })
}

const ORCHESTRATOR: &[(&str, &str)] = &[("AWS_LAMBDA_FUNCTION_NAME", "sosw_orchestrator")];

#[tokio::test]
async fn the_functions_row_is_laid_over_the_essential_one() {
    let rows = client(Some(&[
        (
            "sosw_essential_config",
            r#"{"task_config": {"max_attempts": 5}, "labourers": {"a": {}}}"#,
        ),
        ("sosw_orchestrator_config", r#"{"labourers": {"a": {"cooldown": 100}}}"#),
    ]));
    let (config, warnings) = load(&environment(ORCHESTRATOR), &rows).await.expect("a config");
    let labourer = config.labourers.values().next().expect("one labourer");
    assert_eq!((labourer.max_attempts, labourer.cooldown.as_secs()), (5, 100));
    assert!(warnings.is_empty(), "{warnings:?}");
}

#[tokio::test]
async fn rows_that_dynamodb_leaves_out_are_asked_for_again() {
    let essential = ("sosw_essential_config", r#"{"labourers": {"a": {}}}"#);
    let own = ("sosw_orchestrator_config", r#"{"labourers": {"b": {}}}"#);
    let rows = Arc::new(Some(Rows::from([essential, own])));
    let rows = client_of(Table { rows, gives_one_at_a_time: true, pushed: &[] });
    let (config, warnings) = load(&environment(ORCHESTRATOR), &rows).await.expect("a config");
    assert_eq!((config.labourers.len(), warnings.len()), (2, 0));
}

#[tokio::test]
async fn the_text_of_the_environment_is_laid_over_the_table_when_both_are_named() {
    let sources = environment(&[
        ("SOSW_CONFIG_TABLE", "config"),
        ("SOSW_CONFIG", r#"{"task_config": {"max_attempts": 7}}"#),
    ]);
    let rows = client(Some(&[(
        "sosw_essential_config",
        r#"{"task_config": {"max_attempts": 5}, "labourers": {"a": {}}}"#,
    )]));
    let (config, _) = load(&sources, &rows).await.expect("a config");
    assert_eq!(config.labourers.values().map(|l| l.max_attempts).collect::<Vec<_>>(), [7]);
}

#[tokio::test]
async fn with_a_text_alone_no_table_is_asked() {
    let sources = environment(&[("SOSW_CONFIG", "{}")]);
    assert_eq!(load(&sources, &client(None)).await.expect("a config").0, Config::of([]));
}

#[tokio::test]
async fn a_missing_row_is_warned_of() {
    let rows = client(Some(&[("sosw_essential_config", r#"{"labourers": {"a": {}}}"#)]));
    let (_, warnings) = load(&environment(ORCHESTRATOR), &rows).await.expect("a config");
    let lines: Vec<_> = warnings.iter().map(Remark::to_string).collect();
    assert_eq!(lines, ["config/production/sosw_orchestrator_config: there is no such row"]);
}

#[tokio::test]
async fn a_table_without_any_row_is_an_error() {
    let error = load(&environment(ORCHESTRATOR), &client(Some(&[]))).await.expect_err("no rows");
    assert!(error.to_string().starts_with("table config has neither sosw_essential_config"));
}

#[tokio::test]
async fn a_missing_table_is_an_error_that_names_it() {
    let error = load(&environment(ORCHESTRATOR), &client(None)).await.expect_err("no table");
    assert!(error.to_string().starts_with("table config does not exist: create it"), "{error}");
}

#[tokio::test]
async fn a_row_that_is_no_json_is_an_error_that_names_it() {
    let rows = client(Some(&[("sosw_essential_config", "{")]));
    let error = load(&environment(&[]), &rows).await.expect_err("no JSON");
    assert!(
        error.to_string().starts_with("config/production/sosw_essential_config: is not JSON"),
        "{error}"
    );
}

#[tokio::test]
async fn a_file_is_read_and_a_missing_one_is_named() {
    let path = std::env::temp_dir().join(format!("sosw-config-{}.json", std::process::id()));
    let mut file = std::fs::File::create(&path).expect("a file");
    file.write_all(br#"{"labourers": {"a": {}}}"#).expect("written");
    let (config, _) = load(&Sources::file(&path), &client(None)).await.expect("a config");
    assert_eq!(config.labourers.len(), 1);
    std::fs::remove_file(&path).expect("removed");
    let error = load(&Sources::file(&path), &client(None)).await.expect_err("no file");
    assert!(error.to_string().contains(&path.display().to_string()));
}

#[tokio::test]
async fn a_config_is_as_old_as_the_row_for_all_functions_or_as_a_newer_one_about_resources() {
    const ESSENTIAL: &str = "sosw_essential_config";
    const OWN: &str = "sosw_orchestrator_config";
    const PUSHED: &[(&str, u64)] = &[(ESSENTIAL, 1_800_000_000_007), (OWN, 1_800_000_000_008)];
    let pushed = async |sources: &Sources, rows: &[(&'static str, &'static str)], pushed| {
        let rows = Arc::new(Some(rows.iter().copied().collect()));
        let client = client_of(Table { rows, gives_one_at_a_time: false, pushed });
        let layers = Layers::read(sources, &client).await.expect("layers");
        let (loaded, _) = load(sources, &client).await.expect("a config");
        let (usable, _) = layers.usable().expect("a config");
        assert_eq!((usable.pushed, layers.pushed()), (loaded.pushed, loaded.pushed));
        loaded.pushed
    };
    let table = environment(ORCHESTRATOR);
    let of = async |own, times| pushed(&table, &[(ESSENTIAL, "{}"), (OWN, own)], times).await;
    assert_eq!(of(r#"{"labourers": {"a": {}}}"#, PUSHED).await, 1_800_000_000_007);
    for about_resources in [
        r#"{"resources": {"db": {"permits": 5}}}"#,
        r#"{"labourers": {"a": {"uses": {}}}}"#,
        r#"{"task_config": {"labourers": {"a": {"uses": {}}}}}"#,
    ] {
        assert_eq!(of(about_resources, PUSHED).await, 1_800_000_000_008, "{about_resources}");
        assert_eq!(of(about_resources, &PUSHED[..1]).await, 1_800_000_000_007);
    }
    assert_eq!(of("{}", &[]).await, 0, "written by hand");
    assert_eq!(pushed(&table, &[(OWN, "{}")], PUSHED).await, 1_800_000_000_008);
    let text = Some("{}".to_owned());
    let with_text = Sources { text: text.clone(), ..table.clone() };
    assert_eq!(pushed(&with_text, &[(ESSENTIAL, "{}")], PUSHED).await, 1_800_000_000_007);
    let alone = Sources { text, ..Sources::default() };
    assert_eq!(pushed(&alone, &[], PUSHED).await, 0);
}
