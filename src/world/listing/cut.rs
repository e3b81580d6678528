//! Where to cut a range of names in two, knowing nothing but the names seen so far. Pure.
//!
//! Names are read as numbers whose digits are the characters seen at each place, and their like as long as no name has
//! passed over them. Where a page moves visibly through its range, the range is cut into equal parts. Where it does not,
//! the end of the range is far beyond all names, or behind a long start that they share: then the cuts go where the name
//! last seen would count up at a higher place, which finds the place that matters in a few steps, as a search by halves does.

use std::ops::Bound;

/// Names deeper than this are told apart by their first characters well enough.
const MAX_PLACES: usize = 1024;

/// Numbers are read until a digit is worth less; it would be lost in an `f64`.
const FINEST: f64 = 1e-13;

/// What a character weighs that names have passed over, beside one that was seen or may still come. It is not nothing:
/// names of another folder may have it.
const PASSED_OVER: f64 = 0.01;

/// A range of more pages than this is one whose end is not known yet.
pub(super) const FAR: f64 = 20_000.0;

/// How many places are tried at once while the end is not known: each may lie beyond all names, and cost a request.
const MAX_TRIED: usize = 3;

/// The characters seen at each place of the names, with those that belong to the same kind.
#[derive(Debug, Default)]
pub(super) struct Shape {
    places: Vec<Letters>,
    anywhere: Letters,
}

/// What can stand at a place: the characters, in their order.
#[derive(Debug, Default)]
struct Letters {
    /// Those of ASCII that were seen, as bits, to be found fast.
    ascii: u128,
    sorted: Vec<Letter>,
    /// Those of ASCII that names have passed over, as bits: no month has a day 40.
    passed: u128,
    /// Whether a name ended here.
    end: Seen,
}

#[derive(Clone, Copy, Debug)]
struct Letter {
    c: char,
    seen: Seen,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Seen {
    /// Its like was.
    #[default]
    No,
    /// It was.
    Yes,
}

impl Letters {
    fn learn(&mut self, c: char) {
        let bit = if c.is_ascii() { 1 << u32::from(c) } else { 0 };
        if self.ascii & bit != 0 {
            return;
        }
        self.ascii |= bit;
        if self.find(c).is_err() {
            for c in kin(c) {
                if let Err(at) = self.find(c) {
                    self.sorted.insert(at, Letter { c, seen: Seen::No });
                }
            }
        }
        if let Some(letter) = self.find(c).ok().and_then(|at| self.sorted.get_mut(at)) {
            letter.seen = Seen::Yes;
        }
    }

    fn find(&self, c: char) -> Result<usize, usize> {
        self.sorted.binary_search_by_key(&c, |letter| letter.c)
    }

    /// Takes into account that no name has a character between these two here; `None` is the end of all.
    fn pass(&mut self, low: Bound<char>, high: Option<char>) {
        let low = match low {
            Bound::Unbounded => 0,
            Bound::Included(c) => u32::from(c),
            Bound::Excluded(c) => u32::from(c) + 1,
        };
        let below = |code: u32| 1_u128.checked_shl(code).map_or(u128::MAX, |bit| bit - 1);
        self.passed |= below(high.map_or(u32::MAX, u32::from)) & !below(low);
    }

    /// How much of the names is to be expected behind a character.
    fn weight(&self, letter: Letter) -> f64 {
        match letter.seen {
            Seen::No if letter.c.is_ascii() && self.passed & (1 << u32::from(letter.c)) != 0 => PASSED_OVER,
            Seen::No | Seen::Yes => 1.0,
        }
    }

    fn end_weight(&self) -> f64 {
        match self.end {
            Seen::Yes => 1.0,
            Seen::No => PASSED_OVER,
        }
    }

