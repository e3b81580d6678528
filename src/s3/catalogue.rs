//! What the errors of stores mean and what to do about them, as data: from a code and a message to a cause and a remedy.
//! Reads no answers and decides nothing.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::provider;

/// What one error means, in one dialect or in everyone's.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// The code: `NoSuchKey`. In capitals with dashes where stores name none and the words are ours.
    pub code: String,
    /// The status that AWS, or the owner of the dialect, sends with it. Other stores send others.
    pub status: Option<u16>,
    /// The preset whose dialect it is; `None` for what everyone says.
    pub provider: Option<String>,
    /// What the message says, in lower case; one of these is enough. Empty where any message will do.
    #[serde(default)]
    pub says: Vec<String>,
    /// While doing what it is met.
    pub when: Vec<Occasion>,
    /// The check that did not pass; `None` where the error is not one of a link's checks.
    pub check: Option<Check>,
    /// Why, in one or two sentences.
    pub cause: String,
    /// What to do.
    pub fix: String,
}

impl Row {
    /// Whether the code alone says no more than that the request is not taken: any request may be met with it.
    pub fn is_of_any_request(&self) -> bool {
        matches!(&*self.code, "InvalidArgument" | "InvalidRequest") && self.says.is_empty()
    }
}

/// While doing what an error is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Occasion {
    /// Making a link.
    Make,
    /// Using a link.
    Use,
    /// Reading with credentials.
    Browse,
    /// Uploading by form.
    Post,
    /// Asking as a browser does before a page may.
    Cors,
}

/// What a store looks at before it serves a link, in the order in which Amazon S3 does (measured, 2026-09). Other stores look
/// at the same things in another order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// One way of signing, and one that the store takes.
    Mechanism,
    /// All parameters of the signature are there.
    Parameters,
    /// The signing date can be read.
    Date,
    /// The lifetime is a number, and not above the longest.
    Lifetime,
    /// The link is not dated in the future.
    Begun,
    /// The link has not expired.
    Alive,
    /// Day, region and service are those of the bucket.
    Scope,
    /// No header was sent that has to be signed and is not.
    Headers,
    /// The store knows the key that signed.
    AccessKey,
    /// The signature is that of the request.
    Signature,
    /// The session of temporary credentials goes on.
    Session,
    /// The key that signed may do this, and no policy forbids it.
    Permission,
    /// The object is there, and as the request wants it.
    Object,
}

impl Check {
    /// All of them, in order.
    pub const ALL: [Self; 13] = [
        Self::Mechanism,
        Self::Parameters,
        Self::Date,
        Self::Lifetime,
        Self::Begun,
        Self::Alive,
        Self::Scope,
        Self::Headers,
        Self::AccessKey,
        Self::Signature,
        Self::Session,
        Self::Permission,
        Self::Object,
    ];

    /// What holds once it passed.
    pub fn passed(self) -> &'static str {
        match self {
            Self::Mechanism => "its way of signing is taken",
            Self::Parameters => "no part of its query is missing",
            Self::Date => "its signing date can be read",
            Self::Lifetime => "its lifetime is allowed",
            Self::Begun => "its signing time is taken",
            Self::Alive => "it has not expired",
            Self::Scope => "its day, region and service are taken",
            Self::Headers => "no unsigned header was sent",
            Self::AccessKey => "the access key is known",
            Self::Signature => "the signature is right",
            Self::Session => "the session goes on",
            Self::Permission => "the key may do this",
            Self::Object => "the object is there",
        }
    }

    /// What is wrong with a link that did not pass.
    pub fn failed(self) -> &'static str {
        match self {
            Self::Mechanism => "the store does not take this way of signing",
            Self::Parameters => "a part of its query is missing",
            Self::Date => "its signing date cannot be read",
            Self::Lifetime => "its lifetime is not allowed",
            Self::Begun => "it is dated in the future",
            Self::Alive => "it has expired",
            Self::Scope => "it was signed for another day, region or service",
            Self::Headers => "a header was sent that it does not sign",
            Self::AccessKey => "the store does not know the access key that signed it",
            Self::Signature => "its signature does not fit what is asked",
            Self::Session => "the session that signed it is over or damaged",
            Self::Permission => "it is genuine, but what it asks for is not allowed",
            Self::Object => "it is genuine, but the object is not there, or not as asked",
        }
    }
}

