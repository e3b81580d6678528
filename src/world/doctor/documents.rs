//! The documents that stores answer the doctor with, read into plain data. What they mean is decided in [`crate::doctor`].

use crate::doctor::cors::Rule;
use crate::doctor::public::Grantee;
use crate::s3::name::Key;
use crate::s3::percent::decode_form;
use crate::world::wire::xml;

/// The first key of a listing, which may be empty. Errors are phrases that complete "the answer …".
pub(super) fn first_key(body: &[u8]) -> Result<Option<Key>, String> {
    let (mut key, mut encoded) = (None, false);
    xml::read(body, "ListBucketResult", |path, text| {
        match path {
            "Contents/Key" => key = key.take().or_else(|| Some(std::mem::take(text))),
            "EncodingType" => encoded = text.eq_ignore_ascii_case("url"),
            _ => {}
        }
        Ok(())
    })?;
    let decoded = |key: String| match encoded {
        true => decode_form(&key).ok_or_else(|| "lists a key that is not UTF-8".to_owned()),
        false => Ok(key),
    };
    Ok(key.map(decoded).transpose()?.and_then(Key::from_store))
}

/// How many buckets a list of all names.
pub(super) fn bucket_count(body: &[u8]) -> Result<usize, String> {
    let mut count = 0;
    xml::read(body, "ListAllMyBucketsResult", |path, _| {
        count += usize::from(path == "Buckets/Bucket");
        Ok(())
    })?;
    Ok(count)
}

/// A bucket's rules for web pages, in their order.
pub(super) fn cors(body: &[u8]) -> Result<Vec<Rule>, String> {
    let (mut rules, mut rule) = (Vec::new(), Rule::default());
    xml::read(body, "CORSConfiguration", |path, text| {
        let text = std::mem::take(text);
        match path {
            "CORSRule/ID" => rule.id = text,
            "CORSRule/AllowedOrigin" => rule.allowed_origins.push(text),
            "CORSRule/AllowedMethod" => rule.allowed_methods.push(text),
            "CORSRule/AllowedHeader" => rule.allowed_headers.push(text),
            "CORSRule/ExposeHeader" => rule.expose_headers.push(text),
            "CORSRule/MaxAgeSeconds" => rule.max_age_seconds = text.trim().parse().ok(),
            "CORSRule" => rules.push(std::mem::take(&mut rule)),
            _ => {}
        }
        Ok(())
    })?;
    Ok(rules)
}

/// Whether a policy makes its bucket public.
pub(super) fn policy_status(body: &[u8]) -> Result<bool, String> {
    let mut is_public = None;
    xml::read(body, "PolicyStatus", |path, text| {
        if path == "IsPublic" {
            is_public = text.trim().to_ascii_lowercase().parse().ok();
        }
        Ok(())
    })?;
    is_public.ok_or_else(|| "does not say whether it is public".to_owned())
}

/// The grants to people without a name.
pub(super) fn open_grants(body: &[u8]) -> Result<Vec<(Grantee, String)>, String> {
    let (mut open, mut group, mut permission) = (Vec::new(), None, String::new());
    xml::read(body, "AccessControlPolicy", |path, text| {
        match path {
            "AccessControlList/Grant/Grantee/URI" => group = Grantee::of(text.trim()),
            "AccessControlList/Grant/Permission" => permission = std::mem::take(text),
            "AccessControlList/Grant" => {
                open.extend(group.take().map(|group| (group, std::mem::take(&mut permission))))
            }
            _ => {}
        }
        Ok(())
    })?;
    Ok(open)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_first_key_of_a_listing_is_decoded_where_it_is_encoded() {
        let list = |inner: &str| first_key(format!("<ListBucketResult>{inner}</ListBucketResult>").as_bytes());
        let key = |text: &str| Ok(Some(Key::parse(text).unwrap()));
        assert_eq!(list("<Contents><Key>a b</Key></Contents><Contents><Key>z</Key></Contents>"), key("a b"));
        assert_eq!(list("<EncodingType>url</EncodingType><Contents><Key>a+%C3%A9</Key></Contents>"), key("a é"));
        assert_eq!(list("<KeyCount>0</KeyCount>"), Ok(None));
        assert!(first_key(b"<ListBucketResult><Contents>").is_err());
    }

    /// As Amazon's documentation and Ceph write them.
    #[test]
    fn rules_policy_and_grants_are_read_as_stores_write_them() {
        let rules = cors(
            b"<?xml version=\"1.0\"?><CORSConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><CORSRule>\
              <ID>one</ID><AllowedMethod>PUT</AllowedMethod><AllowedMethod>POST</AllowedMethod>\
              <AllowedOrigin>http://www.example.com</AllowedOrigin><AllowedHeader>*</AllowedHeader>\
              <MaxAgeSeconds>3000</MaxAgeSeconds><ExposeHeader>x-amz-request-id</ExposeHeader></CORSRule>\
              <CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>",
        )
        .unwrap();
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let one = Rule {
            id: "one".to_owned(),
            allowed_origins: texts(&["http://www.example.com"]),
            allowed_methods: texts(&["PUT", "POST"]),
            allowed_headers: texts(&["*"]),
            expose_headers: texts(&["x-amz-request-id"]),
            max_age_seconds: Some(3_000),
        };
        let two = Rule { allowed_origins: texts(&["*"]), allowed_methods: texts(&["GET"]), ..Rule::default() };
        assert_eq!(rules, [one, two]);

        let status =
            |word: &str| policy_status(format!("<PolicyStatus><IsPublic>{word}</IsPublic></PolicyStatus>").as_bytes());
        assert_eq!((status("true"), status("FALSE")), (Ok(true), Ok(false)));
        assert!(status("perhaps").is_err() && policy_status(b"<ListBucketResult/>").is_err());

        let grants = open_grants(
            b"<AccessControlPolicy xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Owner><ID>o</ID></Owner>\
              <AccessControlList><Grant><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
              xsi:type=\"CanonicalUser\"><ID>o</ID></Grantee><Permission>FULL_CONTROL</Permission></Grant>\
              <Grant><Grantee xsi:type=\"Group\"><URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee>\
              <Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>",
        );
        assert_eq!(grants, Ok(vec![(Grantee::Everyone, "READ".to_owned())]));
    }

    #[test]
    fn buckets_are_counted() {
        let list = b"<ListAllMyBucketsResult><Owner><ID>o</ID></Owner><Buckets><Bucket><Name>a</Name></Bucket>\
            <Bucket><Name>b</Name></Bucket></Buckets></ListAllMyBucketsResult>";
        assert_eq!(bucket_count(list), Ok(2));
    }

    proptest! {
        #[test]
        fn any_body_is_read_or_refused(inner in "[<>/A-Za-z&;#*. ]{0,200}") {
            for root in ["ListBucketResult", "CORSConfiguration", "PolicyStatus", "AccessControlPolicy"] {
                let body = format!("<{root}>{inner}</{root}>");
                let _ = first_key(body.as_bytes());
                let _ = cors(body.as_bytes());
                let _ = policy_status(body.as_bytes());
                let _ = open_grants(body.as_bytes());
            }
        }
    }
}
