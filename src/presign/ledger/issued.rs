//! The links that the records of a ledger tell of: the places of each link as one, the newest links, the links of each key.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

use jiff::Timestamp;

use super::{Destination, Record};

/// One link with every place that it went to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// The record of the first time that it was handed on.
    pub first: Record,
    /// Where it went, in the order of going there, each place once.
    pub destinations: Vec<Destination>,
}

/// The records of each link as one, in the order of their first ones.
pub fn fold(records: impl IntoIterator<Item = Record>) -> Vec<Issued> {
    let mut folded = Folded::default();
    for record in records {
        folded.take(record, usize::MAX);
    }
    folded.links.into()
}

/// The newest links of a ledger that may hold any number of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Newest {
    /// The links: first those that still work, each part in the order in which they were handed on.
    pub links: Vec<Issued>,
    /// How many older ones were left out.
    pub left_out: usize,
}

/// The records of each link as one: of the links that still work at `now` the newest ones, at most `most`, and as many of
/// those that do not.
pub fn newest(records: impl IntoIterator<Item = Record>, now: Timestamp, most: usize) -> Newest {
    let (mut live, mut ended) = (Folded::default(), Folded::default());
    for record in records {
        if record.is_live(now) { live.take(record, most) } else { ended.take(record, most) }
    }
    let left_out = live.left_out + ended.left_out;
    Newest { links: live.links.into_iter().chain(ended.links).collect(), left_out }
}

/// Links on their way to be one each.
#[derive(Default)]
struct Folded {
    links: VecDeque<Issued>,
    /// The number of each link that is kept, counted from the first that ever came.
    numbers: HashMap<String, usize>,
    /// How many links were let go at the front.
    left_out: usize,
}

impl Folded {
    fn take(&mut self, record: Record, most: usize) {
        let next = self.left_out + self.links.len();
        let number = *self.numbers.entry(record.url_sha256.clone()).or_insert(next);
        match number.checked_sub(self.left_out).and_then(|place| self.links.get_mut(place)) {
            Some(link) if link.destinations.contains(&record.destination) => {}
            Some(link) => link.destinations.push(record.destination),
            None => self.links.push_back(Issued { destinations: vec![record.destination], first: record }),
        }
        if self.links.len() > most
            && let Some(oldest) = self.links.pop_front()
        {
            self.numbers.remove(&oldest.first.url_sha256);
            self.left_out += 1;
        }
    }
}

/// The links of one access key, as far as the end of its id tells keys apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyLinks {
    /// The end of its id.
    pub access_key_last4: String,
    /// Whether it is the key of temporary credentials.
    pub temporary: bool,
    /// What the stores are called that it signed for.
    pub stores: BTreeSet<String>,
    /// How many of its links still work.
    pub live: usize,
    /// When the last of all its links ends or ended.
    pub last_end: Timestamp,
}

impl KeyLinks {
    /// What it would mean to take the key out of use: `rotating this key kills 7 live links`.
    pub fn consequence(&self) -> String {
        let act = if self.temporary { "revoking this session" } else { "rotating this key" };
        match self.live {
            0 => format!("{act} kills no live link"),
            1 => format!("{act} kills 1 live link"),
            live => format!("{act} kills {live} live links"),
        }
    }
}

/// The links of each access key, the key with most live ones first. Holds the live links in memory, and no others.
pub fn by_key(records: impl IntoIterator<Item = Record>, now: Timestamp) -> Vec<KeyLinks> {
    struct Sum {
        stores: BTreeSet<String>,
        live: HashSet<String>,
        last_end: Timestamp,
    }
    let mut sums: BTreeMap<(String, bool), Sum> = BTreeMap::new();
    for record in records {
        let live = record.is_live(now);
        let sum = sums.entry((record.access_key_last4, record.temporary)).or_insert_with(|| Sum {
            stores: BTreeSet::new(),
            live: HashSet::new(),
            last_end: record.ends_at,
        });
        sum.last_end = sum.last_end.max(record.ends_at);
        sum.stores.insert(record.issuer.store);
        if live {
            sum.live.insert(record.url_sha256);
        }
    }
    let keys = sums.into_iter().map(|((access_key_last4, temporary), Sum { stores, live, last_end })| KeyLinks {
        access_key_last4,
        temporary,
        stores,
        live: live.len(),
        last_end,
    });
    let mut keys: Vec<KeyLinks> = keys.collect();
    keys.sort_by_key(|key| std::cmp::Reverse(key.live));
    keys
}

#[cfg(test)]
mod tests {
    use super::super::tests::{at, numbered};
    use super::*;

    #[test]
    fn the_newest_links_are_kept_and_live_ones_never_make_room_for_ended_ones() {
        let now = at("2026-11-20T12:01:00Z");
        let ended = |number| Record { ends_at: now, ..numbered(number) };
        let all = [numbered(0), ended(1), ended(2), ended(1), ended(3), numbered(4)];
        let Newest { links, left_out } = newest(all, now, 2);
        let names: Vec<_> = links.iter().map(|link| link.first.url_sha256.trim_start_matches('0')).collect();
        assert_eq!((names, left_out), (vec!["", "4", "2", "3"], 1));
    }

    #[test]
    fn a_link_that_is_kept_takes_its_later_destinations_however_many_were_let_go() {
        let now = at("2026-11-20T12:01:00Z");
        let to_file = Record { destination: Destination::File, ..numbered(5) };
        let Newest { links, left_out } = newest((0..6).map(numbered).chain([to_file]), now, 2);
        assert_eq!((links.len(), left_out), (2, 4));
        assert_eq!(links[1].destinations, [Destination::Clipboard, Destination::File]);
    }

    #[test]
    fn a_link_in_two_places_is_one_link() {
        let in_file = Record { destination: Destination::File, ..numbered(1) };
        let folded = fold([numbered(1), numbered(2), in_file.clone(), numbered(1), in_file]);
        let places: Vec<_> = folded.iter().map(|link| link.destinations.as_slice()).collect();
        assert_eq!(places, [&[Destination::Clipboard, Destination::File][..], &[Destination::Clipboard]]);
    }

    #[test]
    fn a_key_is_told_what_rotating_it_would_kill() {
        let now = at("2026-11-20T12:05:00Z");
        let of_key = |last4: &str, number| Record { access_key_last4: last4.into(), ..numbered(number) };
        let ended = Record { ends_at: at("2026-11-20T12:04:00Z"), ..of_key("OLD1", 9) };
        let session = Record { temporary: true, ..of_key("SESS", 8) };
        let twice = Record { destination: Destination::File, ..of_key("MPLE", 1) };
        let keys = by_key([ended, of_key("MPLE", 1), twice, session, of_key("MPLE", 2)], now);
        let told: Vec<_> = keys.iter().map(|key| (key.access_key_last4.as_str(), key.consequence())).collect();
        assert_eq!(
            told,
            [
                ("MPLE", "rotating this key kills 2 live links".to_owned()),
                ("SESS", "revoking this session kills 1 live link".to_owned()),
                ("OLD1", "rotating this key kills no live link".to_owned()),
            ]
        );
        assert_eq!(
            keys.last().unwrap().line(),
            r#"{"v":1,"access_key_last4":"OLD1","temporary":false,"stores":["support"],"live":0,"last_end":"2026-11-20T12:04:00Z"}"#
        );
    }
}
