//! What the policy `calls` of a role grants.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Access, template::Template};

pub fn of(template: &Template, role: &str) -> BTreeSet<Access> {
    let statements = statements(template, role);
    let each = statements.iter().flat_map(|statement| {
        let resource = resource(statement);
        actions(statement).into_iter().map(move |action| (action, resource.clone()))
    });
    each.collect()
}

/// What a statement is about, by its name in the stack: `Tasks`, `Tasks/sosw_tasks_greenfield`.
pub fn resource(statement: &Value) -> String {
    ours(&statement["Resource"])
}

/// The tables that may be ours or adopted: the name of ours, and what stands for it otherwise.
pub fn alternatives(template: &Template, role: &str) -> Vec<(String, String)> {
    let statements = statements(template, role);
    let choices = statements.iter().filter_map(|statement| statement["Resource"].get("Fn::If"));
    choices
        .map(|choice| {
            let adopted = choice[2]["Fn::Sub"].as_str().unwrap();
            let adopted = adopted.rsplit_once("table/${").unwrap().1.replacen('}', "", 1);
            (ours(&choice[1]), adopted.replace("/index", ""))
        })
        .collect()
}

fn statements(template: &Template, role: &str) -> Vec<Value> {
    let policies = template.properties(role)["Policies"].as_array().unwrap();
    let calls = policies.iter().find(|policy| policy["PolicyName"] == "calls").unwrap();
    let statements = calls["PolicyDocument"]["Statement"].as_array().unwrap().iter();
    let statements = statements.map(|statement| match statement.get("Fn::If") {
        Some(choice) => choice[1].clone(),
        None => statement.clone(),
    });
    statements.inspect(|statement| assert_eq!(statement["Effect"], "Allow")).collect()
}

fn actions(statement: &Value) -> Vec<String> {
    let text = |action: &Value| action.as_str().unwrap().to_owned();
    match &statement["Action"] {
        Value::Array(actions) => actions.iter().map(text).collect(),
        action => vec![text(action)],
    }
}

fn ours(resource: &Value) -> String {
    if let Some(choice) = resource.get("Fn::If") {
        return ours(&choice[1]);
    }
    if let Some(name) = resource.get("Fn::GetAtt").or(resource.get("Ref")) {
        // In full, it is a list of the name and `Arn`.
        let name = name.get(0).unwrap_or(name).as_str().unwrap();
        return name.trim_end_matches(".Arn").to_owned();
    }
    match resource.get("Fn::Sub").unwrap_or(resource).as_str().unwrap() {
        "*" => "*".to_owned(),
        arn if arn.ends_with("${Prefix}_tasks_meta") => "EventLog".to_owned(),
        arn if arn.ends_with("${Prefix}_scheduler") => "Scheduler".to_owned(),
        index => index.replace("${", "").replace(".Arn}/index", ""),
    }
}