    fn whole_weight(&self) -> f64 {
        self.end_weight() + self.sorted.iter().map(|letter| self.weight(*letter)).sum::<f64>()
    }
}

/// The characters that are likely where `c` was seen.
fn kin(c: char) -> std::ops::RangeInclusive<char> {
    match c {
        '0'..='9' => '0'..='9',
        'a'..='f' => 'a'..='f',
        'A'..='F' => 'A'..='F',
        'g'..='z' => 'a'..='z',
        'G'..='Z' => 'A'..='Z',
        other if other.is_ascii() => other..=other,
        other => {
            // A script, or a part of a large one.
            let edge = |code| char::from_u32(code).unwrap_or(other);
            edge(u32::from(other) & !0xff)..=edge(u32::from(other) | 0xff)
        }
    }
}

/// A stretch of names: what was read last, and where it ends. All without the prefix that every name has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch<'a> {
    /// The first name of the pages read last.
    pub(super) first: &'a str,
    /// The last name of them.
    pub(super) last: &'a str,
    /// How many pages these are.
    pub(super) read: usize,
    /// The last name that can come; `None` where there is no such bound.
    pub(super) until: Option<&'a str>,
}

impl Shape {
    /// Takes a name into account.
    pub(super) fn learn(&mut self, name: &str) {
        for (place, c) in name.chars().take(MAX_PLACES).enumerate() {
            if place == self.places.len() {
                self.places.push(Letters::default());
            }
            if let Some(letters) = self.places.get_mut(place) {
                letters.learn(c);
            }
            self.anywhere.learn(c);
        }
        if let Some(letters) = self.places.get_mut(name.chars().count()) {
            letters.end = Seen::Yes;
        }
    }

    /// Takes into account that one of these names follows the other.
    pub(super) fn learn_step(&mut self, name: &str, next: &str) {
        let shared = shared_places(name, next);
        let (mut left, mut entered) = (name.chars().skip(shared), next.chars().skip(shared));
        let (from, to) = (left.next(), entered.next());
        if let Some(letters) = self.places.get_mut(shared) {
            letters.pass(from.map_or(Bound::Unbounded, Bound::Excluded), to);
        }
        // Below the first name's start nothing comes after it, and below the second's nothing before.
        for (letters, c) in self.places.iter_mut().skip(shared + 1).zip(left) {
            letters.pass(Bound::Excluded(c), None);
        }
        for (letters, c) in self.places.iter_mut().skip(shared + 1).zip(entered) {
            letters.pass(Bound::Unbounded, Some(c));
        }
    }

    /// Takes into account that a cut far behind the name `last` led to `first`. Where a cut leads to no name at all, that tells
    /// nothing of others: the last folder may be one that has only begun to fill.
    pub(super) fn learn_leap(&mut self, last: &str, cut: &str, first: &str) {
        // As far as it starts like a name the cut is in a place that is there. What is deeper tells nothing.
        let place = shared_places(last, cut);
        let mut rest = cut.chars().skip(place);
        let Some(own) = rest.next() else { return };
        let low = if rest.next().is_some() { Bound::Excluded(own) } else { Bound::Included(own) };
        let high = if shared_places(first, cut) >= place { first.chars().nth(place) } else { None };
        if let Some(letters) = self.places.get_mut(place) {
            letters.pass(low, high);
        }
    }

    /// How many more pages like the last ones the stretch may hold. [`FAR`] or more means that nobody knows.
    pub(super) fn pages(&self, stretch: Stretch<'_>) -> f64 {
        // The pages read last may begin before a place that all the rest shares.
        let base = base(stretch.first, stretch.until);
        if stretch.until.is_none() && stretch.last.starts_with(|c: char| !c.is_ascii()) {
            return f64::INFINITY;
        }
        let (first, last) = (self.number(stretch.first, base), self.number(stretch.last, base));
        let step = (last - first) / stretch.read.max(1) as f64;
        // Finer than what digits can tell.
        if step < 1e-12 { f64::INFINITY } else { (self.end(stretch, base) - last) / step }
    }

