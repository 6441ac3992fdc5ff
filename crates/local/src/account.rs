//! Where the embedded AWS pretends to be: a region, an account, and the ARNs made of them.

/// Region and account that appear in ARNs, environment variables and answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Region code, for example `us-east-1`.
    pub region: String,
    /// Twelve-digit account number.
    pub id: String,
}

impl Default for Account {
    fn default() -> Self {
        Self { region: "us-east-1".into(), id: "000000000000".into() }
    }
}

/// Accepted by every service here; nothing checks them, but SDKs refuse to start without any.
pub(crate) const DUMMY_CREDENTIALS: [(&str, &str); 2] =
    [("AWS_ACCESS_KEY_ID", "local"), ("AWS_SECRET_ACCESS_KEY", "local")];

impl Account {
    /// The unqualified ARN of a function of this account.
    pub fn function_arn(&self, name: &str) -> String {
        format!("arn:aws:lambda:{}:{}:function:{name}", self.region, self.id)
    }

    /// The ARN of a topic of this account.
    pub fn topic_arn(&self, name: &str) -> String {
        format!("arn:aws:sns:{}:{}:{name}", self.region, self.id)
    }

    /// Region and credentials as the variables that every SDK reads.
    pub fn variables(&self) -> Vec<(String, String)> {
        let mut variables = vec![
            ("AWS_REGION".to_owned(), self.region.clone()),
            ("AWS_DEFAULT_REGION".to_owned(), self.region.clone()),
        ];
        variables.extend(DUMMY_CREDENTIALS.map(|(key, value)| (key.to_owned(), value.to_owned())));
        variables
    }
}
