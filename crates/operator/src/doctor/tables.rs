//! Checks of tables and indexes.

use task_manager::{
    config::Names,
    mistakes::Hint,
    storage::{
        inspect::Described,
        schema::{Key, Table},
    },
};

use super::Fault;

/// How many tables are proposed for one that is missing: an account may have many stacks.
const PROPOSED: usize = 3;

/// The fault that a table of these `names` is missing. Of the `existing` tables that no name is for,
/// it proposes one whose name differs by a slip, or the one of sosw's own name, or those that have
/// the same name behind another prefix.
pub fn missing(table: &str, names: &Names, existing: &[String]) -> Fault {
    let (own, sosw) = (names.tables(), Names::default());
    let role = own.iter().position(|name| *name == table);
    let role = role.and_then(|role| sosw.tables().get(role).copied());
    let unused = existing.iter().map(String::as_str).filter(|name| !own.contains(name));
    let unused: Vec<_> = unused.collect();
    let is_default = |name: &&str| Some(*name) == role;
    let has_role = |name: &&&str| role.is_some() && role_of(name, &sosw) == role;
    let similar = match (unused.iter().copied().find(is_default), slip_of(table, &unused)) {
        (_, Some(name)) => vec![name],
        (Some(default), None) => vec![default.to_owned()],
        (None, None) => {
            unused.iter().filter(has_role).take(PROPOSED).map(|name| (*name).to_owned()).collect()
        }
    };
    Fault::NoTable { table: table.to_owned(), similar }
}

fn slip_of(table: &str, existing: &[&str]) -> Option<String> {
    match Hint::among(table, existing.iter().copied()) {
        Hint::Near(name) => Some(name),
        Hint::Known(_) => None,
    }
}

/// sosw's own name of the table that has this name behind any prefix. The longest counts:
/// `a_retry_tasks` has parked tasks.
fn role_of<'n>(table: &str, sosw: &'n Names) -> Option<&'n str> {
    let ends = |name: &&str| {
        let stem = name.strip_prefix("sosw_").unwrap_or(name);
        let prefix = table.strip_suffix(stem);
        prefix.is_some_and(|prefix| prefix.is_empty() || prefix.ends_with(['_', '-', '.']))
    };
    sosw.tables().into_iter().filter(ends).max_by_key(|name| name.len())
}

/// What is wrong with a table. What an index projects does not matter.
pub fn judge(expected: &Table<'_>, described: &Described) -> Vec<Fault> {
    let (table, mut faults) = (expected.name.to_owned(), Vec::new());
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What is proposed for the tasks table `name` when these tables exist.
    fn proposed(name: &str, existing: &[&str]) -> String {
        let names = Names { tasks: name.to_owned(), ..Names::default() };
        let existing: Vec<_> = existing.iter().map(|name| (*name).to_owned()).collect();
        missing(name, &names, &existing).to_string()
    }

    #[test]
    fn a_table_that_was_renamed_is_proposed() {
        let text = |rest| format!("there is no table tasks_of_shop{rest}");
        let cases = [
            (vec!["tasks_of_shops", "sosw_tasks"], ", did you mean tasks_of_shops?"),
            (vec!["a_tasks", "sosw_tasks"], ", did you mean sosw_tasks?"),
            (vec!["a_tasks", "b-tasks"], ", did you mean a_tasks or b-tasks?"),
            (
                vec!["a_tasks", "b_tasks", "c_tasks", "d_tasks"],
                ", did you mean a_tasks or b_tasks or c_tasks?",
            ),
        ];
        for (existing, rest) in cases {
            assert_eq!(proposed("tasks_of_shop", &existing), text(rest));
        }
    }

    #[test]
    fn no_table_of_another_kind_and_none_that_the_config_names_is_proposed() {
        let others = ["a_retry_tasks", "a_closed_tasks", "a_jobs", "multitasks", "orders"];
        let used = ["sosw_closed_tasks", "sosw_retry_tasks", "sosw_jobs"];
        for existing in [&others[..], &used[..], &[]] {
            assert_eq!(proposed("a_tasks", existing), "there is no table a_tasks");
        }
    }
}
