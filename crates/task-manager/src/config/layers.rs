//! Several configs, one over the other.

use serde_json::{Map, Value};

/// The config that results when each layer is laid over the ones before it: objects are merged
/// key by key, anything else is replaced, and `null` brings back the default. A layer that is no config at
/// all is the result: under another one its mistake would not be seen.
pub(super) fn merged(layers: impl IntoIterator<Item = Value>) -> Value {
    let mut config = Value::Object(Map::new());
    for layer in layers {
        if is_misshapen(&layer) {
            return layer;
        }
        lay_over(&mut config, in_long_form(layer));
    }
    without_nulls(&mut config);
    config
}

/// Is something else where all labourers or resources should be?
fn is_misshapen(layer: &Value) -> bool {
    let sections = ["/task_config", "/labourers", "/task_config/labourers", "/resources"];
    let mut sections = sections.into_iter().filter_map(|section| layer.pointer(section));
    !layer.is_object() || sections.any(|section| !section.is_object() && !section.is_null())
}

/// Removes every field that is null: it means the same as its absence.
pub(super) fn without_nulls(config: &mut Value) {
    if let Value::Object(fields) = config {
        fields.retain(|_, value| !value.is_null());
        fields.values_mut().for_each(without_nulls);
    }
}

fn lay_over(below: &mut Value, above: Value) {
    match (below, above) {
        (Value::Object(below), Value::Object(above)) => {
            for (key, value) in above {
                lay_over(below.entry(key).or_insert(Value::Null), value);
            }
        }
        (below, above) => *below = above,
    }
}

/// Labourers may stand at the top or in `task_config`. Before layers are merged they must stand in
/// the same place, or a lower layer's could hide a higher one's.
fn in_long_form(mut layer: Value) -> Value {
    let is_object = |value: Option<&Value>| value.is_some_and(Value::is_object);
    let section = layer.get("task_config");
    let can_move = section.is_none_or(Value::is_null) || is_object(section);
    if !can_move || !is_object(layer.get("labourers")) {
        return layer;
    }
    let Some(fields) = layer.as_object_mut() else { return layer };
    let mut labourers = fields.shift_remove("labourers").unwrap_or_default();
    let mut section = fields.shift_remove("task_config").unwrap_or_default();
    if let Some(long) = section.get_mut("labourers") {
        lay_over(&mut labourers, long.take());
    }
    lay_over(&mut section, serde_json::json!({ "labourers": labourers }));
    fields.insert("task_config".into(), section);
    layer
}
