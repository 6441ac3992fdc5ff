//! Traces: what of AWS's trace header a task carries from the scheduler to its labourer.

use uuid::Uuid;

use crate::{ids::TaskId, time::Timestamp};

/// The root of a trace, and whether it is sampled: a trace header without its parent and, above
/// all, without its lineage. Lambda stops chains of functions that keep invoking each other, and a
/// slot that is handed over looks like one; so every attempt starts a chain of its own, but in the
/// trace that its task came with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace(String);

impl Trace {
    /// The trace of a header (`Root=1-5759e988-bd862e3fe1be46a994272793;Parent=…;Sampled=1;
    /// Lineage=…`); nothing if it names no root.
    pub fn of_header(header: &str) -> Option<Self> {
        let part = |name: &str| {
            let mut parts = header.split(';').filter_map(|part| part.trim().split_once('='));
            parts.find_map(|(key, value)| key.eq_ignore_ascii_case(name).then_some(value))
        };
        let root = part("Root").filter(|root| is_root(root))?;
        let sampled = u8::from(part("Sampled") == Some("1"));
        Some(Self(format!("Root={root};Sampled={sampled}")))
    }

    /// The trace of a task that came without one, the same for all its attempts.
    pub fn of_task(id: &TaskId, created_at: Timestamp) -> Self {
        let root = Uuid::new_v5(&Uuid::NAMESPACE_OID, id.as_str().as_bytes()).simple().to_string();
        let root = root.get(..24).unwrap_or_default();
        Self(format!("Root=1-{:08x}-{root};Sampled=0", created_at.seconds() as u32))
    }

    /// As a header, and as an attribute of the task's item.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// `1-`, the time in eight hexadecimal digits, `-`, twenty-four more.
fn is_root(text: &str) -> bool {
    let mut parts = text.split('-');
    let mut is_hex = |length: usize| {
        let part = parts.next();
        part.is_some_and(|part| {
            part.len() == length && part.bytes().all(|digit| digit.is_ascii_hexdigit())
        })
    };
    is_hex(1) && is_hex(8) && is_hex(24) && parts.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = "1-5759e988-bd862e3fe1be46a994272793";

    #[test]
    fn root_and_sampling_are_carried_parent_and_lineage_are_not() {
        let header = format!("Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a87bd80c:1");
        let trace = Trace::of_header(&header).unwrap();
        assert_eq!(trace.as_str(), format!("Root={ROOT};Sampled=1"));
        assert_eq!(Trace::of_header(trace.as_str()), Some(trace));
    }

    #[test]
    fn what_does_not_say_that_it_is_sampled_is_not() {
        for header in [format!("Root={ROOT}"), format!("root={ROOT}; Sampled=?")] {
            assert_eq!(
                Trace::of_header(&header).unwrap().as_str(),
                format!("Root={ROOT};Sampled=0")
            );
        }
    }

    #[test]
    fn a_header_without_a_root_is_no_trace() {
        for header in ["", "Root=", "Root=1-2-3;Sampled=1", "Sampled=1", "Root=1-5759e988-zz"] {
            assert_eq!(Trace::of_header(header), None, "{header}");
        }
        assert_eq!(Trace::of_header(&format!("Root={ROOT}-1")), None);
        assert_eq!(Trace::of_header(&format!("Root={ROOT}\r\nX: y")), None);
    }
}
