//! When the credentials of a store end, as far as the screen knows it: never the credentials themselves.

use std::time::Duration;

use jiff::Timestamp;

use super::moment::Moment;

/// How long before the end it is told, in milliseconds.
const TOLD_BEFORE: u64 = 15 * MINUTE;

const MINUTE: u64 = 60_000;

/// The end, and when it is to be asked for again. They may be renewed before it, or by a request after it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ending {
    end: Option<Timestamp>,
    /// When it was answered last when the end is.
    asked: Option<Timestamp>,
    /// When the store answered last to somebody who had them.
    served: Option<Timestamp>,
}

/// What is told of an end that is near or over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// They end in so many minutes, of which the last has begun.
    Minutes(u64),
    /// They have ended.
    Nothing,
}

impl Ending {
    /// What there is to tell now; `None` while the end is far or nobody knows of one.
    pub fn left(&self, now: Timestamp) -> Option<Left> {
        match millis_left(self.end?, now) {
            0 => Some(Left::Nothing),
            millis if millis <= TOLD_BEFORE => Some(Left::Minutes(millis.div_ceil(MINUTE))),
            _ => None,
        }
    }

    /// The store has answered somebody who had them.
    pub fn serve(&mut self, now: Timestamp) {
        self.served = Some(now);
    }

    /// Whether the end is to be asked for: once they have served, at each minute that is told, and once they serve again
    /// after it. Nothing is asked of a source that no request has asked before.
    pub fn is_due(&self, now: Timestamp) -> bool {
        let Some(asked) = self.asked else { return self.served.is_some() };
        match self.left(now) {
            None => false,
            Some(Left::Minutes(_)) => self.left(asked) != self.left(now),
            Some(Left::Nothing) => self.served.is_some_and(|served| self.end <= Some(served) && served > asked),
        }
    }

    /// The answer, `None` where they have no end. Without an answer, what was known stays.
    pub fn learn(&mut self, answer: Option<Option<Timestamp>>, now: Timestamp) {
        self.asked = Some(now);
        self.end = answer.unwrap_or(self.end);
    }

    /// When what is told changes, on the scale of [`Moment::uptime`].
    pub(super) fn changes_at(&self, now: Moment) -> Option<Duration> {
        let wait = match millis_left(self.end?, now.wall) {
            0 => return None,
            millis if millis > TOLD_BEFORE => millis - TOLD_BEFORE,
            millis if millis % MINUTE == 0 => MINUTE,
            millis => millis % MINUTE,
        };
        Some(now.uptime + Duration::from_millis(wait))
    }
}

/// How much is left, in milliseconds; 0 once it is over.
fn millis_left(end: Timestamp, now: Timestamp) -> u64 {
    u64::try_from(end.duration_since(now).as_millis()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    const END: Timestamp = Timestamp::UNIX_EPOCH;

    fn before(seconds: i64) -> Timestamp {
        END - SignedDuration::from_secs(seconds)
    }

    fn asked_at(asked: Timestamp) -> Ending {
        Ending { end: Some(END), asked: Some(asked), served: Some(asked) }
    }

    #[test]
    fn the_last_quarter_of_an_hour_is_told_by_the_minute() {
        let told = |seconds| asked_at(before(9_999)).left(before(seconds));
        assert_eq!(told(901), None);
        assert_eq!(told(900), Some(Left::Minutes(15)));
        assert_eq!(told(840), Some(Left::Minutes(14)));
        assert_eq!(told(1), Some(Left::Minutes(1)));
        assert_eq!([told(0), told(-1)], [Some(Left::Nothing); 2]);
        assert_eq!(Ending::default().left(END), None);
    }

    #[test]
    fn it_wakes_where_what_is_told_changes_and_then_never_again() {
        let wakes_in = |seconds| {
            let uptime = Duration::from_secs(7);
            let at = asked_at(before(9_999)).changes_at(Moment { wall: before(seconds), uptime });
            at.map(|at| (at - uptime).as_secs())
        };
        assert_eq!([3_600, 901, 900, 899, 61, 60, 1].map(wakes_in), [2_700, 1, 60, 59, 1, 60, 1].map(Some));
        assert_eq!([0, -1].map(wakes_in), [None; 2]);
    }

    #[test]
    fn it_is_asked_for_after_the_first_answer_and_each_told_minute_once() {
        let mut ending = Ending::default();
        assert!(!ending.is_due(before(0)));
        ending.serve(before(3_600));
        assert!(ending.is_due(before(3_600)));
        let due = |asked, now| asked_at(before(asked)).is_due(before(now));
        assert!(!due(3_600, 901));
        assert!(due(3_600, 900));
        assert!(due(900, 840) && !due(840, 839));
    }

    #[test]
    fn after_the_end_only_what_serves_all_the_same_has_it_asked_for() {
        let mut ending = asked_at(before(30));
        assert!(!ending.is_due(before(-10)));
        ending.serve(before(-20));
        assert!(ending.is_due(before(-20)));
        ending.learn(None, before(-20));
        assert!(!ending.is_due(before(-30)));
    }
}
