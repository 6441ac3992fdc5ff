//! What every page must be, in every view: accessible, without errors, no wider than the window.

use std::{env, fmt, fs, path::PathBuf};

use serde::Deserialize;
use serde_json::json;

use super::session::{Browser, View};

/// The rules of WCAG 2.1, levels A and AA, as axe groups them. None of them is disabled.
const RULES: [&str; 4] = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"];

/// Something that is wrong with a page.
#[derive(Debug)]
pub enum Flaw {
    Inaccessible(Violation),
    /// The console shows it.
    Complaint(String),
    /// It has to be scrolled sideways: how wide it is, and what sticks out.
    TooWide {
        width: u64,
        culprits: Vec<String>,
    },
}

/// A rule of axe, and what violates it.
#[derive(Debug, Deserialize)]
pub struct Violation {
    pub id: String,
    help: String,
    nodes: Vec<Node>,
}

#[derive(Debug, Deserialize)]
struct Node {
    html: String,
    #[serde(rename = "failureSummary")]
    why: String,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inaccessible(Violation { id, help, nodes }) => {
                write!(f, "axe, {id}: {help}")?;
                nodes
                    .iter()
                    .try_for_each(|node| write!(f, "\n    {}\n      {}", node.html, node.why))
            }
            Self::Complaint(message) => write!(f, "console: {message}"),
            Self::TooWide { width, culprits } => {
                write!(f, "{width} pixels wide, for {}", culprits.join(", "))
            }
        }
    }
}

/// Everything that is wrong with the page that the browser shows.
pub async fn flaws(browser: &Browser, view: View) -> Vec<Flaw> {
    let mut flaws: Vec<_> = browser.complaints().await.into_iter().map(Flaw::Complaint).collect();
    flaws.extend(too_wide(browser, view).await);
    flaws.extend(violations(browser).await.into_iter().map(Flaw::Inaccessible));
    flaws
}

async fn too_wide(browser: &Browser, view: View) -> Option<Flaw> {
    let width = browser.run("return document.documentElement.scrollWidth").await.as_u64().unwrap();
    if width <= u64::from(view.width) {
        return None;
    }
    let script = format!(
        "return [...document.querySelectorAll('body *')]
            .filter(element => element.getBoundingClientRect().right > {})
            .map(element => element.cloneNode().outerHTML)",
        view.width
    );
    let culprits = serde_json::from_value(browser.run(&script).await).unwrap();
    Some(Flaw::TooWide { width, culprits })
}

async fn violations(browser: &Browser) -> Vec<Violation> {
    let axe = env::var("SOSW_TEST_AXE").expect("`make browser` sets SOSW_TEST_AXE");
    browser.run(&fs::read_to_string(axe).unwrap()).await;
    let options = json!({ "runOnly": { "type": "tag", "values": RULES } });
    let script = format!(
        "const done = arguments[0];
        axe.run(document, {options}).then(
            ({{ violations, passes }}) => done({{ violations, passes: passes.length }}),
            error => done({{ error: String(error) }}))"
    );
    let found = browser.run_and_wait(&script).await;
    assert!(found["passes"].as_u64().is_some_and(|rules| rules > 0), "axe did not run: {found}");
    serde_json::from_value(found["violations"].clone()).unwrap()
}

/// Keeps a picture of the page for a person to look at: `target/pages/NAME-WIDTH-SCHEME.png`.
pub async fn keep_picture(browser: &Browser, name: &str, view: View) {
    let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).with_file_name("pages");
    fs::create_dir_all(&target).unwrap();
    let file = format!("{name}-{}-{}.png", view.width, view.scheme.name());
    fs::write(target.join(file), browser.picture().await).unwrap();
}
