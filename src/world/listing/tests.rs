//! The parallel listing against the sequential one: the same keys, each once, in order where asked, for few requests more.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use proptest::prelude::*;

use super::*;
use crate::s3::key_page::ListedObject;
use crate::s3::listing::PageToken;
use crate::s3::name::DELIMITER;

/// How a store answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    /// As S3 does.
    Proper,
    /// As if nobody had said where to begin.
    DeafToStartAfter,
    /// With a bad request, where it should begin at a name.
    RefusesStartAfter,
    /// Every other page holds nothing but a token.
    EmptyPages,
    /// Each page begins with the last name of the one before.
    Repeats,
    /// In an order of its own.
    Unordered,
}

/// A store that holds names.
#[derive(Clone, Debug)]
struct Names {
    names: Vec<String>,
    prefix: String,
    page_size: usize,
    manner: Manner,
}

impl Names {
    fn new(keys: impl IntoIterator<Item = String>, prefix: &str, depth: Depth, page_size: usize) -> Self {
        let folded = |key: String| {
            let end = key.get(prefix.len()..)?.find(DELIMITER).filter(|_| depth == Depth::Level);
            end.map_or(Some(key.as_str()), |end| key.get(..prefix.len() + end + 1)).map(str::to_owned)
        };
        let below = keys.into_iter().filter(|key| !key.is_empty() && key.starts_with(prefix));
        let names: BTreeSet<String> = below.filter_map(folded).collect();
        Self { names: names.into_iter().collect(), prefix: prefix.to_owned(), page_size, manner: Manner::Proper }
    }

    fn behaving(mut self, manner: Manner) -> Self {
        self.manner = manner;
        if manner == Manner::Repeats {
            // With less, it would not get on.
            self.page_size = self.page_size.max(2);
        }
        if manner == Manner::Unordered {
            self.names.sort_by_key(|name| name.bytes().rev().collect::<Vec<_>>());
        }
        self
    }

    fn answer(&self, from: &Resume) -> Option<KeyPage> {
        let (mut start, mut is_empty) = (0, false);
        match from {
            Resume::Start => {}
            Resume::After(_) if self.manner == Manner::RefusesStartAfter => return None,
            Resume::After(_) if matches!(self.manner, Manner::DeafToStartAfter | Manner::Unordered) => {}
            Resume::After(after) => start = self.names.partition_point(|name| name <= after),
            Resume::Token(token) => start = token.0.trim_start_matches('e').parse().unwrap(),
        }
        if self.manner == Manner::EmptyPages {
            is_empty = !matches!(from, Resume::Token(token) if token.0.starts_with('e'));
        }
        if self.manner == Manner::Repeats && matches!(from, Resume::Token(_)) {
            start -= 1;
        }
        let mut page = KeyPage::default();
        let end = if is_empty { start } else { (start + self.page_size).min(self.names.len()) };
        for name in &self.names[start..end] {
            match name.strip_prefix(&self.prefix).unwrap().ends_with('/') {
                true => page.push_prefix(name).unwrap(),
                false => page
                    .push_object(&ListedObject { key: name, size: 1, modified: None, etag: "", storage_class: "" })
                    .unwrap(),
            }
        }
        if end < self.names.len() {
            page.next = Some(PageToken(format!("{}{end}", if is_empty { "e" } else { "" })));
        }
        Some(page)
    }

    fn pages(&self) -> u64 {
        self.names.len().div_ceil(self.page_size).max(1) as u64
    }
}

/// What a listing came to, in a world where each request takes about as long as another.
struct Outcome {
    names: Vec<String>,
    requests: u64,
    /// How many requests' time passed.
    rounds: f64,
    most_held: usize,
}

fn simulate(names: &Names, depth: Depth, order: Order, limit: usize, seed: u64, room: usize) -> Outcome {
    let mut plan = Plan::new(&names.prefix, depth, order, limit, room);
    let (mut clock, mut random, mut flying, mut seen) = (0.0, seed, Vec::new(), Vec::new());
    let mut most_held = 0;
    loop {
        while let Some(ask) = plan.ask() {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            flying.push((clock + 0.8 + 0.4 * (random >> 40) as f64 / (1 << 24) as f64, ask));
        }
        assert!(flying.len() <= limit);
        while let Some(page) = plan.take() {
            seen.extend(page.iter().map(|row| row.name().to_owned()));
        }
        if plan.is_done() {
            break;
        }
        if flying.is_empty() {
            // What was handed out made room.
            continue;
        }
        let first = (0..flying.len()).min_by(|a, b| flying[*a].0.total_cmp(&flying[*b].0)).expect("a listing goes on");
        let (due, ask) = flying.swap_remove(first);
        clock = due;
        match names.answer(&ask.from) {
            Some(page) => {
                plan.answered(ask.id, page).expect("a store in order");
                most_held = most_held.max(plan.held);
            }
            None => assert_eq!(plan.failed(ask.id), Loss::None),
        }
    }
    Outcome { names: seen, requests: plan.progress().requests, rounds: clock, most_held }
}

