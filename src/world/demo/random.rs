//! Random texts: secrets from the operating system, and ids that only have to differ.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;

/// Upper-case letters and digits of base 32, as in an access key id.
pub(super) const BASE32: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// Upper-case hexadecimal digits, as in a request id.
pub(super) const HEX: &str = "0123456789ABCDEF";
/// The signs of base 64, as in a secret access key.
pub(super) const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// Letters, digits and two signs that need no escape, as in a version id.
pub(super) const PLAIN64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._";

/// `length` characters of `alphabet` that nobody can guess. The alphabets here divide 256, so each sign is as likely.
pub(super) fn secret(alphabet: &str, length: usize) -> io::Result<String> {
    let mut bytes = vec![0; length];
    let source = rustls::crypto::ring::default_provider().secure_random;
    source.fill(&mut bytes).map_err(|_| io::Error::other("the system gave no random numbers"))?;
    Ok(spell(alphabet, bytes))
}

/// `length` characters of `alphabet` that differ each time.
pub(super) fn id(alphabet: &str, length: usize) -> String {
    let bytes = std::iter::repeat_with(|| RandomState::new().build_hasher().finish().to_le_bytes()).flatten();
    spell(alphabet, bytes.take(length))
}

fn spell(alphabet: &str, bytes: impl IntoIterator<Item = u8>) -> String {
    let signs = alphabet.as_bytes();
    let sign = |byte: u8| signs.get(usize::from(byte) % signs.len().max(1)).copied().map(char::from);
    bytes.into_iter().filter_map(sign).collect()
}
