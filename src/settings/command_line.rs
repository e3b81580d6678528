//! A program with its arguments, as it is written in the settings. No shell reads it: quotes keep blanks together, and
//! nothing else has a meaning.

use thiserror::Error;

/// A program and its arguments. What it prints is a secret, what it is called is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandLine {
    /// The program: a name that is looked up in `PATH`, or a path.
    pub program: String,
    /// What it is given.
    pub arguments: Vec<String>,
}

/// Why a text is no command.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum CommandLineError {
    /// There is nothing to run.
    #[error("this is empty: write a program with its arguments, such as \"pass show b2\"")]
    Empty,
    /// A quote without its end.
    #[error("the quote {0} is not closed")]
    Open(char),
}

impl CommandLine {
    /// Splits `text` at blanks. `'…'` and `"…"` keep blanks; a backslash outside `'…'` takes the next character as it is.
    pub fn parse(text: &str) -> Result<Self, CommandLineError> {
        let mut words = Vec::new();
        let mut word: Option<String> = None;
        let mut quote = None;
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            match (quote, c) {
                (Some(open), _) if c == open => quote = None,
                (None | Some('"'), '\\') => word.get_or_insert_default().extend(chars.next()),
                (Some(_), _) => word.get_or_insert_default().push(c),
                (None, '\'' | '"') => {
                    quote = Some(c);
                    word.get_or_insert_default();
                }
                (None, _) if c.is_whitespace() => words.extend(word.take()),
                (None, _) => word.get_or_insert_default().push(c),
            }
        }
        if let Some(open) = quote {
            return Err(CommandLineError::Open(open));
        }
        words.extend(word);
        Self::from_words(words)
    }

    /// Words that are split already.
    pub fn from_words(words: Vec<String>) -> Result<Self, CommandLineError> {
        let mut words = words.into_iter();
        let program = words.next().filter(|program| !program.is_empty()).ok_or(CommandLineError::Empty)?;
        Ok(Self { program, arguments: words.collect() })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(text: &str) -> Vec<String> {
        let CommandLine { program, arguments } = CommandLine::parse(text).unwrap();
        std::iter::once(program).chain(arguments).collect()
    }

    #[test]
    fn only_blanks_quotes_and_backslashes_mean_something() {
        assert_eq!(words("pass show  b2/key"), ["pass", "show", "b2/key"]);
        assert_eq!(
            words(r#"op read "op://Private Vault/b2/key" 'a "b" \c' d\ e """#),
            ["op", "read", "op://Private Vault/b2/key", r#"a "b" \c"#, "d e", ""]
        );
        assert_eq!(words("sh -c $HOME;|&>*~"), ["sh", "-c", "$HOME;|&>*~"]);
        assert_eq!(CommandLine::parse("  "), Err(CommandLineError::Empty));
        assert_eq!(CommandLine::parse("''"), Err(CommandLineError::Empty));
        assert_eq!(CommandLine::parse("pass 'show"), Err(CommandLineError::Open('\'')));
    }

    proptest! {
        #[test]
        fn quoted_words_come_back(text in proptest::collection::vec("[^']{1,9}", 1..5)) {
            let line: Vec<String> = text.iter().map(|word| format!("'{word}'")).collect();
            prop_assert_eq!(words(&line.join(" ")), text);
        }

        #[test]
        fn any_text_is_a_command_or_says_why(text in any::<String>()) {
            let _ = CommandLine::parse(&text);
        }
    }
}
