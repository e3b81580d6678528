//! A URL as people copy it from a provider's pages: where the store answers, and the bucket and prefix in it, whichever way the
//! bucket is named.

use std::fmt;

use thiserror::Error;

use super::address::{Endpoint, EndpointError};
use super::location::{Location, LocationError};
use super::name::{BucketName, NameError, Prefix};
use super::percent::decode_utf8;
use super::provider::{self, Provider};

/// Where a store answers, and the place in it that was named along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreUrl {
    /// The store, without the bucket.
    pub endpoint: Endpoint,
    /// The bucket and prefix; `None` where the URL names none.
    pub place: Option<Location>,
}

/// Why a text is not the URL of a store.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum StoreUrlError {
    /// Scheme or host.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// The bucket.
    #[error("a URL of a store goes on with a bucket: {0}")]
    Bucket(#[from] NameError),
    /// Signed, so it is a secret and opens one object.
    #[error("this is a presigned link: daypass inspect says what it is; a store is named without what follows the `?`")]
    Signed,
    /// A page for people, where no store answers.
    #[error("this is a page of the AWS console, and no store answers there: write s3://BUCKET/PREFIX")]
    Console,
    /// A query or a fragment.
    #[error("leave out what follows the `?` or `#`")]
    Query,
    /// A prefix that is not text.
    #[error("the prefix is not UTF-8 text")]
    NotText,
}

impl StoreUrl {
    /// Reads `https://host[:port]`, `https://host/bucket/prefix` and, where the host is a known provider's,
    /// `https://bucket.host/prefix`. Without a scheme it is `https`. The prefix is percent-decoded, as it is in a URL.
    pub fn parse(text: &str) -> Result<Self, StoreUrlError> {
        let text = text.trim();
        if is_console(text) {
            return Err(StoreUrlError::Console);
        }
        if let Some((_, query)) = text.split_once(['?', '#']) {
            let signed = ["Signature=", "X-Amz-Credential="].iter().any(|sign| query.contains(sign));
            return Err(if signed { StoreUrlError::Signed } else { StoreUrlError::Query });
        }
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (Some(scheme), rest),
            None => (None, text),
        };
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let whole = |authority: &str| match scheme {
            Some(scheme) => format!("{scheme}://{authority}"),
            None => authority.to_owned(),
        };
        let endpoint = Endpoint::parse(&whole(authority))?;
        let decoded = |text: &str| decode_utf8(text).ok_or(StoreUrlError::NotText);
        let (bucket, prefix, endpoint) = match split_host(&endpoint.authority) {
            Some(Split { bucket, base, .. }) if !bucket.is_empty() => {
                (bucket.to_owned(), path, Endpoint::parse(&whole(base))?)
            }
            _ => {
                let (bucket, prefix) = path.split_once('/').unwrap_or((path, ""));
                (decoded(bucket)?, prefix, endpoint)
            }
        };
        if bucket.is_empty() && prefix.is_empty() {
            return Ok(Self { endpoint, place: None });
        }
        let place = Location::Prefix { bucket: BucketName::parse(&bucket)?, prefix: Prefix::new(decoded(prefix)?) };
        Ok(Self { endpoint, place: Some(place) })
    }
}

/// Whether the host of a URL is the AWS console, such as `s3.console.aws.amazon.com` or `eu-west-1.console.aws.amazon.com`.
fn is_console(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#', ':']).next().unwrap_or(rest).to_ascii_lowercase();
    let of = |domain: &str| host.strip_suffix(domain).is_some_and(|before| before.is_empty() || before.ends_with('.'));
    ["console.aws.amazon.com", "console.amazonaws-us-gov.com", "console.amazonaws.cn"].into_iter().any(of)
}

/// The endpoint alone.
impl From<Endpoint> for StoreUrl {
    fn from(endpoint: Endpoint) -> Self {
        Self { endpoint, place: None }
    }
}

/// A place in whichever store is opened, or one in a store of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// `s3://bucket/prefix`.
    Place(Location),
    /// `https://host/bucket/prefix`.
    Url(StoreUrl),
}

/// Why a text is no destination.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum DestinationError {
    /// It is no place.
    #[error(transparent)]
    Place(#[from] LocationError),
    /// It is no URL of a store.
    #[error(transparent)]
    Url(#[from] StoreUrlError),
}

impl Destination {
    /// Reads what begins with `http://` or `https://` as the URL of a store, everything else as a location.
    pub fn parse(text: &str) -> Result<Self, DestinationError> {
        let scheme = text.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
        match scheme.as_deref() {
            Some("http" | "https") => Ok(Self::Url(StoreUrl::parse(text)?)),
            _ => Ok(Self::Place(Location::parse(text)?)),
        }
    }
}

/// As an endpoint, with the place behind it; not encoded, for people.
impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.endpoint)?;
        match &self.place {
            Some(Location::Prefix { bucket, prefix }) => write!(f, "/{bucket}/{}", prefix.as_str()),
            Some(Location::Buckets) | None => Ok(()),
        }
    }
}

/// A host of a known provider, in its two parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Split<'a> {
    /// Whose it is.
    pub provider: &'static Provider,
    /// The bucket before it; empty where it names none.
    pub bucket: &'a str,
    /// The endpoint's host.
    pub base: &'a str,
}