    /// Up to `most` names inside the stretch, in order, to cut it at.
    pub(super) fn cuts(&self, stretch: Stretch<'_>, most: usize) -> Vec<String> {
        let mut cuts = if self.pages(stretch) < FAR {
            self.even_cuts(stretch, most)
        } else {
            self.rising_cuts(stretch, most.min(MAX_TRIED))
        };
        cuts.retain(|cut| cut.as_str() > stretch.last && stretch.until.is_none_or(|until| cut.as_str() < until));
        cuts.sort();
        cuts.dedup();
        cuts
    }

    /// Cuts into parts of the same length.
    fn even_cuts(&self, stretch: Stretch<'_>, most: usize) -> Vec<String> {
        let base = base(stretch.last, stretch.until);
        let shared: String = stretch.last.chars().take(base).collect();
        let (low, high) = (self.number(stretch.last, base), self.end(stretch, base));
        let part = (high - low) / (most as f64 + 1.0);
        (1..=most).map(|at| shared.clone() + &self.name(low + part * at as f64, base, part / 16.0)).collect()
    }

    /// Cuts where a higher place of the last name counts up.
    fn rising_cuts(&self, stretch: Stretch<'_>, most: usize) -> Vec<String> {
        let base = base(stretch.last, stretch.until);
        let moving = shared_places(stretch.first, stretch.last);
        let candidates: Vec<String> =
            (base..=moving).filter_map(|place| self.counted_up(stretch.last, place)).collect();
        let is_inside = |cut: &&String| stretch.until.is_none_or(|until| cut.as_str() < until);
        let candidates: Vec<&String> = candidates.iter().filter(is_inside).collect();
        let parts = most.min(candidates.len()) + 1;
        (1..parts).filter_map(|at| candidates.get(candidates.len() * at / parts)).map(|cut| (*cut).clone()).collect()
    }

    /// The name up to `place`, with the next character there.
    fn counted_up(&self, name: &str, place: usize) -> Option<String> {
        let own = name.chars().nth(place)?;
        let letters = &self.letters(place).sorted;
        let next = match own.is_ascii() {
            true => letters.get(letters.partition_point(|letter| letter.c <= own)).map(|letter| letter.c),
            // There are too many to look for the next one.
            false => char::from_u32(u32::from(*kin(own).end()) + 1),
        };
        Some(name.chars().take(place).chain([next?]).collect())
    }

    fn letters(&self, place: usize) -> &Letters {
        self.places.get(place).unwrap_or(&self.anywhere)
    }

    /// A name behind its first `base` places as a number in 0..1.
    fn number(&self, name: &str, base: usize) -> f64 {
        let (mut number, mut width) = (0.0, 1.0);
        for (place, c) in name.chars().enumerate().skip(base) {
            if width < FINEST {
                break;
            }
            let letters = self.letters(place);
            width /= letters.whole_weight();
            // A name that ends here comes before all that go on.
            number += width * letters.end_weight();
            for letter in letters.sorted.iter().take_while(|letter| letter.c < c) {
                number += width * letters.weight(*letter);
            }
            match letters.find(c) {
                Ok(at) => width *= letters.sorted.get(at).map_or(1.0, |letter| letters.weight(*letter)),
                Err(_) => return number,
            }
        }
        number
    }

    fn end(&self, stretch: Stretch<'_>, base: usize) -> f64 {
        stretch.until.map_or(1.0, |until| self.number(until, base))
    }

    /// The way back from [`Self::number`], as short as `tolerance` allows.
    fn name(&self, number: f64, base: usize, tolerance: f64) -> String {
        let (mut rest, mut width, mut name) = (number, 1.0, String::new());
        for place in base..MAX_PLACES {
            let letters = self.letters(place);
            width /= letters.whole_weight();
            rest -= width * letters.end_weight();
            if rest < 0.0 || width < tolerance {
                break;
            }
            let Some(mut chosen) = letters.sorted.first() else { break };
            for letter in &letters.sorted {
                chosen = letter;
                let weight = width * letters.weight(*letter);
                if rest < weight {
                    break;
                }
                rest -= weight;
            }
            name.push(chosen.c);
            width *= letters.weight(*chosen);
        }
        name
    }
}

