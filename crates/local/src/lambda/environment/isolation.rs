//! What a process may not inherit: the caller's AWS account, and proxies on the way to this machine's own
//! services.

/// Read by SDKs beside the variables, and able to overrule them: `ignore_configured_endpoint_urls` would send a
/// labourer to AWS.
const FILES: [&str; 2] = ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"];
/// Who names a profile wants the files that it is in.
const PROFILES: [&str; 2] = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"];
const PROXIES: [&str; 3] = ["http_proxy", "https_proxy", "all_proxy"];
const NO_PROXY: [&str; 2] = ["NO_PROXY", "no_proxy"];
const LOOPBACK: &str = "127.0.0.1,localhost";

type Variable = (String, String);

/// Must this variable of the caller stay with the caller?
pub(crate) fn is_foreign(name: &str) -> bool {
    name.starts_with("AWS_") || name == "_X_AMZN_TRACE_ID"
}

/// What is set on top of a process's own variables: no files of an account, unless it asks for them, and no
/// proxy for this machine. For the rest of the world, proxies stay.
pub(crate) fn variables(own: &[Variable], inherited: &[Variable]) -> Vec<Variable> {
    let all = || own.iter().chain(inherited);
    let is_set = |name: &str| own.iter().any(|(key, _)| key == name);
    let mut variables = Vec::new();
    if !PROFILES.into_iter().any(is_set) {
        let files = FILES.map(|name| (name, "/dev/null"));
        let account = files.into_iter().chain([("AWS_EC2_METADATA_DISABLED", "true")]);
        let account = account.filter(|(name, _)| !is_set(name));
        variables.extend(account.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
    if all().any(|(name, _)| PROXIES.contains(&name.to_lowercase().as_str())) {
        let given =
            all().find(|(name, list)| NO_PROXY.contains(&name.as_str()) && !list.is_empty());
        let list = match given.map(|(_, list)| list.as_str()) {
            None => LOOPBACK.to_owned(),
            Some("*") => "*".to_owned(),
            Some(others) => format!("{others},{LOOPBACK}"),
        };
        variables.extend(NO_PROXY.map(|name| (name.to_owned(), list.clone())));
    }
    variables
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(variables: &[(&str, &str)]) -> Vec<Variable> {
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn value(variables: &[Variable], name: &str) -> Option<String> {
        variables.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
    }

    #[test]
    fn no_file_of_an_account_is_read_unless_the_labourer_names_a_profile() {
        let plain = variables(&[], &pairs(&[("AWS_PROFILE", "the caller's")]));
        assert_eq!(value(&plain, "AWS_CONFIG_FILE").as_deref(), Some("/dev/null"));
        assert_eq!(value(&plain, "AWS_SHARED_CREDENTIALS_FILE").as_deref(), Some("/dev/null"));
        assert_eq!(variables(&pairs(&[("AWS_PROFILE", "pictures")]), &[]), []);
        let own = variables(&pairs(&[("AWS_CONFIG_FILE", "mine")]), &[]);
        assert_eq!(value(&own, "AWS_CONFIG_FILE"), None, "its own stays as it is");
    }

    #[test]
    fn a_proxy_is_never_asked_for_this_machine() {
        let no_proxy = |own: &[_], inherited: &[_]| {
            let variables = variables(&pairs(own), &pairs(inherited));
            let [upper, lower] = NO_PROXY.map(|name| value(&variables, name));
            assert_eq!(upper, lower);
            upper
        };
        assert_eq!(no_proxy(&[], &[]), None);
        let loopback = Some(LOOPBACK.to_owned());
        assert_eq!(no_proxy(&[], &[("HTTPS_PROXY", "http://proxy")]), loopback);
        assert_eq!(no_proxy(&[("all_proxy", "http://proxy")], &[]), loopback);
        let others = [("http_proxy", "http://proxy"), ("no_proxy", "intranet")];
        assert_eq!(no_proxy(&[], &others).as_deref(), Some("intranet,127.0.0.1,localhost"));
        let none = [("http_proxy", "http://proxy"), ("NO_PROXY", "*")];
        assert_eq!(no_proxy(&[], &none).as_deref(), Some("*"));
    }
}
