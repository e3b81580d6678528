//! How far this machine's clock is from a store's, by the times around an answer. What follows from it is decided elsewhere.

use jiff::{SignedDuration, Timestamp};

/// Clocks that differ by no more are taken as the same: an answer has its way to go, and its date has no fractions.
pub const SMALL: SignedDuration = SignedDuration::from_secs(60);

/// From here on stores refuse what is signed (`RequestTimeTooSkewed`).
pub const FATAL: SignedDuration = SignedDuration::from_mins(15);

/// How far this machine's clock is ahead of the store's, whose `Date` was `theirs`; negative where it is behind. `sent` and
/// `received` are this machine's times around the answer.
pub fn measured(theirs: Timestamp, sent: Timestamp, received: Timestamp) -> SignedDuration {
    match () {
        // A `Date` has no fractions, and was written at some time in between.
        () if theirs < sent => (sent.duration_since(theirs) - SignedDuration::from_secs(1)).max(SignedDuration::ZERO),
        () if theirs > received => received.duration_since(theirs),
        () => SignedDuration::ZERO,
    }
}

/// `20 min ahead of the store's`, for this machine's clock.
pub fn words(skew: SignedDuration) -> String {
    let seconds = skew.unsigned_abs().as_secs();
    let amount = match seconds {
        0..60 => format!("{seconds} s"),
        60..7_200 => format!("{} min", (seconds + 30) / 60),
        7_200..172_800 if seconds % 3_600 < 60 => format!("{} h", seconds / 3_600),
        7_200..172_800 => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
        _ => format!("{} days", seconds / 86_400),
    };
    let direction = if skew.is_negative() { "behind" } else { "ahead of" };
    format!("{amount} {direction} the store's")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    #[test]
    fn only_what_lies_outside_the_time_of_the_answer_is_a_difference() {
        for (theirs, skew) in [(0, 0), (3, 0), (-1, 0), (-61, 60), (63, -60), (-1_201, 1_200), (1_203, -1_200)] {
            assert_eq!(measured(at(theirs), at(0), at(3)).as_secs(), skew, "{theirs}");
        }
    }

    #[test]
    fn a_difference_is_told_in_words() {
        for (seconds, told) in [
            (1_200, "20 min ahead of the store's"),
            (-1_200, "20 min behind the store's"),
            (-7_260, "2 h 1 min behind the store's"),
            (7_200, "2 h ahead of the store's"),
            (864_000, "10 days ahead of the store's"),
        ] {
            assert_eq!(words(SignedDuration::from_secs(seconds)), told);
        }
    }

    proptest! {
        #[test]
        fn any_times_have_a_difference(theirs: i32, sent: i32, took: u16, skew: i64) {
            let (sent, theirs) = (at(sent.into()), at(theirs.into()));
            let received = sent + SignedDuration::from_secs(took.into());
            let ahead = measured(theirs, sent, received);
            prop_assert!(theirs + ahead >= sent - SignedDuration::from_secs(1) && theirs + ahead <= received);
            let _ = words(SignedDuration::from_secs(skew));
        }
    }
}
