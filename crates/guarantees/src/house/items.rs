//! Public items, types, and the methods of each.

use std::collections::{BTreeMap, BTreeSet};

use syn::{Ident, ImplItem, Item, ItemImpl, Type, Visibility};

use super::{
    modules::{Module, Tree},
    paths,
};

/// A struct, enum, union, trait or type alias that a module defines.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TypeName {
    pub name: String,
    pub file: String,
}

/// The functions in the inherent `impl`s of a type, and the files that hold them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Methods {
    pub count: usize,
    pub files: BTreeSet<String>,
}

pub fn type_name(item: &Item) -> Option<&Ident> {
    match item {
        Item::Enum(item) => Some(&item.ident),
        Item::Struct(item) => Some(&item.ident),
        Item::Trait(item) => Some(&item.ident),
        Item::Type(item) => Some(&item.ident),
        Item::Union(item) => Some(&item.ident),
        _ => None,
    }
}

pub fn types(tree: &Tree) -> Vec<TypeName> {
    let of = |module: &Module| {
        let names = module.items.iter().filter_map(type_name);
        let file = module.file.clone();
        names
            .map(|name| TypeName { name: name.to_string(), file: file.clone() })
            .collect::<Vec<_>>()
    };
    let mut types: Vec<TypeName> = tree.modules.iter().flat_map(of).collect();
    types.sort();
    types
}

/// How many items, and functions and constants in inherent `impl`s, are `pub` and no less.
pub fn public(tree: &Tree) -> usize {
    let items = tree.modules.iter().flat_map(|module| &module.items);
    items.map(|item| usize::from(is_public(item)) + public_members(item)).sum()
}

fn is_public(item: &Item) -> bool {
    let visibility = match item {
        Item::Const(item) => &item.vis,
        Item::Enum(item) => &item.vis,
        Item::Fn(item) => &item.vis,
        Item::Mod(item) => &item.vis,
        Item::Static(item) => &item.vis,
        Item::Struct(item) => &item.vis,
        Item::Trait(item) => &item.vis,
        Item::Type(item) => &item.vis,
        Item::Union(item) => &item.vis,
        Item::Macro(item) => {
            return item.attrs.iter().any(|attribute| attribute.path().is_ident("macro_export"));
        }
        _ => return false,
    };
    matches!(visibility, Visibility::Public(_))
}

fn public_members(item: &Item) -> usize {
    let Some(members) = inherent(item).map(|implementation| &implementation.items) else {
        return 0;
    };
    let visibilities = members.iter().filter_map(|member| match member {
        ImplItem::Const(member) => Some(&member.vis),
        ImplItem::Fn(member) => Some(&member.vis),
        _ => None,
    });
    visibilities.filter(|visibility| matches!(visibility, Visibility::Public(_))).count()
}

fn inherent(item: &Item) -> Option<&ItemImpl> {
    match item {
        Item::Impl(implementation) if implementation.trait_.is_none() => Some(implementation),
        _ => None,
    }
}

/// By the path of the type, as in `manager::TaskManager`. Associated functions count as methods.
pub fn methods(tree: &Tree) -> BTreeMap<String, Methods> {
    let mut all: BTreeMap<String, Methods> = BTreeMap::new();
    for module in &tree.modules {
        for implementation in module.items.iter().filter_map(inherent) {
            let Some(name) = self_type(tree, module, implementation) else { continue };
            let methods = implementation.items.iter();
            let count = methods.filter(|member| matches!(member, ImplItem::Fn(_))).count();
            let entry = all.entry(name).or_default();
            entry.count += count;
            entry.files.insert(module.file.clone());
        }
    }
    all
}

/// What is not found (a macro defines it) belongs to the module of its `impl`.
fn self_type(tree: &Tree, module: &Module, implementation: &ItemImpl) -> Option<String> {
    let Type::Path(path) = implementation.self_ty.as_ref() else { return None };
    let written: Vec<String> = path.path.segments.iter().map(|it| it.ident.to_string()).collect();
    let found = paths::definition(tree, module, &written, MOST_STEPS);
    let (mut path, name) =
        found.or_else(|| Some((module.path.clone(), written.last()?.clone())))?;
    path.push(name);
    Some(path.join("::"))
}

/// Modules between an `impl` and its type: imports may run in circles.
const MOST_STEPS: usize = 8;
