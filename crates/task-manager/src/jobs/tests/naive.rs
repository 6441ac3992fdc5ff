//! The same rules, implemented differently: every list is made, nothing is counted.

use serde_json::{Map, Value, json};

use super::ATTRIBUTES;

type Object = Map<String, Value>;

/// All tasks of a job without a period.
pub(super) fn all(job: &Value) -> Vec<Object> {
    let mut own = job.as_object().unwrap().clone();
    own.shift_remove("lambda_name");
    enter(Map::new(), &[&own], 0)
}

/// The tasks of the last of `objects`, over what the others gave.
fn enter(mut task: Object, objects: &[&Object], level: usize) -> Vec<Object> {
    let own = objects[objects.len() - 1];
    let shaped = (objects.len() > 1).then(|| shape(objects, level)).flatten();
    for (name, value) in own {
        match &shaped {
            Some((given, plural, list)) if given == name => {
                task.insert(plural.clone(), list.clone())
            }
            _ => task.insert(name.clone(), value.clone()),
        };
    }
    chunk(&task, objects, level)
}

fn chunk(task: &Object, objects: &[&Object], level: usize) -> Vec<Object> {
    let Some(attribute) = ATTRIBUTES.get(level) else { return vec![task.clone()] };
    let Some(value) = chunked_value(objects, level) else { return chunk(task, objects, level + 1) };
    let size = size(objects, attribute).unwrap_or(1);
    let with = |values: &[Value]| {
        let mut task = task.clone();
        task.shift_remove(*attribute);
        task.insert(format!("{attribute}s"), values.into());
        task
    };
    let mut tasks = Vec::new();
    for part in list(&value) {
        match part {
            Value::Object(keys) if keys.values().all(Value::is_null) => {
                let keys: Vec<Value> = keys.keys().map(|key| json!(key)).collect();
                for batch in keys.chunks(size) {
                    tasks.extend(chunk(&with(batch), objects, level + 1));
                }
            }
            Value::Object(sub_jobs) => {
                for (key, sub) in &sub_jobs {
                    let task = with(&[json!(key)]);
                    tasks.extend(match sub.as_object() {
                        Some(sub) => enter(task, &[objects, &[sub]].concat(), level + 1),
                        None => chunk(&task, objects, level + 1),
                    });
                }
            }
            _ => {}
        }
    }
    let plain: Vec<Value> = list(&value).into_iter().filter(|v| !v.is_object()).collect();
    for batch in plain.chunks(size) {
        tasks.extend(chunk(&with(batch), objects, level + 1));
    }
    tasks
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_else(|| vec![value.clone()])
}

fn given(own: &Object, level: usize) -> Option<(&String, &Value)> {
    let attribute = ATTRIBUTES[level];
    let field =
        own.get_key_value(&format!("{attribute}s")).or_else(|| own.get_key_value(attribute))?;
    (![json!(null), json!([]), json!({})].contains(field.1)).then_some(field)
}

fn chunked_value(objects: &[&Object], level: usize) -> Option<Value> {
    let isolated = isolated(objects, ATTRIBUTES[level]);
    let (own, above) = objects.split_last()?;
    if let Some((_, value)) = given(own, level) {
        return (isolated || needed_below(objects, value, level)).then(|| value.clone());
    }
    let attribute = ATTRIBUTES[level];
    let mentioned = own.contains_key(attribute) || own.contains_key(&format!("{attribute}s"));
    let inherited = above.iter().rev().find_map(|own| given(own, level));
    inherited.filter(|_| isolated && !mentioned).map(|(_, value)| value.clone())
}

fn needed_below(objects: &[&Object], value: &Value, level: usize) -> bool {
    let subs = list(value);
    let mut subs = subs.iter().filter_map(Value::as_object).flat_map(Map::values);
    subs.any(|sub| {
        sub.as_object().is_some_and(|sub| needed(&[objects, &[sub]].concat(), level + 1))
    })
}

fn needed(objects: &[&Object], level: usize) -> bool {
    let own = objects[objects.len() - 1];
    let here = ATTRIBUTES.get(level).is_some_and(|attribute| isolated(objects, attribute));
    here || (level..ATTRIBUTES.len()).any(|level| {
        given(own, level).is_some_and(|(_, value)| {
            isolated(objects, ATTRIBUTES[level]) || needed_below(objects, value, level)
        })
    })
}

fn isolated(objects: &[&Object], attribute: &str) -> bool {
    let flag = format!("isolate_{attribute}s");
    objects.iter().any(|own| own.get(&flag) == Some(&json!(true)))
        || size(objects, attribute).is_some()
}

fn size(objects: &[&Object], attribute: &str) -> Option<usize> {
    let field = format!("max_{attribute}s_per_batch");
    objects.iter().rev().find_map(|own| own.get(&field)?.as_u64()?.try_into().ok())
}

fn shape(objects: &[&Object], level: usize) -> Option<(String, String, Value)> {
    ATTRIBUTES.get(level)?;
    let (name, value) = given(objects[objects.len() - 1], level)?;
    if chunked_value(objects, level).is_some() {
        return None;
    }
    let list = match value {
        Value::Array(list) if !list.iter().any(Value::is_object) => value.clone(),
        Value::Object(map) if map.values().all(Value::is_null) => map.keys().cloned().collect(),
        Value::Object(map) if map.len() == 1 => json!([value]),
        _ => return None,
    };
    Some((name.clone(), format!("{}s", ATTRIBUTES[level]), list))
}
