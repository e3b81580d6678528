//! Whether anyone can read what a bucket holds, so that a link protects nothing: by trying it without a name, by the bucket's policy,
//! and by its grants.

use super::{Check, Finding};
use crate::presign::probe::ProbeAnswer;

/// Whom a bucket's grants let in, besides those with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grantee {
    /// Everyone.
    Everyone,
    /// Everyone with any account at the provider.
    AnyAccount,
}

impl Grantee {
    /// Reads the URI of a group (Amazon S3 User Guide, "Access control list overview").
    pub fn of(uri: &str) -> Option<Self> {
        match uri.rsplit('/').next()? {
            "AllUsers" => Some(Self::Everyone),
            "AuthenticatedUsers" => Some(Self::AnyAccount),
            _ => None,
        }
    }
}

/// What to do where something is public, whether meant or not.
const REMEDY: &str =
    "if that is not meant, take back public access at the provider; if it is, links are not needed here";

/// What came back when `object` was asked for at its plain address `url`, without a name.
pub fn object(object: &str, url: &str, answer: &ProbeAnswer) -> Finding {
    match answer.is_good() && answer.is_from_a_store() {
        true => Finding::caution(
            Check::PublicObject,
            object,
            format!("anyone can read it, for ever, at {url}"),
            "hand out that address instead of a link, or take back public access at the provider",
        ),
        false => {
            let evidence = format!("nobody reads it without a link: {} to who asks without a name", answer.status);
            Finding::ok(Check::PublicObject, object, evidence)
        }
    }
}

/// What the bucket's policy says: `None` where there is none.
pub fn policy(bucket: &str, is_public: Option<bool>) -> Finding {
    match is_public {
        Some(true) => Finding::caution(Check::PublicPolicy, bucket, "the bucket's policy makes it public", REMEDY),
        Some(false) => Finding::ok(Check::PublicPolicy, bucket, "the bucket's policy does not make it public"),
        None => Finding::ok(Check::PublicPolicy, bucket, "the bucket has no policy"),
    }
}

/// What the bucket's grants say: each group with its permission.
pub fn grants(bucket: &str, granted: &[(Grantee, String)]) -> Finding {
    let words = |(grantee, permission): &(Grantee, String)| match grantee {
        Grantee::Everyone => format!("everyone has {permission}"),
        Grantee::AnyAccount => format!("everyone with an account at the provider has {permission}"),
    };
    let told: Vec<String> = granted.iter().map(words).collect();
    match told.is_empty() {
        true => Finding::ok(Check::PublicAcl, bucket, "its grants name nobody but accounts"),
        false => Finding::caution(Check::PublicAcl, bucket, told.join(", "), REMEDY),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Severity;

    #[test]
    fn a_public_object_comes_with_its_plain_address() {
        let answer = |status, headers: &[(&str, &str)], body: &str| ProbeAnswer {
            status,
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body: body.as_bytes().to_vec(),
        };
        let of_a_store = [("x-amz-request-id", "1")];
        let found = |answer| object("s3://b/k", "https://b.s3.example/k", &answer);
        let public = found(answer(206, &of_a_store, "x"));
        assert_eq!(public.severity, Severity::Caution);
        assert!(public.evidence.contains("https://b.s3.example/k"), "{public:?}");
        assert_eq!(found(answer(416, &of_a_store, "")).severity, Severity::Caution);
        assert_eq!(found(answer(403, &of_a_store, "<Error><Code>AccessDenied</Code></Error>")).severity, Severity::Ok);
        assert_eq!(found(answer(200, &[("content-type", "text/html")], "<html>Sign in</html>")).severity, Severity::Ok);
    }

    #[test]
    fn groups_without_a_name_are_told_and_others_are_not() {
        let everyone = "http://acs.amazonaws.com/groups/global/AllUsers";
        let any_account = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers";
        assert_eq!(Grantee::of(everyone), Some(Grantee::Everyone));
        assert_eq!(Grantee::of(any_account), Some(Grantee::AnyAccount));
        assert_eq!(Grantee::of("http://acs.amazonaws.com/groups/s3/LogDelivery"), None);
        let found = grants("s3://b", &[(Grantee::Everyone, "READ".to_owned())]);
        assert_eq!((found.severity, found.evidence.as_str()), (Severity::Caution, "everyone has READ"));
        assert_eq!(grants("s3://b", &[]).severity, Severity::Ok);
        assert_eq!(policy("s3://b", Some(true)).severity, Severity::Caution);
        assert_eq!(policy("s3://b", None).severity, Severity::Ok);
    }
}
