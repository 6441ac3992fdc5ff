//! The names and ARNs by which texts mean Lambda functions and SNS topics.

/// Characters that the name of a function may have.
const LONGEST_NAME: usize = 64;
/// Digits of an account's number.
const ACCOUNT: usize = 12;

/// A function, as a config or a job names it: `resize`, `resize:prod`,
/// `123456789012:function:resize`, `123456789012:resize`, or
/// `arn:aws:lambda:eu-west-1:123456789012:function:resize:prod`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FunctionName<'a> {
    /// Its name alone.
    pub name: &'a str,
    /// A version or an alias.
    pub version: Option<&'a str>,
    pub account: Option<&'a str>,
    place: Option<[&'a str; 2]>,
}

impl<'a> FunctionName<'a> {
    /// The parts of `text`, by its form alone: jobs may be for labourers of any name.
    pub fn parse(text: &'a str) -> Option<Self> {
        let parts: Vec<&str> = text.split(':').collect();
        let (place, account, rest) = match parts.as_slice() {
            ["arn", partition, "lambda", region, account, "function", rest @ ..] => {
                (Some([*partition, *region]), Some(*account), rest)
            }
            ["arn", _, ..] => return None,
            ["function", _] => (None, None, parts.get(1..)?),
            [account, "function", rest @ ..] if !rest.is_empty() => (None, Some(*account), rest),
            // sosw 0.7's jobs leave `function` out. A function of such a name could not be distinguished from it.
            [account, _] if account.len() == ACCOUNT && is_account(account) => {
                (None, Some(*account), parts.get(1..)?)
            }
            rest => (None, None, rest),
        };
        let (name, version) = match rest {
            [name] => (*name, None),
            [name, version] => (*name, Some(*version)),
            _ => return None,
        };
        Some(Self { name, version, account, place })
    }

    /// Could AWS have a function of this name?
    pub fn is_possible(&self) -> bool {
        is_name(self.name)
            && self.name.len() <= LONGEST_NAME
            && self.version.is_none_or(is_name)
            && self.account.is_none_or(is_account)
            && self
                .place
                .is_none_or(|[partition, region]| is_partition(partition) && is_name(region))
    }
}

/// An SNS topic: `arn:aws:sns:eu-west-1:123456789012:done`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TopicArn<'a> {
    pub account: &'a str,
}

impl<'a> TopicArn<'a> {
    /// The topic of this ARN, if AWS could have it.
    pub fn parse(text: &'a str) -> Option<Self> {
        let parts: Vec<&str> = text.split(':').collect();
        let ["arn", partition, "sns", region, account, name] = parts.as_slice() else {
            return None;
        };
        let possible = is_partition(partition)
            && is_name(region)
            && is_account(account)
            && is_name(name.trim_end_matches(".fifo"));
        possible.then_some(Self { account })
    }
}

fn is_partition(text: &str) -> bool {
    text == "aws" || (text.starts_with("aws-") && is_name(text))
}

fn is_account(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'$'))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("resize", None)]
    #[case("resize:live", Some("live"))]
    #[case("function:resize", None)]
    #[case("123456789012:function:resize", None)]
    #[case("123456789012:function:resize:live", Some("live"))]
    #[case("arn:aws:lambda:eu-west-1:123456789012:function:resize", None)]
    #[case("arn:aws-cn:lambda:cn-north-1:123456789012:function:resize:7", Some("7"))]
    #[case("arn:aws:lambda:eu-west-1:123456789012:function:resize:$LATEST", Some("$LATEST"))]
    fn a_function_is_known_by_its_name_or_arn(#[case] text: &str, #[case] version: Option<&str>) {
        let function = FunctionName::parse(text).unwrap();
        assert_eq!((function.name, function.version), ("resize", version));
        assert!(function.is_possible());
    }

    #[test]
    fn an_account_before_a_name_is_no_name_with_a_version() {
        let function = FunctionName::parse("000000000000:some_function").unwrap();
        assert_eq!((function.name, function.version), ("some_function", None));
        assert_eq!(function.account, Some("000000000000"));
        let short = FunctionName::parse("1234:prod").unwrap();
        assert_eq!((short.name, short.version), ("1234", Some("prod")));
    }

    #[rstest]
    #[case("arn:aws:sns:eu-west-1:123456789012:function:resize")]
    #[case("arn:aws:lambda:eu-west-1:123456789012:resize")]
    #[case("arn:aws:lambda:eu-west-1:${Account}:function:resize")]
    #[case("arn:aws:lambda::123456789012:function:resize")]
    #[case("arn:aws:lambda:eu-west-1:123456789012:function:resize:7:8")]
    #[case("me:function:resize")]
    #[case("my function")]
    #[case("resize:")]
    #[case("a:b:c")]
    #[case("")]
    fn what_aws_could_not_have_is_no_function(#[case] text: &str) {
        assert!(!FunctionName::parse(text).is_some_and(|function| function.is_possible()));
    }

    #[test]
    fn a_labourer_may_have_a_name_that_no_function_could() {
        assert_eq!(FunctionName::parse("team/resize").unwrap().name, "team/resize");
    }

    #[rstest]
    #[case("arn:aws:sns:eu-west-1:123456789012:done", true)]
    #[case("arn:aws-cn:sns:cn-north-1:123456789012:done.fifo", true)]
    #[case("arn:aws:sns:eu-west-1:me:done", false)]
    #[case("arn:aws:sns::123456789012:done", false)]
    #[case("arn:aws:sns:eu-west-1:123456789012:done:subscription", false)]
    #[case("arn:aws:sqs:eu-west-1:123456789012:done", false)]
    #[case("ops@example.com", false)]
    fn a_topic_is_known_by_its_arn(#[case] text: &str, #[case] possible: bool) {
        assert_eq!(TopicArn::parse(text).is_some(), possible);
    }
}
