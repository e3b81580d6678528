//! What the way to a store shows: the certificate in words, the time an answer takes, two clocks, and where a bucket is.

use std::time::Duration;

use jiff::Timestamp;

use super::{Check, Finding};
use crate::s3::skew;

/// An answer that takes longer makes every key press wait.
const SLOW: Duration = Duration::from_millis(1_000);

/// How a store was reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    /// The proxy in between, without a login; `None` where there is none.
    pub proxy: Option<String>,
    /// Name, connection, TLS and answer together.
    pub first: Duration,
    /// Only question and answer, on the same connection; `None` where it was not asked again.
    pub again: Option<Duration>,
}

/// How fast a store answers, and by which way.
pub fn reached(endpoint: &str, reached: &Reached) -> Finding {
    let way = match &reached.proxy {
        Some(proxy) => format!("through the proxy {proxy}"),
        None => "without a proxy".to_owned(),
    };
    let again = reached.again.map(|time| format!(", and again in {} ms", time.as_millis())).unwrap_or_default();
    let first = reached.first.as_millis();
    let evidence = format!("{way}, it was connected and answered in {first} ms{again}");
    match reached.again.unwrap_or(reached.first) {
        slow if slow > SLOW => {
            let remedy = "check the network; a store in a nearer region answers faster";
            Finding::note(Check::Connection, endpoint, evidence, remedy)
        }
        _ => Finding::ok(Check::Connection, endpoint, evidence),
    }
}

/// There was no answer: why, with the proxy if there is one, and what to do.
pub fn not_reached(endpoint: &str, proxy: Option<&str>, why: &str, hint: &str) -> Finding {
    let by = proxy.map(|proxy| format!(" (through the proxy {proxy})")).unwrap_or_default();
    Finding::fault(Check::Connection, endpoint, format!("{why}{by}"), hint)
}

/// A store over TLS that need not prove who it is.
pub fn unproven(endpoint: &str) -> Finding {
    let evidence = "its certificate is not looked at (insecure_tls): anybody on the way may answer in its name";
    let remedy =
        "name its certificate, or that of its authority, in ca_file for this store, and leave out insecure_tls";
    Finding::caution(Check::Connection, endpoint, evidence, remedy)
}

/// A store that is reached without TLS over a network.
pub fn in_plain_http(endpoint: &str) -> Finding {
    let evidence = "plain HTTP (allow_http): whoever is on the way reads names, objects and links, and may change them";
    Finding::caution(Check::Connection, endpoint, evidence, "write https:// where the store speaks TLS")
}

/// This machine's clock beside the store's. `sent` and `received` are this machine's times around the answer.
pub fn clock(theirs: Option<Timestamp>, sent: Timestamp, received: Timestamp) -> Finding {
    const LOOKED_AT: &str = "this machine's clock";
    let Some(theirs) = theirs else {
        return Finding::note(Check::Clock, LOOKED_AT, "the store does not tell its time", "");
    };
    let skew = skew::measured(theirs, sent, received);
    let evidence = format!("it is {}", skew::words(skew));
    let remedy = "set the clock, best by time synchronisation (timedatectl set-ntp true)";
    match skew.abs() {
        small if small <= skew::SMALL => Finding::ok(Check::Clock, LOOKED_AT, "it agrees with the store's"),
        large if large >= skew::FATAL => {
            let evidence =
                format!("{evidence}: stores refuse what is signed so; only daypass goes by the store's time");
            Finding::fault(Check::Clock, LOOKED_AT, evidence, remedy)
        }
        _ => Finding::caution(
            Check::Clock,
            LOOKED_AT,
            format!("{evidence}: links end that much off, but for those of daypass, which goes by the store's"),
            remedy,
        ),
    }
}

/// Where requests to a bucket are signed for, and where it is.
pub fn region(bucket: &str, signed: &str, told: Option<&str>) -> Finding {
    match told {
        Some(told) if told != signed => Finding::caution(
            Check::Region,
            bucket,
            format!(
                "the bucket is in {told}, and the store is set for {signed}; daypass follows, with one request more"
            ),
            format!("set the region: --region {told}, or region = \"{told}\" for the store"),
        ),
        Some(told) => Finding::ok(Check::Region, bucket, format!("the bucket is in {told}, as set")),
        None => Finding::ok(
            Check::Region,
            bucket,
            format!("requests are signed for {signed}, and the store names no other"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::doctor::Severity;

    fn clocks(ahead: i64) -> Finding {
        let now: Timestamp = "2026-11-25T12:00:00.4Z".parse().unwrap();
        let theirs = "2026-11-25T12:00:00Z".parse::<Timestamp>().unwrap() - SignedDuration::from_secs(ahead);
        clock(Some(theirs), now, now + SignedDuration::from_millis(300))
    }

    #[test]
    fn a_clock_is_told_above_a_minute_and_a_fault_from_a_quarter_of_an_hour() {
        for (ahead, severity) in [
            (0, Severity::Ok),
            (1, Severity::Ok),
            (60, Severity::Ok),
            (-60, Severity::Ok),
            (90, Severity::Caution),
            (-90, Severity::Caution),
            (14 * 60, Severity::Caution),
            (20 * 60, Severity::Fault),
            (-20 * 60, Severity::Fault),
        ] {
            assert_eq!(clocks(ahead).severity, severity, "{ahead}");
        }
        assert!(clocks(20 * 60).evidence.contains("20 min ahead of the store's"), "{:?}", clocks(20 * 60));
        assert!(clocks(-20 * 60).evidence.contains("20 min behind the store's"), "{:?}", clocks(-20 * 60));
        let now = Timestamp::UNIX_EPOCH;
        assert_eq!(clock(None, now, now).severity, Severity::Note);
    }

    #[test]
    fn a_store_that_is_not_reached_is_told_with_the_proxy_in_between() {
        let found =
            not_reached("https://s3.example", Some("http://proxy:3128"), "it refused the connection", "check the port");
        assert_eq!(found.severity, Severity::Fault);
        assert_eq!(found.evidence, "it refused the connection (through the proxy http://proxy:3128)");
        assert_eq!(found.remedy, "check the port");
    }

    #[test]
    fn a_slow_store_and_a_bucket_elsewhere_are_told() {
        let at = |milliseconds| {
            let again = Some(Duration::from_millis(milliseconds));
            reached("https://s3.example", &Reached { proxy: None, first: Duration::from_secs(3), again })
        };
        assert_eq!((at(20).severity, at(1_500).severity), (Severity::Ok, Severity::Note));
        assert!(at(20).evidence.contains("answered in 3000 ms, and again in 20 ms"), "{:?}", at(20));
        assert_eq!(region("s3://b", "us-east-1", Some("us-east-1")).severity, Severity::Ok);
        assert_eq!(region("s3://b", "us-east-1", None).severity, Severity::Ok);
        let elsewhere = region("s3://b", "us-east-1", Some("eu-west-1"));
        assert_eq!(elsewhere.severity, Severity::Caution);
        assert!(elsewhere.remedy.contains("--region eu-west-1"), "{elsewhere:?}");
    }
}
