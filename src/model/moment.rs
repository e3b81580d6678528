//! Now, told twice: the time of day for people, and the time since the start for waiting, which never steps back.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// Above this, what is left is told in minutes.
const TOLD_IN_MINUTES: SignedDuration = SignedDuration::from_hours(1);

/// One instant on both scales.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The time of day. May jump when the machine's clock is set.
    pub wall: Timestamp,
    /// The time since the program started. Only grows.
    pub uptime: Duration,
}

impl Moment {
    /// When the time that is left until `end` reads differently, on the scale of [`Self::uptime`]: the next full second
    /// below an hour, the next full minute above; `None` once it is over.
    pub(super) fn countdown_changes_at(self, end: Timestamp) -> Option<Duration> {
        let left = end.duration_since(self.wall);
        let millis = u64::try_from(left.as_millis()).ok().filter(|millis| *millis > 0)?;
        let step = if left > TOLD_IN_MINUTES { 60_000 } else { 1_000 };
        let until_next = millis % step;
        Some(self.uptime + Duration::from_millis(if until_next == 0 { step } else { until_next }))
    }
}
