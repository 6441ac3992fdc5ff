//! Reading Python literals, as `repr` writes them: sosw 0.7 closed its tasks with such payloads.

use std::{iter::Peekable, str::Chars};

use serde_json::Number;
use task_manager::json::{Json, Object};

/// The value of a Python literal as JSON; nothing if the text is none. Tuples and sets become
/// lists, `Decimal('1')` a number, keys that are no text the text of their literal.
pub fn read(text: &str) -> Option<Json> {
    let mut reader = LiteralParser { rest: text.chars().peekable(), depth: 0 };
    let value = reader.value()?;
    reader.skip();
    reader.rest.next().is_none().then_some(value)
}

/// Deeper literals are refused, not followed.
const DEEPEST: u32 = 100;

struct LiteralParser<'a> {
    rest: Peekable<Chars<'a>>,
    depth: u32,
}

impl LiteralParser<'_> {
    fn skip(&mut self) {
        while self.rest.next_if(|c| c.is_whitespace()).is_some() {}
    }

    /// Is this what comes next? Then it is taken.
    fn takes(&mut self, wanted: char) -> bool {
        self.skip();
        self.rest.next_if_eq(&wanted).is_some()
    }

    fn value(&mut self) -> Option<Json> {
        self.skip();
        self.depth += 1;
        let value = match *self.rest.peek().filter(|_| self.depth <= DEEPEST)? {
            '{' => self.braces(),
            '[' => self.list('[', ']'),
            '(' => self.list('(', ')'),
            '\'' | '"' => self.text().map(Json::String),
            '-' | '+' | '.' | '0'..='9' => self.number(),
            _ => self.word(),
        };
        self.depth -= 1;
        value
    }

    fn list(&mut self, open: char, close: char) -> Option<Json> {
        self.takes(open).then_some(())?;
        let mut values = Vec::new();
        while !self.takes(close) {
            if !values.is_empty() {
                self.takes(',').then_some(())?;
                if self.takes(close) {
                    break;
                }
            }
            values.push(self.value()?);
        }
        Some(Json::Array(values))
    }

    /// A dictionary, or a set.
    fn braces(&mut self) -> Option<Json> {
        self.takes('{').then_some(())?;
        let (mut fields, mut values) = (Object::new(), Vec::new());
        while !self.takes('}') {
            if !fields.is_empty() || !values.is_empty() {
                self.takes(',').then_some(())?;
                if self.takes('}') {
                    break;
                }
            }
            let value = self.value()?;
            if self.takes(':') {
                let key = match value {
                    Json::String(text) => text,
                    other => other.to_string(),
                };
                fields.insert(key, self.value()?);
            } else {
                values.push(value);
            }
        }
        match (fields.is_empty(), values.is_empty()) {
            (_, true) => Some(Json::Object(fields)),
            (true, false) => Some(Json::Array(values)),
            (false, false) => None,
        }
    }

    fn text(&mut self) -> Option<String> {
        let quote = self.rest.next()?;
        let mut text = String::new();
        loop {
            match self.rest.next()? {
                c if c == quote => return Some(text),
                '\\' => text.extend(self.escaped()?),
                c => text.push(c),
            }
        }
    }

    /// What stands behind a backslash; nothing at all for the end of a line.
    fn escaped(&mut self) -> Option<Option<char>> {
        let c = match self.rest.next()? {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'a' => '\x07',
            'b' => '\x08',
            'f' => '\x0c',
            'v' => '\x0b',
            '0' => '\0',
            'x' => self.code(2)?,
            'u' => self.code(4)?,
            'U' => self.code(8)?,
            '\n' => return Some(None),
            c @ ('\\' | '\'' | '"') => c,
            _ => return None,
        };
        Some(Some(c))
    }

    fn code(&mut self, digits: usize) -> Option<char> {
        let mut code = 0;
        for _ in 0..digits {
            code = code * 16 + self.rest.next()?.to_digit(16)?;
        }
        // Half a character means nothing.
        Some(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn number(&mut self) -> Option<Json> {
        let mut text = String::new();
        while let Some(c) = self.rest.next_if(|c| c.is_ascii_alphanumeric() || "+-._".contains(*c))
        {
            text.push(c);
        }
        parse(&text)
    }

    fn word(&mut self) -> Option<Json> {
        let mut word = String::new();
        while let Some(c) = self.rest.next_if(|c| c.is_alphanumeric() || *c == '_' || *c == '.') {
            word.push(c);
        }
        match word.as_str() {
            "None" => Some(Json::Null),
            "True" => Some(Json::Bool(true)),
            "False" => Some(Json::Bool(false)),
            "Decimal" | "decimal.Decimal" => {
                self.takes('(').then_some(())?;
                let text = self.text()?;
                self.takes(')').then(|| parse(&text))?
            }
            "OrderedDict" | "collections.OrderedDict" | "dict" | "set" => {
                self.takes('(').then_some(())?;
                let value = self.value()?;
                self.takes(')').then_some(value)
            }
            _ => None,
        }
    }
}

fn parse(text: &str) -> Option<Json> {
    let text = text.replace('_', "");
    // JSON has no `+1`, `.5` and `5.`.
    let odd = |text: &str| Number::from_f64(text.parse().ok()?).map(Json::Number);
    let number = Json::parse(&text).ok().filter(|number| number.as_f64().is_some());
    number.or_else(|| odd(&text))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::*;

    #[rstest]
    #[case("{'a': True, 'b': None}", json!({"a": true, "b": null}))]
    #[case("{'n': [1, -2.5, 1e3], 't': ('x',), 'e': ()}", json!({"n": [1, -2.5, 1000.0], "t": ["x"], "e": []}))]
    #[case(r#"{"it's": 'a "quote"', 'l': 'a\n\\b\x41\u00e9'}"#, json!({"it's": "a \"quote\"", "l": "a\n\\bA\u{e9}"}))]
    #[case("{1: {'x': Decimal('2.5')}, 's': {'a', 'b'}}", json!({"1": {"x": 2.5}, "s": ["a", "b"]}))]
    #[case("{}", json!({}))]
    #[case("'text'", json!("text"))]
    fn a_python_literal_is_read_as_json(#[case] text: &str, #[case] meant: Value) {
        assert_eq!(read(text), Some(meant.into()));
    }

    #[rstest]
    #[case("9223372036854775808")]
    #[case("-123456789012345678901234567890")]
    #[case("0.12345678901234567890123")]
    fn a_number_keeps_its_digits(#[case] number: &str) {
        let literal = format!("{{'a': {number}, 'b': Decimal('{number}')}}");
        let json = read(&literal).unwrap().to_string();
        assert_eq!(json, format!(r#"{{"a":{number},"b":{number}}}"#));
    }

    #[test]
    fn half_a_character_does_not_spoil_the_rest() {
        assert_eq!(read(r"{'a': 'x\ud83d'}"), Some(json!({"a": "x\u{FFFD}"}).into()));
    }

    #[rstest]
    #[case("{'a': }")]
    #[case("{'a': 1")]
    #[case("{'a' 1}")]
    #[case("<object at 0x7f>")]
    #[case("{'a': datetime.date(2026, 1, 1)}")]
    #[case("[1, 2] tail")]
    #[case("")]
    fn what_is_no_literal_is_left_alone(#[case] text: &str) {
        assert_eq!(read(text), None);
    }

    #[test]
    fn a_deep_literal_is_refused() {
        assert_eq!(read(&"[".repeat(100_000)), None);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC*|[\\[\\]{}()'\",:\\\\0-9a-zTFN ]*") {
            read(&text);
        }
    }
}
