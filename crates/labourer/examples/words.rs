//! A small labourer that does something real: it counts words in a directory of text files.
//!
//! A job such as this one is cut by the scheduler into a task for each topic and two words:
//!
//! ```json
//! {
//!   "lambda_name": "words", "isolate_topics": true, "max_words_per_batch": 2,
//!   "topics": {"queue": {"words": ["lease", "claim", "slot"]}, "health": {"words": ["poor"]}},
//!   "corpus": "docs", "results": "results"
//! }
//! ```
//!
//! and each task arrives here with `{"topics": ["queue"], "words": ["lease", "claim"], …}`.
//! To see failures and retries, name words in `fail_once` or `fail_always`.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use labourer::{Context, Done, Failure, Outcome, Task};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What a task asks for. Everything but the words and the two directories may be missing.
#[derive(Deserialize)]
pub struct Payload {
    /// The days the task is about; they only label the result.
    #[serde(default)]
    date_list: Vec<String>,
    /// What the words have in common; they, too, only label the result.
    #[serde(default)]
    topics: Vec<String>,
    /// The words to count, in any case.
    words: Vec<String>,
    /// The directory whose files are read.
    corpus: PathBuf,
    /// The directory that gets a file for each task.
    results: PathBuf,
    /// For demonstration: words whose first attempt fails.
    #[serde(default)]
    fail_once: Vec<String>,
    /// For demonstration: words whose every attempt fails.
    #[serde(default)]
    fail_always: Vec<String>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), labourer::Error> {
    labourer::run(count_words).await
}

/// The work: payload in, stats and result out. Any error on the way is reported by `?`.
pub async fn count_words(task: Task<Payload>, _: Context) -> Outcome {
    let payload = &task.payload;
    fail_if_asked(payload, task.attempt)?;

    let files = text_files(&payload.corpus)?;
    let mut words: Vec<Count> = payload.words.iter().map(|word| Count::of(word)).collect();
    for file in &files {
        let text = String::from_utf8_lossy(&fs::read(file)?).into_owned();
        let name = file.strip_prefix(&payload.corpus).unwrap_or(file);
        for word in &mut words {
            word.add(name, &text);
        }
    }

    let occurrences: u64 = words.iter().map(|word| word.occurrences).sum();
    let result = json!({
        "dates": payload.date_list, "topics": payload.topics, "words": words
    });
    let written = write_result(&payload.results, task.id.as_str(), &result)?;

    Ok(Done::new()
        .stat("files_read", files.len())
        .stat("occurrences", occurrences)
        .result(json!({ "file": written, "words": words })))
}

/// How often a word occurs, and where.
#[derive(Serialize)]
struct Count {
    word: String,
    occurrences: u64,
    files: u64,
    file_with_most: Option<PathBuf>,
    most: u64,
    sample: Option<String>,
}

impl Count {
    fn of(word: &str) -> Self {
        let word = word.to_lowercase();
        Self { word, occurrences: 0, files: 0, file_with_most: None, most: 0, sample: None }
    }

    fn add(&mut self, file: &Path, text: &str) {
        let mut here = 0;
        for line in text.lines() {
            let in_line = whole_words(line).filter(|word| *word == self.word).count() as u64;
            if in_line > 0 && self.sample.is_none() {
                self.sample = Some(line.trim().chars().take(120).collect());
            }
            here += in_line;
        }
        self.occurrences += here;
        self.files += u64::from(here > 0);
        if here > self.most {
            (self.most, self.file_with_most) = (here, Some(file.to_owned()));
        }
    }
}

fn whole_words(line: &str) -> impl Iterator<Item = String> {
    let words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.filter(|word| !word.is_empty()).map(str::to_lowercase)
}

/// All text files below a directory, in a stable order. Hidden and built files are nobody's text.
fn text_files(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut directories = vec![directory.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory)? {
            let entry = entry?;
            let (path, name) = (entry.path(), entry.file_name());
            let skipped = name.to_string_lossy().starts_with('.') || name == "target";
            if skipped {
                continue;
            }
            let kind = entry.file_type()?;
            let is_text =
                path.extension().is_some_and(|end| ["md", "rs", "toml"].iter().any(|e| end == *e));
            if kind.is_dir() {
                directories.push(path);
            } else if kind.is_file() && is_text {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Written beside and renamed, for an attempt may die here: a reader finds all of it or nothing,
/// and another attempt writes the same file again.
fn write_result(
    directory: &Path,
    task_id: &str,
    result: &serde_json::Value,
) -> Result<PathBuf, Failure> {
    fs::create_dir_all(directory)?;
    let file = directory.join(format!("{task_id}.json"));
    let unfinished = directory.join(format!("{task_id}.unfinished"));
    fs::write(&unfinished, serde_json::to_vec_pretty(result)?)?;
    fs::rename(&unfinished, &file)?;
    Ok(file)
}

fn fail_if_asked(payload: &Payload, attempt: u32) -> Result<(), Failure> {
    let asked = |list: &[String]| payload.words.iter().find(|word| list.contains(word)).cloned();
    if let Some(word) = asked(&payload.fail_always) {
        let why = format!("the job asks for it: {word:?} is in fail_always");
        return Err(Failure::new("AskedToFail", why));
    }
    match asked(&payload.fail_once) {
        Some(word) if attempt == 1 => {
            let why =
                format!("the job asks for it: {word:?} is in fail_once, and this is attempt 1");
            Err(Failure::new("AskedToFail", why))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use labourer::testing;
    use serde_json::Value;

    use super::*;

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
        let report = testing::report(payload(&corpus), count_words).await;
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
        let first = testing::report_of_attempt(1, payload.clone(), count_words).await;
        assert_eq!(first["error"]["kind"], "AskedToFail");
        let second = testing::report_of_attempt(2, payload, count_words).await;
        assert_eq!(second["action"], "mark_task_as_completed");
    }

    #[tokio::test]
    async fn a_word_asked_to_fail_always_does() {
        let corpus = corpus();
        let mut payload = payload(&corpus);
        payload["fail_always"] = json!(["slot"]);
        let third = testing::report_of_attempt(3, payload, count_words).await;
        assert_eq!(third["error"]["kind"], "AskedToFail");
    }
}
