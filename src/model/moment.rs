//! Now, told twice: the time of day for people, and the time since the start for waiting, which never steps back.

use std::time::Duration;

use jiff::Timestamp;

/// One instant on both scales.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The time of day. May jump when the machine's clock is set.
    pub wall: Timestamp,
    /// The time since the program started. Only grows.
    pub uptime: Duration,
}
