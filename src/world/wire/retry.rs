//! When a request is tried again, and after how long. A pure rule; the guard does the waiting.

use std::time::Duration;

use super::answer::{Answer, NoAnswer};
use super::xml;

/// How patient the wire is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// How often a request is sent at most.
    pub attempts: u32,
    /// The longest pause before the second attempt; it doubles with each further one. After an answer that there are too many
    /// requests, all pauses are five times as long.
    pub first_pause: Duration,
    /// The longest pause of all. A store that asks for more in `Retry-After` is not tried again.
    pub longest_pause: Duration,
}

/// How much longer a store is left alone that has too much to do.
const OVERLOADED: u32 = 5;

impl Default for Retry {
    fn default() -> Self {
        Self { attempts: 5, first_pause: Duration::from_millis(100), longest_pause: Duration::from_secs(20) }
    }
}

impl Retry {
    /// The pause before trying again after `answer` to attempt number `attempt`; `None` where the answer stands.
    ///
    /// `jitter` in 0..=1 spreads the clients that were refused together (full jitter, as the AWS SDKs do).
    pub(super) fn after_answer(&self, answer: &Answer, attempt: u32, jitter: f64) -> Option<Duration> {
        if attempt >= self.attempts || !is_passing(answer) {
            return None;
        }
        let first_pause = if is_too_much(answer) { self.first_pause * OVERLOADED } else { self.first_pause };
        match answer.retry_after() {
            Some(asked) if asked > self.longest_pause => None,
            asked => Some(self.pause(first_pause, attempt, jitter).max(asked.unwrap_or_default())),
        }
    }

    /// The pause before trying again after no answer came; `None` where trying again would only take longer to say so.
    pub(super) fn after_trouble(&self, why: &NoAnswer, attempt: u32, jitter: f64) -> Option<Duration> {
        let passing = match why {
            NoAnswer::Cut => true,
            NoAnswer::UnknownHost
            | NoAnswer::Refused
            | NoAnswer::ConnectTimeout(_)
            | NoAnswer::Tls(_)
            | NoAnswer::Proxy { .. }
            | NoAnswer::Silent(_)
            | NoAnswer::Stalled(_)
            | NoAnswer::NotHttp
            | NoAnswer::Other(_) => false,
        };
        (passing && attempt < self.attempts).then(|| self.pause(self.first_pause, attempt, jitter))
    }

    fn pause(&self, first: Duration, attempt: u32, jitter: f64) -> Duration {
        let most = first.saturating_mul(1 << attempt.saturating_sub(1).min(16)).min(self.longest_pause);
        most.mul_f64(jitter.clamp(0.0, 1.0))
    }
}

/// Whether an answer says that the store is only busy now. Some stores say so in an `<Error>` with status 200.
fn is_passing(answer: &Answer) -> bool {
    match answer.status {
        429 | 500 | 502 | 503 | 504 => true,
        200 if xml::root(&answer.body).as_deref() == Some("Error") => {
            let code = answer.error().unwrap_or_default().code;
            matches!(&*code, "InternalError" | "SlowDown" | "ServiceUnavailable" | "RequestTimeout")
        }
        _ => false,
    }
}

/// What an answer that passes is told as.
pub(super) fn told(answer: &Answer) -> String {
    let what = if is_too_much(answer) { "the store is busy" } else { "the store has trouble of its own" };
    format!("{what} ({})", answer.status)
}

/// Whether an answer says that there are too many requests.
pub(super) fn is_too_much(answer: &Answer) -> bool {
    match answer.status {
        429 | 503 => true,
        200 => is_passing(answer),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::answer::Sent;
    use super::*;

    fn answer(status: u16, retry_after: Option<&'static str>, body: &'static str) -> Answer {
        let mut headers = hyper::HeaderMap::new();
        if let Some(seconds) = retry_after {
            headers.insert("retry-after", hyper::header::HeaderValue::from_static(seconds));
        }
        Answer { status, headers, body: body.into(), sent: Sent::default() }
    }

    #[test]
    fn only_answers_that_pass_are_worth_another_attempt() {
        let rule = Retry::default();
        for (status, again) in [(200, false), (403, false), (404, false), (429, true), (501, false), (503, true)] {
            assert_eq!(rule.after_answer(&answer(status, None, ""), 1, 1.0).is_some(), again, "{status}");
        }
        let busy = "<Error><Code>SlowDown</Code></Error>";
        assert!(rule.after_answer(&answer(200, None, busy), 1, 1.0).is_some());
        assert_eq!(rule.after_answer(&answer(503, None, ""), rule.attempts, 1.0), None);
    }

    #[test]
    fn pauses_double_up_to_the_longest_and_obey_the_store_within_reason() {
        let rule = Retry { attempts: 99, ..Retry::default() };
        let pause = |attempt, header| rule.after_answer(&answer(503, header, ""), attempt, 1.0);
        assert_eq!(pause(1, None), Some(Duration::from_millis(500)));
        assert_eq!(pause(2, None), Some(Duration::from_millis(1_000)));
        assert_eq!(pause(90, None), Some(Duration::from_secs(20)));
        assert_eq!(rule.after_answer(&answer(500, None, ""), 2, 1.0), Some(Duration::from_millis(200)));
        assert_eq!(pause(1, Some("3")), Some(Duration::from_secs(3)));
        assert_eq!(pause(1, Some("3600")), None);
        assert_eq!(pause(1, Some("18446744073709551616")), Some(Duration::from_millis(500)));
        assert_eq!(rule.after_answer(&answer(503, None, ""), 1, 0.0), Some(Duration::ZERO));
    }

    #[test]
    fn a_time_to_come_back_at_is_read_by_the_clock_of_the_store() {
        let pause = |date: Option<&'static str>, until| {
            let mut answer = answer(503, Some(until), "");
            answer
                .headers
                .extend(date.map(|date| (hyper::header::DATE, hyper::header::HeaderValue::from_static(date))));
            Retry::default().after_answer(&answer, 1, 0.0)
        };
        let date = Some("Wed, 25 Nov 2026 12:00:00 GMT");
        assert_eq!(pause(date, "Wed, 25 Nov 2026 12:00:07 GMT"), Some(Duration::from_secs(7)));
        assert_eq!(pause(date, "Wed, 25 Nov 2026 13:00:00 GMT"), None);
        for nothing in ["Wed, 25 Nov 2026 11:00:00 GMT", "soon", ""] {
            assert_eq!(pause(date, nothing), Some(Duration::ZERO), "{nothing}");
        }
        assert_eq!(pause(None, "Wed, 25 Nov 2026 13:00:00 GMT"), Some(Duration::ZERO));
    }
}
