//! What time it is by the store, where this machine's clock is wrong: what is signed has to go by it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

use super::Clock;
use crate::s3::skew;

/// Measures that differ by less, in seconds, are the same one.
const SAME: u64 = 30;

/// The machine's clock, put right by what a store's answers tell.
pub struct StoreClock {
    machine: Arc<dyn Clock>,
    /// How many seconds the machine's clock is ahead; 0 where it is as good as right.
    ahead: AtomicI64,
}

impl StoreClock {
    /// The machine's clock, until an answer tells otherwise.
    pub fn new(machine: Arc<dyn Clock>) -> Self {
        Self { machine, ahead: AtomicI64::new(0) }
    }

    /// Now, by the machine's clock.
    pub(super) fn machine(&self) -> Timestamp {
        self.machine.now()
    }

    /// Learns from the time in an answer, with the machine's times around it; true where that is news.
    pub(super) fn learn(&self, theirs: Timestamp, sent: Timestamp, received: Timestamp) -> bool {
        let measured = skew::measured(theirs, sent, received);
        let ahead = if measured.abs() <= skew::SMALL { 0 } else { measured.as_secs() };
        let is_news = self.ahead.load(Ordering::Relaxed).abs_diff(ahead) > SAME;
        if is_news {
            self.ahead.store(ahead, Ordering::Relaxed);
        }
        is_news
    }
}

impl Clock for StoreClock {
    fn now(&self) -> Timestamp {
        let now = self.machine.now();
        now.checked_sub(self.skew()).unwrap_or(now)
    }

    fn skew(&self) -> SignedDuration {
        SignedDuration::from_secs(self.ahead.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Noon;

    impl Clock for Noon {
        fn now(&self) -> Timestamp {
            "2026-11-25T12:00:00Z".parse().unwrap()
        }
    }

    #[test]
    fn a_wrong_clock_is_put_right_and_a_right_one_is_left_alone() {
        let clock = StoreClock::new(Arc::new(Noon));
        let noon = Noon.now();
        let store_is = |ahead: i64| clock.learn(noon + SignedDuration::from_secs(ahead), noon, noon);
        assert!(!store_is(40) && !store_is(-40));
        assert_eq!((clock.now(), clock.skew()), (noon, SignedDuration::ZERO));
        assert!(store_is(1_200));
        assert_eq!((clock.now(), clock.skew().as_secs()), (noon + SignedDuration::from_secs(1_200), -1_200));
        assert!(!store_is(1_205), "an answer takes longer than another");
        assert!(store_is(-1_200));
        assert_eq!(clock.skew().as_secs(), 1_199);
        assert!(store_is(0), "somebody set the clock");
        assert_eq!(clock.now(), noon);
    }
}
