//! What is remembered of stores from one session to the next: which buckets were seen, which lie in another region than their
//! store, and where one was. Kept as a text of which everything that makes sense is taken, whatever else it holds; where that text lies is the world's business.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::location::Location;
use super::name::{BucketName, KEY_MAX_BYTES, Prefix};
use super::provider;

/// How many stores are remembered; the one that was not used for longest is forgotten first.
const MOST_STORES: usize = 100;

/// How many buckets of a store are remembered; the one that was found first is forgotten first.
const MOST_BUCKETS: usize = 200;

/// The longest name of a store that is remembered, in bytes.
const LONGEST_NAME: usize = 256;

/// What is remembered of one store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remembered {
    /// The place that was shown last.
    pub place: Option<Location>,
    /// Buckets that could be listed, the one found last in front.
    pub buckets: Vec<BucketName>,
    /// Where buckets are that are elsewhere, the one learned last in front.
    pub regions: Vec<BucketRegion>,
}

/// What a store said of the region of a bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BucketRegion {
    /// The bucket.
    #[serde(serialize_with = "as_text", deserialize_with = "bucket_name")]
    pub bucket: BucketName,
    /// The host that said so, with its port: a store of the same name may be another one the next time.
    pub host: String,
    /// The region, as it is signed.
    #[serde(deserialize_with = "region_name")]
    pub region: String,
}

/// What is remembered of all stores.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memories {
    /// Names and what belongs to them, the store used last in front.
    stores: Vec<(String, Remembered)>,
}

#[derive(Serialize, Deserialize)]
struct Row {
    store: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bucket: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    prefix: Option<String>,
    #[serde(default)]
    buckets: Vec<Value>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    regions: Vec<Value>,
}

impl Remembered {
    /// Remembers a region instead of what was said before.
    pub fn locate(&mut self, region: BucketRegion) {
        self.regions.retain(|known| (&known.bucket, &known.host) != (&region.bucket, &region.host));
        self.regions.insert(0, region);
        self.regions.truncate(MOST_BUCKETS);
    }

    /// Puts a bucket in front; false where it is known already.
    pub fn see(&mut self, bucket: &BucketName) -> bool {
        let is_new = !self.buckets.contains(bucket);
        if is_new {
            self.buckets.insert(0, bucket.clone());
            self.buckets.truncate(MOST_BUCKETS);
        }
        is_new
    }
}

impl Memories {
    /// Reads a text. What makes no sense is left out, also where that is all of it.
    pub fn parse(text: &[u8]) -> Self {
        let rows: Vec<Value> = serde_json::from_slice(text).unwrap_or_default();
        let mut stores: Vec<(String, Remembered)> = Vec::new();
        for row in rows.into_iter().filter_map(|row| serde_json::from_value::<Row>(row).ok()) {
            let known = stores.iter().any(|(name, _)| *name == row.store);
            if !known && row.store.len() <= LONGEST_NAME && stores.len() < MOST_STORES {
                stores.push((row.store.clone(), row.remembered()));
            }
        }
        Self { stores }
    }

    /// The text that [`Self::parse`] reads.
    pub fn text(&self) -> String {
        let rows: Vec<Value> = self.stores.iter().filter_map(|row| serde_json::to_value(Row::of(row)).ok()).collect();
        let lines: Vec<String> = rows.iter().map(Value::to_string).collect();
        format!("[\n{}\n]\n", lines.join(",\n"))
    }

    /// What is remembered of the store of this name.
    pub fn of(&self, store: &str) -> Remembered {
        let known = self.stores.iter().find(|(name, _)| name == store);
        known.map(|(_, remembered)| remembered.clone()).unwrap_or_default()
    }

    /// Adds what is new of a store: a place takes the place of the one before, new buckets and
    /// regions come in front.
    pub fn learn(&mut self, store: &str, news: &Remembered) {
        if store.len() > LONGEST_NAME {
            return;
        }
        let mut remembered = self.of(store);
        remembered.place = news.place.clone().or(remembered.place);
        for bucket in news.buckets.iter().rev() {
            remembered.see(bucket);
        }
        for region in news.regions.iter().rev() {
            remembered.locate(region.clone());
        }
        self.stores.retain(|(name, _)| name != store);
        self.stores.insert(0, (store.to_owned(), remembered));
        self.stores.truncate(MOST_STORES);
    }
}

impl Row {
    fn of((store, remembered): &(String, Remembered)) -> Self {
        let (bucket, prefix) = match &remembered.place {
            Some(Location::Prefix { bucket, prefix }) => {
                (Some(bucket.as_str().to_owned()), Some(prefix.as_str().to_owned()))
            }
            Some(Location::Buckets) => (Some(String::new()), None),
            None => (None, None),
        };
        let buckets = remembered.buckets.iter().map(|bucket| Value::from(bucket.as_str())).collect();
        let regions = remembered.regions.iter().filter_map(|region| serde_json::to_value(region).ok()).collect();
        Self { store: store.clone(), bucket, prefix, buckets, regions }
    }

