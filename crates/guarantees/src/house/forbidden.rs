//! Attributes that hide what the compiler would say, or that a library has no right to.

use std::collections::BTreeMap;

use syn::{
    Attribute, Meta, Token,
    punctuated::Punctuated,
    spanned::Spanned,
    visit::{self, Visit},
};

use super::HouseError;

/// What an attribute does that nothing here may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offence {
    BorrowedFile,
    DeadCode,
    LibraryAllocator,
}

impl Offence {
    /// What to do instead.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::BorrowedFile => {
                "`#[path]` compiles a file twice: move what is shared into a library crate"
            }
            Self::DeadCode => "`allow(dead_code)` keeps what nobody calls: remove the code",
            Self::LibraryAllocator => {
                "`#[global_allocator]` in a library decides for every program that links it: \
                 move it into the `main.rs` of those that want it"
            }
        }
    }
}

/// An offence and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub file: String,
    pub line: usize,
    pub offence: Offence,
}

/// All offences in `files` (text by path, such as `crates/x/src/lib.rs`), in their order.
///
/// # Errors
/// When a file is no Rust.
pub fn find(files: &BTreeMap<String, String>) -> Result<Vec<Finding>, HouseError> {
    let mut all = Vec::new();
    for (file, text) in files {
        let parsed = syn::parse_file(text);
        let parsed = parsed.map_err(|source| HouseError::Parse { file: file.clone(), source })?;
        let mut found = Offences { in_library: is_library(file), found: Vec::new() };
        found.visit_file(&parsed);
        let places = found.found.into_iter();
        all.extend(places.map(|(line, offence)| Finding { file: file.clone(), line, offence }));
    }
    Ok(all)
}

/// Whether others link the file: it lies under `src` and belongs to no binary.
fn is_library(file: &str) -> bool {
    let within = file.splitn(3, '/').nth(2).unwrap_or(file);
    within.starts_with("src/") && within != "src/main.rs" && !within.starts_with("src/bin/")
}

struct Offences {
    in_library: bool,
    found: Vec<(usize, Offence)>,
}

impl<'ast> Visit<'ast> for Offences {
    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        let line = attribute.span().start().line;
        let offences = offences(&attribute.meta).into_iter();
        let offences = offences.filter(|it| *it != Offence::LibraryAllocator || self.in_library);
        self.found.extend(offences.map(|offence| (line, offence)));
        visit::visit_attribute(self, attribute);
    }
}

/// What an attribute does itself, or lets `cfg_attr` do.
fn offences(meta: &Meta) -> Vec<Offence> {
    let path = meta.path();
    match meta {
        Meta::NameValue(_) if path.is_ident("path") => vec![Offence::BorrowedFile],
        Meta::Path(_) if path.is_ident("global_allocator") => vec![Offence::LibraryAllocator],
        Meta::List(list) => {
            let parse = Punctuated::<Meta, Token![,]>::parse_terminated;
            let parts = list.parse_args_with(parse).unwrap_or_default();
            if path.is_ident("cfg_attr") {
                parts.iter().skip(1).flat_map(offences).collect()
            } else if path.is_ident("allow")
                && parts.iter().any(|lint| lint.path().is_ident("dead_code"))
            {
                vec![Offence::DeadCode]
            } else {
                Vec::new()
            }
        }
        _ => Vec::new(),
    }
}
