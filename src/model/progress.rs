//! How far work is that goes through everything below a prefix and tells what comes while it runs.

use std::time::Duration;

use super::moment::Moment;
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

/// One such work, from its beginning on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    progress: Progress,
    since: Duration,
    ended: Option<Duration>,
}

impl Run {
    /// Work that begins now.
    pub fn begun(now: Moment) -> Self {
        Self { progress: Progress::Running, since: now.uptime, ended: None }
    }

    /// It is over.
    pub fn end(&mut self, progress: Progress, now: Moment) {
        self.progress = progress;
        self.ended = Some(now.uptime);
    }

    /// How far it is.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// How long it has run.
    pub fn took(&self, now: Moment) -> Duration {
        self.ended.unwrap_or(now.uptime).saturating_sub(self.since)
    }
}
