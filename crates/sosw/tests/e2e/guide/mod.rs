//! The README and the guide: what they show is read out of them, and works as it is printed.

use std::thread;

use crate::world::Place;

mod console;
mod document;
mod json;
mod settings;

use self::document::Document;

/// Does the same with every document at once, and names those in which it failed.
fn with_all(check: impl Fn(&Document) + Sync) {
    let documents = document::all();
    let failed: Vec<_> = thread::scope(|scope| {
        let check = &check;
        let threads = documents.iter().map(|page| (page, scope.spawn(move || check(page))));
        let threads: Vec<_> = threads.collect();
        let failed =
            threads.into_iter().filter_map(|(page, thread)| thread.join().err().map(|_| page));
        failed.map(|page| page.name.clone()).collect()
    });
    assert!(failed.is_empty(), "see above: {failed:?}");
}

#[test]
fn every_command_prints_what_the_page_says() {
    with_all(console::run);
}

#[test]
fn every_example_in_json_is_accepted() {
    with_all(json::check);
}

#[test]
fn the_labourer_in_rust_is_the_example_that_is_compiled() {
    let compiled = document::root().join("crates/labourer/examples/sales.rs");
    let page = document::page("labourer-in-rust");
    let blocks = page.blocks();
    let shown = blocks.iter().find(|block| block.file.as_deref() == Some("src/main.rs")).unwrap();
    assert_eq!(shown.text, std::fs::read_to_string(compiled).unwrap());
}

#[test]
fn every_link_within_the_project_leads_to_a_file_and_its_heading() {
    with_all(|page| {
        for link in page.text.split("](").skip(1) {
            let target = link.split(')').next().unwrap();
            if target.contains("://") {
                continue;
            }
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let file = match file {
                "" => page.path.clone(),
                file => page.path.parent().unwrap().join(file),
            };
            assert!(file.exists(), "{}: {target}", page.name);
            let has_heading = || {
                let text = std::fs::read_to_string(&file).unwrap();
                text.lines()
                    .filter(|line| line.starts_with('#'))
                    .any(|line| anchor(line) == heading)
            };
            assert!(heading.is_empty() || has_heading(), "{}: {target}", page.name);
        }
    });
}

/// What GitHub makes of a heading.
fn anchor(heading: &str) -> String {
    let heading = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[test]
fn the_guide_lists_its_pages_and_prints_each_as_it_is_written() {
    let place = Place::new(&serde_json::json!({}));
    let listed = place.sosw("guide");
    assert_eq!(listed.code(), Some(0), "{listed:?}");
    for page in document::all().iter().filter(|page| page.name != "README.md") {
        let (name, title) =
            (page.path.file_stem().unwrap().to_str().unwrap(), page.text.lines().next());
        let line = listed.stdout.lines().find(|line| line.starts_with(&format!("{name} ")));
        let line = line.unwrap_or_else(|| panic!("no {name} in {listed:?}"));
        assert!(line.ends_with(title.unwrap().trim_start_matches("# ")), "{line}");
        assert!(place.sosw(&format!("guide {name}")).stdout == page.text, "{name}: build it again");
    }
    let unknown = place.sosw("guide jobz");
    assert_eq!(unknown.code(), Some(1));
    assert!(unknown.stderr.contains("did you mean `jobs`?"), "{unknown:?}");
}
