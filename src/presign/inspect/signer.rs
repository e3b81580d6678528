//! Who signed: what the shape of an access key id says, without asking anyone.

use serde::Serialize;

use crate::s3::provider::Provider;

/// Whose key made a link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Signer {
    /// The access key id, its middle left out: `AKIA…4711`.
    pub access_key_id: String,
    /// The names of the known keys with this id.
    pub known_as: Vec<String>,
    /// What kind of key it is.
    pub kind: KeyKind,
    /// Whether the link carries a session token.
    pub has_session_token: bool,
}

/// What the shape of an access key id says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyKind {
    /// A lasting key of Amazon's.
    AmazonUser,
    /// A temporary key of Amazon's, of no use without its session token.
    AmazonTemporary,
    /// An application key of Backblaze's.
    BackblazeApplication,
    /// The master key of a Backblaze account, which its S3 refuses.
    BackblazeMaster,
    /// Any other.
    Other,
}

impl KeyKind {
    /// Reads the shape of `id`, at the store that it is to open.
    pub fn of(id: &str, provider: Option<&Provider>) -> Self {
        let is_b2 = provider.is_some_and(|provider| provider.id == "b2");
        let is_hex = id.bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_amazon = id.len() >= 16 && id.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        match id.len() {
            12 if is_b2 && is_hex => Self::BackblazeMaster,
            25 if is_hex && id.starts_with("00") => Self::BackblazeApplication,
            _ if is_amazon && id.starts_with("ASIA") => Self::AmazonTemporary,
            _ if is_amazon && id.starts_with("AKIA") => Self::AmazonUser,
            _ => Self::Other,
        }
    }
}

/// The first and last four characters of an access key id, which is enough to know it again.
pub fn abbreviated(id: &str) -> String {
    let length = id.chars().count();
    let (first, last) = if length > 8 { (4, 4) } else { (length.min(2), 0) };
    let start: String = id.chars().take(first).collect();
    let end: String = id.chars().skip(length - last).collect();
    format!("{start}…{end}")
}

/// The cluster that a Backblaze key belongs to, and the one of the endpoint, where they differ.
///
/// The first three digits of a key id name it (recorded for `000`; the others by analogy).
pub fn wrong_cluster(id: &str, provider: Option<&Provider>, region: Option<&str>) -> Option<(String, String)> {
    let region = region.filter(|_| KeyKind::of(id, provider) == KeyKind::BackblazeApplication)?;
    let (of_key, of_host) = (id.get(..3)?, region.rsplit('-').next()?);
    let is_b2 = provider.is_some_and(|provider| provider.id == "b2");
    (is_b2 && of_key != of_host).then(|| (of_key.to_owned(), of_host.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_known_again_without_being_told() {
        assert_eq!(abbreviated("AKIAIOSFODNN7EXAMPLE"), "AKIA…MPLE");
        for (id, shown) in [("", "…"), ("a", "a…"), ("minio", "mi…"), ("äöüßäöüßx", "äöüß…öüßx")]
        {
            assert_eq!(abbreviated(id), shown);
        }
    }
}
