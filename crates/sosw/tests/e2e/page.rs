//! The page, as it is started.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
};

use serde_json::json;

use crate::world::{Place, Running, numbers, plain};

/// The host and port that it prints.
fn host(running: &Running) -> String {
    running.await_word("page: http://");
    let stdout = running.stdout();
    let (_, rest) = stdout.split_once("page: http://").unwrap();
    rest.split('/').next().unwrap().to_owned()
}

fn get(host: &str, path: &str) -> String {
    get_with(host, path, "")
}

/// The same with more headers, each a line.
fn get_with(host: &str, path: &str, headers: &str) -> String {
    let mut stream = TcpStream::connect(host).unwrap();
    let head = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{headers}\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_system_on_one_machine_has_a_page_from_its_first_moment_to_its_last() {
    let place = Place::with_job(&plain(1), &numbers("plain", 3));
    let running =
        place.start("local --config config.json --job job.json --data data --page-port 0");
    let host = host(&running);
    let first = get(&host, "/");
    assert!(first.starts_with("HTTP/1.1 200") && first.contains("plain"), "{first}");
    place.await_succeeded("plain", 3);
    let tasks = get(&host, "/tasks?labourer=plain&state=succeeded");
    assert!(tasks.contains("succeeded"), "{tasks}");
    // What a labourer printed is shown with its task.
    let id = place.tasks("plain")[0]["task_id"].as_str().unwrap().to_owned();
    let task = get(&host, &format!("/tasks/{id}"));
    assert!(task.contains("What it printed"), "{task}");
    running.signal("TERM");
    running.end();
    assert!(TcpStream::connect(&host).is_err(), "it ends with its system");
}

#[test]
fn the_tables_of_a_directory_have_a_page_when_nothing_works_on_them() {
    let place = Place::with_job(&plain(1), &json!({ "lambda_name": "plain", "dos": ["work"] }));
    place.sosw("local --config config.json --job job.json --data data --until-idle");
    let running = place.start("web --data data --listen 127.0.0.1:0 --read-only");
    let host = host(&running);
    let first = get(&host, "/");
    assert!(first.contains("plain") && first.contains("read-only"), "{first}");
    running.signal("INT");
    let ended = running.end();
    assert_eq!(ended.code(), Some(0), "{ended:?}");
}

/// The usual port of the page; another program may have it.
const PORT: &str = "127.0.0.1:8420";

#[test]
fn a_page_is_at_the_port_that_was_named_or_at_any_or_nowhere() {
    let place = Place::with_job(&plain(1), &numbers("plain", 1));
    let taken = TcpListener::bind(PORT);
    let running = place.start("local --config config.json --data data");
    let elsewhere = host(&running);
    assert!(taken.is_err() || elsewhere != PORT, "{elsewhere}");
    assert!(get(&elsewhere, "/").starts_with("HTTP/1.1 200"));
    let refused = place
        .sosw(&format!("local --config config.json --until-idle --page-port {}", port(&elsewhere)));
    assert_eq!(refused.code(), Some(1), "{refused:?}");
    for word in [elsewhere.as_str(), "--page-port", "0 picks a free one"] {
        assert!(refused.stderr.contains(word), "no {word:?} in {refused:?}");
    }
    running.signal("INT");
    running.end();
    let without = place.sosw("local --config config.json --job job.json --until-idle --no-page");
    assert!(without.code() == Some(0) && !without.stdout.contains("page:"), "{without:?}");
}

fn port(host: &str) -> &str {
    host.rsplit_once(':').unwrap().1
}

#[test]
fn a_running_system_can_have_a_second_page_whose_commands_can_be_pasted() {
    let place = Place::with_job(&plain(1), &numbers("plain", 1));
    let running = place.start("local --config config.json --data data --no-page");
    running.await_word("AWS_ENDPOINT_URL_DYNAMODB");
    let paused = place.sosw("pause plain --reason upgrade --data data");
    assert_eq!(paused.code(), Some(0), "{paused:?}");
    let submitted = place.sosw("jobs submit job.json --data data");
    assert_eq!(submitted.code(), Some(0), "{submitted:?}");
    let second = place.start("web --data data --listen 127.0.0.1:0");
    let host = host(&second);
    assert!(get(&host, "/").contains("paused"));
    let task = place.tasks("plain")[0]["task_id"].as_str().unwrap().to_owned();
    let screen = get(&host, &format!("/tasks/{task}"));
    assert!(screen.contains("resume plain --data data`"), "{screen}");
    for one in [second, running] {
        one.signal("INT");
        one.end();
    }
}

#[test]
fn without_a_config_there_is_a_page_that_says_so_until_there_is_one() {
    let place = Place::with_job(&plain(1), &json!({ "lambda_name": "plain", "dos": ["work"] }));
    place.sosw("local --config config.json --job job.json --data data --until-idle");
    let running = place.start("web --data data --config other.json --listen 127.0.0.1:0");
    let host = host(&running);
    let nothing = get(&host, "/");
    assert!(nothing.starts_with("HTTP/1.1 503") && nothing.contains("other.json"), "{nothing}");
    place.write("other.json", &place.read("config.json"));
    let first = get(&host, "/");
    assert!(first.starts_with("HTTP/1.1 200") && first.contains("plain"), "{first}");
    running.signal("INT");
    assert_eq!(running.end().code(), Some(0));
}

#[test]
fn a_page_with_a_token_shows_nothing_to_who_does_not_know_it() {
    let place = Place::with_job(&plain(1), &json!({ "lambda_name": "plain", "dos": ["work"] }));
    place.sosw("local --config config.json --job job.json --data data --until-idle");
    let token = ("SOSW_WEB_TOKEN", "a secret of this test".to_owned());
    let running = place.start_with("web --data data --listen 127.0.0.1:0", &[token]);
    let host = host(&running);
    let closed = get(&host, "/");
    assert!(closed.starts_with("HTTP/1.1 401") && !closed.contains("plain"), "{closed}");
    let open = get_with(&host, "/", "authorization: Bearer a secret of this test\r\n");
    assert!(open.starts_with("HTTP/1.1 200") && open.contains("plain"), "{open}");
    running.signal("TERM");
    let ended = running.end();
    assert!(ended.code() == Some(0) && !ended.stdout.contains("secret"), "{ended:?}");
}

#[test]
fn nobody_serves_a_page_to_all_by_mistake_or_where_another_is() {
    let place = Place::with_job(&plain(1), &json!({ "lambda_name": "plain", "dos": ["work"] }));
    place.sosw("local --config config.json --job job.json --data data --until-idle");
    let open = place.sosw("web --data data --listen 0.0.0.0:0");
    assert_eq!(open.code(), Some(2), "{open:?}");
    for word in ["--listen 0.0.0.0:0 is open to other machines", "SOSW_WEB_TOKEN", "--read-only"] {
        assert!(open.stderr.contains(word), "no {word:?} in {open:?}");
    }
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = other.local_addr().unwrap();
    let refused = place.sosw(&format!("web --data data --listen {taken}"));
    assert_eq!(refused.code(), Some(1), "{refused:?}");
    for word in [&taken.to_string(), "address already in use", "0 picks a free one"] {
        assert!(refused.stderr.to_lowercase().contains(word), "no {word:?} in {refused:?}");
    }
    let named = place.sosw("web --data data --host two/words");
    assert_eq!(named.code(), Some(2));
    assert!(named.stderr.contains("is not the name of a host"), "{named:?}");
}
