//! What is compiled for tests only is taken out of a file, so that nothing after it needs to know.

use syn::{
    Attribute, File, ImplItem, Item, Meta, Stmt, Token, TraitItem,
    punctuated::Punctuated,
    spanned::Spanned,
    visit_mut::{self, VisitMut},
};

/// What was taken out of a file.
#[derive(Default)]
pub struct TestCode {
    /// The modules among it, and other items of any depth.
    pub items: Vec<Item>,
    pub lines: usize,
}

/// Takes everything out of `file` that is compiled for tests only.
pub fn take_out(file: &mut File) -> TestCode {
    let mut taken = TestCode::default();
    if for_tests(&file.attrs) {
        taken.lines = lines(&*file);
        taken.items = std::mem::take(&mut file.items);
    }
    taken.visit_file_mut(file);
    taken
}

/// From the first attribute to the last brace.
fn lines(code: &impl Spanned) -> usize {
    let span = code.span();
    span.end().line.saturating_sub(span.start().line) + 1
}

impl TestCode {
    fn take_items(&mut self, items: &mut Vec<Item>) {
        let taken = items.extract_if(.., |item| for_tests(attributes(item)));
        for item in taken {
            self.lines += lines(&item);
            self.items.push(item);
        }
    }

    /// Whether `code` is for tests only; then its lines are counted.
    fn takes(&mut self, code: &impl Spanned, attributes: &[Attribute]) -> bool {
        let takes = for_tests(attributes);
        self.lines += if takes { lines(code) } else { 0 };
        takes
    }
}

impl VisitMut for TestCode {
    fn visit_file_mut(&mut self, file: &mut File) {
        self.take_items(&mut file.items);
        visit_mut::visit_file_mut(self, file);
    }

    fn visit_item_mod_mut(&mut self, module: &mut syn::ItemMod) {
        if let Some((_, items)) = &mut module.content {
            self.take_items(items);
        }
        visit_mut::visit_item_mod_mut(self, module);
    }

    fn visit_item_impl_mut(&mut self, implementation: &mut syn::ItemImpl) {
        implementation.items.retain(|item| match item {
            ImplItem::Fn(method) => !self.takes(item, &method.attrs),
            ImplItem::Const(constant) => !self.takes(item, &constant.attrs),
            _ => true,
        });
        visit_mut::visit_item_impl_mut(self, implementation);
    }

    fn visit_item_trait_mut(&mut self, definition: &mut syn::ItemTrait) {
        definition.items.retain(|item| match item {
            TraitItem::Fn(method) => !self.takes(item, &method.attrs),
            _ => true,
        });
        visit_mut::visit_item_trait_mut(self, definition);
    }

    fn visit_block_mut(&mut self, block: &mut syn::Block) {
        block.stmts.retain(|statement| match statement {
            Stmt::Item(item) => !self.takes(item, attributes(item)),
            Stmt::Local(local) => !self.takes(statement, &local.attrs),
            _ => true,
        });
        visit_mut::visit_block_mut(self, block);
    }
}

/// Whether these attributes keep what bears them out of everything but tests.
pub fn for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::Path(path) => path.is_ident("test"),
        Meta::List(list) if list.path.is_ident("cfg") => {
            list.parse_args::<Meta>().is_ok_and(|condition| needs_test(&condition))
        }
        _ => false,
    })
}

/// Whether a condition of `cfg` holds in tests only: `any(test, x)` may hold elsewhere.
fn needs_test(condition: &Meta) -> bool {
    let Meta::List(list) = condition else {
        return condition.path().is_ident("test");
    };
    let Ok(parts) = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated) else {
        return false;
    };
    match list.path.is_ident("all") {
        true => parts.iter().any(needs_test),
        false => list.path.is_ident("any") && parts.iter().all(needs_test),
    }
}

/// The attributes of an item that can be compiled for tests only.
fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
