//! Periods at stated times.

use rstest::rstest;
use serde_json::json;

use super::{job, now, raw, refusal, rules, shown, tasks, time};
use crate::jobs::{
    calendar::{Calendar, WeekStart},
    plan::Plan,
};

fn days(today: &str, calendar: &Calendar, period: &str) -> Vec<String> {
    let dates = calendar.dates(period, time(&format!("{today}T13:30:00Z"))).unwrap();
    serde_json::from_value(dates.all()).unwrap()
}

// Recorded from sosw 0.7.51.
#[rstest]
#[case("2026-03-15", "last_1_days", "2026-03-14", "2026-03-14", 1)]
#[case("2026-03-15", "last_3_days", "2026-03-12", "2026-03-14", 3)]
#[case("2026-03-15", "previous_2_days", "2026-03-11", "2026-03-12", 2)]
#[case("2026-03-15", "0_days_back", "2026-03-15", "2026-03-15", 1)]
#[case("2026-03-15", "7_days_back", "2026-03-08", "2026-03-08", 1)]
#[case("2026-03-15", "yesterday", "2026-03-14", "2026-03-14", 1)]
#[case("2026-03-15", "today", "2026-03-15", "2026-03-15", 1)]
#[case("2026-03-16", "last_1_days", "2026-03-15", "2026-03-15", 1)]
#[case("2026-03-16", "last_3_days", "2026-03-13", "2026-03-15", 3)]
#[case("2026-03-16", "previous_2_days", "2026-03-12", "2026-03-13", 2)]
#[case("2026-03-16", "0_days_back", "2026-03-16", "2026-03-16", 1)]
#[case("2026-03-16", "7_days_back", "2026-03-09", "2026-03-09", 1)]
#[case("2026-03-16", "yesterday", "2026-03-15", "2026-03-15", 1)]
#[case("2026-03-16", "today", "2026-03-16", "2026-03-16", 1)]
#[case("2026-03-16", "last_week", "2026-03-08", "2026-03-14", 7)]
#[case("2026-03-17", "last_1_days", "2026-03-16", "2026-03-16", 1)]
#[case("2026-03-17", "last_3_days", "2026-03-14", "2026-03-16", 3)]
#[case("2026-03-17", "previous_2_days", "2026-03-13", "2026-03-14", 2)]
#[case("2026-03-17", "0_days_back", "2026-03-17", "2026-03-17", 1)]
#[case("2026-03-17", "7_days_back", "2026-03-10", "2026-03-10", 1)]
#[case("2026-03-17", "yesterday", "2026-03-16", "2026-03-16", 1)]
#[case("2026-03-17", "today", "2026-03-17", "2026-03-17", 1)]
#[case("2026-03-17", "last_week", "2026-03-08", "2026-03-14", 7)]
#[case("2026-03-21", "last_1_days", "2026-03-20", "2026-03-20", 1)]
#[case("2026-03-21", "last_3_days", "2026-03-18", "2026-03-20", 3)]
#[case("2026-03-21", "previous_2_days", "2026-03-17", "2026-03-18", 2)]
#[case("2026-03-21", "0_days_back", "2026-03-21", "2026-03-21", 1)]
#[case("2026-03-21", "7_days_back", "2026-03-14", "2026-03-14", 1)]
#[case("2026-03-21", "yesterday", "2026-03-20", "2026-03-20", 1)]
#[case("2026-03-21", "today", "2026-03-21", "2026-03-21", 1)]
#[case("2026-03-21", "last_week", "2026-03-08", "2026-03-14", 7)]
#[case("2024-03-01", "last_1_days", "2024-02-29", "2024-02-29", 1)]
#[case("2024-03-01", "last_3_days", "2024-02-27", "2024-02-29", 3)]
#[case("2024-03-01", "previous_2_days", "2024-02-26", "2024-02-27", 2)]
#[case("2024-03-01", "0_days_back", "2024-03-01", "2024-03-01", 1)]
#[case("2024-03-01", "7_days_back", "2024-02-23", "2024-02-23", 1)]
#[case("2024-03-01", "yesterday", "2024-02-29", "2024-02-29", 1)]
#[case("2024-03-01", "today", "2024-03-01", "2024-03-01", 1)]
#[case("2024-03-01", "last_week", "2024-02-18", "2024-02-24", 7)]
#[case("2026-01-01", "last_1_days", "2025-12-31", "2025-12-31", 1)]
#[case("2026-01-01", "last_3_days", "2025-12-29", "2025-12-31", 3)]
#[case("2026-01-01", "previous_2_days", "2025-12-28", "2025-12-29", 2)]
#[case("2026-01-01", "0_days_back", "2026-01-01", "2026-01-01", 1)]
#[case("2026-01-01", "7_days_back", "2025-12-25", "2025-12-25", 1)]
#[case("2026-01-01", "yesterday", "2025-12-31", "2025-12-31", 1)]
#[case("2026-01-01", "today", "2026-01-01", "2026-01-01", 1)]
#[case("2026-01-01", "last_week", "2025-12-21", "2025-12-27", 7)]
fn days_are_those_of_sosw(
    #[case] today: &str,
    #[case] period: &str,
    #[case] first: &str,
    #[case] last: &str,
    #[case] len: usize,
) {
    let days = days(today, &Calendar::default(), period);
    assert_eq!((days[0].as_str(), days[len - 1].as_str(), days.len()), (first, last, len));
    assert!(days.is_sorted());
}

