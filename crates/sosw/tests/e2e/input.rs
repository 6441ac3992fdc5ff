//! Wrong input: refused before anything is started or written, each mistake named.

use std::net::TcpListener;

use serde_json::json;

use crate::world::{Ended, Place, numbers, plain, process};

const LOCAL: &str = "local --config config.json --job job.json --data data --until-idle";

/// Refused with 2, and nothing was made.
fn refused(place: &Place) -> Ended {
    let ended = place.sosw(LOCAL);
    assert_eq!(ended.code(), Some(2), "{ended:?}");
    assert_eq!(ended.stdout, "");
    assert!(!place.path("data").exists(), "something was written");
    ended
}

#[test]
fn a_malformed_config_is_refused_with_every_mistake() {
    let mut config = plain(1);
    config["labourers"]["plain"]["max_atempts"] = json!(3);
    config["local"]["tick"] = json!("often");
    let ended = refused(&Place::with_job(&config, &numbers("plain", 1)));
    assert!(ended.stderr.contains("config.json is refused"), "{ended:?}");
    assert!(ended.stderr.contains("did you mean max_attempts?"), "{ended:?}");
    assert!(ended.stderr.contains("local.tick"), "{ended:?}");

    let place = Place::with_job(&config, &numbers("plain", 1));
    place.write("config.json", "{ no json");
    assert!(refused(&place).stderr.contains("is not JSON"));
}

#[test]
fn a_config_without_processes_says_what_to_add() {
    let mut config = plain(1);
    config["local"] = json!(null);
    let ended = refused(&Place::with_job(&config, &numbers("plain", 1)));
    assert!(ended.stderr.contains("\"local\": {\"labourers\""), "{ended:?}");
}

#[test]
fn two_labourers_with_one_function_are_refused() {
    let mut config = plain(1);
    config["labourers"]["other"] = json!({ "arn": "plain" });
    config["local"]["labourers"]["other"] = process(&["true"]);
    let place = Place::with_job(&config, &numbers("plain", 1));
    let ended = place.sosw(LOCAL);
    assert_eq!(ended.code(), Some(2), "{ended:?}");
    assert!(ended.stderr.contains("has the function plain already"), "{ended:?}");
}

#[test]
fn a_malformed_job_is_refused_with_every_mistake() {
    let job = json!({ "lambda_name": "plane", "period": "last_2_weeks" });
    let ended = refused(&Place::with_job(&plain(1), &job));
    assert!(ended.stderr.contains("job.json is refused"), "{ended:?}");
    assert!(ended.stderr.contains("plain"), "the labourer that was meant: {ended:?}");
    assert!(ended.stderr.contains("period"), "{ended:?}");
}

#[test]
fn files_that_are_not_there_are_named() {
    let place = Place::new(&plain(1));
    assert!(refused(&place).stderr.contains("job.json cannot be read"));
    let ended = place.sosw("local --config nowhere.json");
    assert_eq!(ended.code(), Some(2));
    assert!(ended.stderr.contains("nowhere.json cannot be read"), "{ended:?}");
}

#[test]
fn a_port_that_is_taken_is_named_with_the_way_out() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let place = Place::new(&plain(1));
    for (option, service) in [("--port", "DynamoDB"), ("--lambda-port", "Lambda")] {
        let ended = place.sosw(&format!("local --config config.json --until-idle {option} {port}"));
        assert_eq!(ended.code(), Some(1), "{ended:?}");
        let named = format!("port {port} on 127.0.0.1, wanted for the local {service}, is taken");
        assert!(ended.stderr.contains(&named), "{ended:?}");
    }
}
