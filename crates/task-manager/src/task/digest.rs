//! What the payloads of some tasks are, in 32 digits: whoever computes the tasks of a job later, perhaps
//! as another version, sees whether they are still the same.

use std::fmt;

use uuid::Uuid;

/// A digest of payloads, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest(String);

impl Digest {
    /// Of these payloads.
    pub fn of(texts: &[String]) -> Self {
        let mut all = Vec::with_capacity(texts.iter().map(|text| text.len() + 8).sum());
        for text in texts {
            all.extend((text.len() as u64).to_be_bytes());
            all.extend(text.as_bytes());
        }
        Self(Uuid::new_v5(&Uuid::NAMESPACE_OID, &all).simple().to_string())
    }

    /// The digest in this text, as it was kept.
    pub fn from_text(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_payloads_have_another_digest_even_if_they_are_as_long_together() {
        let of =
            |texts: &[&str]| Digest::of(&texts.iter().map(|t| (*t).into()).collect::<Vec<_>>());
        assert_eq!(of(&["{}", "[1]"]), of(&["{}", "[1]"]));
        let others = [of(&["{}[1]"]), of(&["{", "}[1]"]), of(&["[1]", "{}"]), of(&[])];
        assert!(others.iter().all(|other| *other != of(&["{}", "[1]"])));
        assert_eq!(of(&["{}"]).as_str().len(), 32);
    }
}
