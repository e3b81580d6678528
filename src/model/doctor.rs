//! What is wrong between this machine and its store: what became of looking.

use crate::doctor::Report;
use crate::s3::failure::Failure;

/// What became of looking at everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Examination {
    /// Under way.
    Looking,
    /// What was found.
    Found(Box<Report>),
    /// Nothing was found out.
    Failed(Failure),
}
