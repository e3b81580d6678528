//! The words of S3: names, places, what a store answers, and how it fails. Plain data, no I/O, no clock.

pub mod address;
pub mod catalogue;
pub mod entry;
pub mod error_document;
pub mod exchange;
pub mod facts;
pub mod failure;
pub mod key_page;
pub mod keys;
pub mod listing;
pub mod location;
pub mod memory;
pub mod name;
pub mod pattern;
pub mod payer;
pub mod percent;
pub mod permission;
pub mod provider;
pub mod retrying;
pub mod rfc2047;
pub mod size;
pub mod skew;
pub mod store_url;
pub mod text;
pub mod usage;
