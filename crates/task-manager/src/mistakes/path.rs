//! Where a value stands in an input.

use std::{fmt, sync::Arc};

/// A place in a JSON value: `sections.A.stores[2]`. Cheap to clone and to extend.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path(Option<Arc<Link>>);

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Link {
    parent: Path,
    name: Name,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Name {
    Key(String),
    Item(usize),
}

impl Path {
    /// The input itself.
    pub fn root() -> Self {
        Self::default()
    }

    /// The value of `key` in the object at this path.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        self.link(Name::Key(key.to_owned()))
    }

    /// The item `index` of the list at this path.
    #[must_use]
    pub fn item(&self, index: usize) -> Self {
        self.link(Name::Item(index))
    }

    /// The keys on the way from the root.
    pub(crate) fn keys(&self) -> Vec<&str> {
        let Some(link) = &self.0 else { return Vec::new() };
        let mut keys = link.parent.keys();
        if let Name::Key(key) = &link.name {
            keys.push(key);
        }
        keys
    }

    fn link(&self, name: Name) -> Self {
        Self(Some(Arc::new(Link { parent: self.clone(), name })))
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(link) = &self.0 else { return Ok(()) };
        link.parent.fmt(f)?;
        match &link.name {
            Name::Item(index) => write!(f, "[{index}]"),
            // A key may hold dots and brackets: quoted, it cannot be read as a path.
            Name::Key(key) if !is_plain(key) => write!(f, "[{key:?}]"),
            Name::Key(key) if link.parent.0.is_none() => f.write_str(key),
            Name::Key(key) => write!(f, ".{key}"),
        }
    }
}

fn is_plain(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_written_as_javascript_would() {
        let root = Path::root();
        assert_eq!(root.to_string(), "");
        assert_eq!(
            root.key("sections").key("A").item(2).key("x-1").to_string(),
            "sections.A[2].x-1"
        );
        assert_eq!(root.key("").key("A.B").key("c\nd").to_string(), r#"[""]["A.B"]["c\nd"]"#);
    }
}
