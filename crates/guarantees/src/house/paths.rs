//! Resolves a path from within a module. Paths are lists of names; those that leave the crate mean
//! nothing here.

use syn::{Item, UseTree};

use super::modules::{Module, Tree};

/// One name that a `use` brings into a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// As it is written: it may begin with `crate`, `self` or `super`.
    pub path: Vec<String>,
    /// What it is called here. Without a name it is all that the path holds (`*`).
    pub name: Option<String>,
}

pub fn imports(items: &[Item]) -> Vec<Import> {
    let mut imports = Vec::new();
    for item in items {
        if let Item::Use(item) = item {
            collect(&item.tree, &mut Vec::new(), &mut imports);
        }
    }
    imports
}

fn collect(tree: &UseTree, prefix: &mut Vec<String>, imports: &mut Vec<Import>) {
    match tree {
        UseTree::Path(path) => {
            prefix.push(path.ident.to_string());
            collect(&path.tree, prefix, imports);
            prefix.pop();
        }
        UseTree::Group(group) => {
            group.items.iter().for_each(|tree| collect(tree, prefix, imports));
        }
        UseTree::Glob(_) => imports.push(Import { path: prefix.clone(), name: None }),
        UseTree::Name(name) => {
            let name = name.ident.to_string();
            imports.push(import(prefix, &name, None));
        }
        UseTree::Rename(rename) => {
            let name = rename.ident.to_string();
            imports.push(import(prefix, &name, Some(rename.rename.to_string())));
        }
    }
}

/// `a::{self}` imports `a`.
fn import(prefix: &[String], last: &str, renamed: Option<String>) -> Import {
    let last = Some(last).filter(|&last| last != "self" || prefix.is_empty());
    let path: Vec<String> = prefix.iter().cloned().chain(last.map(str::to_owned)).collect();
    let name = renamed.or_else(|| path.last().cloned());
    Import { path, name }
}

/// `path`, written in `module`, from the root of the crate; nothing if it begins with a bare name.
pub fn absolute(module: &[String], path: &[String]) -> Option<Vec<String>> {
    let (first, rest) = path.split_first()?;
    let base = match first.as_str() {
        "crate" => &[],
        "self" => module,
        "super" => module.split_last()?.1,
        _ => return None,
    };
    match rest.first().is_some_and(|next| next == "super") {
        true => absolute(base, rest),
        false => Some([base, rest].concat()),
    }
}

/// Like [`absolute`]; a bare name may also be a module that `module` declares.
pub fn within(tree: &Tree, module: &[String], path: &[String]) -> Option<Vec<String>> {
    absolute(module, path).or_else(|| {
        let child = [module, path.get(..1)?].concat();
        tree.module(&child)?;
        Some([module, path].concat())
    })
}

/// The module in which the type that `path` names in `module` is defined, and its name there.
/// Imports are followed, through at most `steps` modules.
pub fn definition(
    tree: &Tree,
    module: &Module,
    path: &[String],
    steps: usize,
) -> Option<(Vec<String>, String)> {
    let steps = steps.checked_sub(1)?;
    let (name, front) = path.split_last()?;
    if !front.is_empty() {
        let target = tree.module(&within(tree, &module.path, front)?)?;
        return definition(tree, target, std::slice::from_ref(name), steps);
    }
    if module.items.iter().any(|item| super::items::type_name(item).is_some_and(|it| it == name)) {
        return Some((module.path.clone(), name.clone()));
    }
    imports(&module.items).iter().find_map(|import| {
        let path = within(tree, &module.path, &import.path)?;
        let (last, front) = path.split_last()?;
        let (target, name) = match &import.name {
            Some(known) if known == name => (front, last),
            Some(_) => return None,
            None => (path.as_slice(), name),
        };
        definition(tree, tree.module(target)?, std::slice::from_ref(name), steps)
    })
}
