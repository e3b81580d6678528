//! The one sentence about a link that can be forwarded to whoever complained.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::proof::Difference;
use super::report::MethodFact;
use super::signature::SignatureVersion;
use super::told;
use crate::s3::catalogue::Check;
use crate::s3::text::visible;

/// What is to be thought of a link. `Display` is a sentence or two for people who know nothing of S3; times are in UTC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Verdict {
    /// It is good.
    Works {
        /// When it ends.
        until: Timestamp,
        /// How long that is from now, in seconds.
        seconds_left: i64,
        /// Whether its signature was checked.
        certainty: Certainty,
    },
    /// It was damaged on its way, and is good once repaired.
    Damaged {
        /// When the repaired link ends.
        until: Timestamp,
        /// How long that is from now, in seconds.
        seconds_left: i64,
        /// Whether the signature of the repaired link was checked.
        certainty: Certainty,
    },
    /// It is good, and was refused because it was used in another way than the one it is signed for.
    UsedWrongly {
        /// When it ends.
        until: Timestamp,
        /// How long that is from now, in seconds.
        seconds_left: i64,
        /// Whether its signature was checked.
        certainty: Certainty,
        /// The method that it needs.
        method: MethodFact,
        /// The headers that it needs, with the value where it is known.
        headers: Vec<(String, Option<String>)>,
    },
    /// Its store was asked and serves it, against what it says itself.
    ServedAllTheSame,
    /// Its store was asked, and does not take it.
    Refused {
        /// What did not pass, where that is known.
        check: Option<Check>,
        /// The store's code; empty where it gave none.
        code: String,
        /// Why, half a sentence.
        because: String,
    },
    /// What answers at its address is no store.
    NotTheStore,
    /// Its time is over.
    Expired {
        /// When it ended.
        ended: Timestamp,
        /// How long ago that is, in seconds.
        seconds_ago: i64,
    },
    /// Its time has not come.
    NotYetValid {
        /// When it begins.
        from: Timestamp,
        /// How long that is from now, in seconds.
        seconds: i64,
    },
    /// A part of it is missing.
    CutOff {
        /// Which parameters.
        missing: Vec<String>,
    },
    /// The signature is not what the key makes of the link.
    WrongSignature {
        /// Why.
        because: Difference,
    },
    /// It could never work.
    DeadOnArrival {
        /// Why.
        flaw: Flaw,
    },
    /// It is a plain address.
    NotSigned,
    /// It is signed in a way that S3 does not know.
    Unsupported {
        /// The way.
        version: SignatureVersion,
    },
    /// There is no link in the text, but the error with which a store refused one.
    OnlyError {
        /// What did not pass, where that is known.
        check: Option<Check>,
        /// The store's code.
        code: String,
        /// What it means, in whole sentences.
        cause: String,
        /// What to do, in whole sentences.
        fix: String,
    },
    /// There is neither in the text.
    NoLink,
}

/// Whether a signature was checked with the key that made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// It was, and is right.
    Proven,
    /// It was not, as something is not known.
    Unproven,
    /// The store was asked, and serves the link.
    Served,
    /// The store was asked, and says nothing against the link, as far as can be seen without using it.
    Unopposed,
}

/// Why a link could never work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Flaw {
    /// `X-Amz-Algorithm` names none that is known.
    Algorithm,
    /// The signature holds what no signature holds.
    SignatureMalformed,
    /// The time of signing is no time.
    Date,
    /// The lifetime is no number, or out of range.
    Lifetime {
        /// The longest lifetime of the store, in seconds.
        longest: u32,
    },
    /// The day in the credential is not the day of signing.
    ScopeDay,
    /// The service in the credential is not S3.
    ScopeService,
    /// The region is not that of the host.
    Region {
        /// The region that was signed.
        signed: String,
        /// The region of the host.
        host: String,
    },
    /// The host is not signed.
    HostNotSigned,
    /// A temporary key without its session token.
    TokenMissing,
    /// The master key of a Backblaze account.
    MasterKey,
    /// Version 2, at a store that knows only version 4.
    TooOld {
        /// The store's provider.
        provider: String,
    },
    /// Plain HTTP, at a store that answers only HTTPS.
    PlainHttp {
        /// The store's provider.
        provider: String,
    },
}

