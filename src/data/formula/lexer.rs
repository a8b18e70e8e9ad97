//! From the characters of a formula to its words; full-width and Chinese signs count as their ASCII forms.

use std::iter::Peekable;
use std::str::CharIndices;

use pg_base::{Trouble, say};

use super::fail;

/// One word of a formula.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A finite number.
    Number(f64),
    /// A text in quotes.
    Text(String),
    /// A bare name: a column, a function or a word of the language.
    Name(String),
    /// A column in brackets.
    Column(String),
    /// An operator, a bracket or a comma.
    Sign(&'static str),
    /// After the last word.
    End,
}

/// A word and the byte where it begins.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Lexeme {
    pub(super) token: Token,
    pub(super) at: usize,
}

/// Longer signs first.
const SIGNS: &[(&str, &str)] = &[
    ("**", "^"),
    ("==", "="),
    ("!=", "!="),
    ("<>", "!="),
    ("<=", "<="),
    (">=", ">="),
    ("&&", "and"),
    ("||", "or"),
    ("≠", "!="),
    ("≤", "<="),
    ("≥", ">="),
    ("+", "+"),
    ("-", "-"),
    ("*", "*"),
    ("/", "/"),
    ("%", "%"),
    ("^", "^"),
    ("=", "="),
    ("<", "<"),
    (">", ">"),
    ("&", "&"),
    ("!", "not"),
    ("(", "("),
    (")", ")"),
    (",", ","),
];

/// Words that are signs, as typed in lower case.
const WORDS: &[(&str, &str)] = &[("and", "and"), ("or", "or"), ("not", "not")];

/// All words of a formula, the last one [`Token::End`].
pub(super) fn lexemes(source: &str) -> Result<Vec<Lexeme>, Trouble> {
    let mut found = Vec::new();
    let mut rest = source.char_indices().peekable();
    while let Some((at, c)) = rest.peek().copied() {
        let token = match plain(c) {
            c if c.is_whitespace() => {
                rest.next();
                continue;
            }
            c if c.is_ascii_digit() || (c == '.' && is_digit_at(source, at + 1)) => {
                number(source, at, &mut rest)?
            }
            '"' | '\'' => Token::Text(enclosed(source, at, &mut rest, &[c, closing(c)])?),
            '[' | '`' => {
                let name = enclosed(source, at, &mut rest, &[closing(c)])?;
                Token::Column(name.trim().to_owned())
            }
            c if c.is_alphabetic() || c == '_' => name(source, at, &mut rest),
            _ => Token::Sign(sign(source, at, &mut rest)?),
        };
        found.push(Lexeme { token, at });
    }
    found.push(Lexeme { token: Token::End, at: source.len() });
    Ok(found)
}

/// The ASCII form of a full-width or Chinese sign.
fn plain(c: char) -> char {
    match c {
        '“' | '”' => '"',
        '‘' | '’' => '\'',
        '【' | '［' => '[',
        '】' | '］' => ']',
        '×' | '·' => '*',
        '÷' => '/',
        '−' | '–' => '-',
        '、' => ',',
        // The full-width block repeats ASCII at a fixed distance.
        '！'..='～' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        c => c,
    }
}

/// The sign that ends what this one opens.
fn closing(open: char) -> char {
    match open {
        '“' => '”',
        '‘' => '’',
        '[' => ']',
        '【' => '】',
        '［' => '］',
        c => c,
    }
}

fn is_digit_at(source: &str, at: usize) -> bool {
    source.as_bytes().get(at).is_some_and(u8::is_ascii_digit)
}

fn number(source: &str, at: usize, rest: &mut Peekable<CharIndices<'_>>) -> Result<Token, Trouble> {
    let mut text = String::new();
    while let Some((place, c)) = rest.peek().map(|(place, c)| (*place, plain(*c))) {
        let follows_exponent = text.ends_with(['e', 'E']);
        let begins_exponent = matches!(c, 'e' | 'E')
            && !text.contains(['e', 'E'])
            && (is_digit_at(source, place + 1)
                || (matches!(source.as_bytes().get(place + 1), Some(b'+' | b'-'))
                    && is_digit_at(source, place + 2)));
        let is_part = c.is_ascii_digit()
            || c == '.'
            || begins_exponent
            || (follows_exponent && matches!(c, '+' | '-'));
        if !is_part {
            break;
        }
        text.push(c);
        rest.next();
    }
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(Token::Number(number)),
        _ => Err(fail::at(source, at, say!("`{text}` is no number", "`{text}` 不是数字"))),
    }
}

/// What stands between the opening sign at `at` and a closing one; a doubled closing sign stands for itself.
fn enclosed(
    source: &str,
    at: usize,
    rest: &mut Peekable<CharIndices<'_>>,
    closing: &[char],
) -> Result<String, Trouble> {
    rest.next();
    // After a Chinese opening quote only the Chinese closing one ends the text.
    let ends = closing.last().copied().unwrap_or('"');
    let mut text = String::new();
    while let Some((_, c)) = rest.next() {
        if c != ends {
            text.push(c);
        } else if rest.next_if(|(_, next)| *next == ends).is_some() {
            text.push(ends);
        } else {
            return Ok(text);
        }
    }
    Err(fail::at(
        source,
        at,
        say!("what begins here is not closed by `{ends}`", "此处开始的内容缺少结尾的 `{ends}`"),
    ))
}

fn name(source: &str, at: usize, rest: &mut Peekable<CharIndices<'_>>) -> Token {
    let mut end = source.len();
    while let Some((place, c)) = rest.peek().copied() {
        let continues_after_dot = || {
            source
                .get(place + 1..)
                .and_then(|rest| rest.chars().next())
                .is_some_and(char::is_alphanumeric)
        };
        if !(c.is_alphanumeric() || c == '_' || (c == '.' && continues_after_dot())) {
            end = place;
            break;
        }
        rest.next();
    }
    let text = source.get(at..end).unwrap_or_default();
    let word = WORDS.iter().find(|(word, _)| text.eq_ignore_ascii_case(word));
    word.map_or_else(|| Token::Name(text.to_owned()), |(_, sign)| Token::Sign(sign))
}

fn sign(
    source: &str,
    at: usize,
    rest: &mut Peekable<CharIndices<'_>>,
) -> Result<&'static str, Trouble> {
    let next: String = source.get(at..).unwrap_or_default().chars().take(2).map(plain).collect();
    let Some((typed, sign)) = SIGNS.iter().find(|(typed, _)| next.starts_with(typed)) else {
        let c = next.chars().next().unwrap_or_default();
        return Err(fail::at(
            source,
            at,
            say!("`{c}` has no meaning here", "`{c}` 在此处没有意义"),
        ));
    };
    for _ in typed.chars() {
        rest.next();
    }
    Ok(sign)
}
