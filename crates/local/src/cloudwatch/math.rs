//! Metric math, the part that is arithmetic: ids, numbers, + - * / and parentheses.

use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Expression {
    Number(f64),
    Id(String),
    Binary(char, Box<Expression>, Box<Expression>),
}

impl Expression {
    /// The error says what is not understood.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let tokens = tokens(text)?;
        let mut rest = tokens.as_slice();
        let expression = sum(&mut rest)?;
        match rest.first() {
            None => Ok(expression),
            Some(token) => Err(format!("unexpected `{token}`")),
        }
    }

    /// The ids it needs.
    pub(crate) fn ids(&self) -> BTreeSet<&str> {
        match self {
            Self::Number(_) => BTreeSet::new(),
            Self::Id(id) => BTreeSet::from([id.as_str()]),
            Self::Binary(_, left, right) => left.ids().union(&right.ids()).copied().collect(),
        }
    }

    /// `None` where an id has no value, or at a division by 0: there is no data point then.
    pub(crate) fn value(&self, values: &BTreeMap<&str, f64>) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Id(id) => values.get(id.as_str()).copied(),
            Self::Binary(operator, left, right) => {
                let (left, right) = (left.value(values)?, right.value(values)?);
                let value = match operator {
                    '+' => left + right,
                    '-' => left - right,
                    '*' => left * right,
                    _ => left / right,
                };
                value.is_finite().then_some(value)
            }
        }
    }
}

fn tokens(text: &str) -> Result<Vec<String>, String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut word = String::new();
    for letter in text.chars().chain([' ']) {
        if letter.is_ascii_alphanumeric() || letter == '_' || letter == '.' {
            word.push(letter);
            continue;
        }
        if !word.is_empty() {
            tokens.push(std::mem::take(&mut word));
        }
        match letter {
            '+' | '-' | '*' | '/' | '(' | ')' => tokens.push(letter.to_string()),
            ' ' | '\t' | '\n' => {}
            other => return Err(format!("unexpected `{other}`")),
        }
    }
    Ok(tokens)
}

fn sum(rest: &mut &[String]) -> Result<Expression, String> {
    chain(rest, &["+", "-"], product)
}

fn product(rest: &mut &[String]) -> Result<Expression, String> {
    chain(rest, &["*", "/"], atom)
}

fn chain(
    rest: &mut &[String],
    operators: &[&str],
    operand: fn(&mut &[String]) -> Result<Expression, String>,
) -> Result<Expression, String> {
    let mut left = operand(rest)?;
    while let Some((token, after)) =
        rest.split_first().filter(|(token, _)| operators.contains(&token.as_str()))
    {
        *rest = after;
        let right = operand(rest)?;
        left = Expression::Binary(
            token.chars().next().unwrap_or('+'),
            Box::new(left),
            Box::new(right),
        );
    }
    Ok(left)
}

fn atom(rest: &mut &[String]) -> Result<Expression, String> {
    let (token, after) = rest.split_first().ok_or("it ends too early")?;
    *rest = after;
    if token == "(" {
        let inner = sum(rest)?;
        let (close, after) = rest.split_first().ok_or("a `)` is missing")?;
        *rest = after;
        return if close == ")" { Ok(inner) } else { Err(format!("unexpected `{close}`")) };
    }
    if token == "-" {
        let negated = atom(rest)?;
        return Ok(Expression::Binary('-', Box::new(Expression::Number(0.0)), Box::new(negated)));
    }
    if let Ok(number) = token.parse() {
        return Ok(Expression::Number(number));
    }
    let called = rest.first().is_some_and(|next| next == "(");
    if called || !token.starts_with(|letter: char| letter.is_ascii_lowercase()) {
        return Err(format!("`{token}` is not known here"));
    }
    Ok(Expression::Id(token.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Option<f64> {
        let values = BTreeMap::from([("m1", 6.0), ("m2", 3.0), ("zero", 0.0)]);
        Expression::parse(text).ok().and_then(|expression| expression.value(&values))
    }

    #[test]
    fn arithmetic_follows_the_usual_precedence() {
        assert_eq!(value("m1"), Some(6.0));
        assert_eq!(value("m1 + m2 * 2"), Some(12.0));
        assert_eq!(value("(m1+m2)/ 3 - -1"), Some(4.0));
        assert_eq!(value("100*m2/m1"), Some(50.0));
        assert_eq!(value("m1 - m2 - 1"), Some(2.0));
    }

    #[test]
    fn a_missing_value_or_a_division_by_zero_is_no_data_point() {
        assert_eq!(value("m1 / zero"), None);
        assert_eq!(value("m1 + m9"), None);
    }

    #[test]
    fn everything_else_is_refused_by_name() {
        assert_eq!(Expression::parse("FILL(m1, 0)"), Err("unexpected `,`".into()));
        assert_eq!(Expression::parse("SUM(METRICS())"), Err("`SUM` is not known here".into()));
        assert!(Expression::parse("m1 +").is_err());
        assert!(Expression::parse("(m1").is_err());
        assert!(Expression::parse("").is_err());
    }
}
