//! The refusals in tests/data/refusals.toml: what stores say, at which server here, and what a user is told then.

use std::ptr;

use daypass::s3::catalogue::{self, Check, Occasion, Row};
use serde::Deserialize;

/// A refusal as a store sends it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Refusal {
    #[serde(default)]
    provider: Option<String>,
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
    /// The servers that were made to say it, by what was being done.
    #[serde(default)]
    pub(crate) provoked: Provoked,
    /// Why no server here says it.
    #[serde(default)]
    pub(crate) recorded: Option<String>,
}

/// Names of servers, as tests/real has them.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Provoked {
    browse: Vec<String>,
    r#use: Vec<String>,
    post: Vec<String>,
    cors: Vec<String>,
}

impl Provoked {
    pub(crate) fn at(&self, when: Occasion) -> &[String] {
        match when {
            Occasion::Browse => &self.browse,
            Occasion::Use => &self.r#use,
            Occasion::Post => &self.post,
            Occasion::Cors => &self.cors,
            // Nothing is asked of a store while a link is made.
            Occasion::Make => &[],
        }
    }

    pub(crate) fn servers(&self) -> impl Iterator<Item = &String> {
        let whens = [Occasion::Browse, Occasion::Use, Occasion::Post, Occasion::Cors];
        whens.into_iter().flat_map(|when| self.at(when))
    }
}

impl Refusal {
    pub(crate) fn provider(&self) -> &str {
        self.provider.as_deref().unwrap_or("aws")
    }

    pub(crate) fn xml(&self) -> String {
        let message = self.message.replace('&', "&amp;").replace('<', "&lt;");
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{}</Code><Message>{message}</Message>\
             <RequestId>4442587FB7D0A2F9</RequestId></Error>",
            self.code
        )
    }

    pub(crate) fn row(&self, when: Occasion) -> &'static Row {
        let row = catalogue::explain(self.provider(), Some(self.status), &self.code, &self.message, when);
        row.unwrap_or_else(|| panic!("{}: {} means nothing", self.code, self.message))
    }

    /// Whether these are its meanings: for whoever uses a link, and for who browses.
    pub(crate) fn means(&self, by_link: &Row, browsing: &Row) -> bool {
        ptr::eq(self.row(Occasion::Use), by_link) && ptr::eq(self.row(Occasion::Browse), browsing)
    }
}

pub(crate) fn refusals() -> Vec<Refusal> {
    #[derive(Deserialize)]
    struct Recorded {
        refusal: Vec<Refusal>,
    }
    let recorded: Recorded = toml::from_str(include_str!("../data/refusals.toml")).unwrap();
    recorded.refusal
}

/// What a request knows better than the catalogue: its permission, bucket, region, the clocks, what the store cannot do.
pub(crate) fn known_better(row: &Row, message: &str) -> Option<&'static str> {
    match (&*row.code, row.check) {
        _ if row.is_of_any_request() && !message.is_empty() => Some("the store says: "),
        ("RequestTimeTooSkewed", _) => Some("this machine's clock is"),
        ("NoSuchBucket", _) => Some("there is no bucket `"),
        ("PermanentRedirect" | "TemporaryRedirect" | "IllegalLocationConstraintException", _) => {
            Some("the bucket is at another endpoint of this store")
        }
        ("NotImplemented", _) => Some("this store "),
        (_, Some(Check::Permission)) => Some("they need `"),
        _ => None,
    }
}
