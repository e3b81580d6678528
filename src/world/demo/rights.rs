//! Keys of the server, and what each may do: everything, or a part of it, refused as AWS or as Backblaze refuses. Knows no
//! signatures.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use http::Method;
use s3s::auth::SecretKey;
use secrecy::{ExposeSecret, SecretString};

use super::refusal::Refusal;
use super::uri::{self, Target};

/// What a key may do. Without any limit it may do everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rights {
    /// The one bucket that it may use. Such a key may not list the buckets.
    pub bucket: Option<String>,
    /// What the keys begin with that it may use in that bucket; empty means all of them.
    pub prefix: String,
    /// Whether it may look at objects, or only list them.
    pub objects: Objects,
    /// Whose words refuse it.
    pub words: Words,
}

/// What a key may do with the objects that it sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Objects {
    /// All there is to do.
    #[default]
    Open,
    /// Nothing: HEAD, GET and PUT are refused.
    Closed,
}

/// Whose words refuse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Words {
    /// Amazon's: the message names user, action and resource.
    #[default]
    Aws,
    /// Backblaze's: the message says no more than "not entitled".
    Backblaze,
}

/// The keys that every server of [`super::Seed::Company`] can give out, by name.
pub const PRESETS: [&str; 6] = ["owner", "one-bucket", "one-prefix", "list-only", "b2-bucket", "b2-prefix"];

impl Rights {
    /// The rights of a key of [`PRESETS`].
    pub fn preset(name: &str) -> Option<Self> {
        let bucket = || Some("support-files".to_owned());
        let prefix = || "tickets/".to_owned();
        Some(match name {
            "owner" => Self::default(),
            "one-bucket" => Self { bucket: bucket(), ..Self::default() },
            "one-prefix" => Self { bucket: bucket(), prefix: prefix(), ..Self::default() },
            "list-only" => Self { objects: Objects::Closed, ..Self::default() },
            "b2-bucket" => Self { bucket: bucket(), words: Words::Backblaze, ..Self::default() },
            "b2-prefix" => Self { bucket: bucket(), prefix: prefix(), words: Words::Backblaze, ..Self::default() },
            _ => return None,
        })
    }

    /// Refuses a signed request that is beyond these rights.
    pub(super) fn check(&self, who: &str, method: &Method, target: &Target, uri: &http::Uri) -> Result<(), Refusal> {
        let Some(bucket) = &target.bucket else {
            return match self.bucket {
                Some(_) => Err(self.refusal(who, "s3:ListAllMyBuckets", "arn:aws:s3:::*")),
                None => Ok(()),
            };
        };
        let bucket_arn = format!("arn:aws:s3:::{bucket}");
        let in_bucket = self.bucket.as_ref().is_none_or(|only| only == bucket);
        match &target.key {
            Some(key) => {
                let allowed = in_bucket && key.starts_with(&self.prefix) && self.objects == Objects::Open;
                let action = match *method {
                    Method::GET | Method::HEAD => "s3:GetObject",
                    Method::DELETE => "s3:DeleteObject",
                    _ => "s3:PutObject",
                };
                if allowed { Ok(()) } else { Err(self.refusal(who, action, &format!("{bucket_arn}/{key}"))) }
            }
            None => {
                let query = uri::query(uri);
                let has = |name: &str| query.iter().any(|(n, _)| n == name);
                let asked = query.iter().find(|(name, _)| name == "prefix").map_or("", |(_, prefix)| prefix.as_str());
                let action = match *method {
                    Method::HEAD => "s3:ListBucket",
                    Method::GET if has("location") => "s3:GetBucketLocation",
                    Method::GET if has("versions") => "s3:ListBucketVersions",
                    Method::GET if has("cors") => "s3:GetBucketCORS",
                    Method::GET if has("versioning") => "s3:GetBucketVersioning",
                    Method::GET => "s3:ListBucket",
                    Method::DELETE => "s3:DeleteBucket",
                    _ => "s3:CreateBucket",
                };
                // The region of a bucket is no secret of its keys.
                let allowed = in_bucket && (asked.starts_with(&self.prefix) || action == "s3:GetBucketLocation");
                if allowed { Ok(()) } else { Err(self.refusal(who, action, &bucket_arn)) }
            }
        }
    }

    fn refusal(&self, who: &str, action: &str, resource: &str) -> Refusal {
        let refusal = Refusal::new("AccessDenied");
        match self.words {
            Words::Aws => refusal.saying(format!(
                "User: arn:aws:iam::111122223333:user/{who} is not authorized to perform: {action} on resource: \
                 \"{resource}\" because no identity-based policy allows the {action} action"
            )),
            Words::Backblaze => refusal.saying("not entitled"),
        }
    }
}

/// The keys that a server knows.
#[derive(Clone, Default)]
pub(super) struct Keys {
    by_id: Arc<RwLock<BTreeMap<String, Key>>>,
}

/// A key: its secret, whose it is, and what it may do.
#[derive(Clone)]
struct Key {
    secret: SecretString,
    who: String,
    rights: Rights,
}

impl Keys {
    /// Makes a key known.
    pub(super) fn add(&self, id: &str, secret: SecretString, who: &str, rights: Rights) {
        let key = Key { secret, who: who.to_owned(), rights };
        self.by_id.write().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), key);
    }

    /// The secret of a key; `None` where there is no such key.
    pub(super) fn secret(&self, id: &str) -> Option<SecretKey> {
        self.get(id).map(|key| SecretKey::from(key.secret.expose_secret()))
    }

    /// Refuses what the key may not do.
    pub(super) fn check(&self, id: &str, method: &Method, target: &Target, uri: &http::Uri) -> Result<(), Refusal> {
        let key = self.get(id).ok_or_else(|| Refusal::new("InvalidAccessKeyId"))?;
        key.rights.check(&key.who, method, target, uri)
    }

    fn get(&self, id: &str) -> Option<Key> {
        self.by_id.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }
}
