//! Any bytes as a customer's mail: there is an answer, whatever they are, and it holds nothing that lets anyone in.

#![no_main]

use daypass::presign::credentials::SigningCredentials;
use daypass::presign::inspect::{KnownKey, inspect};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use libfuzzer_sys::fuzz_target;

/// The key of the links among the seeds.
fn known() -> KnownKey {
    let credentials = SigningCredentials {
        access_key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
        secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".into(),
        session_token: None,
        expires: None,
        source: "documentation".to_owned(),
    };
    KnownKey { name: "documentation".to_owned(), credentials, address: None }
}

fuzz_target!(|bytes: &[u8]| {
    let report = inspect(&String::from_utf8_lossy(bytes), &[known()], Timestamp::UNIX_EPOCH);
    let shown = report.lines(&TimeZone::UTC).join("\n");
    assert!(!shown.is_empty());
    assert!(!shown.contains("X-Amz-Signature=") && !format!("{report:?}").contains("X-Amz-Signature="));
});
