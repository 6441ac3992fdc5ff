//! The ways AWS lets a caller name a function.

/// A function as a request names it: `name`, `name:qualifier`, `account:function:name[:qualifier]` or a
/// full ARN.
///
/// Region and account of an ARN are not compared with the local ones, so that a configuration written for
/// production works here unchanged. There is one version of each function, `$LATEST`; a qualifier is
/// accepted and shows only in the ARN that the function receives as the one it was invoked by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FunctionName {
    pub(crate) name: String,
    pub(crate) qualifier: Option<String>,
}

impl FunctionName {
    /// `None` when the text is none of the accepted forms.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split(':').collect();
        let (name, qualifier) = match parts.as_slice() {
            [name] => (*name, None),
            [name, qualifier] => (*name, Some(*qualifier)),
            [_, "function", name] | ["arn", _, "lambda", _, _, "function", name] => (*name, None),
            [_, "function", name, qualifier]
            | ["arn", _, "lambda", _, _, "function", name, qualifier] => (*name, Some(*qualifier)),
            _ => return None,
        };
        let qualifier_fits = qualifier.is_none_or(|q| q == "$LATEST" || is_plain(q, 128));
        (is_plain(name, 64) && qualifier_fits)
            .then(|| Self { name: name.to_owned(), qualifier: qualifier.map(str::to_owned) })
    }
}

fn is_plain(text: &str, most: usize) -> bool {
    let letters = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    !text.is_empty() && text.len() <= most && text.chars().all(letters)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Option<(String, Option<String>)> {
        FunctionName::parse(text).map(|f| (f.name, f.qualifier))
    }

    #[test]
    fn every_form_that_aws_accepts_names_the_function() {
        let plain = Some(("resize".to_owned(), None));
        let live = Some(("resize".to_owned(), Some("live".to_owned())));
        assert_eq!(parsed("resize"), plain);
        assert_eq!(parsed("resize:live"), live);
        assert_eq!(parsed("123456789012:function:resize"), plain);
        assert_eq!(parsed("123456789012:function:resize:live"), live);
        assert_eq!(parsed("arn:aws:lambda:eu-west-1:123456789012:function:resize"), plain);
        assert_eq!(parsed("arn:aws:lambda:eu-west-1:123456789012:function:resize:live"), live);
        assert!(parsed("arn:aws:lambda:eu-west-1:123456789012:function:resize:$LATEST").is_some());
    }

    #[test]
    fn anything_else_is_refused() {
        for text in
            ["", "a b", "a:b:c", "arn:aws:sns:eu-west-1:1:topic", "resize:", "x/y", &"n".repeat(65)]
        {
            assert_eq!(parsed(text), None, "{text}");
        }
    }
}
