//! Profiles of a shared config file: how whoever types a command has signed in.

use crate::world::{Ended, Place, numbers, plain};

const PROFILES: &str = "
[sso-session corp]
sso_region = eu-west-1
sso_start_url = https://corp.awsapps.com/start
sso_registration_scopes = sso:account:access

[profile night]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = Operator
region = us-east-1

[profile before-sessions]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-west-1
sso_account_id = 123456789012
sso_role_name = Operator
region = us-east-1

[profile console]
login_session = arn:aws:iam::123456789012:user/me
region = us-east-1

[profile made]
credential_process = sh credentials.sh
region = us-east-1
";

/// A command with this profile, in a home where nobody has signed in.
fn with_profile(place: &Place, profile: &str, endpoint: &str, arguments: &str) -> Ended {
    place.write("profiles", PROFILES);
    let path = |name| place.path(name).to_string_lossy().into_owned();
    let variables = [
        ("HOME", path("home")),
        ("AWS_CONFIG_FILE", path("profiles")),
        ("AWS_PROFILE", profile.to_owned()),
        ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ("AWS_ENDPOINT_URL", endpoint.to_owned()),
    ];
    place.start_with(arguments, &variables).end()
}

#[test]
fn a_profile_that_is_not_signed_in_is_told_how_to() {
    let place = Place::new(&plain(1));
    for (profile, remedy) in [
        ("night", "aws sso login --profile night"),
        ("before-sessions", "aws sso login --profile before-sessions"),
        ("console", "aws login --profile console"),
    ] {
        for command in ["status", "config pull", "dead-letters list", "jobs list"] {
            let ended = with_profile(&place, profile, "http://127.0.0.1:9", command);
            assert_eq!(ended.code(), Some(1), "{ended:?}");
            let last = ended.stderr.lines().last();
            assert_eq!(last, Some(&*format!("Sign in, and try again: {remedy}")), "{ended:?}");
        }
    }
    let ended = with_profile(&place, "made", "http://127.0.0.1:9", "status");
    assert_eq!(ended.code(), Some(1), "{ended:?}");
    assert!(!ended.stderr.contains("Sign in"), "a process that fails is no sign-in: {ended:?}");
}

#[test]
fn credentials_are_made_by_the_process_of_a_profile() {
    let place = Place::with_job(&plain(1), &numbers("plain", 2));
    let script =
        r#"echo made > made; echo '{"Version": 1, "AccessKeyId": "a", "SecretAccessKey": "b"}'"#;
    place.write("credentials.sh", script);
    let running = place.start("local --config config.json --job job.json --data data");
    let endpoint = running.exported("AWS_ENDPOINT_URL_DYNAMODB");
    place.await_succeeded("plain", 2);
    let ended = with_profile(&place, "made", &endpoint, "status --json");
    assert_eq!(ended.code(), Some(0), "{ended:?}");
    assert!(ended.stdout.contains(r#""succeeded":2"#), "{ended:?}");
    assert_eq!(place.read("made"), "made\n");
}
