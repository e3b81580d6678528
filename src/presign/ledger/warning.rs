//! What a person should think about before handing a link on, or right after, as far as the ledger knows it.

use std::collections::HashSet;
use std::fmt;

use jiff::SignedDuration;

use super::Record;
use crate::presign::request::Method;

/// From where on a link is worth a warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// So many links within [`Self::within`] are many. A batch counts as one.
    pub many: usize,
    /// The time in which they are counted.
    pub within: SignedDuration,
    /// A link that works for more than this works for long.
    pub long: SignedDuration,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { many: 30, within: SignedDuration::from_secs(60), long: SignedDuration::from_hours(24) }
    }
}

/// What a person should think about before handing a link on, or right after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Warning {
    /// Many links in a short time.
    Many {
        /// How many, a batch counting as one.
        links: usize,
        /// The time in which they were made.
        within: SignedDuration,
    },
    /// It works for a long time.
    Long {
        /// For how long.
        lifetime: SignedDuration,
    },
    /// It deletes.
    Delete,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Many { links, within } => {
                write!(
                    f,
                    "{links} links were made within {} s: if that was not meant, look through them",
                    within.as_secs()
                )
            }
            Self::Long { lifetime } => {
                write!(f, "this link works for {} h, and nobody can call it back alone", lifetime.as_hours())
            }
            Self::Delete => f.write_str("whoever has this link can delete with it"),
        }
    }
}

/// What there is to warn about in `record`, which follows the `earlier` ones.
pub fn warnings<'a>(
    record: &'a Record,
    earlier: impl IntoIterator<Item = &'a Record>,
    thresholds: &Thresholds,
) -> Vec<Warning> {
    let Thresholds { many, within, long } = *thresholds;
    let recent = earlier.into_iter().filter(|earlier| {
        let before = record.at.duration_since(earlier.at);
        !before.is_negative() && before < within
    });
    let links = recent.chain([record]).map(Record::act).collect::<HashSet<_>>().len();
    let lifetime = record.ends_at.duration_since(record.at);
    [
        (links >= many).then_some(Warning::Many { links, within }),
        (lifetime > long).then_some(Warning::Long { lifetime }),
        (record.method == Method::Delete).then_some(Warning::Delete),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{at, numbered, record};
    use super::*;

    #[test]
    fn many_links_in_a_minute_are_worth_a_warning_and_a_batch_counts_once() {
        let thresholds = Thresholds::default();
        let last = numbered(0);
        let earlier: Vec<Record> = (1..30).map(numbered).collect();
        let many = Warning::Many { links: 30, within: thresholds.within };
        assert_eq!(warnings(&last, &earlier, &thresholds), [many]);
        assert_eq!(warnings(&last, &earlier[1..], &thresholds), []);
        assert_eq!(warnings(&last, earlier[1..].iter().chain([&last]), &thresholds), []);

        let batch: Vec<Record> = earlier.iter().map(|r| Record { batch: Some("a".into()), ..r.clone() }).collect();
        assert_eq!(warnings(&last, &batch, &thresholds), []);
        let before = at("2026-11-20T11:59:01Z");
        let long_ago: Vec<Record> = earlier.iter().map(|r| Record { at: before, ..r.clone() }).collect();
        assert_eq!(warnings(&last, &long_ago, &thresholds), []);
    }

    #[test]
    fn a_long_life_and_a_delete_are_worth_a_warning() {
        let day = Record { ends_at: at("2026-11-21T12:00:01Z"), ..record() };
        let longer = Record { ends_at: at("2026-11-21T12:00:02Z"), method: Method::Delete, ..record() };
        assert_eq!(warnings(&day, [], &Thresholds::default()), []);
        let told: Vec<String> = warnings(&longer, [], &Thresholds::default()).iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            ["this link works for 24 h, and nobody can call it back alone", "whoever has this link can delete with it"]
        );
    }
}
