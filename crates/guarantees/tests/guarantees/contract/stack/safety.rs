//! What the stack promises by its defaults: data outlive it, and a deployment that fails leaves nothing behind.
//! `make validate` asks the same of the template that AWS makes of it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{
    Function, rights,
    template::{Template, read},
};

const TABLE: &str = "AWS::DynamoDB::Table";
const QUEUE: &str = "AWS::SQS::Queue";
const TOPIC: &str = "AWS::SNS::Topic";
const LOGS: &str = "AWS::Logs::LogGroup";

/// The template, or what it is translated to.
fn template() -> Template {
    let path = std::env::var("SOSW_TEST_TEMPLATE");
    Template::read(path.as_deref().unwrap_or("template.yaml"))
}

#[test]
fn tasks_that_are_closed_jobs_that_ended_history_and_units_of_a_tracker_expire_and_nothing_else() {
    let template = template();
    let expiring = template.resources(TABLE).into_iter().filter_map(|(name, table)| {
        let expiry = &table["Properties"]["TimeToLiveSpecification"];
        let on = json!({ "AttributeName": "expires_at", "Enabled": true });
        assert!(expiry.is_null() || *expiry == on, "{name}");
        (!expiry.is_null()).then_some(name.as_str())
    });
    let expected = ["ClosedTasks", "History", "Jobs", "TrackerTable"];
    assert_eq!(expiring.collect::<BTreeSet<_>>(), expected.into());
}

#[test]
fn every_table_outlives_the_stack() {
    let template = template();
    let tables = template.resources(TABLE);
    assert_eq!(tables.len(), 9);
    for (name, table) in tables {
        assert_eq!(table["DeletionPolicy"], "RetainExceptOnCreate", "{name}");
        assert_eq!(table["UpdateReplacePolicy"], "Retain", "{name}");
        let of = &table["Properties"];
        let protected = json!({ "Fn::If": ["ProtectsTables", true, false] });
        assert_eq!(of["DeletionProtectionEnabled"], protected, "{name}");
        assert_eq!(of["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"], true);
        assert_eq!(of["BillingMode"], "PAY_PER_REQUEST", "{name}");
    }
}

#[test]
fn a_first_deployment_that_fails_can_be_repeated() {
    let template = template();
    // It needs no quota that a new account lacks, and can remove the tables that it made.
    for parameter in ["ReserveConcurrency", "DeletionProtection"] {
        assert_eq!(template.parameter(parameter)["Default"], "no", "{parameter}");
    }
    assert_eq!(template.parameter("AssistantConcurrency")["Default"], 0);
    // Nor does it leave a stack to which nothing can be deployed.
    assert!(read("samconfig.toml").contains("\non_failure = \"DELETE\"\n"));
}

#[test]
fn a_key_of_ones_own_encrypts_whatever_is_stored() {
    let template = template();
    let stores = [
        (TABLE, 9, "/SSESpecification/Fn::If/1/KMSMasterKeyId"),
        (QUEUE, 3, "/KmsMasterKeyId/Fn::If/1"),
        (TOPIC, 2, "/KmsMasterKeyId/Fn::If/1"),
        (LOGS, 4, "/KmsKeyId/Fn::If/1"),
    ];
    for (kind, count, key) in stores {
        let stores = template.resources(kind);
        assert_eq!(stores.len(), count, "{kind}");
        for (name, store) in stores {
            let key = store["Properties"].pointer(key);
            assert_eq!(key, Some(&json!({ "Ref": "KeyArn" })), "{name}");
        }
    }
    // Logs use it by its own policy. By a role's right it is used through these, and nowhere else.
    for function in Function::ALL {
        let policies = template.properties(function.role())["Policies"].to_string();
        for service in ["dynamodb", "sns", "sqs"] {
            let via = format!("{{\"Fn::Sub\":\"{service}.${{AWS::Region}}.amazonaws.com\"}}");
            assert!(policies.contains(&via), "{}: {service}", function.role());
        }
    }
}

#[test]
fn queues_and_topics_refuse_what_is_not_encrypted_on_its_way() {
    let template = template();
    let policies = [
        (QUEUE, "AWS::SQS::QueuePolicy", "Queues", "sqs:*"),
        (TOPIC, "AWS::SNS::TopicPolicy", "Topics", "sns:Publish"),
    ];
    for (kind, policy, of, action) in policies {
        let policies = template.resources(policy);
        for (name, _) in template.resources(kind) {
            let its = |policy: &&Value| policy["Properties"][of] == json!([{ "Ref": name }]);
            let policy = policies.iter().map(|(_, policy)| *policy).find(its);
            let document = &policy.unwrap_or_else(|| panic!("{name} has no policy"))["Properties"];
            let statements = document["PolicyDocument"]["Statement"].as_array().unwrap();
            let refusal = statements.iter().find(|each| each["Effect"] == "Deny").unwrap();
            assert_eq!(refusal["Principal"], "*", "{name}");
            assert_eq!(refusal["Action"], action, "{name}");
            let condition = json!({ "Bool": { "aws:SecureTransport": "false" } });
            assert_eq!(refusal["Condition"], condition, "{name}");
            for statement in statements {
                assert_eq!(rights::resource(statement), *name);
            }
        }
    }
}

/// Each by its ARN, or all of a prefix, in the one statement of a role that there is room for.
#[test]
fn two_hundred_labourers_need_no_more_room_than_one() {
    let template = template();
    let pattern = template.parameter("LabourerArns")["AllowedPattern"].as_str().unwrap();
    assert!(pattern.ends_with(":function:[a-zA-Z0-9_-]{1,64}(:[a-zA-Z0-9$_-]+)?[*]?"), "{pattern}");
    for function in Function::ALL {
        let policies = template.properties(function.role())["Policies"].to_string();
        assert_eq!(policies.matches("LabourerArns").count(), 1, "{}", function.role());
    }
}

#[test]
fn no_alarm_rings_before_there_is_something_to_judge() {
    let template = template();
    for (name, alarm) in template.resources("AWS::CloudWatch::Alarm") {
        let alarm = &alarm["Properties"];
        let topic = json!([{ "Ref": "Alarms" }]);
        assert_eq!(alarm["AlarmActions"], topic, "{name}");
        // Silence is no data after data; an alarm begins without.
        let is_on_silence = alarm["MetricName"] == "Invocations";
        let missing = if is_on_silence { "missing" } else { "notBreaching" };
        assert_eq!(alarm["TreatMissingData"], missing, "{name}");
        assert_eq!(alarm["InsufficientDataActions"] == topic, is_on_silence, "{name}");
    }
}
