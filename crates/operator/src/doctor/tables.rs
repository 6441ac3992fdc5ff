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

/// The write units of one task from its creation to its end, of up to 1 KB: in a table, and in its
/// index.
#[derive(Clone, Copy, Debug)]
pub struct TaskUnits {
    pub table: u32,
    pub index: u32,
}

impl TaskUnits {
    /// Of the 13 units of a task, 10 are for the tasks table: it is put, claimed and deleted in
    /// transactions, and its entry in the index is put, moved and deleted. The others are for that of
    /// closed tasks.
    pub fn of(table: &str, names: &Names) -> Option<Self> {
        match table {
            _ if table == names.tasks => Some(Self { table: 6, index: 4 }),
            _ if table == names.closed => Some(Self { table: 2, index: 1 }),
            _ => None,
        }
    }

    /// The tasks a second that these write units a second are enough for.
    fn rate(self, table: u64, index: Option<u64>) -> f64 {
        let of_table = table as f64 / f64::from(self.table);
        let of_index = index.map(|units| units as f64 / f64::from(self.index));
        of_index.map_or(of_table, |of_index| of_table.min(of_index))
    }
}

/// What makes a table cost more than it must, or throttles it. A task has `units` in it.
pub fn judge_cost(
    expected: &Table<'_>,
    described: &Described,
    units: Option<TaskUnits>,
) -> Vec<Fault> {
    let mut remarks = Vec::new();
    let wanted = expected.index.as_ref();
    let index = wanted.and_then(|wanted| {
        described.indexes.iter().find(|index| index.name == wanted.name).map(|it| (wanted, it))
    });
    if let Some(write_units) = described.write_units {
        let of_index = index.and_then(|(_, index)| index.write_units);
        let tasks_per_second = units.map(|units| units.rate(write_units, of_index));
        let table = expected.name.to_owned();
        remarks.push(Fault::Provisioned { table, write_units, tasks_per_second });
    }
    if let Some((wanted, _)) = index.filter(|(_, index)| index.projects_all) {
        let keys = ["its keys"].into_iter().chain(wanted.projects.iter().copied());
        remarks.push(Fault::ProjectsAll {
            table: expected.name.to_owned(),
            index: wanted.name.to_owned(),
            needed: keys.collect::<Vec<_>>().join(" and "),
        });
    }
    remarks
}

/// What is wrong with a table. What an index projects may cost more, but does no harm.
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
        match described.indexes.iter().find(|known| known.name == name) {
            None => faults.push(Fault::NoIndex { table, index: name }),
            Some(found) if !is(&index.key, &found.key) => faults.push(Fault::IndexKey {
                table,
                index: name,
                expected: in_words(&wanted(&index.key)),
                found: in_words(&found.key),
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
    use rstest::rstest;
    use task_manager::storage::{inspect::DescribedIndex, schema::Index};

    use super::*;

    #[rstest]
    #[case(
        "sosw_tasks",
        12,
        Some(100),
        ": with its index, that carries 2.0 tasks a second; beyond, DynamoDB throttles it"
    )]
    #[case(
        "sosw_tasks",
        12,
        Some(2),
        ": with its index, that carries 0.5 tasks a second; beyond, DynamoDB throttles it"
    )]
    #[case(
        "sosw_closed_tasks",
        12,
        None,
        ": with its index, that carries 6.0 tasks a second; beyond, DynamoDB throttles it"
    )]
    #[case("sosw_jobs", 12, None, ": beyond, DynamoDB throttles it")]
    fn provisioned_capacity_is_named_with_the_tasks_that_it_carries(
        #[case] name: &str,
        #[case] units: u64,
        #[case] of_index: Option<u64>,
        #[case] rest: &str,
    ) {
        let index = Index { name: "index", key: Vec::new(), is_local: false, projects: Vec::new() };
        let expected = Table { name, key: Vec::new(), index: Some(index) };
        let index = DescribedIndex {
            name: "index".to_owned(),
            write_units: of_index,
            ..Default::default()
        };
        let write_units = Some(units);
        let described = Described { write_units, indexes: vec![index], ..Default::default() };
        let of_task = TaskUnits::of(name, &Names::default());
        let remarks = judge_cost(&expected, &described, of_task);
        let texts: Vec<_> = remarks.iter().map(Fault::to_string).collect();
        let text = format!("table {name} has provisioned capacity, 12 write units a second{rest}");
        assert_eq!(texts, [text]);
    }

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
