//! A presigned URL as a function of its request, its address, its credentials and the time. No I/O, no clock.

pub mod caution;
pub mod credentials;
pub mod disposition;
pub mod expiry;
pub mod export;
pub mod filename;
pub mod hls;
pub mod inspect;
pub mod ledger;
pub mod link;
pub mod message;
pub mod multipart;
pub mod options;
pub mod policy;
pub mod probe;
pub mod qr;
pub mod request;
pub mod reuse;
pub mod rules;
pub mod sign;
pub mod sigv4;
pub mod snippet;
