//! Names that S3 gives to things: bucket, key, prefix. Not where they are (`location`) nor how they look (`text`).

use std::fmt;

use thiserror::Error;

/// The longest key that S3 takes, in bytes of UTF-8 (S3 User Guide, "Naming Amazon S3 objects").
pub const KEY_MAX_BYTES: usize = 1024;

/// What separates the levels of a listing.
pub const DELIMITER: char = '/';

/// Why a text is not a name.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum NameError {
    /// A bucket needs a name.
    #[error("a bucket name cannot be empty")]
    EmptyBucket,
    /// The bucket's name would change which path or host a request goes to.
    #[error("`{0}` cannot be a bucket name: it may hold letters, digits, `.`, `-` and `_`, up to 255 of them")]
    BadBucket(String),
    /// A key needs at least one byte.
    #[error("a key cannot be empty")]
    EmptyKey,
    /// Stores refuse keys beyond [`KEY_MAX_BYTES`].
    #[error("the key has {0} bytes; S3 takes at most {KEY_MAX_BYTES}")]
    LongKey(usize),
}

/// A bucket's name.
///
/// Looser than AWS's rules for new buckets: old AWS buckets and other stores have upper case, `_` and up to 255 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BucketName(String);

impl BucketName {
    /// Takes a name that is safe to put into a host or a path.
    pub fn parse(name: &str) -> Result<Self, NameError> {
        if name.is_empty() {
            return Err(NameError::EmptyBucket);
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if name.len() > 255 || !name.chars().all(plain) || name.chars().all(|c| c == '.') {
            return Err(NameError::BadBucket(super::text::visible(name).into_owned()));
        }
        Ok(Self(name.to_owned()))
    }

    /// The name as the store spells it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the name can be the first label of a host: lower case, no `_`, no dot that a TLS wildcard would miss.
    pub fn fits_a_host(&self) -> bool {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        (3..=63).contains(&self.0.len())
            && self.0.chars().all(plain)
            && !self.0.starts_with('-')
            && !self.0.ends_with('-')
    }
}

impl fmt::Display for BucketName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An object's full name within its bucket: any UTF-8, kept byte for byte.
///
/// `Display` is deliberately absent: a key may hold control characters, so it is shown through [`super::text::visible`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(String);

impl Key {
    /// A key that a user asks for: neither empty nor longer than S3 takes.
    pub fn parse(key: &str) -> Result<Self, NameError> {
        match key.len() {
            0 => Err(NameError::EmptyKey),
            n if n > KEY_MAX_BYTES => Err(NameError::LongKey(n)),
            _ => Ok(Self(key.to_owned())),
        }
    }

    /// A key that a store named, whatever its length. `None` for the empty text, which names nothing.
    pub fn from_store(key: String) -> Option<Self> {
        (!key.is_empty()).then_some(Self(key))
    }

    /// The key as the store spells it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What follows `prefix`; the whole key where it does not start with it. Empty for a folder marker seen from inside.
    pub fn below(&self, prefix: &Prefix) -> &str {
        self.0.strip_prefix(prefix.as_str()).unwrap_or(&self.0)
    }

    /// The part after the last delimiter, which a download would be called: `b` of `a/b`, `a/` of the marker `a/`.
    pub fn file_name(&self) -> &str {
        last_level(&self.0)
    }

    /// Whether a web browser, and every other program that tidies paths, would ask for another key: it takes `.` and `..`
    /// between slashes out of every path (WHATWG URL, "path state"), encoded or not.
    pub fn is_lost_in_browsers(&self) -> bool {
        self.0.split(DELIMITER).any(|level| matches!(level, "." | ".."))
    }

    /// The prefix in which a browser shows this key.
    pub fn parent(&self) -> Prefix {
        parent_of(&self.0)
    }
}

/// The start that keys have in common. The empty prefix is the root of a bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Prefix(String);

impl Prefix {
    /// Any text can be a prefix.
    pub fn new(prefix: impl Into<String>) -> Self {
        Self(prefix.into())
    }

    /// The prefix as the store spells it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the whole bucket.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// One level up; `None` at the root of a bucket.
    pub fn parent(&self) -> Option<Self> {
        (!self.is_root()).then(|| parent_of(&self.0))
    }

    /// `a/b/` for `a/b`, which a key that is limited to the former may not list; `None` where it ends so already, or is the root.
    pub fn closed(&self) -> Option<Self> {
        let is_open = !self.is_root() && !self.0.ends_with(DELIMITER);
        is_open.then(|| Self(format!("{}{DELIMITER}", self.0)))
    }

