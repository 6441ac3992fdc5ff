//! Bytes of JSON text, counted without writing it.

use std::io;

use crate::json::{Json, Object};
use serde::Serialize;

/// Bytes of `value`.
pub(super) fn of(value: &impl Serialize) -> i64 {
    let mut counter = Counter(0);
    // Neither a JSON value nor the counter can fail.
    let _ = serde_json::to_writer(&mut counter, value);
    counter.0
}

/// Bytes of `name` and what joins it to its value and to the next field.
pub(super) fn of_name(name: &str) -> i64 {
    of(&name).saturating_add(2)
}

/// Bytes of a field of an object.
pub(super) fn of_field(name: &str, value: &Json) -> i64 {
    of_name(name).saturating_add(of(value))
}

/// Bytes of a list of these values.
pub(super) fn of_list(values: &[Json]) -> i64 {
    of(&values)
}

/// Bytes of an object.
pub(in crate::jobs) fn of_object(object: &Object) -> usize {
    usize::try_from(of(object)).unwrap_or(usize::MAX)
}

struct Counter(i64);

impl io::Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.saturating_add(i64::try_from(bytes.len()).unwrap_or(i64::MAX));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
