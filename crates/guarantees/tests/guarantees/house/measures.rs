//! What the report counts, on small crates.

use std::collections::BTreeMap;

use guarantees::house::{
    HouseError,
    forbidden::{self, Offence},
    modules::LineCount,
    survey::{self, Survey},
    workspace::Crate,
};

fn files(files: &[(&str, &str)]) -> BTreeMap<String, String> {
    files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

fn try_measure(texts: &[(&str, &str)]) -> Result<Survey, HouseError> {
    let (name, roots) = ("small".to_owned(), vec!["src/lib.rs".to_owned()]);
    survey::measure(&Crate { name, roots, files: files(texts), dependencies: Vec::new() })
}

fn measure(texts: &[(&str, &str)]) -> Survey {
    try_measure(texts).unwrap()
}

fn upward(survey: &Survey) -> Vec<(&str, &str)> {
    survey.upward.iter().map(|(arrow, _)| (arrow.from.as_str(), arrow.to.as_str())).collect()
}

#[test]
fn code_for_tests_is_no_public_item_no_type_and_no_method() {
    let survey = measure(&[(
        "src/lib.rs",
        "pub struct Real;
         impl Real {
             pub fn real(&self) {}
             #[cfg(test)]
             pub fn for_tests(&self) {}
         }
         #[cfg(all(test, unix))]
         impl Real { pub fn for_unix_tests(&self) {} }
         #[cfg(test)]
         pub mod tests { pub struct Fake; #[test] pub fn works() {} }",
    )]);
    assert_eq!(survey.public, 2, "Real and real");
    assert_eq!(survey.types.len(), 1);
    assert_eq!(survey.methods["Real"].count, 1);
    assert_eq!(survey.lines, LineCount { code: 4, tests: 6 });
}

#[test]
fn code_that_is_also_compiled_elsewhere_is_no_test() {
    let survey = measure(&[(
        "src/lib.rs",
        "#[cfg(any(test, feature = \"x\"))] pub fn a() {}
         #[cfg(not(test))] pub fn b() {}
         #[cfg(any(test, all(test, unix)))] pub fn c() {}",
    )]);
    assert_eq!((survey.public, survey.lines.tests), (2, 1));
}

#[test]
fn a_file_of_a_test_module_is_a_test_file_with_all_that_it_declares() {
    let survey = measure(&[
        ("src/lib.rs", "mod a;"),
        ("src/a.rs", "#[cfg(test)]\nmod tests;\n"),
        ("src/a/tests/mod.rs", "mod deep;\nmod inline { mod deeper; }\n"),
        ("src/a/tests/deep.rs", "pub fn one() {}\n"),
        ("src/a/tests/inline/deeper.rs", "pub fn two() {}\n"),
    ]);
    assert_eq!((survey.files, survey.test_files, survey.public), (2, 3, 0));
    assert_eq!(survey.lines, LineCount { code: 1, tests: 2 + 2 + 1 + 1 });
    assert!(survey.undeclared.is_empty());
}

#[test]
fn only_plain_pub_is_public() {
    let survey = measure(&[(
        "src/lib.rs",
        "pub(crate) fn a() {} fn b() {} pub fn c() {}
         pub mod m { pub(super) struct S; pub(in crate::m) enum E {} pub type T = u8; }
         struct Hidden { pub field: u8 }
         impl Hidden { pub(crate) fn x() {} pub const ONE: u8 = 1; }
         impl Clone for Hidden { fn clone(&self) -> Self { Self { field: 1 } } }
         #[macro_export] macro_rules! seen { () => {} }
         macro_rules! unseen { () => {} }
         pub use m::T;",
    )]);
    assert_eq!(survey.public, 5, "c, m, T, ONE, seen");
}

#[test]
fn methods_of_one_type_are_summed_over_its_impls_and_files() {
    let survey = measure(&[
        ("src/lib.rs", "mod a; mod b; mod c; pub use a::Big;"),
        ("src/a.rs", "pub struct Big; impl Big { fn one() {} }\nimpl Big { fn two(&self) {} }"),
        ("src/b.rs", "use crate::Big as Large; impl Large { fn three(&self) {} }"),
        ("src/c.rs", "mod d { use super::super::a::*; impl Big { fn four(&self) {} } }"),
    ]);
    assert_eq!(survey.methods["a::Big"].count, 4);
    assert_eq!(survey.methods["a::Big"].files.len(), 3);
    assert_eq!(survey.methods.len(), 1);
}

#[test]
fn two_types_of_one_name_keep_their_own_methods_and_the_name_is_reported() {
    let survey = measure(&[
        ("src/lib.rs", "mod a; mod b;"),
        ("src/a.rs", "pub struct Twin; impl Twin { fn one() {} fn two() {} }"),
        ("src/b.rs", "pub enum Twin {} impl Twin { fn three() {} } pub trait Alone {}"),
    ]);
    assert_eq!((survey.methods["a::Twin"].count, survey.methods["b::Twin"].count), (2, 1));
    assert_eq!(survey.repeated(), BTreeMap::from([("Twin", vec!["src/a.rs", "src/b.rs"])]));
}

#[test]
fn a_name_in_two_crates_is_reported_with_both() {
    let mut surveys = [
        measure(&[("src/lib.rs", "pub struct Report; struct Mine;")]),
        measure(&[("src/lib.rs", "type Report = u8; struct Theirs;")]),
    ];
    "other".clone_into(&mut surveys[1].name);
    assert_eq!(survey::shared(&surveys), BTreeMap::from([("Report", ["other", "small"].into())]));
}

#[test]
fn a_circle_is_found_through_imports_reexports_and_paths_in_the_code() {
    let survey = measure(&[
        ("src/lib.rs", "mod a; mod b; mod c; mod d; pub use c::C;"),
        ("src/a.rs", "use super::b::{self, B};"),
        ("src/b.rs", "mod deep { use super::super::C; }"),
        ("src/c.rs", "fn f() { format!(\"{}\", X { x: crate::a::A }); }"),
        ("src/d.rs", "fn f() -> crate::a::A { use crate::b::B; B }"),
    ]);
    assert_eq!(survey.circles, [["a", "b", "c"]]);
    assert_eq!(upward(&survey), [("a", "b"), ("b", "c")]);
}

#[test]
fn an_arrow_back_up_is_found_and_one_down_is_none() {
    let low_to_high = [
        ("src/lib.rs", "mod low; mod high;"),
        ("src/low/mod.rs", "mod x;"),
        ("src/low/x.rs", "use crate::high::H; use super::Low;"),
        ("src/high.rs", ""),
    ];
    let survey = measure(&low_to_high);
    assert_eq!(upward(&survey), [("low", "high")]);
    assert_eq!(survey.upward[0].1, ["src/low/x.rs".to_owned()].into());
    assert!(survey.circles.is_empty());

    let high_to_low = [
        ("src/lib.rs", "mod low; mod high;"),
        ("src/low.rs", ""),
        ("src/high.rs", "use crate::low::L;"),
    ];
    assert_eq!(upward(&measure(&high_to_low)), []);
}

#[test]
fn what_tests_import_is_no_arrow() {
    let survey = measure(&[
        ("src/lib.rs", "mod low; mod high;"),
        (
            "src/low.rs",
            "#[cfg(test)] use crate::high::A; #[cfg(test)] mod tests { use crate::high::B; }",
        ),
        ("src/high.rs", ""),
    ]);
    assert_eq!(upward(&survey), []);
}

#[test]
fn a_file_that_no_module_declares_is_named() {
    let survey = measure(&[("src/lib.rs", "mod a;"), ("src/a.rs", ""), ("src/a/mod_old.rs", "")]);
    assert_eq!(survey.undeclared, ["src/a/mod_old.rs"]);
}

#[test]
fn a_module_without_a_file_is_refused_with_the_places_where_it_could_be() {
    let error = try_measure(&[("src/lib.rs", "mod a;")]).unwrap_err().to_string();
    assert!(error.contains("src/lib.rs declares module `a`"), "{error}");
    assert!(error.contains("src/a.rs, src/a/mod.rs"), "{error}");
}

#[test]
fn attributes_that_hide_something_are_found_and_texts_about_them_are_not() {
    let text = "//! `#[path]` and #[allow(dead_code)] in words.
#[path = \"../other.rs\"] mod other;
#[allow(unused_mut, dead_code, reason = \"...\")] fn f() { #[cfg_attr(test, allow(dead_code))] struct S; }
const TEXT: &str = \"#[allow(dead_code)]\";
#[expect(dead_code)] fn g() {}
#[global_allocator] static A: B = B;";
    let paths = ["crates/a/src/x.rs", "crates/a/src/main.rs", "crates/a/benches/src/main.rs"];
    let found = forbidden::find(&files(&paths.map(|path| (path, text)))).unwrap();
    let of = |file: &str| -> Vec<(usize, Offence)> {
        found.iter().filter(|it| it.file == file).map(|it| (it.line, it.offence)).collect()
    };
    use Offence::{BorrowedFile, DeadCode, LibraryAllocator};
    let everywhere = [(2, BorrowedFile), (3, DeadCode), (3, DeadCode)];
    assert_eq!(of(paths[0]), [&everywhere[..], &[(6, LibraryAllocator)]].concat());
    assert_eq!(of(paths[1]), everywhere);
    assert_eq!(of(paths[2]), everywhere);
}
