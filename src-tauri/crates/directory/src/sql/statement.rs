//! The administrator's query: one statement that reads, with named parameters. Pure: a database sees only what
//! [`Statement::read`] let through.

use std::fmt::Write as _;

use super::dialect::Dialect;

/// What stands for a value in a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parameter {
    /// Spellings of the number, a list.
    Phones,
    /// The number as E.164.
    Phone,
    /// Its last ten digits; all of them when there are fewer.
    Phone10,
    /// What was typed into the search.
    Text,
    /// Its words in lower case, ё as е, only letters and digits; a list.
    Words,
    /// Its digits when it is a number, without country code; else empty.
    Digits,
    /// How many people are wanted.
    Limit,
}

impl Parameter {
    /// For a look-up by number.
    pub(super) const OF_NUMBER: &'static [Parameter] = &[Parameter::Phones, Parameter::Phone, Parameter::Phone10];
    /// For a search.
    pub(super) const OF_SEARCH: &'static [Parameter] =
        &[Parameter::Text, Parameter::Words, Parameter::Digits, Parameter::Limit];

    /// As it is written after the colon.
    pub(super) fn name(self) -> &'static str {
        match self {
            Parameter::Phones => "phones",
            Parameter::Phone => "phone",
            Parameter::Phone10 => "phone10",
            Parameter::Text => "text",
            Parameter::Words => "words",
            Parameter::Digits => "digits",
            Parameter::Limit => "limit",
        }
    }
}

/// A query whose parameters have numbers instead of names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Statement {
    /// With `$1` (PostgreSQL) or `?1` (SQLite); without a semicolon at its end.
    pub(super) sql: String,
    /// What each number stands for, from 1; each parameter once.
    pub(super) parameters: Vec<Parameter>,
}

/// Why a query is not let through. The text is for whoever writes it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum StatementError {
    #[error("the query is empty")]
    Empty,
    #[error("the query begins with «{0}»")]
    NotReading(String),
    #[error("there is more than one statement")]
    Several,
    #[error("a quote, comment or dollar quote has no end")]
    Open,
    #[error("a bracket has no partner")]
    Brackets,
    #[error("there is no parameter «:{0}» here")]
    Unknown(String),
    #[error("«{0}» is a parameter without a name")]
    Unnamed(String),
    #[error("the query has no parameter")]
    NoParameter,
}

impl Statement {
    /// Reads a query that may use `allowed`, and must use one of them.
    ///
    /// # Errors
    /// It is not one statement that reads.
    pub(super) fn read(text: &str, dialect: Dialect, allowed: &[Parameter]) -> Result<Statement, StatementError> {
        let mut sql = String::with_capacity(text.len());
        let mut parameters: Vec<Parameter> = Vec::new();
        let mut depth = 0u32;
        let mut first_word: Option<&str> = None;
        let mut ended = false;
        let mut rest = text;
        while let Some(token) = token(rest, dialect)? {
            let (piece, after) = rest.split_at(token.length);
            rest = after;
            let is_blank = matches!(token.kind, Kind::Blank);
            if ended && !is_blank {
                return Err(StatementError::Several);
            }
            if first_word.is_none() && !is_blank && piece != "(" {
                first_word = Some(piece);
            }
            match token.kind {
                Kind::Semicolon => ended = true,
                Kind::Open => depth += 1,
                Kind::Close => depth = depth.checked_sub(1).ok_or(StatementError::Brackets)?,
                Kind::Unnamed => return Err(StatementError::Unnamed(piece.to_owned())),
                Kind::Blank | Kind::Word | Kind::Other | Kind::Parameter => {}
            }
            match token.kind {
                Kind::Parameter => {
                    let name = piece.trim_start_matches(':');
                    let parameter = allowed.iter().copied().find(|parameter| parameter.name() == name);
                    let parameter = parameter.ok_or_else(|| StatementError::Unknown(name.to_owned()))?;
                    let known = parameters.iter().position(|other| *other == parameter);
                    let place = known.unwrap_or_else(|| {
                        parameters.push(parameter);
                        parameters.len() - 1
                    });
                    // Writing to a String cannot fail.
                    let _ = write!(sql, "{}{}", dialect.mark(), place + 1);
                }
                Kind::Semicolon => {}
                Kind::Blank | Kind::Word | Kind::Open | Kind::Close | Kind::Other | Kind::Unnamed => {
                    sql.push_str(piece);
                }
            }
        }
        match first_word {
            None => return Err(StatementError::Empty),
            Some(word) if ["select", "with"].iter().any(|reads| word.eq_ignore_ascii_case(reads)) => {}
            Some(word) => return Err(StatementError::NotReading(word.chars().take(40).collect())),
        }
        if depth > 0 {
            return Err(StatementError::Brackets);
        }
        if parameters.is_empty() {
            return Err(StatementError::NoParameter);
        }
        Ok(Statement { sql: sql.trim_end().to_owned(), parameters })
    }
}

