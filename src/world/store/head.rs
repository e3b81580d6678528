//! Reads the headers of a HEAD answer into facts. Pure: headers in, facts out.

use super::fields::unquoted;
use crate::s3::facts::{Expiration, Lock, ObjectFacts, Restore};
use crate::s3::location::VersionId;
use crate::s3::percent;
use crate::s3::rfc2047;
use crate::world::wire::Answer;

/// What a HEAD answer says. Nothing in it can be wrong enough to refuse the rest.
pub(super) fn facts(answer: &Answer) -> ObjectFacts {
    let text = |name: &str| answer.header(name).filter(|value| !value.is_empty());
    let number = |name: &str| text(name).and_then(|value| value.trim().parse().ok());
    let is = |name: &str, word: &str| text(name).is_some_and(|value| value.eq_ignore_ascii_case(word));
    ObjectFacts {
        size: number("content-length"),
        content_type: text("content-type"),
        content_encoding: text("content-encoding"),
        content_language: text("content-language"),
        content_disposition: text("content-disposition"),
        cache_control: text("cache-control"),
        expires: text("expires"),
        etag: text("etag").map(|tag| unquoted(&tag).to_owned()),
        modified: answer.date("last-modified"),
        storage_class: text("x-amz-storage-class"),
        archive_status: text("x-amz-archive-status"),
        restore: text("x-amz-restore").map(|value| Restore {
            ongoing: attribute(&value, "ongoing-request").as_deref() == Some("true"),
            expiry: attribute(&value, "expiry-date"),
        }),
        encryption: text("x-amz-server-side-encryption").or_else(|| {
            text("x-amz-server-side-encryption-customer-algorithm")
                .map(|algorithm| format!("customer key, {algorithm}"))
        }),
        kms_key_id: text("x-amz-server-side-encryption-aws-kms-key-id"),
        version: text("x-amz-version-id").map(VersionId),
        checksums: checksums(answer),
        checksum_type: text("x-amz-checksum-type"),
        replication: text("x-amz-replication-status"),
        lock: text("x-amz-object-lock-mode")
            .map(|mode| Lock { mode, until: text("x-amz-object-lock-retain-until-date") }),
        legal_hold: is("x-amz-object-lock-legal-hold", "on"),
        expiration: text("x-amz-expiration").and_then(|value| {
            let rule = attribute(&value, "rule-id").map(|rule| percent::decode_utf8(&rule).unwrap_or(rule));
            Some(Expiration { date: attribute(&value, "expiry-date")?, rule })
        }),
        parts: number("x-amz-mp-parts-count"),
        tag_count: number("x-amz-tagging-count"),
        website_redirect: text("x-amz-website-redirect-location"),
        missing_metadata: number("x-amz-missing-meta"),
        metadata: metadata(answer),
    }
}

/// The value of `name="value"` in a list of such pairs.
fn attribute(text: &str, name: &str) -> Option<String> {
    let (_, rest) = text.split_once(&format!("{name}=\""))?;
    let (value, _) = rest.split_once('"')?;
    Some(value.to_owned())
}

/// `x-amz-checksum-sha256: …` as (`sha256`, …), by name. The type of the checksum is told elsewhere.
fn checksums(answer: &Answer) -> Vec<(String, String)> {
    named(answer, "x-amz-checksum-").into_iter().filter(|(name, _)| name != "type" && name != "algorithm").collect()
}

fn metadata(answer: &Answer) -> Vec<(String, String)> {
    named(answer, "x-amz-meta-").into_iter().map(|(name, value)| (name, rfc2047::decode(&value))).collect()
}

/// All headers that start with `start`, without it, in the order of their names; values of one name joined as HTTP does.
fn named(answer: &Answer, start: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for name in answer.headers.keys() {
        let Some(rest) = name.as_str().strip_prefix(start) else { continue };
        let values: Vec<String> =
            answer.headers.get_all(name).iter().map(|value| crate::world::wire::text_of(value.as_bytes())).collect();
        found.push((rest.to_owned(), values.join(",")));
    }
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use hyper::HeaderMap;
    use hyper::header::{HeaderName, HeaderValue};
    use proptest::prelude::*;

    use super::*;

    fn read(headers: &[(&str, &[u8])]) -> ObjectFacts {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::try_from(*name).unwrap(), HeaderValue::from_bytes(value).unwrap());
        }
        facts(&Answer { status: 200, headers: map, body: Default::default(), sent: Default::default() })
    }

    #[test]
    fn every_field_has_its_header() {
        let facts = read(&[
            ("content-length", b"12"),
            ("etag", b"\"abc-2\""),
            ("last-modified", b"Sat, 31 Oct 2026 12:00:00 GMT"),
            ("x-amz-restore", b"ongoing-request=\"false\", expiry-date=\"Fri, 21 Dec 2026 00:00:00 GMT\""),
            ("x-amz-expiration", b"expiry-date=\"Fri, 23 Dec 2026 00:00:00 GMT\", rule-id=\"picture%20rule\""),
            ("x-amz-checksum-sha256", b"c2hh"),
            ("x-amz-checksum-type", b"FULL_OBJECT"),
            ("x-amz-object-lock-legal-hold", b"ON"),
            ("x-amz-meta-b", b"2"),
            ("x-amz-meta-a", b"=?UTF-8?Q?caf=C3=A9?="),
        ]);
        assert_eq!(facts.size, Some(12));
        assert_eq!(facts.etag.as_deref(), Some("abc-2"));
        assert_eq!(facts.modified, "2026-10-31T12:00:00Z".parse().ok());
        let restore = facts.restore.unwrap();
        assert_eq!((restore.ongoing, restore.expiry.as_deref()), (false, Some("Fri, 21 Dec 2026 00:00:00 GMT")));
        assert_eq!(facts.expiration.unwrap().rule.as_deref(), Some("picture rule"));
        assert_eq!(facts.checksums, [("sha256".to_owned(), "c2hh".to_owned())]);
        assert_eq!(facts.checksum_type.as_deref(), Some("FULL_OBJECT"));
        assert!(facts.legal_hold);
        assert_eq!(facts.metadata, [("a".into(), "café".into()), ("b".into(), "2".into())]);
    }

    #[test]
    fn header_bytes_are_utf8_where_they_can_be_and_latin1_otherwise() {
        let facts = read(&[("x-amz-meta-utf8", "é".as_bytes()), ("x-amz-meta-latin1", b"\xe9")]);
        assert!(facts.metadata.iter().all(|(_, value)| value == "é"), "{:?}", facts.metadata);
    }

    #[test]
    fn numbers_that_are_none_are_left_out() {
        let facts = read(&[("content-length", b"-1"), ("x-amz-mp-parts-count", b"two"), ("last-modified", b"soon")]);
        assert_eq!(facts, ObjectFacts::default());
    }

    proptest! {
        #[test]
        fn any_header_values_are_read(value in proptest::collection::vec(32_u8..=255, 0..60)) {
            prop_assume!(!value.contains(&127));
            for name in ["x-amz-restore", "x-amz-expiration", "last-modified", "x-amz-meta-x"] {
                read(&[(name, &value)]);
            }
        }
    }
}
