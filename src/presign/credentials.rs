//! The keys that sign. A secret here cannot be printed, compared or serialised, and is wiped when dropped.

use jiff::Timestamp;
use secrecy::SecretString;

/// An access key, with what is known of its life.
#[derive(Clone, Debug)]
pub struct SigningCredentials {
    /// The access key id; visible in every link.
    pub access_key_id: String,
    /// The secret access key.
    pub secret_access_key: SecretString,
    /// The session token of temporary credentials.
    pub session_token: Option<SecretString>,
    /// When temporary credentials end; `None` where no end is known.
    pub expires: Option<Timestamp>,
    /// Where they came from, for people: `profile support`, `environment`, `demo`.
    pub source: String,
}