/// What a refusal at `check` proves right, in a store that goes by Amazon's order: all that is looked at before it.
pub fn passed_before(check: Check) -> impl Iterator<Item = Check> {
    Check::ALL.into_iter().filter(move |earlier| *earlier < check)
}

/// All rows, in the order of the file.
pub fn all() -> &'static [Row] {
    static ALL: LazyLock<Vec<Row>> = LazyLock::new(|| {
        #[derive(Deserialize)]
        struct Catalogue {
            error: Vec<Row>,
        }
        let catalogue: Result<Catalogue, _> = toml::from_str(include_str!("../../assets/errors.toml"));
        #[expect(clippy::expect_used, reason = "the file is part of the program, and a test reads it")]
        catalogue.expect("assets/errors.toml is valid").error
    });
    &ALL
}

/// What `code` with `message` means when the store of preset `provider` says it; where there is no code, what the status means.
///
/// Rows of daypass's own requests go before those of links, or the other way round; then what the message says before what
/// any message means; then rows of the very occasion; then the provider's own dialect, everyone's, and another's, for a store
/// behind a name of its own.
pub fn explain(provider: &str, status: Option<u16>, code: &str, message: &str, when: Occasion) -> Option<&'static Row> {
    let code = if code.is_empty() { code_of(status?)? } else { code };
    let message = message.to_lowercase();
    let is_own_request = |when: Occasion| when == Occasion::Browse;
    let rank = |row: &Row| {
        let is_said = row.says.iter().any(|words| message.contains(words));
        let fits = is_said || row.says.is_empty();
        let is_akin = row.when.iter().any(|met| is_own_request(*met) == is_own_request(when));
        let owner = match row.provider.as_deref() {
            Some(owner) if owner == provider => 0,
            None => 1,
            Some(_) => 2,
        };
        fits.then_some((!is_akin, !is_said, !row.when.contains(&when), owner))
    };
    let ranked = all().iter().filter(|row| row.code == code).filter_map(|row| Some((rank(row)?, row)));
    ranked.min_by_key(|(rank, _)| *rank).map(|(_, row)| row)
}

/// The row whose code is ours alone: what stores do not say themselves.
pub fn by_code(code: &str) -> Option<&'static Row> {
    all().iter().find(|row| row.code == code)
}

/// A sentence of the catalogue as a part of one: without its full stop, and with a small letter where no name begins it.
pub fn phrase(sentence: &str) -> String {
    let phrase = sentence.strip_suffix('.').unwrap_or(sentence);
    let word: String = phrase.chars().take_while(|c| c.is_alphanumeric()).collect();
    let mut letters = phrase.chars();
    let Some(first) = letters.next() else { return String::new() };
    let is_plain = word.chars().skip(1).all(char::is_lowercase);
    let is_name = provider::all().iter().any(|provider| provider.name.split(' ').next() == Some(&word));
    match is_plain && !is_name {
        true => first.to_lowercase().chain(letters).collect(),
        false => phrase.to_owned(),
    }
}

