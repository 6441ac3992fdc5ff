//! All paths that a module writes: in `use`, in its code, and in the arguments of macros.

use proc_macro2::{TokenStream, TokenTree};
use syn::{
    Item, Macro, Path, Stmt, VisRestricted,
    visit::{self, Visit},
};

use super::{
    modules::Module,
    paths::{Import, imports},
};

pub fn paths(module: &Module) -> Vec<Vec<String>> {
    let mut paths = Paths(Vec::new());
    paths.add_imports(&module.items);
    module.items.iter().for_each(|item| paths.visit_item(item));
    paths.0
}

struct Paths(Vec<Vec<String>>);

impl<'ast> Visit<'ast> for Paths {
    fn visit_path(&mut self, path: &'ast Path) {
        self.0.push(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        visit::visit_path(self, path);
    }

    /// A function may import, too.
    fn visit_stmt(&mut self, statement: &'ast Stmt) {
        if let Stmt::Item(item) = statement {
            self.add_imports(std::slice::from_ref(item));
        }
        visit::visit_stmt(self, statement);
    }

    /// `pub(in crate::x)` imports nothing.
    fn visit_vis_restricted(&mut self, _: &'ast VisRestricted) {}

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.visit_path(&call.path);
        self.scan(call.tokens.clone());
    }
}

impl Paths {
    fn add_imports(&mut self, items: &[Item]) {
        self.0.extend(imports(items).into_iter().map(|Import { path, .. }| path));
    }

    /// The grammar of a macro's arguments is its own affair, but names between two colons are a
    /// path in all of them.
    fn scan(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == ':' => {
                    colons += 1;
                    continue;
                }
                TokenTree::Ident(name) if colons == 2 => path.push(name.to_string()),
                TokenTree::Ident(name) => {
                    self.0.push(std::mem::replace(&mut path, vec![name.to_string()]));
                }
                TokenTree::Group(group) => self.scan(group.stream()),
                _ => self.0.push(std::mem::take(&mut path)),
            }
            colons = 0;
        }
        self.0.push(path);
    }
}