/// The names that came, in the order that they have to be in.
fn in_order(outcome: &Outcome, order: Order) -> Vec<String> {
    let mut names = outcome.names.clone();
    if order == Order::Any {
        names.sort();
    }
    names
}

const ROOM: usize = 1 << 30;

fn layouts(count: usize) -> Vec<(&'static str, Vec<String>)> {
    let hashed = |at: usize| (at as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5555;
    let all = |name: &dyn Fn(usize) -> String| (0..count).map(name).collect::<Vec<_>>();
    vec![
        ("flat", all(&|at| format!("object-{at:010}.dat"))),
        ("bare", all(&|at| format!("{at}"))),
        ("hashed", all(&|at| format!("{:016x}", hashed(at)))),
        (
            "deep",
            all(&|at| {
                format!("d{}/e{}/f{}/g{}/file-{:03}.bin", at % 7, at / 7 % 11, at / 77 % 5, at / 385 % 9, at / 3465)
            }),
        ),
        (
            "dated",
            all(&|at| {
                let hour = at / 20;
                let (year, month, day) = (2020 + hour / 8064, 1 + hour / 672 % 12, 1 + hour / 24 % 28);
                format!("logs/{year}/{month:02}/{day:02}/{:02}/host-{:02}.gz", hour % 24, at % 20)
            }),
        ),
        (
            "one hot folder",
            all(&|at| match at % 100 {
                0 => format!("cold/{:03}/{at}", at % 997),
                _ => format!("hot/customer-17/invoices/{:08}", at),
            }),
        ),
        (
            "a folder of this month's events",
            all(&|at| match at % 1000 {
                0 => format!("daily/2026-{:02}-{:02}.parquet", 1 + at / 1000 / 28, 1 + at / 1000 % 28),
                1 => format!("schema/v{at}.json"),
                _ => {
                    let second = at * 80;
                    let (day, hour) = (1 + second / 86_400, second / 3600 % 24);
                    format!(
                        "events/2026/11/2026-11-{day:02}T{hour:02}:{:02}:{:02}Z-{at:06}.json",
                        second / 60 % 60,
                        second % 60
                    )
                }
            }),
        ),
        (
            "a table by hour",
            all(&|at| {
                let hour = at / 60;
                format!(
                    "warehouse/tables/clicks/year=2026/month={:02}/day={:02}/hour={:02}/part-{:05}-{:08x}.parquet",
                    1 + hour / 672 % 12,
                    1 + hour / 24 % 28,
                    hour % 24,
                    at % 60,
                    hashed(at) >> 32
                )
            }),
        ),
        (
            "one backup a month",
            all(&|at| {
                let month = 1 + at * 12 / count.max(1);
                format!("backups/db-prod-01/2026-{month:02}-01T03:00:00Z/base/16384/{at:08}")
            }),
        ),
        ("a long common start", all(&|at| format!("{}{:09}{}", "x".repeat(300), at, "y".repeat(200)))),
        (
            "unicode",
            all(&|at| {
                let letter = |n: usize| char::from_u32(0x4e00 + (n % 2000) as u32).unwrap();
                format!("{}{}🦀{at}", letter(at * 7), letter(at / 13))
            }),
        ),
        (
            "words",
            all(&|at| {
                let word =
                    |n: usize| ["amber", "basil", "cedar", "dune", "ember", "fjord", "grove", "haze", "iris"][n % 9];
                format!("{}-{}-{}/{:x}", word(at), word(at / 9), word(at / 81), hashed(at) >> 40)
            }),
        ),
    ]
}

#[test]
fn large_listings_cost_few_requests_more_and_are_as_fast_as_there_are_hands() {
    for (layout, keys) in layouts(30_000) {
        let names = Names::new(keys, "", Depth::All, 30);
        for (order, limit) in [(Order::Any, 32), (Order::ByName, 32), (Order::Any, 8)] {
            let outcome = simulate(&names, Depth::All, order, limit, 7, ROOM);
            let (pages, ideal) = (names.pages() as f64, names.pages() as f64 / limit as f64);
            let (cost, slowness) = (outcome.requests as f64 / pages, outcome.rounds / ideal);
            assert!(in_order(&outcome, order) == names.names, "{layout}");
            let (most, slowest) = match layout {
                // Which word follows nothing tells but trying.
                "words" => (1.18, 3.0),
                "a table by hour" => (1.13, 5.0),
                _ => (1.12, 2.0),
            };
            assert!(cost <= most, "{layout} {order:?} {limit}: {cost:.3} requests a page");
            assert!(slowness <= slowest, "{layout} {order:?} {limit}: {slowness:.2} times the ideal time");
        }
    }
}

#[test]
fn order_costs_no_time_where_all_pages_fit_into_memory() {
    for (layout, keys) in layouts(30_000) {
        let names = Names::new(keys, "", Depth::All, 30);
        let bytes: usize = (0..names.pages() as usize)
            .map(|page| names.answer(&Resume::Token(PageToken((page * 30).to_string()))).unwrap().bytes())
            .sum();
        let any = simulate(&names, Depth::All, Order::Any, 32, 7, ROOM);
        let ordered = simulate(&names, Depth::All, Order::ByName, 32, 7, bytes * 2);
        assert_eq!(ordered.names, names.names, "{layout}");
        assert!(ordered.rounds <= any.rounds * 1.1, "{layout}: {} and {} without order", ordered.rounds, any.rounds);
    }
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[ab0/é\u{1}\u{7f}\u{ff}\u{10ffff}]{1,6}",
        2 => "shared/start/[0-3]{1,4}",
        1 => "[0-9]{5}",
        1 => any::<String>(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn whatever_the_keys_and_the_store_each_comes_once_and_in_order(
        mut keys in prop::collection::vec(key(), 0..300),
        hot in prop::option::of((key(), 50..300_u32)),
        prefix in prop::sample::select(vec!["", "a", "a/", "shared/start/", "é"]),
        depth in prop::sample::select(vec![Depth::All, Depth::Level]),
        order in prop::sample::select(vec![Order::Any, Order::ByName]),
        manner in prop::sample::select(vec![
            Manner::Proper, Manner::DeafToStartAfter, Manner::RefusesStartAfter, Manner::EmptyPages, Manner::Repeats,
        ]),
        (page_size, limit, seed, room) in (1..20_usize, 1..20_usize, any::<u64>(), prop::sample::select(vec![0, 5_000, ROOM])),
    ) {
        keys.extend(hot.into_iter().flat_map(|(start, count)| (0..count).map(move |at| format!("{start}{at}"))));
        let names = Names::new(keys, prefix, depth, page_size).behaving(manner);
        let outcome = simulate(&names, depth, order, limit, seed, room);
        prop_assert_eq!(in_order(&outcome, order), names.names);
    }
}

#[test]
fn a_store_without_order_is_listed_one_page_after_another() {
    for (limit, seed) in [(1, 1), (8, 2), (32, 3)] {
        let names = Names::new((0..300).map(|at| format!("{:03}", at * 7 % 1000)), "", Depth::All, 50);
        let names = names.behaving(Manner::Unordered);
        let outcome = simulate(&names, Depth::All, Order::Any, limit, seed, ROOM);
        assert_eq!(outcome.names, names.names);
        assert!(outcome.requests <= names.pages() + 4);
    }
}

#[test]
fn what_comes_early_waits_in_bounded_memory() {
    let names = Names::new((0..20_000).map(|at| format!("{at:06}")), "", Depth::All, 10);
    let page = names.answer(&Resume::Start).unwrap().bytes();
    let outcome = simulate(&names, Depth::All, Order::ByName, 16, 1, 50 * page);
    assert_eq!(outcome.names, names.names);
    // What is under way when the room is full still comes.
    assert!(outcome.most_held <= (50 + 16) * page, "{} bytes in pages of {page}", outcome.most_held);
    let sequential = names.pages() as f64;
    assert!(outcome.rounds < sequential * 0.6, "{} of {sequential}", outcome.rounds);
}

/// The names as a store that fails now and then.
struct Flaky {
    names: Names,
    /// Each so many requests, one fails.
    one_in: usize,
    kind: FailureKind,
    asked: AtomicUsize,
    under_way: AtomicUsize,
    most_under_way: AtomicUsize,
    ends: Mutex<Option<Instant>>,
}

impl Flaky {
    fn new(count: usize, one_in: usize, kind: FailureKind) -> Arc<Self> {
        let names = Names::new((0..count).map(|at| format!("{at:05}")), "", Depth::All, 10);
        let (asked, under_way, most_under_way) = Default::default();
        Arc::new(Self { names, one_in, kind, asked, under_way, most_under_way, ends: Mutex::default() })
    }

    async fn listed(self: &Arc<Self>, concurrency: usize) -> Result<Vec<String>, Failure> {
        let mut listing = Listing::new(self.clone(), &Prefix::default(), Depth::All, Order::ByName, concurrency);
        let mut names = Vec::new();
        while let Some(page) = listing.next().await {
            names.extend(page?.iter().map(|row| row.name().to_owned()));
        }
        Ok(names)
    }
}

/// Notes when a request is over, whether it was answered or given up.
struct UnderWay<'a>(&'a Flaky);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        if self.0.under_way.fetch_sub(1, Ordering::Relaxed) == 1 {
            *self.0.ends.lock().unwrap() = Some(Instant::now());
        }
    }
}

