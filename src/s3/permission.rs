//! Which permission an act needs, in the words in which the provider's rules are written. Knows no rules.

use super::location::ObjectId;
use super::name::BucketName;
use super::provider::Provider;

/// What somebody may be allowed to do.
#[derive(Clone, Copy, Debug)]
pub enum Act<'a> {
    /// Listing all buckets.
    ListBuckets,
    /// Listing the keys of a bucket.
    ListKeys(&'a BucketName),
    /// Listing the versions of a bucket's keys.
    ListVersions(&'a BucketName),
    /// HEAD and GET of an object, or of one version.
    Read(&'a ObjectId),
    /// Reading the tags of an object, or of one version.
    ReadTags(&'a ObjectId),
    /// Uploading an object.
    Write(&'a ObjectId),
    /// Reading the rules for web pages of a bucket.
    ReadCors(&'a BucketName),
    /// Reading whether a bucket's policy makes it public.
    ReadPolicyStatus(&'a BucketName),
    /// Reading who is granted what in a bucket.
    ReadAcl(&'a BucketName),
}

/// The permission: `s3:ListBucket` on a bucket's ARN, or B2's capability.
pub fn needed(act: &Act<'_>, provider: &Provider) -> String {
    match &*provider.id {
        "b2" => capability(act).to_owned(),
        _ => action(act),
    }
}

/// Backblaze, "S3-Compatible API: application key capabilities".
fn capability(act: &Act<'_>) -> &'static str {
    match act {
        Act::ListBuckets => "`listBuckets` or `listAllBucketNames`",
        Act::ListKeys(_) | Act::ListVersions(_) => "`listFiles`",
        Act::Read(_) | Act::ReadTags(_) => "`readFiles`",
        Act::Write(_) => "`writeFiles`",
        Act::ReadCors(_) | Act::ReadPolicyStatus(_) | Act::ReadAcl(_) => "`readBuckets`",
    }
}

/// Amazon, "Actions, resources, and condition keys for Amazon S3", which most others took over.
fn action(act: &Act<'_>) -> String {
    let of_bucket = |action: &str, bucket: &BucketName| format!("`{action}` on arn:aws:s3:::{bucket}");
    let of_object = |action: &str, object: &ObjectId| {
        let action = match object.version {
            None => action.to_owned(),
            Some(_) => action.replace("Object", "ObjectVersion"),
        };
        format!("`{action}` on arn:aws:s3:::{}/{}", object.bucket, object.key.as_str())
    };
    match act {
        Act::ListBuckets => "`s3:ListAllMyBuckets`".to_owned(),
        Act::ListKeys(bucket) => of_bucket("s3:ListBucket", bucket),
        Act::ListVersions(bucket) => of_bucket("s3:ListBucketVersions", bucket),
        Act::Read(object) => of_object("s3:GetObject", object),
        Act::ReadTags(object) => of_object("s3:GetObjectTagging", object),
        Act::Write(object) => format!("`s3:PutObject` on arn:aws:s3:::{}/{}", object.bucket, object.key.as_str()),
        Act::ReadCors(bucket) => of_bucket("s3:GetBucketCORS", bucket),
        Act::ReadPolicyStatus(bucket) => of_bucket("s3:GetBucketPolicyStatus", bucket),
        Act::ReadAcl(bucket) => of_bucket("s3:GetBucketAcl", bucket),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::s3::location::VersionId;
    use crate::s3::name::Key;
    use crate::s3::provider::by_id;

    #[test]
    fn a_permission_is_named_as_its_provider_names_it() {
        let bucket = BucketName::parse("b").unwrap();
        let object = ObjectId::current(bucket.clone(), Key::parse("a/k").unwrap());
        let version = ObjectId { version: Some(VersionId("1".to_owned())), ..object.clone() };
        for (act, aws, b2) in [
            (Act::ListKeys(&bucket), "`s3:ListBucket` on arn:aws:s3:::b", "`listFiles`"),
            (Act::Read(&object), "`s3:GetObject` on arn:aws:s3:::b/a/k", "`readFiles`"),
            (Act::ReadTags(&version), "`s3:GetObjectVersionTagging` on arn:aws:s3:::b/a/k", "`readFiles`"),
            (Act::ReadCors(&bucket), "`s3:GetBucketCORS` on arn:aws:s3:::b", "`readBuckets`"),
        ] {
            assert_eq!(needed(&act, by_id("aws").unwrap()), aws);
            assert_eq!(needed(&act, by_id("b2").unwrap()), b2);
        }
    }
}
