//! How a request fails, in words for people: what failed, why, and what to do next. The same on screen and command line.

use std::fmt;

use super::exchange::Exchange;
use super::text::visible;

/// A request that did not get its answer.
///
/// `Display` gives the whole text in one line, safe for a terminal. It never holds a secret, a signature or a signed URL:
/// the fields are built from parsed parts of an answer, not from requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What kind of failure, where a decision hangs on it.
    pub kind: FailureKind,
    /// What was asked for: `list s3://bucket/prefix`.
    pub what: String,
    /// Why it failed, in plain words.
    pub why: String,
    /// What to do next; empty where nothing sensible can be said.
    pub hint: String,
    /// What the server said, where it said something.
    pub reply: Option<Reply>,
    /// What was asked and answered, where it came to that.
    pub exchange: Option<Box<Exchange>>,
}

/// The kinds that lead to different behaviour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// The credentials may not do this.
    Forbidden,
    /// The credentials are wrong, unknown or expired.
    BadCredentials,
    /// No credentials were found.
    NoCredentials,
    /// The bucket, key or version does not exist.
    NotFound,
    /// The store does not know this operation.
    NotSupported,
    /// The store is busy or asks to slow down; trying again later may help.
    Busy,
    /// The store was not reached, or stopped answering.
    Unreachable,
    /// The answer made no sense.
    BrokenReply,
    /// The question itself cannot be asked: a bad name, a refused setting.
    Refused,
    /// Anything else that the server answered.
    Other,
}

/// The server's own words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// The S3 error code, such as `AccessDenied`; empty where the body named none.
    pub code: String,
    /// The server's message, as sent.
    pub message: String,
    /// The id that a provider's support asks for.
    pub request_id: Option<String>,
    /// The second such id, `x-amz-id-2`.
    pub host_id: Option<String>,
}

impl Failure {
    /// A failure without a server's answer.
    pub fn new(kind: FailureKind, what: impl Into<String>, why: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { kind, what: what.into(), why: why.into(), hint: hint.into(), reply: None, exchange: None }
    }

    /// All that is known of it, a line each, safe for a terminal: for whoever has to look closer, or asks a provider's support.
    pub fn report(&self) -> Vec<String> {
        let mut lines = vec![format!("cannot {}", self.what)];
        let mut tell = |label: &str, said: &str| {
            if !said.is_empty() {
                lines.push(format!("{label:<11} {said}"));
            }
        };
        tell("why", &self.why);
        tell("what to do", &self.hint);
        if let Some(exchange) = &self.exchange {
            tell("request", &exchange.request);
            tell(
                "sent",
                &if exchange.attempts == 1 { "once".to_owned() } else { format!("{} times", exchange.attempts) },
            );
        }
        if let Some(reply) = &self.reply {
            tell("answer", format!("{} {}", reply.status, reply.code).trim_end());
            tell("it says", &reply.message);
            tell("request id", reply.request_id.as_deref().unwrap_or_default());
            tell("host id", reply.host_id.as_deref().unwrap_or_default());
        }
        if let Some(answer) =
            self.exchange.as_ref().map(|exchange| &exchange.answer).filter(|answer| !answer.is_empty())
        {
            lines.push(String::new());
            lines.push("The answer as it came, without signatures and tokens:".to_owned());
            lines.extend(answer.lines().map(str::to_owned));
        }
        lines.iter().map(|line| visible(line).into_owned()).collect()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {}: {}", visible(&self.what), visible(&self.why))?;
        if !self.hint.is_empty() {
            write!(f, "; {}", visible(&self.hint))?;
        }
        if let Some(reply) = &self.reply {
            write!(f, " [{}", reply.status)?;
            if !reply.code.is_empty() {
                write!(f, " {}", visible(&reply.code))?;
            }
            if let Some(id) = &reply.request_id {
                write!(f, ", request {}", visible(id))?;
            }
            f.write_str("]")?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}
