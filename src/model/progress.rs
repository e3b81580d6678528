//! How far work is that goes through everything below a prefix and tells what comes while it runs.

use crate::s3::failure::Failure;

/// How far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Under way.
    Running,
    /// Everything was gone through.
    Whole,
    /// It was cancelled.
    Stopped,
    /// It broke off.
    Failed(Failure),
}