    /// What follows `outer`, for a row in the listing of `outer`.
    pub fn below(&self, outer: &Self) -> &str {
        self.0.strip_prefix(outer.as_str()).unwrap_or(&self.0)
    }

    /// The prefix up to its last delimiter: itself, but `a/` of `a/b`, which stands for all below `a/` that begins with `b`.
    pub fn folder(&self) -> &str {
        self.0.rfind(DELIMITER).and_then(|at| self.0.get(..at + DELIMITER.len_utf8())).unwrap_or_default()
    }

    /// The last level with its delimiter: `b/` of `a/b/`.
    pub fn last_level(&self) -> &str {
        last_level(&self.0)
    }

    /// The key `name` below this prefix.
    pub fn join(&self, name: &str) -> Result<Key, NameError> {
        if name.is_empty() { Err(NameError::EmptyKey) } else { Key::parse(&format!("{}{name}", self.0)) }
    }
}

/// A text that comes before `name`, and behind all names that do so and are worth a thought: a listing begins behind a text,
/// and never at one.
pub fn just_before(name: &str) -> String {
    let mut before = name.to_owned();
    if let Some(last) = before.pop().filter(|last| *last != '\0') {
        // No character lies between U+D7FF and U+E000.
        before.push(char::from_u32(u32::from(last) - 1).unwrap_or('\u{D7FF}'));
        before.push(char::MAX);
    }
    before
}

/// Where the last level of a key or prefix begins, in bytes. A delimiter at the end belongs to the level that it ends.
fn last_level_start(text: &str) -> usize {
    let body = text.strip_suffix(DELIMITER).unwrap_or(text);
    body.rfind(DELIMITER).map_or(0, |at| at + DELIMITER.len_utf8())
}

fn last_level(text: &str) -> &str {
    text.get(last_level_start(text)..).unwrap_or(text)
}

fn parent_of(text: &str) -> Prefix {
    Prefix::new(text.get(..last_level_start(text)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parent_is_one_level_up_even_across_empty_levels() {
        let up = |p: &str| Prefix::new(p).parent().map(|p| p.as_str().to_owned());
        assert_eq!(up("a/b/").as_deref(), Some("a/"));
        assert_eq!(up("a/").as_deref(), Some(""));
        assert_eq!(up("a//").as_deref(), Some("a/"));
        assert_eq!(up("/").as_deref(), Some(""));
        assert_eq!(up("a/b").as_deref(), Some("a/"));
        assert_eq!(up(""), None);
    }

    #[test]
    fn a_key_is_shown_in_its_parent() {
        for key in ["a/b/c.txt", "c.txt", "a/b/", "//x", "/x", "ä/ö"] {
            let key = Key::parse(key).unwrap();
            let shown = format!("{}{}", key.parent().as_str(), key.file_name());
            assert_eq!(shown, key.as_str());
        }
    }

    #[test]
    fn names_that_would_change_the_request_are_refused() {
        for bad in ["", ".", "..", "a/b", "a b", "a\nb", "a?b", "ü"] {
            assert!(BucketName::parse(bad).is_err(), "{bad:?}");
        }
        for good in ["a", "support-files", "Old_Bucket.2009"] {
            assert!(BucketName::parse(good).is_ok(), "{good:?}");
        }
    }

    #[test]
    fn a_text_just_before_a_name_is_before_it_and_behind_what_is() {
        for (name, before) in
            [("b", "a"), ("b", "azzz"), ("ab", "aa~"), ("é", "z"), ("\u{E000}", "\u{D7FF}"), ("a\0", "a")]
        {
            let between = just_before(name);
            assert!(*between < *name && *before <= *between, "{before:?} {between:?} {name:?}");
        }
        assert_eq!(just_before(""), "");
    }

    #[test]
    fn a_prefix_that_ends_within_a_name_lies_in_a_folder() {
        let folder = |prefix: &str| Prefix::new(prefix).folder().to_owned();
        assert_eq!(
            (folder("a/b"), folder("a/b/"), folder("a"), folder("")),
            ("a/".into(), "a/b/".into(), "".into(), "".into())
        );
    }

    #[test]
    fn a_key_has_1_to_1024_bytes() {
        assert_eq!(Key::parse(""), Err(NameError::EmptyKey));
        assert!(Key::parse(&"k".repeat(1024)).is_ok());
        assert_eq!(Key::parse(&"ä".repeat(513)), Err(NameError::LongKey(1026)));
    }
}