/// How many places all names from this one to the end of a stretch share.
fn base(name: &str, until: Option<&str>) -> usize {
    until.map_or(0, |until| shared_places(name, until))
}

fn shared_places(a: &str, b: &str) -> usize {
    a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shape(names: &[&str]) -> Shape {
        let mut shape = Shape::default();
        for name in names {
            shape.learn(name);
        }
        shape
    }

    #[test]
    fn a_stretch_that_pages_move_through_is_cut_into_equal_parts() {
        let shape = shape(&["000", "0ff", "1", "2", "3a9", "4", "5", "6", "7", "8", "9", "a", "b", "c", "d", "e", "f"]);
        let stretch = Stretch { first: "000", last: "0ff", read: 1, until: None };
        assert!(shape.pages(stretch) > 14.0 && shape.pages(stretch) < 20.0, "{}", shape.pages(stretch));
        assert_eq!(
            shape.cuts(stretch, 3).iter().map(|cut| cut.chars().next()).collect::<Option<String>>().unwrap(),
            "48c"
        );
        let bounded = Stretch { until: Some("4"), ..stretch };
        assert_eq!(
            shape.cuts(bounded, 1).iter().map(|cut| cut.chars().next()).collect::<Option<String>>().unwrap(),
            "2"
        );
    }

    #[test]
    fn where_the_end_is_not_known_higher_places_are_tried() {
        let shape = shape(&["key-00000000", "key-00000999"]);
        let stretch = Stretch { first: "key-00000000", last: "key-00000999", read: 1, until: None };
        assert!(shape.pages(stretch) >= FAR);
        assert_eq!(shape.cuts(stretch, 3), ["key-0001", "key-01", "kez"]);
    }

    #[test]
    fn what_names_pass_over_on_their_way_to_the_next_folder_is_not_expected_there() {
        let mut shape = shape(&["a/00", "a/09", "b/00", "b/04"]);
        let stretch = Stretch { first: "b/00", last: "b/04", read: 1, until: Some("c") };
        assert!(shape.pages(stretch) > 20.0, "a hundred numbers may come: {}", shape.pages(stretch));
        shape.learn_step("a/09", "b/00");
        assert!(shape.pages(stretch) < 3.0, "ten may: {}", shape.pages(stretch));
    }

    #[test]
    fn a_cut_that_leads_into_the_next_folder_tells_what_is_not_in_this_one() {
        let mut shape = shape(&["a/000", "a/009", "b/000"]);
        let stretch = Stretch { first: "b/000", last: "b/009", read: 1, until: Some("c") };
        assert!(shape.pages(stretch) > 50.0, "{}", shape.pages(stretch));
        // Deeper in a place that may not be there it tells nothing.
        shape.learn_leap("a/009", "a/15", "b/000");
        assert!(shape.pages(stretch) > 10.0, "{}", shape.pages(stretch));
        shape.learn_leap("a/009", "a/1", "b/000");
        shape.learn_leap("a/009", "a/01", "b/000");
        assert!(shape.pages(stretch) < 2.0, "{}", shape.pages(stretch));
    }

    proptest! {
        #[test]
        fn cuts_lie_inside_whatever_the_names(
            mut names in proptest::collection::vec("[a-c0-9/é\u{1}\u{10ffff}]{0,12}", 3),
            open in any::<bool>(),
            most in 1..9_usize,
        ) {
            names.sort();
            let shape = shape(&names.iter().map(String::as_str).collect::<Vec<_>>());
            let until = (!open).then_some(names[2].as_str());
            let stretch = Stretch { first: &names[0], last: &names[1], read: 2, until };
            let cuts = shape.cuts(stretch, most);
            prop_assert!(cuts.len() <= most && cuts.is_sorted());
            prop_assert!(cuts.iter().all(|cut| **cut > *names[1] && (open || **cut < *names[2])));
        }
    }
}