#[async_trait]
impl Pages for Flaky {
    async fn page(&self, from: &Resume) -> Result<KeyPage, Failure> {
        let number = self.asked.fetch_add(1, Ordering::Relaxed);
        let under_way = 1 + self.under_way.fetch_add(1, Ordering::Relaxed);
        self.most_under_way.fetch_max(under_way, Ordering::Relaxed);
        let _under_way = UnderWay(self);
        tokio::time::sleep(Duration::from_millis(2)).await;
        if number % self.one_in == self.one_in - 1 {
            return Err(Failure::new(self.kind, self.what(), "it fails", ""));
        }
        Ok(self.names.answer(from).unwrap())
    }

    fn busy_answers(&self) -> u64 {
        if self.kind == FailureKind::Busy { (self.asked.load(Ordering::Relaxed) / self.one_in) as u64 } else { 0 }
    }

    fn what(&self) -> String {
        "list the names".to_owned()
    }
}

#[tokio::test]
async fn a_page_that_fails_is_asked_for_again_alone() {
    for kind in [FailureKind::Busy, FailureKind::Unreachable, FailureKind::BrokenReply] {
        let store = Flaky::new(3000, 4, kind);
        assert_eq!(store.listed(8).await.unwrap(), store.names.names, "{kind:?}");
        let asked = store.asked.load(Ordering::Relaxed);
        assert!(asked < 300 * 2, "{asked} requests for 300 pages");
    }
}

