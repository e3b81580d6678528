//! A pattern that names below a prefix are compared with: a text, a glob or a regular expression.

use std::fmt;

use regex::{Regex, RegexBuilder};
use thiserror::Error;

use super::name::DELIMITER;
use super::text::visible;

/// The most memory that a pattern may compile to, in bytes: a short text can ask for much.
const MOST_MEMORY: usize = 1 << 20;

/// What is looked for.
///
/// `*` and `?` make a glob, `/…/` is a regular expression, all else is a text. Lower case alone finds both cases.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: String,
    regex: Regex,
    sees: Sees,
}

/// What of a name is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sees {
    /// All of it below the prefix.
    Whole,
    /// The part after the last delimiter.
    LastLevel,
}

/// Why a text is no pattern.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum PatternError {
    /// It would find everything.
    #[error("write what to look for: a part of the name, a glob such as *.pdf, or /a regular expression/")]
    Empty,
    /// The regular expression is none.
    #[error("`{0}` is no regular expression: {1}")]
    BadRegex(String, String),
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// In a glob, `*` and `?` stand for anything but `/`, `**` for anything, and `**/` also for nothing. A glob without `/`
    /// is compared with the last level of a name, and with all of it otherwise.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let (expression, sees) = match text.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')) {
            Some(expression) if !expression.is_empty() => (expression.to_owned(), Sees::Whole),
            _ if text.is_empty() => return Err(PatternError::Empty),
            _ if text.contains(['*', '?']) => {
                (of_glob(text), if text.contains(DELIMITER) { Sees::Whole } else { Sees::LastLevel })
            }
            _ => (regex::escape(text), Sees::Whole),
        };
        let regex = RegexBuilder::new(&expression)
            .case_insensitive(!text.chars().any(char::is_uppercase))
            .dot_matches_new_line(true)
            .size_limit(MOST_MEMORY)
            .dfa_size_limit(MOST_MEMORY)
            .build();
        // The library draws its errors over several lines; the last one says what is wrong.
        let why = |error: regex::Error| {
            let said = error.to_string();
            let last = said.lines().last().unwrap_or_default().trim();
            visible(last.strip_prefix("error: ").unwrap_or(last)).into_owned()
        };
        let regex = regex.map_err(|error| PatternError::BadRegex(visible(&expression).into_owned(), why(error)))?;
        Ok(Self { text: text.to_owned(), regex, sees })
    }

    /// Whether it matches the name below the prefix.
    pub fn matches(&self, name: &str) -> bool {
        let seen = match self.sees {
            Sees::Whole => name,
            Sees::LastLevel => {
                let body = name.strip_suffix(DELIMITER).unwrap_or(name);
                body.rsplit(DELIMITER).next().unwrap_or(body)
            }
        };
        self.regex.is_match(seen)
    }
}

/// The pattern as it was written.
impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Pattern {}

