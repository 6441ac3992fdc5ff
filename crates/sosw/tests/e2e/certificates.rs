//! Functions that find no certificates where the environment says.

use std::process::Command;

/// It cannot start here, as nobody serves its config table. Before it notices, TLS has read certificates.
#[test]
fn a_function_whose_file_of_certificates_is_missing_uses_those_of_the_system() {
    let ended = Command::new(env!("CARGO_BIN_EXE_sosw"))
        .args(["function", "orchestrator"])
        .env_clear()
        .env("SSL_CERT_FILE", "/nowhere/ca-bundle.crt")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "local")
        .env("AWS_SECRET_ACCESS_KEY", "local")
        .env("AWS_ENDPOINT_URL_DYNAMODB", "https://127.0.0.1:9")
        .env("SOSW_CONFIG_TABLE", "config")
        .output()
        .unwrap();
    let log = String::from_utf8(ended.stdout).unwrap();
    let warnings: Vec<_> = log.lines().filter(|line| line.contains("\"WARN\"")).collect();
    let [warning] = warnings[..] else { panic!("{log}") };
    assert!(warning.contains("\"file\":\"/nowhere/ca-bundle.crt\""), "{warning}");
    assert!(warning.contains("\"remedy\":\"set SSL_CERT_FILE"), "{warning}");
    let error = String::from_utf8(ended.stderr).unwrap();
    assert!(error.contains("cannot start"), "{error}");
}
