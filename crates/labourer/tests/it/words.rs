//! The example does what it says.

use std::fs;

use labourer::testing;
use serde_json::{Value, json};

#[allow(dead_code, unused_attributes)]
#[path = "../../examples/words.rs"]
mod example;

fn corpus() -> tempfile::TempDir {
    let corpus = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(corpus.path().join(name), text).unwrap();
    fs::create_dir_all(corpus.path().join("deep/target")).unwrap();
    write("a.md", "A lease, a Lease\nand released leases.\n");
    write("deep/b.rs", "// the LEASE\nlet lease_of = lease.lease();\n");
    write("deep/target/c.rs", "lease lease lease lease lease");
    write("d.bin", "lease");
    corpus
}

fn payload(corpus: &tempfile::TempDir) -> Value {
    json!({
        "date_list": ["2026-11-21"], "topics": ["queue"], "words": ["Lease", "slot"],
        "corpus": corpus.path(), "results": corpus.path().join("results"),
    })
}

#[tokio::test]
async fn words_are_counted_whole_and_in_any_case() {
    let corpus = corpus();
    let report = testing::report(payload(&corpus), example::count_words).await;
    assert_eq!(report["stats"], json!({"files_read": 2, "occurrences": 5}), "{report}");
    let words = json!([
        {
            "word": "lease", "occurrences": 5, "files": 2, "file_with_most": "deep/b.rs",
            "most": 3, "sample": "A lease, a Lease",
        },
        {
            "word": "slot", "occurrences": 0, "files": 0, "file_with_most": null, "most": 0,
            "sample": null,
        },
    ]);
    assert_eq!(report["result"]["words"], words);

    let file = fs::read(report["result"]["file"].as_str().unwrap()).unwrap();
    let written: Value = serde_json::from_slice(&file).unwrap();
    assert_eq!(written, json!({"dates": ["2026-11-21"], "topics": ["queue"], "words": words}));
}

#[tokio::test]
async fn a_word_asked_to_fail_once_succeeds_in_the_second_attempt() {
    let corpus = corpus();
    let mut payload = payload(&corpus);
    payload["fail_once"] = json!(["slot"]);
    let first = testing::report_of_attempt(1, payload.clone(), example::count_words).await;
    assert_eq!(first["error"]["kind"], "AskedToFail");
    let second = testing::report_of_attempt(2, payload, example::count_words).await;
    assert_eq!(second["action"], "mark_task_as_completed");
}

#[tokio::test]
async fn a_word_asked_to_fail_always_does() {
    let corpus = corpus();
    let mut payload = payload(&corpus);
    payload["fail_always"] = json!(["slot"]);
    let third = testing::report_of_attempt(3, payload, example::count_words).await;
    assert_eq!(third["error"]["kind"], "AskedToFail");
}