impl Verdict {
    /// Whether the link, or its repaired form, is good as far as can be told.
    pub fn is_good(&self) -> bool {
        match self {
            Self::Works { .. } | Self::Damaged { .. } | Self::UsedWrongly { .. } | Self::ServedAllTheSame => true,
            Self::Refused { .. }
            | Self::NotTheStore
            | Self::Expired { .. }
            | Self::NotYetValid { .. }
            | Self::CutOff { .. }
            | Self::WrongSignature { .. }
            | Self::DeadOnArrival { .. }
            | Self::NotSigned
            | Self::Unsupported { .. }
            | Self::OnlyError { .. }
            | Self::NoLink => false,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Works { until, seconds_left, certainty: Certainty::Proven } => {
                write!(f, "This link is good until {}, for {} more.", utc(*until), span(*seconds_left))
            }
            Self::Works { until, seconds_left, certainty: Certainty::Unproven } => write!(
                f,
                "This link looks good until {}, for {} more; its signature could not be checked here.",
                utc(*until),
                span(*seconds_left)
            ),
            Self::Works { until, seconds_left, certainty: Certainty::Served } => {
                let (until, left) = (utc(*until), span(*seconds_left));
                write!(f, "This link works: its store serves it. It is good until {until}, for {left} more.")
            }
            Self::Works { until, seconds_left, certainty: Certainty::Unopposed } => write!(
                f,
                "This link looks good until {}, for {} more; its store was asked and says nothing against it, but its \
                 signature could not be proven.",
                utc(*until),
                span(*seconds_left)
            ),
            Self::UsedWrongly { until, seconds_left, certainty, method, headers } => write!(
                f,
                "This link {} good until {}, for {} more, but was refused for being used in another way than it was signed \
                 for{}.",
                certainty.is(),
                utc(*until),
                span(*seconds_left),
                way(*method, headers)
            ),
            Self::ServedAllTheSame => {
                f.write_str("This link works: its store serves it, although it should not by what the link says itself.")
            }
            Self::Refused { because, .. } => write!(f, "This link does not work: {because}."),
            Self::NotTheStore => f.write_str(
                "This link does not lead to a store from here: what answers is a web page or something in between, such as \
                 a login page, a proxy or another website.",
            ),
            Self::Damaged { until, seconds_left, certainty } => {
                let (until, left) = (utc(*until), span(*seconds_left));
                let is = match certainty {
                    Certainty::Proven => format!("it is good until {until}, for {left} more"),
                    Certainty::Unproven => format!("it looks good until {until}, for {left} more"),
                    Certainty::Served => {
                        format!("it works, as its store serves it, and is good until {until}, for {left} more")
                    }
                    Certainty::Unopposed => format!(
                        "it looks good until {until}, for {left} more; its store was asked and says nothing against it, \
                         but its signature could not be proven"
                    ),
                };
                write!(
                    f,
                    "This link was damaged on its way; repaired, {is}. Send it once more, in a way that does not change it."
                )
            }
            Self::Expired { ended, seconds_ago } => {
                write!(f, "This link expired {} ago ({}); ask for a new one.", span(*seconds_ago), utc(*ended))
            }
            Self::NotYetValid { from, seconds } => write!(
                f,
                "This link is dated {} ahead and not valid before {}; the clock of whoever made it may be wrong.",
                span(*seconds),
                utc(*from)
            ),
            Self::CutOff { missing } => match missing.as_slice() {
                [one] if one.ends_with("X-Amz-Signature") => {
                    f.write_str("This link is cut off: the signature at its end is missing. Copy the whole link.")
                }
                _ => write!(
                    f,
                    "This link is cut off: a part of it is missing ({}). Copy the whole link.",
                    visible(&missing.join(", "))
                ),
            },
            Self::WrongSignature { because } => {
                write!(f, "This link will be refused, as its signature does not fit: {because}. Ask for a new one.")
            }
            Self::DeadOnArrival { flaw } => write!(f, "This link never worked: {flaw}."),
            Self::NotSigned => f.write_str(
                "This is a plain address without a signature: it opens only what is public. Ask for a presigned link.",
            ),
            Self::Unsupported { version } => write!(
                f,
                "This link is signed for {}, which is not S3; only whoever made it can tell what is wrong.",
                version.name()
            ),
            Self::OnlyError { code, cause, fix, .. } if code == told::BROWSER => {
                write!(f, "This is no link, but what a browser says of one: {cause} {fix}")
            }
            Self::OnlyError { code, cause, fix, .. } => write!(
                f,
                "This is no link, but a store's refusal of one, {}: {cause} {fix} The link itself would say more: paste it along.",
                visible(code)
            ),
            Self::NoLink => {
                f.write_str("There is no link in this text. Paste the whole link, from https:// to its end.")
            }
        }
    }
}