/// The code that a status alone stands for, as in every answer to HEAD.
fn code_of(status: u16) -> Option<&'static str> {
    Some(match status {
        301 => "PermanentRedirect",
        307 => "TemporaryRedirect",
        403 => "HEAD-NO-BODY",
        404 => "NoSuchKey",
        405 => "MethodNotAllowed",
        411 => "MissingContentLength",
        412 => "PreconditionFailed",
        414 | 431 => "RequestHeaderSectionTooLarge",
        416 => "InvalidRange",
        429 => "SlowDown",
        500 => "InternalError",
        502..=504 => "ServiceUnavailable",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_row_is_found_by_its_own_code_and_words() {
        for row in all() {
            let owner = row.provider.as_deref().unwrap_or("aws");
            let examples = if row.says.is_empty() { vec![String::new()] } else { row.says.clone() };
            for (words, when) in examples.iter().flat_map(|words| row.when.iter().map(move |when| (words, *when))) {
                let message = format!("Sorry: {}.", words.to_uppercase());
                let found = explain(owner, row.status, &row.code, &message, when);
                assert_eq!(found, Some(row), "{} {words} {when:?}", row.code);
            }
        }
    }

    #[test]
    fn every_row_is_whole_and_every_provider_in_it_exists() {
        for row in all() {
            assert!(row.cause.ends_with('.') && row.fix.ends_with('.'), "{row:?}");
            assert!(!row.when.is_empty(), "{row:?}");
            assert!(row.says.iter().all(|words| *words == words.to_lowercase() && !words.is_empty()), "{row:?}");
            assert!(row.provider.iter().all(|id| provider::by_id(id).is_some()), "{row:?}");
            assert!(row.status.is_none_or(|status| (300..600).contains(&status)), "{row:?}");
        }
    }

    #[test]
    fn a_sentence_becomes_a_phrase_and_names_keep_their_capitals() {
        for (sentence, expected) in [
            ("The store fails.", "the store fails"),
            ("Backblaze's way.", "Backblaze's way"),
            ("R2 did not accept it.", "R2 did not accept it"),
            ("AWS names it. Then more.", "AWS names it. Then more"),
            ("A key.", "a key"),
            ("", ""),
        ] {
            assert_eq!(phrase(sentence), expected);
        }
    }

    #[test]
    fn the_owner_of_a_dialect_is_heard_before_everyone() {
        let cause =
            |provider, code, message| &explain(provider, Some(403), code, message, Occasion::Use).unwrap().cause;
        let says = "Signature validation failed";
        assert!(cause("b2", "SignatureDoesNotMatch", says).contains("Backblaze"));
        assert!(
            cause("aws", "SignatureDoesNotMatch", "The request signature we calculated").contains("What was requested")
        );
        assert!(cause("b2", "SignatureDoesNotMatch", "").contains("What was requested"));
    }

    #[test]
    fn a_store_behind_a_name_of_its_own_is_understood_by_its_words() {
        let row =
            explain("custom", Some(400), "InvalidRequest", "Bad request: Date is too old", Occasion::Use).unwrap();
        assert_eq!(row.check, Some(Check::Alive));
        let row = explain("custom", Some(403), "AccessDenied", "Forbidden: Invalid signature", Occasion::Use).unwrap();
        assert_eq!(row.check, Some(Check::Signature));
        assert_eq!(explain("custom", None, "ExpiredRequest", "", Occasion::Use).unwrap().check, Some(Check::Alive));
    }

    #[test]
    fn an_answer_without_a_code_is_explained_by_its_status() {
        let code = |status| explain("aws", Some(status), "", "", Occasion::Use).map(|row| &*row.code);
        assert_eq!(code(404), Some("NoSuchKey"));
        assert_eq!(code(403), Some("HEAD-NO-BODY"));
        assert_eq!(code(503), Some("ServiceUnavailable"));
        assert_eq!(code(418), None);
        assert_eq!(explain("aws", None, "", "", Occasion::Use), None);
    }

    #[test]
    fn a_refusal_proves_what_was_looked_at_before() {
        let before: Vec<Check> = passed_before(Check::AccessKey).collect();
        assert_eq!(before.last(), Some(&Check::Headers));
        assert!(before.contains(&Check::Alive) && !before.contains(&Check::Signature));
        assert!(Check::ALL.is_sorted());
        assert_eq!(passed_before(Check::Mechanism).count(), 0);
    }

    proptest! {
        #[test]
        fn any_code_and_message_is_explained_or_unknown(code in any::<String>(), message in any::<String>()) {
            if let Some(row) = explain("aws", Some(403), &code, &message, Occasion::Use) {
                prop_assert!(code.is_empty() || row.code == code);
            }
        }
    }
}
