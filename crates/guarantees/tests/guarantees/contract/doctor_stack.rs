//! `sosw doctor` on the stack of a name: what its tables alone do not show.

use std::collections::BTreeSet;

use guarantees::world::World;
use local::cloudwatch::CloudWatch;
use operator::doctor::{Fault, Severity, examine_stack};
use task_manager::clients::Clients;

#[tokio::test]
async fn tables_that_are_not_protected_from_deletion_are_named_until_they_are() {
    let world = World::of_slots(1).await;
    let cloudwatch = CloudWatch::start(0).await.unwrap();
    let shared = world.clients.shared.clone().into_builder().endpoint_url(cloudwatch.url());
    let clients = Clients { shared: shared.build(), ..world.clients.clone() };
    let unprotected = async || -> BTreeSet<String> {
        let faults = examine_stack(&world.manager, &clients, "sosw", None).await.unwrap();
        let hints = faults.into_iter().filter(|fault| fault.severity() == Severity::Hint);
        let named = hints.filter_map(|fault| match fault {
            Fault::Unprotected { tables } => Some(tables),
            _ => None,
        });
        named.flatten().collect()
    };
    let tables = world.manager.store().tables().into_iter().map(|table| table.name.to_owned());
    let mut left: BTreeSet<_> = unprotected().await;
    assert!(left.len() >= 5 && left.is_subset(&tables.collect()), "{left:?}");
    while let Some(table) = left.pop_first() {
        let protect = world.clients.dynamodb.update_table().table_name(&table);
        protect.deletion_protection_enabled(true).send().await.unwrap();
        assert_eq!(unprotected().await, left);
    }
}
