//! Signature Version 4 in the query string.

use jiff::Timestamp;
use thiserror::Error;

use super::credentials::SigningCredentials;
use super::link::Link;
use super::request::LinkRequest;
use crate::s3::address::Address;

/// Why a link is not made.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum LinkError {}

/// Signs `request` for `address` with `credentials`, as of `now`.
pub fn sign(
    request: &LinkRequest,
    address: &Address,
    credentials: &SigningCredentials,
    now: Timestamp,
) -> Result<Link, LinkError> {
    let _ = (request, address, credentials, now);
    unimplemented!()
}
