//! The slots of a labourer, and its row.

/// A labourer's row: its live state.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {}
