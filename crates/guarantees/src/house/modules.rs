//! The modules of a crate, found as the compiler finds them: from a root, along `mod`.

use std::{collections::BTreeSet, path::Path};

use syn::Item;

use super::{HouseError, tests_apart, workspace::Crate};

/// A module without its tests. Modules within it are modules of their own.
pub struct Module {
    /// From the root, which has an empty path.
    pub path: Vec<String>,
    pub file: String,
    pub items: Vec<Item>,
}

/// What one root of a crate leads to.
#[derive(Default)]
pub struct Tree {
    /// The root first; the modules of each in the order of their declarations.
    pub modules: Vec<Module>,
    pub lines: LineCount,
    /// The files that hold more than tests, and those that hold nothing else.
    pub files: BTreeSet<String>,
    pub test_files: BTreeSet<String>,
}

/// All lines count: code, comments and blank ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineCount {
    pub code: usize,
    pub tests: usize,
}

impl Tree {
    /// The module with this path, if it is declared and not for tests only.
    pub fn module(&self, path: &[String]) -> Option<&Module> {
        self.modules.iter().find(|module| module.path == path)
    }

    /// The modules that the root declares, from bottom to top as a reader meets them.
    pub fn top_level(&self) -> Vec<&str> {
        let paths = self.modules.iter().map(|module| module.path.as_slice());
        paths
            .filter_map(|path| if let [name] = path { Some(name.as_str()) } else { None })
            .collect()
    }
}

/// All modules that `root`, a file of `of`, leads to.
///
/// # Errors
/// When a file is no Rust, or a module has no file.
pub fn follow(of: &Crate, root: &str) -> Result<Tree, HouseError> {
    let mut tree = Tree::default();
    let directory = parent(root);
    tree.add_file(of, Location { file: root, directory: &directory, path: &[], for_tests: false })?;
    Ok(tree)
}

/// The files of `of` that none of `trees` leads to: the compiler never sees them.
pub fn undeclared(of: &Crate, trees: &[Tree]) -> Vec<String> {
    let reached = |file: &String| {
        trees.iter().any(|tree| tree.files.contains(file) || tree.test_files.contains(file))
    };
    of.files.keys().filter(|file| !reached(file)).cloned().collect()
}

/// Where a module is found.
#[derive(Clone, Copy)]
struct Location<'a> {
    file: &'a str,
    /// Where the files of the modules that it declares lie.
    directory: &'a str,
    path: &'a [String],
    for_tests: bool,
}

impl Tree {
    fn add_file(&mut self, of: &Crate, location: Location<'_>) -> Result<(), HouseError> {
        let text = of.files.get(location.file).map(String::as_str).unwrap_or_default();
        let parsed = syn::parse_file(text);
        let mut parsed = parsed
            .map_err(|source| HouseError::Parse { file: location.file.to_owned(), source })?;
        let all = text.lines().count();
        if location.for_tests {
            self.lines.tests += all;
            self.test_files.insert(location.file.to_owned());
            return self.add_tests(of, location, parsed.items);
        }
        let taken = tests_apart::take_out(&mut parsed);
        self.lines.tests += taken.lines;
        self.lines.code += all.saturating_sub(taken.lines);
        self.files.insert(location.file.to_owned());
        self.add_module(of, location, parsed.items)?;
        self.add_tests(of, location, taken.items)
    }

    fn add_module(
        &mut self,
        of: &Crate,
        at: Location<'_>,
        items: Vec<Item>,
    ) -> Result<(), HouseError> {
        let index = self.modules.len();
        self.modules.push(Module { path: at.path.to_vec(), file: at.file.to_owned(), items });
        for child in self.take_children(index) {
            self.add_child(of, at, child, Self::add_module)?;
        }
        Ok(())
    }

    /// The modules that module `index` declares. It keeps their declarations, which are items, too.
    fn take_children(&mut self, index: usize) -> Vec<Child> {
        let items = self.modules.get_mut(index).map(|module| &mut module.items);
        items.into_iter().flatten().filter_map(child).collect()
    }

    /// Of tests only the files matter.
    fn add_tests(
        &mut self,
        of: &Crate,
        at: Location<'_>,
        items: Vec<Item>,
    ) -> Result<(), HouseError> {
        let at = Location { for_tests: true, ..at };
        for child in items.into_iter().filter_map(|mut item| child(&mut item)) {
            self.add_child(of, at, child, Self::add_tests)?;
        }
        Ok(())
    }

    /// A module that `at` declares: `add_inline` takes it if it stands in the same file.
    fn add_child(
        &mut self,
        of: &Crate,
        at: Location<'_>,
        child: Child,
        add_inline: impl Fn(&mut Self, &Crate, Location<'_>, Vec<Item>) -> Result<(), HouseError>,
    ) -> Result<(), HouseError> {
        let Child { name, inline } = child;
        let directory = format!("{}/{name}", at.directory);
        let path: Vec<String> = at.path.iter().cloned().chain([name.clone()]).collect();
        let location = Location { directory: &directory, path: &path, ..at };
        if let Some(items) = inline {
            return add_inline(self, of, location, items);
        }
        let tried = [format!("{directory}.rs"), format!("{directory}/mod.rs")];
        match tried.iter().find(|file| of.files.contains_key(*file)) {
            Some(file) => self.add_file(of, Location { file, ..location }),
            None => {
                let (file, tried) = (at.file.to_owned(), tried.to_vec());
                Err(HouseError::NoFile { file, module: name, tried })
            }
        }
    }
}

/// A module that another declares.
struct Child {
    name: String,
    /// What it holds, if it has no file of its own.
    inline: Option<Vec<Item>>,
}

fn child(item: &mut Item) -> Option<Child> {
    match item {
        Item::Mod(module) => {
            let inline = module.content.take().map(|(_, items)| items);
            Some(Child { name: module.ident.to_string(), inline })
        }
        _ => None,
    }
}

fn parent(file: &str) -> String {
    Path::new(file).parent().map(|path| path.to_string_lossy().into_owned()).unwrap_or_default()
}
