//! A link that somebody says does not work: what became of inspecting it.

use crate::presign::inspect::Report;
use crate::s3::failure::Failure;

/// What became of inspecting a text that was pasted. The text itself is not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inspection {
    /// Under way.
    Reading,
    /// What there is to say of the link.
    Read(Box<Report>),
    /// It was not inspected.
    Failed(Failure),
}