#[rstest]
#[case("this_month", "2026-03-01", "2026-03-17", 17)]
#[case("last_month", "2026-02-01", "2026-02-28", 28)]
#[case("2026-03-01", "2026-03-01", "2026-03-01", 1)]
#[case("2026-03-01..2026-03-17", "2026-03-01", "2026-03-17", 17)]
#[case("2023-12-31..2024-03-01", "2023-12-31", "2024-03-01", 62)]
fn months_and_exact_dates_are_whole(
    #[case] period: &str,
    #[case] first: &str,
    #[case] last: &str,
    #[case] len: usize,
) {
    let days = days("2026-03-17", &Calendar::default(), period);
    assert_eq!((days[0].as_str(), days[len - 1].as_str(), days.len()), (first, last, len));
}

#[rstest]
#[case("2026-03-14", WeekStart::Sunday, "2026-03-01")]
#[case("2026-03-15", WeekStart::Sunday, "2026-03-08")]
#[case("2026-03-16", WeekStart::Sunday, "2026-03-08")]
#[case("2026-03-15", WeekStart::Monday, "2026-03-02")]
#[case("2026-03-16", WeekStart::Monday, "2026-03-09")]
fn last_week_is_the_week_that_ended_last(
    #[case] today: &str,
    #[case] week_starts: WeekStart,
    #[case] first: &str,
) {
    let calendar = Calendar { week_starts, ..Calendar::default() };
    let days = days(today, &calendar, "last_week");
    assert_eq!((days[0].as_str(), days.len()), (first, 7));
}

#[test]
fn today_is_the_day_of_the_time_zone() {
    let at_night = time("2026-03-17T23:30:00Z");
    let today = |zone: &str| {
        let calendar = Calendar { time_zone: zone.into(), ..Calendar::default() };
        calendar.dates("today", at_night).unwrap().all()
    };
    assert_eq!(today("UTC"), json!(["2026-03-17"]));
    assert_eq!(today("Europe/Berlin"), json!(["2026-03-18"]));
    assert_eq!(today("America/New_York"), json!(["2026-03-17"]));
}

#[test]
fn hours_are_full_ones_before_the_current() {
    let hours = |period: &str| tasks(json!({"period": period}))[0]["hour_list"].clone();
    assert_eq!(
        hours("last_2_hours"),
        json!(["2026-03-17T11:00:00+00:00", "2026-03-17T12:00:00+00:00"])
    );
    assert_eq!(
        hours("previous_2_hours"),
        json!(["2026-03-17T09:00:00+00:00", "2026-03-17T10:00:00+00:00"])
    );
    assert_eq!(hours("0_hours_back"), json!(["2026-03-17T13:00:00+00:00"]));
}

#[test]
fn hours_are_neither_skipped_nor_doubled_when_the_clocks_change() {
    let calendar = Calendar { time_zone: "Europe/Berlin".into(), ..Calendar::default() };
    let hours = |at| calendar.dates("last_3_hours", time(at)).unwrap().all();
    assert_eq!(
        hours("2026-03-29T02:10:00Z"),
        json!([
            "2026-03-29T00:00:00+01:00",
            "2026-03-29T01:00:00+01:00",
            "2026-03-29T03:00:00+02:00"
        ])
    );
    assert_eq!(
        hours("2026-10-25T02:10:00Z"),
        json!([
            "2026-10-25T01:00:00+02:00",
            "2026-10-25T02:00:00+02:00",
            "2026-10-25T02:00:00+01:00"
        ])
    );
}