/// The regular expression of a glob.
fn of_glob(glob: &str) -> String {
    let mut expression = "^".to_owned();
    let mut rest = glob;
    while let Some(c) = rest.chars().next() {
        let wild = [("**/", "(.*/)?"), ("**", ".*"), ("*", "[^/]*"), ("?", "[^/]")];
        match wild.into_iter().find_map(|(sign, meaning)| Some((rest.strip_prefix(sign)?, meaning))) {
            Some((after, meaning)) => {
                expression.push_str(meaning);
                rest = after;
            }
            None => {
                expression.push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
                rest = rest.get(c.len_utf8()..).unwrap_or_default();
            }
        }
    }
    expression.push('$');
    expression
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn finds(pattern: &str, names: &[&str]) -> Vec<bool> {
        let pattern = Pattern::parse(pattern).unwrap();
        names.iter().map(|name| pattern.matches(name)).collect()
    }

    #[test]
    fn a_text_is_found_anywhere_and_lower_case_finds_both() {
        assert_eq!(finds("port", &["a/Report.pdf", "PORT", "por/t"]), [true, true, false]);
        assert_eq!(finds("Port", &["a/report", "a/Port"]), [false, true]);
        assert_eq!(finds("a.b", &["axb", "xa.b"]), [false, true], "a text is no expression");
        assert_eq!(finds("größe", &["GRÖSSE", "GRÖßE"]), [false, true]);
        assert_eq!(finds("/", &["a/b", "a"]), [true, false], "a lone slash is a text");
    }

    #[test]
    fn a_glob_without_slash_is_compared_with_the_last_level() {
        assert_eq!(
            finds("*.pdf", &["a/b/x.pdf", "x.PDF", "x.pdf/y", "x.pdf.gz", ".pdf"]),
            [true, true, false, false, true]
        );
        assert_eq!(finds("a?", &["x/ab", "a", "abc", "ab/"]), [true, false, false, true]);
        assert_eq!(finds("*\n*", &["a\nb"]), [true]);
    }

    #[test]
    fn a_glob_with_slash_is_compared_with_all_of_the_name() {
        assert_eq!(finds("2026/*.pdf", &["2026/x.pdf", "2026/a/x.pdf", "x/2026/x.pdf"]), [true, false, false]);
        assert_eq!(finds("**/x*", &["x1", "a/b/x", "a/xb/c"]), [true, true, false]);
        assert_eq!(finds("a/**", &["a/b/c", "a/", "b/a/c"]), [true, true, false]);
    }

    #[test]
    fn a_regular_expression_stands_between_slashes() {
        assert_eq!(finds("/^[0-9]+/", &["12/x", "x/12"]), [true, false]);
        assert_eq!(finds("/a.c$/", &["x/ABC", "abcd"]), [true, false]);
    }

    #[test]
    fn what_is_no_pattern_says_why() {
        assert_eq!(Pattern::parse("").unwrap_err(), PatternError::Empty);
        assert_eq!(Pattern::parse("/a(/").unwrap_err().to_string(), "`a(` is no regular expression: unclosed group");
        assert!(Pattern::parse("/(a{1000}){1000}/").unwrap_err().to_string().contains("size limit"));
    }

    proptest! {
        #[test]
        fn any_text_is_a_pattern_or_says_why(text in any::<String>(), name in any::<String>()) {
            if let Ok(pattern) = Pattern::parse(&text) {
                pattern.matches(&name);
            }
        }

        #[test]
        fn a_text_is_found_in_whatever_contains_it(before in any::<String>(), text in "[^*?/]{1,8}", after in any::<String>()) {
            let name = format!("{before}{text}{after}");
            prop_assert!(Pattern::parse(&text).unwrap().matches(&name));
        }

        #[test]
        fn a_glob_matches_as_a_slow_and_simple_matcher_does(glob in "[ab*?/]{1,8}", name in "[ab/]{0,8}") {
            prop_assume!(glob.contains(['*', '?']) && !(glob.starts_with('/') && glob.ends_with('/')));
            let last = name.strip_suffix('/').unwrap_or(&name).rsplit('/').next().unwrap().to_owned();
            let seen = if glob.contains('/') { name.clone() } else { last };
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(Pattern::parse(&glob).unwrap().matches(&name), slowly(&chars(&glob), &chars(&seen)));
        }
    }

    /// Whether the glob matches all of the text.
    fn slowly(glob: &[char], text: &[char]) -> bool {
        let some_rest = |glob: &[char], crosses: bool| {
            (0..=text.len()).take_while(|at| crosses || !text[..*at].contains(&'/')).any(|at| slowly(glob, &text[at..]))
        };
        match glob {
            [] => text.is_empty(),
            ['*', '*', '/', rest @ ..] => {
                slowly(rest, text) || (0..text.len()).any(|at| text[at] == '/' && slowly(rest, &text[at + 1..]))
            }
            ['*', '*', rest @ ..] => some_rest(rest, true),
            ['*', rest @ ..] => some_rest(rest, false),
            ['?', rest @ ..] => text.first().is_some_and(|c| *c != '/') && slowly(rest, &text[1..]),
            [c, rest @ ..] => text.first() == Some(c) && slowly(rest, &text[1..]),
        }
    }
}