    fn remembered(&self) -> Remembered {
        let prefix = self.prefix.as_deref().unwrap_or_default();
        let place = match self.bucket.as_deref() {
            Some("") => Some(Location::Buckets),
            Some(bucket) if prefix.len() <= KEY_MAX_BYTES => {
                let bucket = BucketName::parse(bucket).ok();
                bucket.map(|bucket| Location::Prefix { bucket, prefix: Prefix::new(prefix) })
            }
            Some(_) | None => None,
        };
        let mut remembered = Remembered { place, ..Remembered::default() };
        let names = self.buckets.iter().take(MOST_BUCKETS).rev().filter_map(Value::as_str);
        for bucket in names.filter_map(|name| BucketName::parse(name).ok()) {
            remembered.see(&bucket);
        }
        for region in
            self.regions.iter().take(MOST_BUCKETS).rev().filter_map(|region| BucketRegion::deserialize(region).ok())
        {
            remembered.locate(region);
        }
        remembered
    }
}

fn as_text<S: Serializer>(bucket: &BucketName, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(bucket.as_str())
}

fn bucket_name<'de, D: Deserializer<'de>>(from: D) -> Result<BucketName, D::Error> {
    BucketName::parse(&String::deserialize(from)?).map_err(D::Error::custom)
}

fn region_name<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = String::deserialize(from)?;
    if provider::is_region(&text) { Ok(text) } else { Err(D::Error::custom("no region")) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bucket(name: &str) -> BucketName {
        BucketName::parse(name).unwrap()
    }

    fn at(place: &str, buckets: &[&str]) -> Remembered {
        let buckets = buckets.iter().map(|name| bucket(name)).collect();
        Remembered { place: Some(Location::parse(place).unwrap()), buckets, ..Remembered::default() }
    }

    #[test]
    fn what_is_new_comes_in_front_and_nothing_is_there_twice() {
        let mut memory = Memories::default();
        memory.learn("b2", &at("s3://docs/a\u{1b}\nb/", &["docs", "media"]));
        memory.learn("r2", &at("s3://", &[]));
        memory.learn("b2", &Remembered { buckets: vec![bucket("new"), bucket("media")], ..Remembered::default() });
        let read = Memories::parse(memory.text().as_bytes());
        assert_eq!(read, memory);
        assert_eq!(read.of("b2"), at("s3://docs/a\u{1b}\nb/", &["new", "docs", "media"]));
        assert_eq!(read.of("r2"), at("s3://", &[]));
        assert_eq!(read.of("gcs"), Remembered::default());
    }

    #[test]
    fn a_region_is_remembered_of_the_host_that_told_it_and_the_last_word_holds() {
        let moved = |name: &str, host: &str, region: &str| BucketRegion {
            bucket: bucket(name),
            host: host.to_owned(),
            region: region.to_owned(),
        };
        let mut memory = Memories::default();
        for region in [moved("a", "h:1", "r-1"), moved("a", "h:2", "r-2"), moved("a", "h:1", "r-3")] {
            memory.learn("s", &Remembered { regions: vec![region], ..Remembered::default() });
        }
        let read = Memories::parse(memory.text().as_bytes()).of("s");
        assert_eq!(read.regions, [moved("a", "h:1", "r-3"), moved("a", "h:2", "r-2")]);
        let text = br#"[{"store": "s", "regions": [{"bucket": "a", "host": "h", "region": "R/1"},
            {"bucket": "b/c", "host": "h", "region": "r"}, 7, {"bucket": "b", "host": "h", "region": "r"}]}]"#;
        assert_eq!(Memories::parse(text).of("s").regions, [moved("b", "h", "r")]);
    }

    #[test]
    fn it_never_grows_beyond_its_bounds() {
        let mut memory = Memories::default();
        for store in 0..MOST_STORES + 5 {
            memory.learn(&format!("store-{store}"), &Remembered::default());
        }
        for number in 0..MOST_BUCKETS + 5 {
            memory.learn("last", &at("s3://", &[&format!("bucket-{number}")]));
        }
        memory.learn(&"x".repeat(LONGEST_NAME + 1), &at("s3://", &[]));
        assert_eq!(memory.stores.len(), MOST_STORES);
        assert_eq!(memory.of("store-0"), Remembered::default(), "the one that was used least");
        let buckets = memory.of("last").buckets;
        assert_eq!((buckets.len(), buckets.first()), (MOST_BUCKETS, Some(&bucket("bucket-204"))));
    }

    #[test]
    fn what_makes_no_sense_is_left_out_and_the_rest_is_taken() {
        let text = br#"[7, {"store": "a", "bucket": "b/../c", "buckets": ["ok", 3, "no/pe", "ok"]},
            {"store": ["x"]}, {"bucket": "b"}, {"store": "a", "bucket": "other"},
            {"store": "c", "bucket": "b", "prefix": "x/", "later": true}]"#;
        let memory = Memories::parse(text);
        assert_eq!(memory.of("a"), Remembered { buckets: vec![bucket("ok")], ..Remembered::default() });
        assert_eq!(memory.of("c"), at("s3://b/x/", &[]));
        assert_eq!(memory.stores.len(), 2);
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_memory_that_is_read_as_it_was_written(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let memory = Memories::parse(&bytes);
            prop_assert_eq!(Memories::parse(memory.text().as_bytes()), memory);
        }

        #[test]
        fn any_place_is_read_as_it_was_written(store in "\\PC{0,20}", prefix in ".{0,40}") {
            let place = Location::Prefix { bucket: bucket("b"), prefix: Prefix::new(prefix) };
            let news = Remembered { place: Some(place), ..Remembered::default() };
            let mut memory = Memories::default();
            memory.learn(&store, &news);
            prop_assert_eq!(Memories::parse(memory.text().as_bytes()).of(&store), news);
        }
    }
}
