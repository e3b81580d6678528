//! A flat prefix of 120,000 small objects, computed from their rank.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::world::demo::objects::{Object, Run, Version};
use crate::world::demo::store::{NULL_VERSION, whole_seconds};

const COUNT: u64 = 120_000;
/// From one event to the next; all of them fit into November.
const SECONDS_APART: u64 = 19;
const KINDS: [&str; 4] = ["view", "search", "cart", "order"];

/// The events of the web shop, one object each, as a careless exporter left them.
pub(super) struct Events {
    /// When the last one was written.
    pub(super) until: SystemTime,
}

impl Run for Events {
    fn count(&self) -> u64 {
        COUNT
    }

    fn key(&self, rank: u64) -> String {
        format!("events/2026/11/{}-{rank:06}.json", time(rank, '-'))
    }

    fn version(&self, rank: u64) -> Version {
        // Spread over kinds and sessions without a pattern that shows.
        let mixed = rank.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
        let kind = usize::try_from(mixed % 7).ok().and_then(|at| KINDS.get(at)).unwrap_or(&"view");
        let body = format!(
            "{{\"event\":\"{kind}\",\"rank\":{rank},\"at\":\"{}\",\"session\":\"s-{:04x}\"}}\n",
            time(rank, ':'),
            mixed % 0xFFFF
        );
        let age = Duration::from_secs((COUNT - rank) * SECONDS_APART);
        Version {
            id: NULL_VERSION.to_owned(),
            modified: whole_seconds(self.until - age),
            object: Some(Arc::new(Object { content_type: Some("application/json".to_owned()), ..Object::of(body) })),
        }
    }
}

/// When the event of `rank` happened, with `separator` in its time of day.
fn time(rank: u64, separator: char) -> String {
    let seconds = rank * SECONDS_APART;
    let (day, hour, minute, second) = (1 + seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    format!("2026-11-{day:02}T{hour:02}{separator}{minute:02}{separator}{second:02}Z")
}
