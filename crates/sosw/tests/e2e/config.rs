//! Configs: checked, pushed, pulled, shown.

use serde_json::{Value, json};

use crate::world::{Ended, Place, numbers, plain};

/// Twelve mistakes of all kinds.
fn twelve_mistakes() -> Value {
    json!({
        "task_config": { "max_attempts_resise": 3, "max_attempts_mail": 0 },
        "labourers": {
            "resize": {
                "max_atempts": 3,
                "duration": -5,
                "arn": "arn:aws:lamda:eu-west-1:000000000000:function:resize",
                "health_metrics": { "cpu": {
                    "details": { "Name": "CPU", "Namespace": "AWS/RDS", "Statistics": ["Averag"] },
                    "feelings": { "3": 20, "4": "25" },
                    "feeling_comparison_operator": "=<",
                } },
            },
            "mail": { "max_simultaneous_invocations": "5", "event_age": 400 },
        },
        "sns_confg": {},
        "calendar": { "week_starts": "mondy" },
    })
}

const PATHS: [&str; 12] = [
    "config: unknown field sns_confg, did you mean sns_config?",
    "task_config.max_attempts_mail: ",
    "task_config.max_attempts_resise: no labourer is called resise, did you mean resize?",
    "labourers.resize: unknown field max_atempts, did you mean max_attempts?",
    "labourers.resize.duration: ",
    "labourers.resize.arn: ",
    "labourers.resize.health_metrics.cpu.feelings.4: got a text",
    "calendar.week_starts: got \"mondy\"",
    "labourers.resize.health_metrics.cpu.feeling_comparison_operator: ",
    "labourers.resize.health_metrics.cpu.details.Statistics: ",
    "labourers.mail.max_simultaneous_invocations: ",
    "labourers.mail.cooldown: ",
];

/// Refused with 2: a line that says so, then a line for each mistake, with its path.
fn is_refused_with_twelve_lines(ended: &Ended) {
    assert_eq!((ended.code(), ended.stdout.as_str()), (Some(2), ""), "{ended:?}");
    let mut lines = ended.stderr.lines();
    assert_eq!(lines.next(), Some("error: config bad.json is refused:"));
    let lines: Vec<_> = lines.collect();
    assert_eq!(lines.len(), 12, "{lines:#?}");
    for path in PATHS {
        let matching = lines.iter().filter(|line| line.starts_with(&format!("  {path}")));
        assert_eq!(matching.count(), 1, "{path} in {lines:#?}");
    }
}

/// A directory with the tables of `plain`, which nobody serves any more.
fn with_tables() -> Place {
    let place = Place::with_job(&plain(1), &numbers("plain", 1));
    let ended = place.sosw("local --config config.json --job job.json --data data --until-idle");
    assert_eq!(ended.code(), Some(0), "{ended:?}");
    place
}

fn pulled(place: &Place, row: &str) -> Value {
    let ended = place.sosw(&format!("config pull --row {row} --data data"));
    serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{ended:?}"))
}

fn shown(place: &Place, which: &str) -> Value {
    let ended = place.sosw(&format!("config show {which}"));
    serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{ended:?}"))
}

const ESSENTIAL: &str = "sosw_essential_config";

#[test]
fn twelve_mistakes_are_twelve_lines_each_with_its_path_whoever_reads_them() {
    let place = with_tables();
    place.write("bad.json", &twelve_mistakes().to_string());
    is_refused_with_twelve_lines(&place.sosw("config check bad.json"));
    is_refused_with_twelve_lines(&place.sosw("config push bad.json --data data"));
    is_refused_with_twelve_lines(&place.sosw("local --config bad.json"));
    assert_eq!(pulled(&place, ESSENTIAL), plain(1), "nothing was written");
}

#[test]
fn what_was_pushed_is_what_is_pulled_and_what_commands_work_with() {
    let place = with_tables();
    assert_eq!(pulled(&place, ESSENTIAL), plain(1));
    place.write("new.json", &plain(7).to_string());
    let pushed = place.sosw("config push new.json --data data");
    assert!(pushed.stdout.starts_with("new.json -> config/production/sosw_essential_config"));
    assert_eq!(pulled(&place, ESSENTIAL), plain(7));
    let listed = place.sosw("labourers --json --data data");
    let listed: Value = serde_json::from_str(&listed.stdout).unwrap();
    assert_eq!(listed[0]["max_simultaneous_invocations"], 7);
}

#[test]
fn the_row_of_a_function_is_checked_and_shown_over_that_of_all() {
    let place = with_tables();
    let row = json!({ "task_config": { "max_attempts_plain": 1 }, "shutdown_period": 5 });
    place.write("row.json", &row.to_string());
    assert_eq!(place.sosw("config check row.json").code(), Some(2), "alone it makes no sense");
    let both = place.sosw("config check config.json row.json");
    assert_eq!((both.code(), both.stderr.as_str()), (Some(0), ""), "{both:?}");
    let pushed = place.sosw("config push row.json --row sosw_scheduler_config --data data");
    assert_eq!((pushed.code(), pushed.stderr.as_str()), (Some(0), ""), "{pushed:?}");

    assert_eq!(pulled(&place, "sosw_scheduler_config"), row);
    assert_eq!(shown(&place, "--data data --function sosw_scheduler")["shutdown_period"], 5.0);
    assert_eq!(shown(&place, "--data data")["shutdown_period"], 60.0);
}

#[test]
fn a_running_system_shows_its_config_with_every_default() {
    let place = Place::new(&plain(3));
    let running = place.start("local --config config.json --data data");
    running.await_word("AWS_REGION=");
    let config = shown(&place, "--data data");
    let labourer = &config["task_config"]["labourers"]["plain"];
    assert_eq!(labourer["max_simultaneous_invocations"], 3);
    assert_eq!(labourer["health_steps"], json!({ "rise": 1, "fall": 4 }));
    assert_eq!(config["invocation_number_coefficient"]["2"], 0.5);
    assert_eq!(config, shown(&place, "--config config.json"), "the file means the same");
    running.signal("TERM");
    assert_eq!(running.end().code(), Some(0));

    place.write("shown.json", &config.to_string());
    let checked = place.sosw("config check shown.json");
    assert_eq!(checked.stdout, "shown.json: ok, 1 labourer\n", "what is shown can be pushed");
    assert_eq!(shown(&place, "--config shown.json"), config);
}

#[test]
fn what_is_not_there_is_named() {
    let place = with_tables();
    for (command, code, expected) in [
        ("config pull --row sosw_x_config", 1, "there is no row config/production/sosw_x_config"),
        ("config pull --env test", 1, "there is no row config/test/sosw_essential_config"),
        ("config pull --table none", 1, "table none does not exist"),
        ("config push nowhere.json", 2, "config nowhere.json cannot be read"),
    ] {
        let ended = place.sosw(&format!("{command} --data data"));
        assert_eq!(ended.code(), Some(code), "{ended:?}");
        assert!(ended.stderr.contains(expected), "{ended:?}");
    }
}

#[test]
fn the_schema_names_every_section() {
    let place = Place::new(&plain(1));
    let schema: Value = serde_json::from_str(&place.sosw("config schema").stdout).unwrap();
    let sections = schema["properties"].as_object().unwrap();
    for section in ["task_config", "labourers", "job_schema", "sns_config", "local"] {
        assert!(sections[section]["description"].is_string(), "{section}");
    }
}
