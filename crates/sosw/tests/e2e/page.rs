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
    let mut stream = TcpStream::connect(host).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n").unwrap();
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
