//! What is started, and with which environment.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use aws_config::{BehaviorVersion, Region};
use aws_sdk_dynamodb::config::Credentials;
use serde_json::json;
use task_manager::{sources::Sources, storage::config::ConfigTable, time::Timestamp};

/// The four functions, by the names of their bootstraps.
const FUNCTIONS: [&str; 4] = ["orchestrator", "scavenger", "worker-assistant", "scheduler"];
/// sosw 0.7's orchestrator as its documentation deploys it.
const SOSW: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/start");

/// Where systems keep their certificates: Lambda's first, as the template has it.
const CERTIFICATES: [&str; 2] =
    ["/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/certs/ca-certificates.crt"];

/// A program that speaks the Runtime API.
pub struct Program {
    /// What it is called.
    pub name: String,
    /// The size of its zip, if there is one.
    pub zipped: Option<u64>,
    path: PathBuf,
    arguments: Vec<&'static str>,
    variables: Vec<(&'static str, String)>,
}

impl Program {
    /// All that can be measured here; the bare function first.
    pub fn all(dynamodb: &str) -> Vec<Self> {
        let mut programs = vec![Self::bare()];
        for config in [Config::Text, Config::Table] {
            programs.extend(FUNCTIONS.map(|name| Self::function(name, config, dynamodb)));
        }
        programs.extend(env::var("SOSW_BENCH_PYTHON").ok().map(Self::sosw));
        programs
    }

    fn bare() -> Self {
        let path = PathBuf::from(env::var("SOSW_BENCH_BARE").expect("run `make bench-start`"));
        let zipped = size_of(&path.with_extension("zip"));
        let name = "bare lambda_runtime".to_owned();
        Self { name, zipped, path, arguments: vec![], variables: vec![] }
    }

    fn function(name: &str, config: Config, dynamodb: &str) -> Self {
        let built = env::var("SOSW_BENCH_FUNCTIONS").expect("run `make bench-start`");
        let path = Path::new(&built).join(name).join("bootstrap");
        let zipped = size_of(&Path::new(&built).join(format!("{name}.zip")));
        let mut variables = vec![("AWS_ENDPOINT_URL_DYNAMODB", dynamodb.to_owned())];
        let certificates = CERTIFICATES.into_iter().find(|path| Path::new(path).is_file());
        variables.extend(certificates.map(|path| ("SSL_CERT_FILE", path.to_owned())));
        variables.push(match config {
            Config::Text => ("SOSW_CONFIG", essential().to_string()),
            Config::Table => ("SOSW_CONFIG_TABLE", ConfigTable::NAME.to_owned()),
        });
        let name = match config {
            Config::Text => name.to_owned(),
            Config::Table => format!("{name}, config from its table"),
        };
        Self { name, zipped, path, arguments: vec![], variables }
    }

    fn sosw(python: String) -> Self {
        Self {
            name: "sosw 0.7 orchestrator".to_owned(),
            zipped: None,
            path: python.into(),
            arguments: vec!["-m", "awslambdaric", "sosw_orchestrator.lambda_handler"],
            variables: vec![("PYTHONPATH", SOSW.to_owned())],
        }
    }

    /// Its size, where it is one file.
    pub fn size(&self) -> Option<u64> {
        self.arguments.is_empty().then(|| size_of(&self.path)).flatten()
    }

    /// It, with Lambda's variables and none of the caller's: more certificates than Lambda has, say.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        command
            .args(&self.arguments)
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("AWS_LAMBDA_FUNCTION_NAME", "function")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/function")
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "stream")
            .env("AWS_REGION", "us-east-1")
            .env("AWS_DEFAULT_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", "local")
            .env("AWS_SECRET_ACCESS_KEY", "local")
            .envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }
}

/// Where a function's config comes from.
#[derive(Clone, Copy)]
enum Config {
    /// The environment.
    Text,
    /// The config table: two reads over the network, side by side.
    Table,
}

/// Puts the functions' config into the table.
pub async fn write_config(dynamodb: &str) {
    let shared = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "bench"))
        .endpoint_url(dynamodb)
        .load()
        .await;
    let client = aws_sdk_dynamodb::Client::new(&shared);
    let (name, env) = (ConfigTable::NAME.into(), ConfigTable::PRODUCTION.into());
    let table = ConfigTable { name, env };
    table.create(&client).await.unwrap();
    table.write(&client, Sources::ESSENTIAL, &essential(), Timestamp::now()).await.unwrap();
}

fn essential() -> serde_json::Value {
    json!({ "labourers": { "worker": { "max_simultaneous_invocations": 10 } } })
}

fn size_of(path: &Path) -> Option<u64> {
    path.metadata().ok().map(|file| file.len())
}