/// What a piece of a query is, as far as parameters are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Space or comment.
    Blank,
    Word,
    Open,
    Close,
    Semicolon,
    /// `:name`
    Parameter,
    /// `?`, `$1`, `@name`: a parameter that we do not fill.
    Unnamed,
    /// Strings, quoted names, numbers, operators.
    Other,
}

#[derive(Debug, Clone, Copy)]
struct Token {
    kind: Kind,
    length: usize,
}

/// The first piece of a text; `None` at its end.
fn token(text: &str, dialect: Dialect) -> Result<Option<Token>, StatementError> {
    let Some(first) = text.chars().next() else {
        return Ok(None);
    };
    let is = |kind: Kind, length: usize| Ok(Some(Token { kind, length }));
    let postgres = dialect == Dialect::Postgres;
    let rest = &text[first.len_utf8()..];
    let second = rest.chars().next();
    match first {
        _ if first.is_whitespace() => is(Kind::Blank, while_is(text, char::is_whitespace)),
        '-' if second == Some('-') => is(Kind::Blank, text.find('\n').map_or(text.len(), |end| end + 1)),
        '/' if second == Some('*') => is(Kind::Blank, comment(text, postgres)?),
        '\'' => is(Kind::Other, quoted(text, '\'', false)?),
        '"' => is(Kind::Other, quoted(text, '"', false)?),
        '`' if !postgres => is(Kind::Other, quoted(text, '`', false)?),
        '[' if !postgres => is(Kind::Other, text.find(']').ok_or(StatementError::Open)? + 1),
        'e' | 'E' if postgres && second == Some('\'') => is(Kind::Other, 1 + quoted(rest, '\'', true)?),
        '$' if postgres => match dollar_quoted(text)? {
            Some(length) => is(Kind::Other, length),
            None => is(Kind::Unnamed, 1 + while_is(rest, is_in_word)),
        },
        // An operator of JSON in PostgreSQL; SQLite's unnamed parameter.
        '?' if !postgres => is(Kind::Unnamed, 1 + while_is(rest, |letter| letter.is_ascii_digit())),
        '@' | '$' if !postgres => is(Kind::Unnamed, 1 + while_is(rest, is_in_word)),
        // A cast, not a parameter of that name.
        ':' if second == Some(':') => is(Kind::Other, 2),
        ':' if second.is_some_and(is_word_start) => is(Kind::Parameter, 1 + while_is(rest, is_in_word)),
        '(' => is(Kind::Open, 1),
        ')' => is(Kind::Close, 1),
        ';' => is(Kind::Semicolon, 1),
        _ if is_word_start(first) => {
            // A dollar in a word's middle is the word's own in PostgreSQL: `a$b$` opens no quote.
            is(Kind::Word, while_is(text, |letter| is_in_word(letter) || (letter == '$' && postgres)))
        }
        _ if first.is_ascii_digit() => is(Kind::Other, while_is(text, is_in_word)),
        _ => is(Kind::Other, first.len_utf8()),
    }
}

fn is_word_start(letter: char) -> bool {
    letter.is_alphabetic() || letter == '_'
}

fn is_in_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

fn while_is(text: &str, wanted: impl Fn(char) -> bool) -> usize {
    text.find(|letter| !wanted(letter)).unwrap_or(text.len())
}

/// The length of `'…'`, a doubled quote being one of its letters.
fn quoted(text: &str, quote: char, backslash: bool) -> Result<usize, StatementError> {
    let mut letters = text.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        if letter == '\\' && backslash {
            letters.next();
        } else if letter == quote && letters.next_if(|(_, next)| *next == quote).is_none() {
            return Ok(at + quote.len_utf8());
        }
    }
    Err(StatementError::Open)
}

/// The length of `/*…*/`; PostgreSQL's may hold others.
fn comment(text: &str, nested: bool) -> Result<usize, StatementError> {
    let (mut at, mut depth) = (2, 1u32);
    while depth > 0 {
        let rest = text.get(at..).unwrap_or_default();
        let close = rest.find("*/").ok_or(StatementError::Open)?;
        match rest.find("/*").filter(|open| nested && *open < close) {
            Some(open) => (at, depth) = (at + open + 2, depth + 1),
            None => (at, depth) = (at + close + 2, depth - 1),
        }
    }
    Ok(at)
}

