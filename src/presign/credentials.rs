//! The keys that sign. A secret here cannot be printed, compared or serialised, and is wiped when dropped.

use std::fmt;

use jiff::Timestamp;
use secrecy::SecretString;
use thiserror::Error;

/// An access key, with what is known of its life.
#[derive(Clone, Debug)]
pub struct SigningCredentials {
    /// The access key id; visible in every link.
    pub access_key_id: String,
    /// The secret access key.
    pub secret_access_key: SecretString,
    /// The session token of temporary credentials.
    pub session_token: Option<SecretString>,
    /// When temporary credentials end; `None` where no end is known.
    pub expires: Option<Timestamp>,
    /// Where they came from, for people: `profile support`, `environment`, `demo`.
    pub source: String,
}

/// A code is asked for: which device shows it, and what it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeAsk {
    /// The serial number of the device, or its ARN.
    pub device: String,
    /// The profile whose role asks for it.
    pub profile: String,
}

/// The code that a device shows now, good once. `Debug` shows only that there is one.
#[derive(Clone, PartialEq, Eq)]
pub struct OneTimeCode(String);

/// What was typed is no code.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("a code has {DIGITS} digits, as the device shows them")]
pub struct NoCode;

/// How many digits a code of AWS has.
const DIGITS: usize = 6;

impl OneTimeCode {
    /// Takes what was typed; blanks around it and between its digits do not count.
    pub fn parse(text: &str) -> Result<Self, NoCode> {
        let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        match digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            true => Ok(Self(digits)),
            false => Err(NoCode),
        }
    }

    /// The digits, for the service that checks them. Nothing else may call this.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for OneTimeCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OneTimeCode(…)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_code_has_six_digits_and_may_be_typed_in_groups() {
        assert_eq!(OneTimeCode::parse(" 123 456\n").unwrap().expose(), "123456");
        for text in ["", "12345", "1234567", "12345a", "１２３４５６"] {
            assert_eq!(OneTimeCode::parse(text), Err(NoCode), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_a_code_by_accident_and_no_code_is_shown(text in "[0-9a-z ]{0,12}") {
            if let Ok(code) = OneTimeCode::parse(&text) {
                prop_assert!(code.expose().bytes().all(|byte| byte.is_ascii_digit()));
                prop_assert_eq!(format!("{code:?}"), "OneTimeCode(…)");
            }
        }
    }
}
