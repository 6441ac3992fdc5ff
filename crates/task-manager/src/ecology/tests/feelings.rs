use rstest::rstest;

use super::*;

#[rstest]
#[case(0.0, Health::High)]
#[case(25.0, Health::High)]
#[case(25.1, Health::Good)]
#[case(50.0, Health::Good)]
#[case(75.0, Health::Moderate)]
#[case(75.1, Health::Bad)]
#[case(f64::INFINITY, Health::Bad)]
#[case(f64::NEG_INFINITY, Health::High)]
#[case(f64::NAN, Health::Bad)]
fn the_highest_status_whose_target_is_satisfied_is_felt(#[case] value: f64, #[case] felt: Health) {
    assert_eq!(feelings(Comparison::AtMost, 25.0, 50.0, 75.0).health_of(value), felt);
}

#[rstest]
#[case(Comparison::AtMost, 25.0, Health::High)]
#[case(Comparison::Below, 25.0, Health::Good)]
#[case(Comparison::Below, 24.9, Health::High)]
fn less_is_better_downwards(
    #[case] comparison: Comparison,
    #[case] value: f64,
    #[case] felt: Health,
) {
    assert_eq!(feelings(comparison, 25.0, 50.0, 75.0).health_of(value), felt);
}

#[rstest]
#[case(Comparison::AtLeast, 75.0, Health::High)]
#[case(Comparison::AtLeast, 74.9, Health::Good)]
#[case(Comparison::AtLeast, 24.9, Health::Bad)]
#[case(Comparison::Above, 75.0, Health::Good)]
#[case(Comparison::Above, 75.1, Health::High)]
#[case(Comparison::Above, 25.0, Health::Bad)]
fn more_is_better_upwards(
    #[case] comparison: Comparison,
    #[case] value: f64,
    #[case] felt: Health,
) {
    assert_eq!(feelings(comparison, 75.0, 50.0, 25.0).health_of(value), felt);
}

#[test]
fn a_target_for_zero_changes_nothing() {
    let mut with = feelings(Comparison::AtMost, 25.0, 50.0, 75.0);
    with.targets.bad = Some(100.0);
    assert_eq!(with.health_of(90.0), Health::Bad);
    assert_eq!(with.health_of(200.0), Health::Bad);
}

#[rstest]
#[case("<=", Comparison::AtMost)]
#[case(" <= ", Comparison::AtMost)]
#[case("le", Comparison::AtMost)]
#[case("__le__", Comparison::AtMost)]
#[case("<", Comparison::Below)]
#[case("lt", Comparison::Below)]
#[case("__lt__", Comparison::Below)]
#[case(">=", Comparison::AtLeast)]
#[case("ge", Comparison::AtLeast)]
#[case("__ge__", Comparison::AtLeast)]
#[case(">", Comparison::Above)]
#[case("gt", Comparison::Above)]
#[case("__gt__", Comparison::Above)]
#[case("eq", Comparison::Equal)]
#[case("__ne__", Comparison::NotEqual)]
fn signs_and_pythons_names_mean_the_same(#[case] text: &str, #[case] meant: Comparison) {
    assert_eq!(text.parse(), Ok(meant));
}

#[rstest]
#[case("=<")]
#[case("equals")]
#[case("")]
fn what_is_no_comparison_is_refused(#[case] text: &str) {
    assert!(text.parse::<Comparison>().is_err());
}

#[rstest]
#[case(Comparison::AtMost, [25.0, 50.0, 75.0], None)]
#[case(Comparison::AtMost, [25.0, 20.0, 75.0], Some((Health::Good, Health::High)))]
#[case(Comparison::AtMost, [25.0, 50.0, 50.0], Some((Health::Moderate, Health::Good)))]
#[case(Comparison::AtLeast, [75.0, 50.0, 25.0], None)]
#[case(Comparison::AtLeast, [75.0, 80.0, 25.0], Some((Health::Good, Health::High)))]
#[case(Comparison::Above, [75.0, 75.0, 25.0], Some((Health::Good, Health::High)))]
#[case(Comparison::Below, [0.0, 1.0, 2.0], None)]
#[case(Comparison::Above, [-1.0, -2.0, -3.0], None)]
#[case(Comparison::Equal, [4.0, 3.0, 2.0], None)]
fn a_status_that_can_never_be_felt_is_found(
    #[case] comparison: Comparison,
    #[case] targets: [f64; 3],
    #[case] found: Option<(Health, Health)>,
) {
    let [high, good, moderate] = targets;
    assert_eq!(feelings(comparison, high, good, moderate).unreachable(), found);
}

#[rstest]
#[case(Comparison::AtMost, 61.3, "61.3 > 50")]
#[case(Comparison::AtMost, 12.0, "12 <= 25")]
#[case(Comparison::AtMost, 80.0, "80 > 75")]
#[case(Comparison::Below, 50.0, "50 >= 50")]
#[case(Comparison::AtMost, 66.666_666, "66.67 > 50")]
#[case(Comparison::AtMost, 0.000_123_45, "0.0001235 <= 25")]
#[case(Comparison::AtMost, 123_456.7, "123457 > 75")]
fn the_reason_names_the_nearest_target_that_is_missed(
    #[case] comparison: Comparison,
    #[case] value: f64,
    #[case] why: &str,
) {
    assert_eq!(feelings(comparison, 25.0, 50.0, 75.0).why(value), why);
}

#[test]
fn the_reason_reads_well_when_more_is_better() {
    let feelings = feelings(Comparison::AtLeast, 75.0, 50.0, 25.0);
    assert_eq!(feelings.why(61.3), "61.3 < 75");
    assert_eq!(feelings.why(75.0), "75 >= 75");
}

#[rstest]
#[case(Health::Bad, 10, 0)]
#[case(Health::Poor, 10, 0)]
#[case(Health::Moderate, 10, 5)]
#[case(Health::Moderate, 5, 2)]
#[case(Health::Moderate, 1, 0)]
#[case(Health::Good, 10, 7)]
#[case(Health::Good, 4, 3)]
#[case(Health::High, 10, 10)]
#[case(Health::High, u32::MAX, u32::MAX)]
fn the_limit_is_the_coefficients_part_rounded_down(
    #[case] health: Health,
    #[case] max: u32,
    #[case] limit: u32,
) {
    assert_eq!(Coefficients::SOSW.slot_limit(max, health), limit);
}

#[test]
fn a_coefficient_is_not_rounded_below_what_was_written() {
    let coefficients = Coefficients { good: 0.29, ..Coefficients::SOSW };
    assert_eq!(coefficients.slot_limit(100, Health::Good), 29);
}
