//! Parquet, as far as an inventory needs it: flat tables of texts, whole numbers and yes-or-no, read a column and a page at a
//! time. Pure: bytes in, values out; whoever fetches the bytes is told which. No file makes it panic, loop, or set aside more
//! memory than some pages take.
//!
//! Format: parquet.apache.org, "File Format"; parquet.thrift; "Encodings". Read here and not by a library because those take
//! whole files or columns, and set aside what a file says that it unpacks to.

pub mod column;
pub mod footer;
mod packed;
mod thrift;

/// What every file begins and ends with.
pub const MAGIC: &[u8; 4] = b"PAR1";

#[cfg(test)]
mod tests;
