//! Configs of the kind that teams of sosw 0.7 have in their tables.

use super::*;

fn tasks_table() -> Value {
    json!({
        "row_mapper": {
            "task_id": "S", "labourer_id": "S", "greenfield": "N", "attempts": "N",
            "closed_at": "N", "completed_at": "N", "desired_launch_time": "N", "arn": "S",
            "payload": "S"
        },
        "required_fields": ["task_id", "labourer_id", "created_at", "greenfield"],
        "table_name": "sosw_tasks",
        "index_greenfield": "sosw_tasks_greenfield",
        "field_names": {"task_id": "task_id", "labourer_id": "labourer_id", "greenfield": "place"}
    })
}

fn task_config() -> Value {
    json!({
        "init_clients": ["DynamoDb", "lambda", "Ecology"],
        "dynamo_db_config": tasks_table(),
        "sosw_closed_tasks_table": "sosw_closed_tasks",
        "sosw_retry_tasks_table": "sosw_retry_tasks",
        "sosw_retry_tasks_greenfield_index": "labourer_id_greenfield",
        "ecology_config": {},
        "max_attempts_thumbnails": 5,
        "labourers": {
            "thumbnails": {
                "arn": "arn:aws:lambda:eu-west-1:0123456789:function:thumbnails",
                "max_simultaneous_invocations": 10,
                "health_metrics": {
                    "OrdersDb": {
                        "details": {
                            "Name": "CPUUtilization", "Namespace": "AWS/RDS", "Period": 60,
                            "Statistics": ["Average"],
                            "Dimensions": [{"Name": "DBInstanceIdentifier", "Value": "orders"}]
                        },
                        "feelings": {"3": 50, "4": 25},
                        "feeling_comparison_operator": "<="
                    }
                }
            }
        }
    })
}

#[test]
fn the_orchestrators_example_loads_unchanged() {
    let (config, warnings) = read(json!({
        "init_clients": ["Task"],
        "invocation_number_coefficient": {"0": 0, "1": 0, "2": 0.4, "3": 0.75, "4": 1},
        "default_simultaneous_invocations": 2,
        "task_config": task_config(),
    }));
    let labourer = config.labourers.values().next().expect("one labourer");
    assert_eq!(labourer.max_attempts, 5);
    assert_eq!(labourer.max_simultaneous_invocations, 10);
    assert_eq!(labourer.health.metrics.len(), 1);
    assert_eq!(config.coefficients.moderate, 0.4);
    assert_eq!(config.names.fields.get("greenfield"), "place");
    assert_eq!(
        warnings,
        [
            "init_clients: has no meaning here: clients are made as they are needed",
            "default_simultaneous_invocations: has no meaning here: use \
             task_config.max_simultaneous_invocations",
            "task_config.init_clients: has no meaning here: clients are made as they are needed",
            "task_config.dynamo_db_config.row_mapper: has no meaning here: the types of the \
             fields are known",
            "task_config.dynamo_db_config.required_fields: has no meaning here: the required \
             fields are known",
            "labourers.thumbnails.arn: its account has 10 digits, AWS's have 12",
        ]
    );
}

#[test]
fn the_scavengers_example_loads_unchanged() {
    let (config, warnings) = read(json!({
        "sns_config": {
            "recipient": "arn:aws:sns:eu-west-1:000000000000:sosw_info",
            "subject": "``sosw`` Info"
        },
        "retry_tasks_limit": 20,
        "task_config": {
            "labourers": {
                "sandbox": {"arn": "arn:aws:lambda:eu-west-1:000000000000:function:sandbox"}
            }
        }
    }));
    assert_eq!(config.sns.expect("a topic").subject, "``sosw`` Info");
    assert_eq!(
        warnings,
        ["retry_tasks_limit: has no meaning here: every parked task that is due is requeued"]
    );
}

#[test]
fn the_schedulers_example_loads_unchanged() {
    let (config, warnings) = read(json!({
        "dynamo_db_config": {"table_name": "sosw_tasks"},
        "job_schema": {"chunkable_attrs": [["topic", {}], ["word", {}]]},
        "queue_bucket": "sosw-s3-000000000000",
        "queue_file": "queue.txt",
        "rows_to_process": 50,
        "s3_config": {"region": "eu-west-1"},
        "task_config": {},
    }));
    assert_eq!(attributes(&config, "default"), ["topic", "word"]);
    assert_eq!(warnings.len(), 5, "{warnings:#?}");
}

#[test]
fn the_worker_assistants_example_loads_unchanged() {
    let (config, _) = read(json!({
        "task_config": {
            "labourers": {
                "sandbox": {
                    "max_simultaneous_invocations": 5,
                    "arn": "arn:aws:lambda:eu-west-1:000000000000:function:sandbox"
                }
            }
        },
        "dynamo_db_config": {"table_name": "other_tasks"},
        "meta_handler_config": {
            "write_meta_to_ddb": true,
            "dynamo_db_config": {
                "table_name": "other_meta", "hash_key": "task_id", "row_mapper": {},
                "required_fields": []
            }
        }
    }));
    assert_eq!(
        (config.names.tasks.as_str(), config.names.meta.as_str()),
        ("other_tasks", "other_meta")
    );
    assert!(config.write_meta);
}

#[test]
fn a_config_that_says_nothing_is_all_defaults() {
    assert_eq!(good(json!({})), Config::of([]));
    assert_eq!(good(json!({"task_config": {}})), Config::of([]));
    let none = "labourers: there are none: no task can be created or started";
    assert_eq!(read(json!({})).1, [none]);
}
