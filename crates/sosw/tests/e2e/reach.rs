//! What a command says when it cannot reach the tables: what is wrong, what to type, and no word of a library.

use std::{
    net::TcpListener,
    time::{Duration, Instant},
};

use crate::world::{Ended, Place, numbers, plain};

const READERS: [&str; 8] = [
    "status",
    "labourers",
    "jobs list",
    "tasks list plain",
    "explain 0123456789abcdef0123456789abcdef",
    "config pull",
    "doctor",
    "dead-letters list",
];

/// Names and words of libraries, which say nothing to whoever types a command.
const INTERNAL: [&str; 12] = [
    "dispatch failure",
    "client error",
    "io error",
    "hyper",
    "reqwest",
    "serde",
    "tcp connect error",
    "os error",
    "IMDS",
    "Dynoxide",
    "SQLite",
    "credential provider",
];

fn with(place: &Place, command: &str, variables: &[(&str, &str)]) -> Ended {
    let home = ("HOME", place.path("nobody").display().to_string());
    let others = variables.iter().map(|(name, value)| (*name, (*value).to_owned()));
    let variables: Vec<_> = others.chain([home]).collect();
    place.start_with(command, &variables).end()
}

fn is_plain(ended: &Ended) {
    let word = INTERNAL.iter().find(|word| ended.stderr.contains(**word));
    assert_eq!(word, None, "{ended:?}");
}

#[test]
fn without_credentials_and_data_every_reader_says_what_to_type_within_seconds() {
    let place = Place::new(&plain(1));
    // A metadata service that takes connections and never answers: nothing is slower.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = format!("http://{}", silent.local_addr().unwrap());
    for command in READERS {
        for metadata in [
            ("AWS_EC2_METADATA_SERVICE_ENDPOINT", silent.as_str()),
            ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:9"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ] {
            let began = Instant::now();
            let ended = with(&place, command, &[metadata, ("AWS_REGION", "us-east-1")]);
            assert_eq!(ended.code(), Some(1), "{command}: {ended:?}");
            // Dead letters are on AWS only.
            let takes_data = command != "dead-letters list";
            let data = if takes_data { ", and --data is not given" } else { "" };
            let said = format!("error: there are no AWS credentials{data}\n");
            assert!(ended.stderr.starts_with(&said), "{command}: {ended:?}");
            assert_eq!(ended.stderr.contains("--data"), takes_data, "{command}: {ended:?}");
            assert!(ended.stderr.contains("AWS_PROFILE"), "{command}: {ended:?}");
            is_plain(&ended);
            // Two seconds and a very busy machine.
            assert!(began.elapsed() < Duration::from_secs(20), "{command}: {:?}", began.elapsed());
        }
    }
}

#[test]
fn a_command_without_a_config_says_that_it_may_be_a_file() {
    let place = Place::with_job(&plain(1), &numbers("plain", 1));
    let variables = [("AWS_EC2_METADATA_DISABLED", "true"), ("AWS_REGION", "us-east-1")];
    let ended = with(&place, "jobs preview job.json", &variables);
    assert!(ended.stderr.contains("The config is read from --config FILE"), "{ended:?}");
    let ended = with(&place, "jobs preview job.json --config config.json", &variables);
    assert_eq!(ended.code(), Some(0), "{ended:?}");
}

#[test]
fn an_endpoint_where_nobody_listens_is_named() {
    let place = Place::new(&plain(1));
    let variables = [
        ("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:9"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "a"),
        ("AWS_SECRET_ACCESS_KEY", "b"),
    ];
    let ended = with(&place, "status", &variables);
    assert!(ended.stderr.contains("no connection: Connection refused"), "{ended:?}");
    assert!(ended.stderr.contains("AWS_ENDPOINT_URL_DYNAMODB is http://127.0.0.1:9"), "{ended:?}");
    is_plain(&ended);
}

#[test]
fn a_missing_region_is_said_with_the_variable_to_set() {
    let place = Place::new(&plain(1));
    let variables = [
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_ACCESS_KEY_ID", "a"),
        ("AWS_SECRET_ACCESS_KEY", "b"),
    ];
    let ended = with(&place, "status", &variables);
    assert!(ended.stderr.contains("there is no AWS region"), "{ended:?}");
    assert!(ended.stderr.contains("Set AWS_REGION"), "{ended:?}");
    is_plain(&ended);
}

#[test]
fn what_lies_where_the_tables_should_be_is_named_and_left_as_it_is() {
    let place = Place::new(&plain(1));
    for directory in ["garbage", "directory", "directory/tables.db"] {
        std::fs::create_dir(place.path(directory)).unwrap();
    }
    place.write("garbage/tables.db", "dear diary");
    place.write("file", "");
    for (data, said) in [
        (
            "garbage",
            "garbage/tables.db is no database of sosw: move it away, or name another directory",
        ),
        (
            "directory",
            "directory/tables.db is a directory, where the file with the tables should be",
        ),
    ] {
        for command in ["status", "local --config config.json --until-idle"] {
            let ended = place.sosw(&format!("{command} --data {data}"));
            assert_eq!(ended.code(), Some(1), "{ended:?}");
            assert!(ended.stderr.contains(said), "{ended:?}");
            is_plain(&ended);
        }
    }
    assert_eq!(place.read("garbage/tables.db"), "dear diary");
    let ended = place.sosw("local --config config.json --data file");
    assert!(
        ended.stderr.contains("file cannot be used: file exists; it must be a directory"),
        "{ended:?}"
    );
    is_plain(&ended);
}

#[test]
fn what_is_no_json_or_no_file_is_said_in_plain_words() {
    let place = Place::new(&plain(1));
    place.write("bad.json", r#"{"lambda_name": "plain", }"#);
    for command in [
        "config check bad.json",
        "config check nothing.json",
        "local --config bad.json",
        "local --config nothing.json",
        "local --config config.json --job bad.json",
        "local --config config.json --job nothing.json",
        "jobs preview bad.json --config config.json",
        "jobs preview nothing.json --config config.json",
        "jobs preview bad.json --config bad.json",
        "jobs preview bad.json --config nothing.json",
    ] {
        let ended = place.sosw(command);
        assert_eq!(ended.code(), Some(2), "{command}: {ended:?}");
        let file = if command.contains("nothing") { "nothing.json" } else { "bad.json" };
        assert!(ended.stderr.contains(file), "{command}: {ended:?}");
        is_plain(&ended);
    }
}