/// The bucket in a host, and the rest of it, where the rest is a provider's.
pub fn split_host(authority: &str) -> Option<Split<'_>> {
    let host = authority.split(':').next().unwrap_or(authority);
    let ends = label_starts(host).filter_map(|(at, rest)| Some((at, rest, provider::by_host(rest)?)));
    let is_base = |host: &str, provider: &Provider| match &*provider.id {
        // The account, of 32 hex digits, is the first label of every endpoint of Cloudflare's.
        "r2" => host.split('.').next().is_some_and(|label| label.len() == 32),
        // Oracle's buckets are never in the host.
        "oracle" => false,
        _ => !host.starts_with("cdn."),
    };
    let shortest = ends.filter(|(_, rest, provider)| is_base(rest, provider)).last();
    let whole = || Some((0, host, provider::by_host(host)?));
    let (at, base, provider) = shortest.or_else(whole)?;
    let bucket = host.get(..at.saturating_sub(1)).unwrap_or_default();
    Some(Split { provider, bucket, base })
}

/// A host from each of its labels on, with where that label begins.
fn label_starts(host: &str) -> impl Iterator<Item = (usize, &str)> {
    let dots = host.match_indices('.').map(|(at, _)| at + 1);
    std::iter::once(0).chain(dots).filter_map(|at| Some((at, host.get(at..)?)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::s3::provider::Given;

    #[test]
    fn a_page_of_the_console_is_no_store() {
        for url in [
            "https://s3.console.aws.amazon.com/s3/buckets/mybucket",
            "https://eu-west-1.console.aws.amazon.com/s3/buckets/mybucket?region=eu-west-1&prefix=a/",
            "console.aws.amazon.com",
        ] {
            assert_eq!(StoreUrl::parse(url), Err(StoreUrlError::Console), "{url}");
        }
        assert!(StoreUrl::parse("https://myconsole.aws.amazon.com/b").is_ok());
    }

    /// What is opened, and where: `provider endpoint region place`.
    fn opened(url: &str) -> String {
        let StoreUrl { endpoint, place } = match StoreUrl::parse(url) {
            Ok(url) => url,
            Err(error) => return error.to_string(),
        };
        let given = Given { endpoint: Some(endpoint), ..Given::default() };
        let resolved = provider::resolve(&given).unwrap();
        let place = place.map(|place| place.to_string()).unwrap_or_default();
        format!("{} {} {} {place}", resolved.provider.id, resolved.address.endpoint, resolved.address.region)
    }

    #[test]
    fn a_pasted_url_is_enough_to_open_a_store_at_a_place() {
        for (url, expected) in [
            (
                "https://s3.us-west-004.backblazeb2.com/bucket/prefix",
                "b2 https://s3.us-west-004.backblazeb2.com us-west-004 s3://bucket/prefix",
            ),
            (
                "https://my.bucket.s3.us-west-004.backblazeb2.com/a%20b/c/",
                "b2 https://s3.us-west-004.backblazeb2.com us-west-004 s3://my.bucket/a b/c/",
            ),
            ("s3.us-west-004.backblazeb2.com", "b2 https://s3.us-west-004.backblazeb2.com us-west-004 "),
            ("https://b.s3.amazonaws.com/x", "aws https://s3.amazonaws.com us-east-1 s3://b/x"),
            ("https://b.s3-eu-west-1.amazonaws.com/", "aws https://s3-eu-west-1.amazonaws.com eu-west-1 s3://b/"),
            (
                "https://b.s3-fips.dualstack.us-gov-west-1.amazonaws.com/x",
                "aws https://s3-fips.dualstack.us-gov-west-1.amazonaws.com us-gov-west-1 s3://b/x",
            ),
            (
                "https://s3.cn-north-1.amazonaws.com.cn/b",
                "aws https://s3.cn-north-1.amazonaws.com.cn cn-north-1 s3://b/",
            ),
            (
                "https://b.0123456789abcdef0123456789abcdef.eu.r2.cloudflarestorage.com/x",
                "r2 https://0123456789abcdef0123456789abcdef.eu.r2.cloudflarestorage.com auto s3://b/x",
            ),
            (
                "https://b.fra1.digitaloceanspaces.com/x",
                "digitalocean https://fra1.digitaloceanspaces.com fra1 s3://b/x",
            ),
            ("HTTP://127.0.0.1:9000/b//x", "custom http://127.0.0.1:9000 us-east-1 s3://b//x"),
            ("http://127.0.0.1:9000/", "custom http://127.0.0.1:9000 us-east-1 "),
        ] {
            assert_eq!(opened(url), expected, "{url}");
        }
    }

    #[test]
    fn what_is_no_url_of_a_store_says_why() {
        for (url, why) in [
            ("https://s3.example.com/b/k?X-Amz-Credential=x&X-Amz-Signature=y", "this is a presigned link"),
            ("https://s3.example.com/b?list-type=2", "leave out what follows"),
            ("https://s3.example.com//x", "goes on with a bucket"),
            ("https://s3.example.com/b/%ff", "not UTF-8"),
            ("ftp://s3.example.com/b", "is not an endpoint"),
        ] {
            assert!(opened(url).contains(why), "{url}: {}", opened(url));
        }
    }

    #[test]
    fn a_destination_is_a_place_or_a_url() {
        assert!(matches!(Destination::parse("b/http://x"), Ok(Destination::Place(_))));
        assert!(matches!(Destination::parse("https://h/b/x"), Ok(Destination::Url(_))));
        assert!(matches!(Destination::parse("ftp://h/b/x"), Err(DestinationError::Place(_))));
    }

    proptest! {
        #[test]
        fn any_text_is_a_url_or_says_why(text in any::<String>()) {
            let _ = StoreUrl::parse(&text);
            let _ = Destination::parse(&format!("https://{text}"));
        }

        #[test]
        fn a_bucket_is_found_in_the_path_of_any_host(bucket in "[a-z0-9][a-z0-9-]{2,20}", prefix in "[a-z/]{0,9}") {
            let url = StoreUrl::parse(&format!("https://files.example.com/{bucket}/{prefix}")).unwrap();
            prop_assert_eq!(url.place.unwrap().to_string(), format!("s3://{bucket}/{prefix}"));
        }
    }
}
