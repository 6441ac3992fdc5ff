//! The stack's templates fit the code: rights, tables, examples.

mod calls;
mod gauges;
mod rights;
mod safety;
mod template;

use calls::Function;
use guarantees::{engine::TableOrigin, world::World};
use serde_json::{Value, json};
use template::Template;

/// What a function may do, or does: an action on one of the stack's resources.
type Access = (String, String);

#[tokio::test]
async fn each_function_may_do_what_it_does_and_nothing_else() {
    let template = Template::read("template.yaml");
    let mut differences = Vec::new();
    for function in Function::ALL {
        let granted = rights::of(&template, function.role());
        let used = calls::of(function).await;
        let mut report = |what: &str, (action, on): &Access| {
            differences.push(format!("{} {what} {action} on {on}", function.role()));
        };
        used.difference(&granted).for_each(|access| report("lacks", access));
        granted.difference(&used).for_each(|access| report("never uses", access));
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn a_right_on_an_adopted_table_is_the_same_as_on_one_of_our_own() {
    let template = Template::read("template.yaml");
    for function in Function::ALL {
        for (ours, adopted) in rights::alternatives(&template, function.role()) {
            assert_eq!(format!("Existing{ours}"), adopted);
        }
    }
}

#[tokio::test]
async fn the_stack_makes_the_tables_that_the_code_expects() {
    let template = Template::read("template.yaml");
    let world = World::on(TableOrigin::Ours, task_manager::config::Config::of([])).await;
    let names =
        ["Tasks", "RetryTasks", "ClosedTasks", "EventLogTable", "Labourers", "Jobs", "History"];
    for (name, table) in names.into_iter().zip(world.manager.store().tables()) {
        let made = template.properties(name);
        let keys = |keys: &[task_manager::storage::schema::Key<'_>]| -> Vec<String> {
            keys.iter().map(|key| key.field.to_owned()).collect()
        };
        assert_eq!(template::keys(&made["KeySchema"]), keys(&table.key), "{name}");
        for key in table.key.iter().chain(table.index.iter().flat_map(|index| &index.key)) {
            let kind = if key.is_number { "N" } else { "S" };
            let definition = json!({ "AttributeName": key.field, "AttributeType": kind });
            let definitions = made["AttributeDefinitions"].as_array().unwrap();
            assert!(definitions.contains(&definition), "{name} lacks {definition}");
        }
        let kinds = [("LocalSecondaryIndexes", true), ("GlobalSecondaryIndexes", false)];
        for (kind, is_local) in kinds {
            let index = table.index.as_ref().filter(|index| index.is_local == is_local);
            assert_eq!(made[kind].is_array(), index.is_some(), "{name}: {kind}");
            let Some(index) = index else { continue };
            let made = &made[kind][0];
            assert_eq!(made["IndexName"], index.name);
            assert_eq!(template::keys(&made["KeySchema"]), keys(&index.key), "{name}");
            let projected = made["Projection"]["NonKeyAttributes"].as_array();
            let projected = projected.cloned().unwrap_or_default();
            assert_eq!(projected, index.projects.iter().map(|p| json!(p)).collect::<Vec<_>>());
        }
    }
}

#[test]
fn every_table_that_a_stack_leaves_behind_can_be_adopted_by_the_next() {
    let template = Template::read("template.yaml");
    for (name, table) in template.resources("AWS::DynamoDB::Table") {
        let parameter = format!("Existing{}", name.trim_end_matches("Table"));
        assert_eq!(template.parameter(&parameter)["Default"], "", "{name}");
        assert!(table["Condition"].is_string(), "{name}");
    }
}

#[tokio::test]
async fn the_example_of_a_scheduled_job_is_a_job() {
    let template = Template::read("infra/jobs.yaml");
    let input = template.properties("ImportEveryMorning")["Target"]["Input"].clone();
    let input = input.as_str().unwrap();
    let world = World::of([guarantees::world::labourer("import-orders")]).await;
    let until = world.soon();
    let run = async |input: &str| {
        let event: Value = serde_json::from_str(input).unwrap();
        scheduler::run(&world.manager, &event.into(), None, until).await
    };
    let replaced = input.replace("<aws.scheduler.scheduled-time>", "2026-11-22T04:30:00Z");
    assert_eq!(run(&replaced).await.unwrap().tasks, 7);
    let submission = operator::jobs::parse(&world.manager, input).unwrap();
    let preview = operator::jobs::preview(&world.manager, &submission, 3, 0).await.unwrap();
    assert_eq!((preview.tasks, preview.warnings.len()), (7, 1));
    // A rule of EventBridge would send it as it is, every morning.
    let refusal = run(input).await.unwrap_err();
    assert_eq!(refusal.name(), "JobRefused");
    assert!(refusal.to_string().contains("EventBridge Scheduler"), "{refusal}");
}
