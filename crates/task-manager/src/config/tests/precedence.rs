use super::*;

fn limit(layers: impl IntoIterator<Item = Value>) -> u32 {
    let (config, _) = Config::from_layers(layers).expect("a good config");
    config.labourers.values().next().expect("one labourer").max_simultaneous_invocations
}

#[test]
fn the_function_overrules_the_essential_config_which_overrules_the_defaults() {
    let essential = with_labourer(json!({"max_simultaneous_invocations": 5, "cooldown": 100}));
    let function = with_labourer(json!({"max_simultaneous_invocations": 7}));
    let environment = with_labourer(json!({"max_simultaneous_invocations": 9}));
    assert_eq!(limit([with_labourer(json!({}))]), 1);
    assert_eq!(limit([essential.clone()]), 5);
    assert_eq!(limit([essential.clone(), function.clone()]), 7);
    assert_eq!(limit([essential, function, environment]), 9);
}

#[test]
fn layers_are_merged_key_by_key() {
    let layers = [
        json!({"task_config": {"max_attempts": 5}, "shutdown_period": 10}),
        json!({"task_config": {"max_simultaneous_invocations": 7}}),
        with_labourer(json!({})),
    ];
    let (config, _) = Config::from_layers(layers).expect("a good config");
    let labourer = config.labourers.into_values().next().expect("one labourer");
    assert_eq!((labourer.max_attempts, labourer.max_simultaneous_invocations), (5, 7));
    assert_eq!(config.shutdown_period, Duration::from_secs(10));
}

#[test]
fn the_place_of_the_labourers_does_not_change_the_precedence() {
    let long = |limit| json!({"task_config": {"labourers": {"resize": {"max_simultaneous_invocations": limit}}}});
    let short = |limit| with_labourer(json!({"max_simultaneous_invocations": limit}));
    assert_eq!(limit([long(5), short(7)]), 7);
    assert_eq!(limit([short(5), long(7)]), 7);
}

#[test]
fn null_brings_back_the_default() {
    let five = with_labourer(json!({"max_simultaneous_invocations": 5}));
    let null = with_labourer(json!({"max_simultaneous_invocations": null}));
    assert_eq!(limit([five.clone(), null]), 1);
    let (config, _) = Config::from_layers([five, with_labourer(json!(null))]).expect("good");
    assert!(config.labourers.is_empty());
}

#[test]
fn lists_are_replaced_not_joined() {
    let schema = |attributes: Value| json!({"job_schema": {"chunkable_attrs": attributes}});
    let layers = [schema(json!(["a", "b"])), schema(json!(["c"]))];
    let (config, _) = Config::from_layers(layers).expect("a good config");
    assert_eq!(attributes(&config, "default"), ["c"]);
}

#[test]
fn a_labourer_overrules_what_is_said_for_all() {
    let config = good(json!({
        "task_config": {"max_attempts": 5, "max_simultaneous_invocations": 4},
        "labourers": {
            "resize": {"max_attempts": 2, "max_simultaneous_invocations": 8},
            "mail": {}
        }
    }));
    let limits =
        config.labourers.values().map(|l| (l.max_attempts, l.max_simultaneous_invocations));
    assert_eq!(limits.collect::<Vec<_>>(), [(5, 4), (2, 8)]);
}

#[test]
fn a_layer_that_is_no_config_is_told_though_another_is_laid_over_it() {
    let above = json!({"task_config": {"max_attempts": 5, "labourers": {"resize": {}}}});
    let below = [
        json!([]),
        json!(5),
        json!(null),
        json!({"labourers": 5}),
        json!({"task_config": "x"}),
        json!({"task_config": {"labourers": []}}),
    ];
    for below in below {
        let layers = [below.clone(), above.clone()];
        Config::from_layers(layers.clone()).expect_err(&below.to_string());
        Config::usable_from_layers(layers).expect_err(&below.to_string());
    }
}
