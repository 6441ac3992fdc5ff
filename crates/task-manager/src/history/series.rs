//! Of whom a record is.

use std::fmt;

use crate::ids::{LabourerId, ResourceId};

/// A series of records, one a minute. No name has white space, so no two have the same text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Series {
    /// Of everybody.
    Stack,
    Labourer(LabourerId),
    Resource(ResourceId),
}

impl fmt::Display for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stack => f.write_str("stack"),
            Self::Labourer(id) => write!(f, "labourer {id}"),
            Self::Resource(id) => write!(f, "resource {id}"),
        }
    }
}
