//! Where a user is or wants to be: the list of buckets, or a prefix in one. Parses and shows `s3://` URIs.

use std::fmt;

use thiserror::Error;

use super::failure::{Failure, FailureKind};
use super::name::{BucketName, Key, NameError, Prefix};

/// A place that can be listed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Location {
    /// All buckets that the credentials may see.
    Buckets,
    /// What lies directly below a prefix.
    Prefix {
        /// The bucket.
        bucket: BucketName,
        /// The prefix; empty for the root of the bucket.
        prefix: Prefix,
    },
}

/// Why a text is not a location.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum LocationError {
    /// The bucket part is not a name.
    #[error(transparent)]
    Name(#[from] NameError),
    /// Another scheme than `s3`.
    #[error("`{0}` is not an s3:// location: write s3://bucket/prefix, or bucket/prefix")]
    Scheme(String),
}

impl Location {
    /// Reads `s3://bucket/prefix`, `bucket/prefix`, `s3://` or the empty text (all buckets).
    ///
    /// The prefix is taken byte for byte: `s3://b//x` is the prefix `/x`, and nothing is percent-decoded, as in the AWS CLI.
    pub fn parse(text: &str) -> Result<Self, LocationError> {
        let rest = match text.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("s3") => rest,
            Some((scheme, _)) if !scheme.contains('/') => {
                return Err(LocationError::Scheme(super::text::visible(text).into_owned()));
            }
            _ => text,
        };
        if rest.is_empty() {
            return Ok(Self::Buckets);
        }
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        Ok(Self::Prefix { bucket: BucketName::parse(bucket)?, prefix: Prefix::new(prefix) })
    }

    /// The root of a bucket.
    pub fn root_of(bucket: BucketName) -> Self {
        Self::Prefix { bucket, prefix: Prefix::default() }
    }

    /// `s3://bucket/a/` for `s3://bucket/a`, which a store did not list for this reason: a key that is limited to a prefix may list
    /// the former alone.
    pub fn closed(&self, refusal: &Failure) -> Option<Self> {
        match self {
            Self::Prefix { bucket, prefix } if refusal.kind == FailureKind::Forbidden => {
                Some(Self::Prefix { bucket: bucket.clone(), prefix: prefix.closed()? })
            }
            Self::Prefix { .. } | Self::Buckets => None,
        }
    }

    /// One level up: a prefix's parent, the buckets for a bucket's root, nothing above the buckets.
    pub fn parent(&self) -> Option<Self> {
        match self {
            Self::Buckets => None,
            Self::Prefix { bucket, prefix } => Some(match prefix.parent() {
                Some(prefix) => Self::Prefix { bucket: bucket.clone(), prefix },
                None => Self::Buckets,
            }),
        }
    }
}

/// The `s3://` URI, byte for byte; show it through [`super::text::visible`].
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Buckets => f.write_str("s3://"),
            Self::Prefix { bucket, prefix } => write!(f, "s3://{bucket}/{}", prefix.as_str()),
        }
    }
}

/// One object, or one version of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ObjectId {
    /// The bucket.
    pub bucket: BucketName,
    /// The key.
    pub key: Key,
    /// The version; `None` means whatever is current.
    pub version: Option<VersionId>,
}

impl ObjectId {
    /// The current version of `key`.
    pub fn current(bucket: BucketName, key: Key) -> Self {
        Self { bucket, key, version: None }
    }
}

/// The `s3://` URI without the version, byte for byte; show it through [`super::text::visible`].
impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.key.as_str())
    }
}

/// A store's opaque name for one version of an object; `null` for one written before versioning.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct VersionId(pub String);

/// A store's opaque name for a multipart upload that is under way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UploadId(pub String);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn up_leads_from_anywhere_to_the_buckets() {
        let mut here = Location::parse("s3://b/x//y/").unwrap();
        let mut seen = vec![here.to_string()];
        while let Some(up) = here.parent() {
            here = up;
            seen.push(here.to_string());
        }
        assert_eq!(seen, ["s3://b/x//y/", "s3://b/x//", "s3://b/x/", "s3://b/", "s3://"]);
    }

    #[test]
    fn a_scheme_other_than_s3_is_refused() {
        assert!(matches!(Location::parse("https://b/x"), Err(LocationError::Scheme(_))));
        assert_eq!(Location::parse("S3://b/x"), Location::parse("b/x"));
        assert_eq!(Location::parse("b/http://x").unwrap().to_string(), "s3://b/http://x");
    }

    proptest! {
        #[test]
        fn what_is_shown_parses_back(bucket in "[a-zA-Z0-9][a-zA-Z0-9._-]{2,60}", prefix in any::<String>()) {
            let there = Location::Prefix { bucket: BucketName::parse(&bucket).unwrap(), prefix: Prefix::new(prefix) };
            prop_assert_eq!(Location::parse(&there.to_string()).unwrap(), there);
        }

        #[test]
        fn any_text_parses_or_says_why(text in any::<String>()) {
            let _ = Location::parse(&text);
        }
    }
}