impl Certainty {
    /// The verb of what is said with it.
    fn is(self) -> &'static str {
        match self {
            Self::Proven | Self::Served => "is",
            Self::Unproven | Self::Unopposed => "looks",
        }
    }
}

/// How a link has to be used: `: it works only with PUT and the header content-type: text/plain`.
fn way(method: MethodFact, headers: &[(String, Option<String>)]) -> String {
    let header = |(name, value): &(String, Option<String>)| match value {
        Some(value) => visible(&format!("{name}: {value}")).into_owned(),
        None => format!("{} exactly as it was signed", visible(name)),
    };
    let headers: Vec<String> = headers.iter().map(header).collect();
    let headers = match headers.as_slice() {
        [] => None,
        [one] => Some(format!("the header {one}")),
        several => Some(format!("the headers {}", several.join(", "))),
    };
    match (method, headers) {
        (MethodFact::Proven(method), Some(headers)) => format!(": it works only with {method} and {headers}"),
        (MethodFact::Proven(method), None) => format!(": it works only with {method}"),
        (MethodFact::Likely(method), Some(headers)) => {
            format!(": it works only with {headers}, and probably with {method}")
        }
        (MethodFact::Likely(method), None) => format!(": it works probably with {method}"),
        (MethodFact::Unknown, Some(headers)) => format!(": it works only with {headers}"),
        (MethodFact::Unknown, None) => String::new(),
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Algorithm => f.write_str("it names an algorithm that no store knows"),
            Self::SignatureMalformed => {
                f.write_str("its signature is not 64 hex digits in lower case, so it was changed or typed by hand")
            }
            Self::Date => f.write_str("its time of signing (X-Amz-Date) is not a time"),
            Self::Lifetime { longest } => write!(
                f,
                "its lifetime (X-Amz-Expires) is not between 1 and {longest} seconds ({}), which the store refuses",
                span(i64::from(*longest))
            ),
            Self::ScopeDay => f.write_str("the day in its credential is not the day on which it was signed"),
            Self::ScopeService => f.write_str("its credential is for another service than S3"),
            Self::Region { signed, host } => write!(
                f,
                "it was signed for the region {}, and its host is in {}; make it anew with the right region",
                visible(signed),
                visible(host)
            ),
            Self::HostNotSigned => f.write_str("its host is not among the signed headers, so every store refuses it"),
            Self::TokenMissing => f.write_str(
                "a temporary key signed it, and the session token (X-Amz-Security-Token) is not in it; make it anew \
                 with the whole set of credentials",
            ),
            Self::MasterKey => f.write_str(
                "the master key of a Backblaze account signed it, which Backblaze's S3 refuses; \
                 make it anew with an application key",
            ),
            Self::TooOld { provider } => write!(
                f,
                "it is signed with Signature Version 2, which {} refuses; make it anew with version 4 (`s3v4`)",
                visible(provider)
            ),
            Self::PlainHttp { provider } => {
                write!(f, "it begins with http://, and {} answers only https://", visible(provider))
            }
        }
    }
}

/// `25 Nov 2026 14:05 UTC`.
pub(super) fn utc(time: Timestamp) -> String {
    time.strftime("%-d %b %Y %H:%M UTC").to_string()
}

/// A length of time in its greatest unit, rounded down: `3 hours`, `1 day`.
pub(super) fn span(seconds: i64) -> String {
    let seconds = seconds.unsigned_abs();
    let (count, unit) = match seconds {
        0..60 => (seconds, "second"),
        60..3_600 => (seconds / 60, "minute"),
        3_600..86_400 => (seconds / 3_600, "hour"),
        86_400..63_072_000 => (seconds / 86_400, "day"),
        _ => (seconds / 31_536_000, "year"),
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural}")
}

/// The seconds from one moment to another.
pub(super) fn seconds_between(from: Timestamp, to: Timestamp) -> i64 {
    SignedDuration::as_secs(&to.duration_since(from))
}
