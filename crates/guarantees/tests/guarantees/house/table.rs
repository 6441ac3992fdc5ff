//! Each difference between the workspace and the table is found, and named with its remedy.

use guarantees::house::{
    table::{TABLE, Violation, check},
    workspace::{Dependency, Section},
};

const SMALL: &[(&str, &[&str])] = &[("base", &[]), ("middle", &["base"]), ("top", &["middle"])];

fn on(name: &str, section: Section) -> Dependency {
    Dependency { section, on: name.to_owned() }
}

/// What is wrong when `middle` has these dependencies, and all else is as it should be.
fn with_middle(dependencies: &[Dependency]) -> Vec<Violation> {
    check(
        SMALL,
        [("base", &[][..]), ("middle", dependencies), ("top", &[on("middle", Section::Normal)])],
    )
}

fn only(violations: Vec<Violation>) -> String {
    assert_eq!(violations.len(), 1, "{violations:?}");
    violations[0].to_string()
}

#[test]
fn what_the_table_permits_may_be_needed_or_not() {
    assert_eq!(with_middle(&[on("base", Section::Normal), on("base", Section::Dev)]), []);
    assert_eq!(with_middle(&[]), []);
}

#[test]
fn a_dependency_that_the_table_does_not_have_is_named_with_both_crates_and_a_way_out() {
    let text = only(with_middle(&[on("base", Section::Normal), on("top", Section::Normal)]));
    assert!(text.contains("`middle` must not depend on `top` (dependencies)"), "{text}");
    assert!(text.contains("it may depend on base."), "{text}");
    assert!(text.contains("into a crate that both may depend on"), "{text}");
}

#[test]
fn a_dependency_of_the_build_is_held_to_the_table_too() {
    let text = only(with_middle(&[on("top", Section::Build)]));
    assert!(text.contains("`middle` must not depend on `top` (build-dependencies)"), "{text}");
}

#[test]
fn a_dependency_of_tests_alone_is_sent_to_the_crate_of_tests() {
    let text = only(with_middle(&[on("top", Section::Dev)]));
    assert!(text.contains("`middle` must not depend on `top` (dev-dependencies)"), "{text}");
    assert!(text.contains("Move the test to `guarantees`"), "{text}");
}

#[test]
fn a_crate_that_may_depend_on_nothing_is_reported_as_such() {
    let base = [on("middle", Section::Normal)];
    let text = only(check(&SMALL[..1], [("base", &base[..])]));
    assert!(text.contains("it may depend on none of our crates"), "{text}");
}

#[test]
fn a_crate_without_a_row_is_named_once_whatever_it_depends_on() {
    let new = [on("base", Section::Normal), on("elsewhere", Section::Normal)];
    let text = only(check(&SMALL[..1], [("base", &[][..]), ("new", &new[..])]));
    assert!(text.contains("crate `new` is not in the table: add a row"), "{text}");
    assert!(text.contains("crates/guarantees/src/house/table.rs"), "{text}");
}

#[test]
fn a_row_without_a_crate_is_to_be_removed() {
    let text = only(check(&SMALL[..2], [("base", &[][..])]));
    assert!(text.contains("a row for `middle`, but there is no such crate"), "{text}");
    assert!(text.contains("remove the row"), "{text}");
}

#[test]
fn all_differences_are_found_at_once() {
    let base = [on("middle", Section::Normal), on("middle", Section::Dev)];
    let violations = check(SMALL, [("base", &base[..]), ("new", &[][..])]);
    assert_eq!(violations.len(), 5, "{violations:?}");
}

#[test]
fn the_table_reads_from_bottom_to_top() {
    for (row, (name, allowed)) in TABLE.iter().enumerate() {
        let above = |on: &&&str| !TABLE[..row].iter().any(|(earlier, _)| earlier == *on);
        let above: Vec<_> = allowed.iter().filter(above).collect();
        assert!(above.is_empty(), "{name} may depend on {above:?}, which no earlier row names");
    }
}

#[test]
fn guarantees_sees_everything_but_the_command_line_and_nothing_depends_on_it() {
    let (name, allowed) = TABLE.last().unwrap();
    let others =
        TABLE.iter().map(|(name, _)| *name).filter(|it| !["sosw", "guarantees"].contains(it));
    assert_eq!((*name, allowed.to_vec()), ("guarantees", others.collect()));
    assert!(TABLE.iter().all(|(_, allowed)| !allowed.contains(&"guarantees")));
}
