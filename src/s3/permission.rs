//! Which permission an act needs, in the words in which the provider's rules are written. Knows no rules.

use serde::Deserialize;

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

/// How a provider names permissions, where not as Amazon does. `{bucket}` and `{key}` stand for theirs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Words {
    /// Listing all buckets.
    list_buckets: Option<String>,
    /// Listing keys and versions.
    list_keys: Option<String>,
    /// HEAD, GET and tags of an object.
    read: Option<String>,
    /// Uploading.
    write: Option<String>,
    /// Reading the settings of a bucket: rules for web pages, policy, grants.
    read_settings: Option<String>,
}

/// The permission: `s3:ListBucket` on a bucket's ARN, or what the provider calls it.
pub fn needed(act: &Act<'_>, provider: &Provider) -> String {
    let words = &provider.permissions;
    let (own, bucket, key) = match act {
        Act::ListBuckets => (&words.list_buckets, "", ""),
        Act::ListKeys(bucket) | Act::ListVersions(bucket) => (&words.list_keys, bucket.as_str(), ""),
        Act::Read(object) | Act::ReadTags(object) => (&words.read, object.bucket.as_str(), object.key.as_str()),
        Act::Write(object) => (&words.write, object.bucket.as_str(), object.key.as_str()),
        Act::ReadCors(bucket) | Act::ReadPolicyStatus(bucket) | Act::ReadAcl(bucket) => {
            (&words.read_settings, bucket.as_str(), "")
        }
    };
    // The key last: it may hold anything.
    own.as_ref().map_or_else(|| action(act), |words| words.replace("{bucket}", bucket).replace("{key}", key))
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

    #[test]
    fn no_provider_with_words_of_its_own_is_told_of_in_amazons() {
        let bucket = BucketName::parse("b").unwrap();
        let object = ObjectId::current(bucket.clone(), Key::parse("a/{bucket}").unwrap());
        for id in ["b2", "r2", "garage", "gcs", "digitalocean"] {
            for act in [
                Act::ListBuckets,
                Act::ListKeys(&bucket),
                Act::ListVersions(&bucket),
                Act::Read(&object),
                Act::ReadTags(&object),
                Act::Write(&object),
                Act::ReadCors(&bucket),
            ] {
                let told = needed(&act, by_id(id).unwrap());
                assert!(!told.contains("arn:") && !told.contains("{key}"), "{id}: {told}");
            }
        }
        let read = |id| needed(&Act::Read(&object), by_id(id).unwrap());
        assert_eq!(read("r2"), "an API token with `Object Read only` for the bucket b");
        assert_eq!(read("garage"), "`read` on the bucket: garage bucket allow --read b --key KEY-ID");
        assert_eq!(read("gcs"), "`storage.objects.get` on gs://b/a/{bucket}");
    }
}
