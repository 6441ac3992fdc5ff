//! How an error is written down.

use std::error::Error;

/// An error with all its causes: `it failed: because of this: and of that`. What libraries say of themselves on
/// the way is left out, or said in plain words.
pub fn describe(error: &dyn Error) -> String {
    let causes = std::iter::successors(error.source(), |cause: &&dyn Error| (*cause).source());
    let causes = causes.filter_map(|cause| plain(&cause.to_string()));
    let mut text = without_codes(&error.to_string());
    for cause in causes {
        // Some write out their cause, too.
        if !text.ends_with(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

/// A cause in words for people; nothing if it only names a part of a library.
fn plain(cause: &str) -> Option<String> {
    const SAY_NOTHING: [&str; 8] = [
        "io error",
        "other",
        "service error",
        "unhandled error",
        "timeout",
        "tcp connect error",
        "error trying to connect",
        "dns error",
    ];
    let said = match cause.trim() {
        "dispatch failure" => "no connection",
        "request has timed out" => "no answer in time",
        said if SAY_NOTHING.contains(&said) || said.starts_with("client error (") => return None,
        said if said.starts_with("operation timeout") => return None,
        said if said.starts_with("HTTP connect timeout") => "nobody took the connection in time",
        said if said.starts_with("HTTP read timeout") => "no answer in time",
        said => said,
    };
    let lookup = said.strip_prefix("failed to lookup address information: ");
    Some(without_codes(lookup.unwrap_or(said)))
}

/// Without the system's numbers of errors, which stand behind its words.
fn without_codes(said: &str) -> String {
    let mut parts = said.split(" (os error ");
    let first = parts.next().unwrap_or_default().to_owned();
    let after =
        |part: &str| part.split_once(')').map_or(String::new(), |(_, rest)| rest.to_owned());
    parts.fold(first, |text, part| text + &after(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Chain(&'static str, Option<Box<Chain>>);

    impl std::fmt::Display for Chain {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str(self.0)
        }
    }

    impl Error for Chain {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.1.as_deref().map(|cause| cause as _)
        }
    }

    fn described(texts: &[&'static str]) -> String {
        let chain = texts.iter().rev().fold(None, |cause, text| Some(Box::new(Chain(text, cause))));
        chain.map(|chain| describe(&*chain)).unwrap_or_default()
    }

    #[test]
    fn causes_are_said_without_the_names_of_libraries() {
        let refused = [
            "Query on sosw_tasks failed",
            "dispatch failure",
            "io error",
            "client error (Connect)",
            "tcp connect error",
            "Connection refused (os error 111)",
        ];
        assert_eq!(
            described(&refused),
            "Query on sosw_tasks failed: no connection: Connection refused"
        );
        let slow = [
            "it failed",
            "request has timed out",
            "operation timeout (all attempts) occurred after 9s",
        ];
        assert_eq!(described(&slow), "it failed: no answer in time");
        assert_eq!(
            described(&["it failed", "there is no such key"]),
            "it failed: there is no such key"
        );
    }

    #[test]
    fn a_cause_that_is_written_out_already_is_not_said_twice() {
        assert_eq!(
            described(&["cannot start: no such file", "no such file"]),
            "cannot start: no such file"
        );
    }
}
