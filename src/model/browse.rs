//! The place that is browsed, and the way back and forward through the places before and after it.

use super::listing::{Listing, RowId, SortBy};
use crate::s3::location::Location;

/// How much memory the rows of all remembered places may take together, in bytes; beyond it the ones furthest away are asked
/// for again.
const REMEMBERED: usize = 64 << 20;

/// How many places are remembered in each direction.
const REMEMBERED_PLACES: usize = 100;

/// Here, and the places on both sides of it.
#[derive(Debug)]
pub struct Browse {
    /// The place that is shown.
    pub here: Listing,
    back: Vec<Listing>,
    forward: Vec<Listing>,
}

impl Browse {
    /// Starts at `location`.
    pub fn at(location: Location, sort: SortBy) -> Self {
        Self { here: Listing::unasked(location, sort), back: Vec::new(), forward: Vec::new() }
    }

    /// Goes to `location`. The place after this one is taken up again where it is the same; otherwise a new way begins.
    pub fn go(&mut self, location: Location) {
        if self.forward.last().is_some_and(|next| next.location == location) {
            self.forward();
            return;
        }
        let next = Listing::unasked(location, self.here.sort().by);
        self.back.push(std::mem::replace(&mut self.here, next));
        self.forward.clear();
        self.forget_the_furthest();
    }

    /// Goes one level up, to the row of the place that was left; false where there is nothing above.
    pub fn leave(&mut self) -> bool {
        let Some(parent) = self.here.location.parent() else { return false };
        if self.back.last().is_some_and(|before| before.location == parent) {
            return self.back();
        }
        let left = match &self.here.location {
            Location::Buckets => None,
            Location::Prefix { bucket, prefix } if prefix.is_root() => Some(RowId::Bucket(bucket.clone())),
            Location::Prefix { prefix, .. } => Some(RowId::Prefix(prefix.clone())),
        };
        self.go(parent);
        if let Some(row) = left {
            self.here.look_for(row);
        }
        true
    }

    /// Goes back to the place before this one, as it was left; false where there is none.
    pub fn back(&mut self) -> bool {
        let Some(before) = self.back.pop() else { return false };
        self.forward.push(std::mem::replace(&mut self.here, before));
        self.forget_the_furthest();
        true
    }

    /// Goes forward again; false where there is nowhere to go.
    pub fn forward(&mut self) -> bool {
        let Some(after) = self.forward.pop() else { return false };
        self.back.push(std::mem::replace(&mut self.here, after));
        self.forget_the_furthest();
        true
    }

    /// The places before and after this one that the store has listed.
    pub fn visited(&self) -> impl Iterator<Item = &Location> {
        let places = self.back.iter().chain(&self.forward);
        places.filter(|place| place.as_of.is_some()).map(|place| &place.location)
    }

    /// How many rows all places hold together.
    pub fn loaded(&self) -> usize {
        self.back.iter().chain([&self.here]).chain(&self.forward).map(Listing::loaded).sum()
    }

    /// Lets go of the rows of all places, to be asked for again. The places stay, and each remembers the cursor's row.
    pub fn forget_rows(&mut self) {
        let (back, forward) = (self.back.iter_mut(), self.forward.iter_mut());
        back.chain([&mut self.here]).chain(forward).for_each(Listing::forget_rows);
    }

    fn forget_the_furthest(&mut self) {
        for places in [&mut self.back, &mut self.forward] {
            if places.len() > REMEMBERED_PLACES {
                places.remove(0);
            }
        }
        let mut kept = 0;
        for place in self.back.iter_mut().rev().chain(self.forward.iter_mut().rev()) {
            kept += place.bytes();
            if kept > REMEMBERED {
                kept -= place.bytes();
                place.forget_rows();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::listing::loading::Goal;

    fn at(place: &Browse) -> String {
        place.here.location.to_string()
    }

    fn to(text: &str) -> Location {
        Location::parse(text).unwrap()
    }

    #[test]
    fn back_and_forward_go_through_the_places_in_order() {
        let mut place = Browse::at(to("s3://"), SortBy::Name);
        place.go(to("s3://b/"));
        place.go(to("s3://b/x/"));
        assert!(place.back() && place.back() && !place.back());
        assert_eq!(at(&place), "s3://");
        assert!(place.forward() && place.forward() && !place.forward());
        assert_eq!(at(&place), "s3://b/x/");
        place.back();
        place.go(to("s3://c/"));
        assert!(!place.forward(), "a new way forgets the old one");
    }

    #[test]
    fn up_leads_to_the_row_that_was_left_even_where_one_started_deep() {
        let mut place = Browse::at(to("s3://b/x/y/"), SortBy::Name);
        assert!(place.leave());
        assert_eq!(place.here.goal, Goal::Row(RowId::Prefix(crate::s3::name::Prefix::new("x/y/"))));
        assert!(place.leave() && place.leave());
        assert_eq!(at(&place), "s3://");
        assert!(!place.leave());
    }

    #[test]
    fn up_and_into_again_takes_up_the_same_place() {
        let mut place = Browse::at(to("s3://b/"), SortBy::Name);
        place.go(to("s3://b/x/"));
        place.here.mark(RowId::Prefix(crate::s3::name::Prefix::new("x/marked/")));
        place.leave();
        place.go(to("s3://b/x/"));
        assert_eq!(place.here.marks().len(), 1);
    }
}