/// Lord Howe Island moves its clocks by half an hour: one hour of the year lasts 90 minutes, one 30.
#[test]
fn every_hour_of_the_local_clock_comes_once_where_clocks_change_by_half_an_hour() {
    let time_zone = "Australia/Lord_Howe".to_owned();
    let calendar = Calendar { time_zone, ..Calendar::default() };
    let hours = |at| calendar.dates("last_4_hours", time(at)).unwrap().all();
    let autumn = [
        "2026-04-04T23:00:00+11:00",
        "2026-04-05T00:00:00+11:00",
        "2026-04-05T01:00:00+11:00",
        "2026-04-05T02:00:00+10:30",
    ];
    assert_eq!(hours("2026-04-04T16:40:00Z"), json!(autumn));
    let spring = [
        "2026-10-04T00:00:00+10:30",
        "2026-10-04T01:00:00+10:30",
        "2026-10-04T02:30:00+11:00",
        "2026-10-04T03:00:00+11:00",
    ];
    assert_eq!(hours("2026-10-03T17:10:00Z"), json!(spring));
    // Within the long hour, and within the short one.
    let last = |at| calendar.dates("last_1_hours", time(at)).unwrap().all();
    assert_eq!(last("2026-04-04T15:10:00Z"), json!([autumn[1]]));
    assert_eq!(last("2026-10-03T15:40:00Z"), json!([spring[1]]));
    let year = calendar.dates("last_8760_hours", time("2026-12-01T00:00:00Z")).unwrap();
    assert_eq!(year.only(0), json!(["2025-12-01T11:00:00+11:00"]));
}

#[test]
fn isolated_hours_are_tasks_of_their_own() {
    let tasks = tasks(json!({"period": "last_24_hours", "isolate_hours": true, "note": 1}));
    assert_eq!(tasks.as_array().unwrap().len(), 24);
    assert_eq!(tasks[23], json!({"hour_list": ["2026-03-17T12:00:00+00:00"], "note": 1}));
}

#[test]
fn a_period_can_say_how_days_are_counted_and_shown() {
    let week = json!({
        "of": "last_week", "time_zone": "Asia/Tokyo", "week_starts": "monday", "as": "range"
    });
    assert_eq!(
        tasks(json!({"period": week})),
        json!([
            {"date_range": {"first": "2026-03-09", "last": "2026-03-15"}}
        ])
    );
    let isolated = json!({"period": {"of": "last_2_days", "as": "range"}, "isolate_days": true});
    assert_eq!(
        tasks(isolated)[1],
        json!(
            {"date_range": {"first": "2026-03-16", "last": "2026-03-16"}}
        )
    );
}

#[test]
fn the_scheduler_s_calendar_holds_for_periods_that_say_nothing() {
    let mut rules = rules([]);
    rules.calendar =
        serde_json::from_value(json!({"time_zone": "Pacific/Auckland", "as": "range"})).unwrap();
    let plan = Plan::resolve(&raw(&job(json!({"period": "today"}))), &rules, now()).unwrap();
    let task = shown(plan.task(0).unwrap());
    assert_eq!(task, json!({"date_range": {"first": "2026-03-18", "last": "2026-03-18"}}));
}

#[rstest]
#[case("last_2_days_or_so", "did you mean `last_2_days`?")]
#[case("last_2_day", "did you mean `last_2_days`?")]
#[case("todays", "did you mean `today`?")]
#[case("yesterdy", "did you mean `yesterday`?")]
#[case("last_N_days", "did you mean `last_N_days`?")]
#[case("whenever", "known are `last_N_days`, ")]
#[case("2026-02-30", "\"2026-02-30\" is no date of the calendar")]
#[case("2026-02-01..2026-02-30", "\"2026-02-30\" is no date of the calendar")]
#[case("2026-03-17..2026-03-01", "ends before it starts")]
#[case("last_0_days", "holds no time at all")]
#[case("last_1000000_days", "reaches beyond the calendar")]
#[case("0000-01-01..2026-03-17", "reaches beyond the calendar")]
#[case("last_99999999_days", "reaches beyond the calendar")]
#[case("99999999999999_days_back", "reaches beyond the calendar")]
#[case("previous_4000000000_hours", "reaches beyond the calendar")]
fn periods_match_as_a_whole_or_say_what_would_be_right(#[case] period: &str, #[case] why: &str) {
    let refusal = refusal(&job(json!({"period": period})));
    assert!(refusal.starts_with("period: ") && refusal.contains(why), "{refusal}");
}
