//! All measures of each crate, and what is found only across crates.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    HouseError,
    arrows::{self, Arrow},
    items::{self, Methods, TypeName},
    modules::{self, LineCount, Tree},
    workspace::{Crate, Dependency, Section},
};

/// One crate, measured. A crate with a library and binaries is the sum of them.
#[derive(Debug, Default)]
pub struct Survey {
    pub name: String,
    pub lines: LineCount,
    pub files: usize,
    pub test_files: usize,
    pub public: usize,
    pub dependencies: Vec<Dependency>,
    pub types: Vec<TypeName>,
    /// By the path of the type within the crate.
    pub methods: BTreeMap<String, Methods>,
    pub circles: Vec<Vec<String>>,
    /// The arrows back up, with the files that draw them.
    pub upward: Vec<(Arrow, BTreeSet<String>)>,
    /// Files that no module declares.
    pub undeclared: Vec<String>,
}

/// Measures a crate.
///
/// # Errors
/// When a file is no Rust, or a module has no file.
pub fn measure(of: &Crate) -> Result<Survey, HouseError> {
    let trees: Vec<Tree> =
        of.roots.iter().map(|root| modules::follow(of, root)).collect::<Result<_, _>>()?;
    let mut survey = Survey {
        name: of.name.clone(),
        dependencies: of.dependencies.clone(),
        undeclared: modules::undeclared(of, &trees),
        ..Survey::default()
    };
    trees.iter().for_each(|tree| survey.add(tree));
    survey.types.sort();
    Ok(survey)
}

impl Survey {
    fn add(&mut self, tree: &Tree) {
        self.lines.code += tree.lines.code;
        self.lines.tests += tree.lines.tests;
        self.files += tree.files.len();
        self.test_files += tree.test_files.len();
        self.public += items::public(tree);
        self.types.extend(items::types(tree));
        self.methods.extend(items::methods(tree));
        self.add_arrows(tree);
    }

    fn add_arrows(&mut self, tree: &Tree) {
        let order = tree.top_level();
        let arrows = arrows::arrows(tree);
        self.circles.extend(arrows::circles(&order, arrows.keys()));
        let upward = arrows::upward(&order, arrows.keys());
        let with_files = |arrow: &Arrow| Some((arrow.clone(), arrows.get(arrow)?.clone()));
        self.upward.extend(upward.into_iter().filter_map(with_files));
    }

    /// The crates that this section of its Cargo.toml names.
    pub fn depends_on(&self, section: Section) -> Vec<&str> {
        let there = self.dependencies.iter().filter(|dependency| dependency.section == section);
        there.map(|dependency| dependency.on.as_str()).collect()
    }

    /// The type names that occur more than once in this crate, with their files.
    pub fn repeated(&self) -> BTreeMap<&str, Vec<&str>> {
        let mut names: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for defined in &self.types {
            names.entry(&defined.name).or_default().push(&defined.file);
        }
        names.retain(|_, files| files.len() > 1);
        names
    }
}

/// The type names that more than one crate has, with these crates.
pub fn shared(surveys: &[Survey]) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut names: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for survey in surveys {
        for defined in &survey.types {
            names.entry(&defined.name).or_default().insert(&survey.name);
        }
    }
    names.retain(|_, crates| crates.len() > 1);
    names
}

/// The `most` types with the most methods: the crate, the type's path within it, its methods.
pub fn largest(surveys: &[Survey], most: usize) -> Vec<(&str, &str, &Methods)> {
    let of = |survey| {
        let Survey { name, methods, .. }: &Survey = survey;
        methods.iter().map(|(path, methods)| (name.as_str(), path.as_str(), methods))
    };
    let mut types: Vec<_> = surveys.iter().flat_map(of).collect();
    types.sort_by_key(|&(name, path, methods)| (std::cmp::Reverse(methods.count), name, path));
    types.truncate(most);
    types
}
