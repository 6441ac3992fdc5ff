//! Which top-level module of a crate imports which.
//!
//! `lib.rs` is a reading order from bottom to top: a module should import only those that are
//! declared before it. An arrow to a later one points back up.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::{algo::tarjan_scc, graphmap::DiGraphMap};

use super::{modules::Tree, paths, written};

/// `from` imports `to`, or has a path into it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Arrow {
    pub from: String,
    pub to: String,
}

/// All arrows between top-level modules, with the files that draw them.
pub fn arrows(tree: &Tree) -> BTreeMap<Arrow, BTreeSet<String>> {
    let mut arrows: BTreeMap<Arrow, BTreeSet<String>> = BTreeMap::new();
    for module in &tree.modules {
        let Some(from) = module.path.first() else { continue };
        for path in written::paths(module) {
            let target = paths::absolute(&module.path, &path);
            if let Some(to) = target.and_then(|path| top_level(tree, &path)).filter(|to| to != from)
            {
                let arrow = Arrow { from: from.clone(), to };
                arrows.entry(arrow).or_default().insert(module.file.clone());
            }
        }
    }
    arrows
}

/// The top-level module that `path` (from the root) leads into, also by a name that the root
/// imports from there.
fn top_level(tree: &Tree, path: &[String]) -> Option<String> {
    let first = path.first()?;
    if tree.module(std::slice::from_ref(first)).is_some() {
        return Some(first.clone());
    }
    let root = tree.module(&[])?;
    let imports = paths::imports(&root.items);
    let import = imports.iter().find(|import| import.name.as_ref() == Some(first))?;
    let target = paths::within(tree, &[], &import.path)?;
    target.into_iter().next().filter(|name| tree.module(std::slice::from_ref(name)).is_some())
}

/// The sets of modules that reach each other, each in the order of declaration.
pub fn circles<'a>(
    order: &[&str],
    arrows: impl IntoIterator<Item = &'a Arrow>,
) -> Vec<Vec<String>> {
    let edges = arrows.into_iter().map(|arrow| (arrow.from.as_str(), arrow.to.as_str()));
    let graph: DiGraphMap<&str, ()> = DiGraphMap::from_edges(edges);
    let components = tarjan_scc(&graph).into_iter().filter(|modules| modules.len() > 1);
    let mut circles: Vec<Vec<&str>> = components.collect();
    let position = |name: &&str| order.iter().position(|declared| declared == name);
    circles.iter_mut().for_each(|modules| modules.sort_by_key(position));
    circles.sort_by_key(|modules| modules.first().and_then(position));
    circles.into_iter().map(|modules| modules.into_iter().map(str::to_owned).collect()).collect()
}

/// The arrows whose target is declared after their origin.
pub fn upward<'a>(order: &[&str], arrows: impl IntoIterator<Item = &'a Arrow>) -> Vec<&'a Arrow> {
    let position = |name: &str| order.iter().position(|declared| *declared == name);
    arrows.into_iter().filter(|arrow| position(&arrow.from) < position(&arrow.to)).collect()
}
