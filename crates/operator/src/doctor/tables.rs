//! Checks of tables and indexes.

use task_manager::storage::{
    inspect::Described,
    schema::{Key, Table},
};

use super::Fault;

/// What is wrong with a table. What an index projects does not matter.
pub fn judge(expected: &Table<'_>, described: Option<&Described>) -> Vec<Fault> {
    let table = expected.name.to_owned();
    let Some(described) = described else { return vec![Fault::NoTable(table)] };
    let mut faults = Vec::new();
    if !is(&expected.key, &described.key) {
        faults.push(Fault::TableKey {
            table: table.clone(),
            expected: in_words(&wanted(&expected.key)),
            found: in_words(&described.key),
        });
    }
    if let Some(index) = &expected.index {
        let name = index.name.to_owned();
        match described.indexes.iter().find(|(known, _)| *known == name) {
            None => faults.push(Fault::NoIndex { table, index: name }),
            Some((_, key)) if !is(&index.key, key) => faults.push(Fault::IndexKey {
                table,
                index: name,
                expected: in_words(&wanted(&index.key)),
                found: in_words(key),
            }),
            Some(_) => {}
        }
    }
    faults
}

fn wanted(key: &[Key<'_>]) -> Vec<(String, bool)> {
    key.iter().map(|key| (key.field.to_owned(), key.is_number)).collect()
}

fn is(key: &[Key<'_>], found: &[(String, bool)]) -> bool {
    wanted(key) == found
}

fn in_words(key: &[(String, bool)]) -> String {
    let field = |(name, is_number): &(String, bool)| match is_number {
        true => format!("{name} (number)"),
        false => name.clone(),
    };
    key.iter().map(field).collect::<Vec<_>>().join(", ")
}