#[tokio::test]
async fn a_refusal_ends_the_listing_and_is_told() {
    for kind in [FailureKind::Forbidden, FailureKind::NotFound] {
        assert_eq!(Flaky::new(3000, 1, kind).listed(8).await.unwrap_err().kind, kind);
    }
}

#[tokio::test]
async fn no_more_requests_than_allowed_are_under_way() {
    let store = Flaky::new(3000, usize::MAX, FailureKind::Other);
    store.listed(6).await.unwrap();
    assert_eq!(store.most_under_way.load(Ordering::Relaxed), 6);
}

#[test]
fn a_store_that_is_too_busy_is_asked_less_at_once_and_slowly_more_again() {
    let mut pace = Pace::new(32, 5);
    assert_eq!(pace.after_answer(5), 32);
    for _ in 0..32 {
        pace.after_answer(5);
    }
    let mut limits: Vec<usize> = (0..200).map(|at| pace.after_answer(5 + at.min(100))).collect();
    assert_eq!(limits.iter().min(), Some(&1));
    limits.extend((0..2000).map(|_| pace.after_answer(105)));
    assert_eq!(limits.last(), Some(&32));
}

#[tokio::test]
async fn a_listing_that_is_dropped_ends_its_requests_at_once() {
    let store = Flaky::new(30_000, usize::MAX, FailureKind::Other);
    let mut listing = Listing::new(store.clone(), &Prefix::default(), Depth::All, Order::ByName, 8);
    for _ in 0..20 {
        listing.next().await.unwrap().unwrap();
    }
    let dropped = Instant::now();
    drop(listing);
    while store.under_way.load(Ordering::Relaxed) > 0 {
        tokio::task::yield_now().await;
    }
    let ended = store.ends.lock().unwrap().unwrap();
    assert!(ended.saturating_duration_since(dropped) < Duration::from_millis(100));
    let asked = store.asked.load(Ordering::Relaxed);
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(store.asked.load(Ordering::Relaxed), asked);
}
