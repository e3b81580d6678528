//! What ends a link before its time, in the words of a person. A single link cannot be called back.

use std::fmt;

use super::Record;
use crate::presign::request::Method;
use crate::s3::location::{ObjectId, VersionId};
use crate::s3::name::BucketName;
use crate::s3::text::visible;

/// What ends a link before its time, as a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EarlyEnd {
    /// The object is gone. No version is pinned, so another one in its place is served.
    Object(ObjectId),
    /// The version that is pinned is gone.
    Version(VersionId),
    /// The access key is gone.
    Key {
        /// The end of its id.
        last4: String,
    },
    /// The session of the temporary credentials is over.
    Session {
        /// The end of its access key id.
        last4: String,
    },
    /// Whoever signed it may no longer do that.
    Right(Method),
    /// The bucket's policy refuses it.
    Policy(BucketName),
}

impl fmt::Display for EarlyEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Object(object) => {
                let uri = object.to_string();
                write!(
                    f,
                    "deleting {} ends it; replacing it does not, the link then leads to the new one",
                    visible(&uri)
                )
            }
            Self::Version(version) => {
                write!(f, "deleting version {} ends it; replacing or hiding the object does not", visible(&version.0))
            }
            Self::Key { last4 } => {
                write!(f, "deleting, disabling or rotating the access key …{} ends it", visible(last4))
            }
            Self::Session { last4 } => {
                write!(f, "the end of the session …{} ends it, and so does revoking the session's role", visible(last4))
            }
            Self::Right(method) => write!(f, "taking the right to {method} from whoever signed it ends it"),
            Self::Policy(bucket) => {
                write!(
                    f,
                    "a policy of {bucket} ends it if it refuses the signer, the sender's address or old signatures"
                )
            }
        }
    }
}

impl Record {
    /// What would end the link before its time.
    pub fn early_ends(&self) -> Vec<EarlyEnd> {
        let object = match (self.method, &self.object.version) {
            (Method::Get | Method::Head, None) => Some(EarlyEnd::Object(self.object.clone())),
            (Method::Get | Method::Head, Some(version)) => Some(EarlyEnd::Version(version.clone())),
            // They need no object to be there.
            (Method::Put | Method::Delete | Method::Post, _) => None,
        };
        let last4 = self.access_key_last4.clone();
        let key = if self.temporary { EarlyEnd::Session { last4 } } else { EarlyEnd::Key { last4 } };
        let rest = [key, EarlyEnd::Right(self.method), EarlyEnd::Policy(self.object.bucket.clone())];
        object.into_iter().chain(rest).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::record;
    use super::*;

    #[test]
    fn what_ends_a_link_early_follows_from_what_it_is() {
        let told = |record: &Record| record.early_ends().iter().map(ToString::to_string).collect::<Vec<_>>();
        let current = told(&record());
        assert!(
            current[0].starts_with("deleting s3://invoices/2026/Q3.pdf ends it; replacing it does not"),
            "{current:?}"
        );
        assert_eq!(current[1], "deleting, disabling or rotating the access key …MPLE ends it");
        assert!(current[3].starts_with("a policy of invoices ends it"), "{current:?}");

        let version = Some(VersionId("4_z\u{1b}".into()));
        let pinned = Record { object: ObjectId { version, ..record().object }, temporary: true, ..record() };
        assert!(told(&pinned)[0].starts_with("deleting version 4_z␛ ends it"), "{:?}", told(&pinned));
        assert!(told(&pinned)[1].starts_with("the end of the session …MPLE ends it"), "{:?}", told(&pinned));

        let upload = told(&Record { method: Method::Put, ..record() });
        assert!(upload.iter().all(|end| !end.contains("deleting s3://")), "{upload:?}");
    }
}