/// The length of `$tag$…$tag$`; `None` when the dollar opens none.
fn dollar_quoted(text: &str) -> Result<Option<usize>, StatementError> {
    let inner = text.get(1..).unwrap_or_default();
    let name = while_is(inner, is_in_word);
    let is_tag = inner.get(name..).is_some_and(|rest| rest.starts_with('$'))
        && !inner.starts_with(|letter: char| letter.is_ascii_digit());
    if !is_tag {
        return Ok(None);
    }
    let tag = text.get(..name + 2).unwrap_or_default();
    let body = text.get(tag.len()..).unwrap_or_default();
    let end = body.find(tag).ok_or(StatementError::Open)?;
    Ok(Some(tag.len() + end + tag.len()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<(String, Vec<Parameter>), StatementError> {
        let statement = Statement::read(text, Dialect::Postgres, Parameter::OF_NUMBER)?;
        Ok((statement.sql, statement.parameters))
    }

    fn lite(text: &str) -> Result<String, StatementError> {
        Statement::read(text, Dialect::Sqlite, Parameter::OF_NUMBER).map(|statement| statement.sql)
    }

    #[test]
    fn names_become_numbers_each_once() {
        let (sql, parameters) =
            read("select * from p where a = any(:phones) or b = :phone10 or c = any(:phones);").unwrap();
        assert_eq!(sql, "select * from p where a = any($1) or b = $2 or c = any($1)");
        assert_eq!(parameters, [Parameter::Phones, Parameter::Phone10]);
        assert_eq!(
            lite("select * from p where a in (select value from json_each(:phones))").unwrap(),
            "select * from p where a in (select value from json_each(?1))"
        );
    }

    #[test]
    fn what_only_looks_like_a_parameter_stays() {
        let same = [
            "select ':phone', 'it''s :phone', \":phone\", E'\\':phone', $$:phone$$, $a$ $$ :phone $a$",
            "select a::phone -- :phone\n, b /* :phone /* :phone */ :phone */",
            "select a$b$ from t where x[1:2] = 3 and y := 4 and j ? 'k'",
        ];
        for text in same {
            let (sql, _) = read(&format!("{text} where x = :phone")).unwrap();
            assert_eq!(sql, format!("{text} where x = $1"));
        }
        let text = "select [:phone], `:phone`, \":phone\" from t where a = ";
        assert_eq!(lite(&format!("{text}:phone")).unwrap(), format!("{text}?1"));
    }

    #[test]
    fn only_one_statement_that_reads_is_let_through() {
        use StatementError::{Brackets, Empty, NoParameter, NotReading, Open, Several, Unknown, Unnamed};
        let cases = [
            ("", Empty),
            (" -- nothing\n", Empty),
            ("delete from p where a = :phone", NotReading("delete".to_owned())),
            ("/* select */ Update p set a = :phone", NotReading("Update".to_owned())),
            ("select 1 where a = :phone; drop table p", Several),
            ("select 1 where a = :phone;;", Several),
            ("select :phone) as q; --", Brackets),
            ("select (:phone", Brackets),
            ("select ':phone", Open),
            ("select /* /* */ :phone", Open),
            ("select $a$ :phone $b$", Open),
            ("select :telephone", Unknown("telephone".to_owned())),
            ("select :text", Unknown("text".to_owned())),
            ("select $1", Unnamed("$1".to_owned())),
            ("select 1", NoParameter),
        ];
        for (text, error) in cases {
            assert_eq!(read(text), Err(error), "{text}");
        }
        assert_eq!(lite("select ? from p"), Err(Unnamed("?".to_owned())));
        assert!(read("with a as (select :phone) select * from a ; -- end").is_ok());
        assert!(read("(SELECT :phone) union select 1").is_ok());
    }

    /// A piece of a query, and what becomes of it.
    fn piece() -> impl Strategy<Value = (String, Option<Parameter>)> {
        let plain = |text: String| (text, None);
        prop_oneof![
            prop::sample::select(Parameter::OF_NUMBER).prop_map(|parameter| (String::new(), Some(parameter))),
            "[a-zа-я:;()\"/*$ -]{0,12}".prop_map(move |text| plain(format!("'{text}'"))),
            "[a-z:;()'/*$ -]{0,12}".prop_map(move |text| plain(format!("\"{text}\""))),
            "[a-z:;()'\"*/]{0,12}".prop_map(move |text| plain(format!("$q${text}$q$"))),
            "[a-z:;()'\"$]{0,12}".prop_map(move |text| plain(format!("--{text}\n"))),
            "[a-z:;()'\"$]{0,12}".prop_map(move |text| plain(format!("/*{text}*/"))),
            prop::sample::select(vec!["a::text", "x", "1.5", "=", "(b)", "\t", "||", "{}", "ё"])
                .prop_map(move |text| plain(text.to_owned())),
        ]
    }

    proptest! {
        #[test]
        fn every_parameter_and_nothing_else_is_replaced(pieces in prop::collection::vec(piece(), 0..20)) {
            let (mut text, mut expected) = ("select :phone ".to_owned(), "select $1 ".to_owned());
            let mut order = vec![Parameter::Phone];
            for (piece, parameter) in &pieces {
                match parameter {
                    Some(parameter) => {
                        let known = order.iter().position(|other| other == parameter);
                        let place = known.unwrap_or_else(|| { order.push(*parameter); order.len() - 1 });
                        text += &format!(":{} ", parameter.name());
                        expected += &format!("${} ", place + 1);
                    }
                    None => {
                        text += &format!("{piece} ");
                        expected += &format!("{piece} ");
                    }
                }
            }
            prop_assert_eq!(read(&text), Ok((expected.trim_end().to_owned(), order)));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,40}", lite_text in "[a-z:;()'\"`\\[\\]$?@/*\\\\ -]{0,40}") {
            for text in [&text, &lite_text] {
                let _ = read(text);
                let _ = lite(text);
                let _ = read(&format!("select :phone {text}"));
            }
        }
    }
}
