//! What is known to lie below a place that the store will not list: where a narrow key may go although it cannot look around.

use std::collections::BTreeSet;

use crate::s3::entry::BucketSummary;
use crate::s3::location::Location;
use crate::s3::name::{BucketName, Prefix};

/// The buckets of known places, in their order.
pub fn buckets<'p>(known: impl Iterator<Item = &'p Location>) -> Vec<BucketSummary> {
    let names: BTreeSet<&BucketName> = known.filter_map(parts).map(|(bucket, _)| bucket).collect();
    names.into_iter().map(|name| BucketSummary { name: name.clone(), created: None, region: None }).collect()
}

/// The outermost known places below a prefix of a bucket, in their order.
pub fn prefixes<'p>(bucket: &BucketName, prefix: &Prefix, known: impl Iterator<Item = &'p Location>) -> Vec<Prefix> {
    let is_below = |deeper: &&Prefix| *deeper != prefix && deeper.as_str().starts_with(prefix.as_str());
    let in_bucket = known.filter_map(parts).filter(|(known, _)| *known == bucket).map(|(_, prefix)| prefix);
    let below: BTreeSet<&Prefix> = in_bucket.filter(is_below).collect();
    let mut outermost: Vec<Prefix> = Vec::new();
    for prefix in below {
        if !outermost.last().is_some_and(|outer| prefix.as_str().starts_with(outer.as_str())) {
            outermost.push(prefix.clone());
        }
    }
    outermost
}

fn parts(place: &Location) -> Option<(&BucketName, &Prefix)> {
    match place {
        Location::Buckets => None,
        Location::Prefix { bucket, prefix } => Some((bucket, prefix)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_place_offers_what_is_known_below_it() {
        let known = ["s3://", "s3://box/in/2026/", "s3://box/in/", "s3://box/out/a/", "s3://able/", "s3://box/in/"];
        let known = known.map(|place| Location::parse(place).unwrap());
        let names = buckets(known.iter());
        assert_eq!(names.iter().map(|bucket| bucket.name.as_str()).collect::<Vec<_>>(), ["able", "box"]);
        let below = |bucket, prefix| {
            let bucket = BucketName::parse(bucket).unwrap();
            let found = prefixes(&bucket, &Prefix::new(prefix), known.iter());
            found.iter().map(|prefix| prefix.as_str().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(below("box", ""), ["in/", "out/a/"]);
        assert_eq!(below("box", "in/"), ["in/2026/"]);
        assert_eq!(below("box", "out/a/"), [""; 0]);
        assert_eq!(below("other", ""), [""; 0]);
    }
}
