//! What to type when there are no credentials, or those of a profile cannot be loaded.

/// Words of the SDK's errors. It has no public type for them.
const NO_CREDENTIALS: &str = "loading credentials";
const NO_SSO: [&str; 3] = ["SSO token", "/sso/cache/", "UnauthorizedException"];
const NO_LOGIN: [&str; 2] = ["Login token", "/login/cache/"];

/// No source at all; or the last of all did not answer, as on a machine that is no instance of EC2.
const NO_SOURCE: &str = "no credentials found in chain";
const LAST_SOURCE: &str = "IMDS";

/// Does this error mean that nobody is signed in, by no means?
pub fn is_missing(error: &str) -> bool {
    error.contains(NO_SOURCE) || (error.contains(NO_CREDENTIALS) && error.contains(LAST_SOURCE))
}

/// What to type, if this error means that the sign-in of the profile in use has ended, or never was.
pub fn remedy(error: &str) -> Option<String> {
    let profile = std::env::var("AWS_PROFILE").ok().filter(|name| !name.is_empty());
    let profile = profile.as_deref().unwrap_or("default");
    let command = command(error)?;
    Some(format!("Sign in, and try again: {command} --profile {profile}"))
}

fn command(error: &str) -> Option<&'static str> {
    let says = |words: &[&str]| words.iter().any(|word| error.contains(word));
    match () {
        () if !error.contains(NO_CREDENTIALS) => None,
        () if says(&NO_SSO) => Some("aws sso login"),
        () if says(&NO_LOGIN) => Some("aws login"),
        () => None,
    }
}
