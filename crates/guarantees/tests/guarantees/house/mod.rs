//! The crates lie as the house's table says, and what `make house` measures is what is there.

mod measures;
mod table;

use std::{path::Path, process::Command};

use guarantees::house::{
    forbidden::{self, Finding},
    survey,
    table::{TABLE, check},
    workspace::{HERE, read, rust_files},
};

#[test]
fn our_crates_depend_on_each_other_only_as_the_table_says() {
    let crates = read(Path::new(HERE)).unwrap();
    let crates = crates.iter().map(|it| (it.name.as_str(), it.dependencies.as_slice()));
    let violations = check(TABLE, crates);
    let lines: Vec<String> = violations.iter().map(|it| format!("\n* {it}")).collect();
    assert!(lines.is_empty(), "{}", lines.concat());
}

#[test]
fn every_file_below_src_is_a_module_of_its_crate() {
    for of in read(Path::new(HERE)).unwrap() {
        let undeclared = survey::measure(&of).unwrap().undeclared;
        assert!(undeclared.is_empty(), "{}: no `mod` leads to {}", of.name, undeclared.join(", "));
    }
}

#[test]
fn no_file_is_borrowed_by_path_and_no_dead_code_is_allowed() {
    let found = forbidden::find(&rust_files(Path::new(HERE), "crates").unwrap()).unwrap();
    let line = |Finding { file, line, offence }: &Finding| {
        format!("\n* {file}:{line}: {}", offence.remedy())
    };
    assert!(found.is_empty(), "{}", found.iter().map(line).collect::<String>());
}

/// Features unify among the packages that are built together: those of the command line must not get into
/// what Lambda starts.
#[test]
fn the_functions_contain_no_sdk_that_signs_people_in() {
    let functions = ["orchestrator", "scavenger", "worker-assistant", "scheduler"];
    let of = |packages: &[&str]| {
        let packages = packages.iter().flat_map(|name| ["-p", name]);
        let mut tree = Command::new(env!("CARGO"));
        tree.args(["tree", "--locked", "--offline", "-e", "normal", "--prefix", "none"]);
        let shown = tree.args(packages).current_dir(HERE).output().unwrap();
        assert!(shown.status.success(), "{}", String::from_utf8_lossy(&shown.stderr));
        let shown = String::from_utf8(shown.stdout).unwrap();
        let is_for_people = |line: &&str| {
            let sdks = ["aws-sdk-sso ", "aws-sdk-ssooidc ", "aws-sdk-signin ", "aws-sdk-sqs "];
            sdks.iter().any(|sdk| line.starts_with(sdk))
        };
        shown.lines().filter(is_for_people).count()
    };
    assert_eq!(of(&functions), 0);
    assert!(of(&["sosw"]) >= 4, "the command line has them");
}
