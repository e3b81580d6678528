//! What is said of requests that a store did not serve and that are tried again by themselves. When and how often is the
//! wire's business.

use std::time::Duration;

/// Requests that are tried again; told is the one that was tried most often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retrying {
    /// Why, safe for the screen: `the store is busy (503)`.
    pub why: String,
    /// How long until the next attempt; zero while one is under way.
    pub left: Duration,
    /// The number of the next attempt, counted from 1.
    pub attempt: u32,
    /// How many there are at most.
    pub attempts: u32,
    /// How many requests are tried again.
    pub requests: usize,
}

impl Retrying {
    /// `the store is busy (503), trying again in 2 s, attempt 3 of 5`, with `left` until then.
    pub fn words(&self, left: Duration) -> String {
        let Self { why, attempt, attempts, .. } = self;
        let when = match left.as_millis().div_ceil(1_000) {
            0 => String::new(),
            seconds => format!(" in {seconds} s"),
        };
        let requests = match self.requests {
            0 | 1 => String::new(),
            requests => format!(" ({requests} requests)"),
        };
        format!("{why}, trying again{when}, attempt {attempt} of {attempts}{requests}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_attempt_is_told_with_what_is_left_until_then() {
        let why = "the store is busy (503)".to_owned();
        let retrying = Retrying { why, left: Duration::from_secs(2), attempt: 3, attempts: 5, requests: 1 };
        let words = |millis| retrying.words(Duration::from_millis(millis));
        assert_eq!(words(1_001), "the store is busy (503), trying again in 2 s, attempt 3 of 5");
        assert_eq!(words(1), "the store is busy (503), trying again in 1 s, attempt 3 of 5");
        assert_eq!(words(0), "the store is busy (503), trying again, attempt 3 of 5");
        let many = Retrying { requests: 7, ..retrying.clone() };
        assert!(many.words(Duration::ZERO).ends_with("attempt 3 of 5 (7 requests)"));
    }
}
