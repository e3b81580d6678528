//! The one-time code that a role asks for, until somebody types it.

use crate::presign::credentials::CodeAsk;

/// What is known of a code that is wanted. The line in which it is typed lies on top like others.
#[derive(Debug, Default)]
pub struct Code {
    /// It is wanted, and waits until nothing else is being typed.
    pub wanted: Option<CodeAsk>,
    /// The last one was not given.
    pub refused: bool,
}
