//! A listing that is loaded, filtered, sorted and marked in any order keeps cursor, marks and rows together.

use proptest::prelude::*;

use super::arranging::AT_ONCE;
use super::loading::Wants;
use super::*;
use crate::model::marks::Size;
use crate::s3::key_page::ListedObject;
use crate::s3::listing::{PageToken, Resume};

fn page(keys: &[(&str, u64)]) -> KeyPage {
    let mut page = KeyPage::default();
    for (key, size) in keys {
        page.push_object(&ListedObject { key, size: *size, modified: None, etag: "", storage_class: "" }).unwrap();
    }
    page
}

fn listing(keys: &[(&str, u64)]) -> Listing {
    let mut listing = Listing::unasked(Location::parse("s3://b/").unwrap(), SortBy::Name);
    listing.take_page(&page(keys), More::Nothing, Timestamp::UNIX_EPOCH);
    listing
}

fn shown(listing: &Listing) -> Vec<String> {
    listing.shown_from(0).map(|shown| listing.name_of(&shown.entry).to_owned()).collect()
}

fn current(listing: &Listing) -> String {
    listing.name_of(&listing.current().unwrap()).to_owned()
}

fn next() -> More {
    More::Next(Resume::Token(PageToken("t".into())))
}

#[test]
fn sort_and_filter_keep_the_cursor_on_its_row() {
    let mut list = listing(&[("a", 1), ("b", 3), ("c", 2), ("cc", 9)]);
    list.move_to(2);
    list.set_sort(Sort { by: SortBy::Size, reversed: false });
    assert_eq!(shown(&list), ["cc", "b", "c", "a"]);
    assert_eq!(current(&list), "c");
    list.set_filter(Filter("C".into()));
    assert!(shown(&list).is_empty());
    list.set_filter(Filter("c".into()));
    assert_eq!(shown(&list), ["cc", "c"]);
    list.set_filter(Filter::default());
    assert_eq!(list.shown_count(), 4);
}

#[test]
fn refresh_keeps_filter_sort_marks_and_cursor_and_the_old_rows_until_the_new_ones_are_there() {
    let mut list = listing(&[("a", 1), ("b", 3), ("c", 2)]);
    list.set_sort(Sort { by: SortBy::Size, reversed: true });
    list.select(&RowId::Object(Key::parse("c").unwrap()));
    list.mark(RowId::Object(Key::parse("b").unwrap()));
    list.refresh();
    assert_eq!(list.wants(10, usize::MAX), Wants::Page);
    assert_eq!(list.shown_count(), 3);
    list.take_page(&page(&[("aa", 7), ("b", 3)]), next(), Timestamp::UNIX_EPOCH);
    assert_eq!(shown(&list), ["a", "c", "b"], "too few new rows to swap");
    list.take_page(&page(&[("c", 2)]), More::Nothing, Timestamp::UNIX_EPOCH);
    assert_eq!(shown(&list), ["c", "b", "aa"]);
    assert_eq!(current(&list), "c");
    assert_eq!(list.marked().len(), 1);
}

#[test]
fn a_filter_never_loads_by_itself() {
    let mut list = listing(&[("a", 1)]);
    list.more = next();
    assert_eq!(list.wants(10, usize::MAX), Wants::Page);
    list.set_filter(Filter("zzz".into()));
    assert_eq!(list.wants(10, usize::MAX), Wants::Nothing);
    list.goal = Goal::End;
    assert_eq!(list.wants(10, usize::MAX), Wants::All);
}

#[test]
fn a_long_list_is_arranged_in_parts_and_the_cursor_comes_back_to_its_row() {
    let keys: Vec<_> = (0..AT_ONCE + 5_000).map(|at| (format!("{at:06}"), at as u64)).collect();
    let keys: Vec<_> = keys.iter().map(|(key, size)| (&**key, *size)).collect();
    let mut list = listing(&keys);
    assert!(!list.is_arranging(), "all rows in the store's order take no work");
    list.move_to(AT_ONCE + 4_999);
    list.set_filter(Filter("99".into()));
    let first = list.shown_count();
    assert!(first > 0 && list.is_arranging(), "the first part is there at once");
    let work = list.take_arranging().unwrap();
    assert!(list.take_arranging().is_none(), "one at a time");
    list.take_page(&page(&[("025099", 1), ("025100", 1)]), next(), Timestamp::UNIX_EPOCH);
    list.take_arranged(work.step(usize::MAX).finish());
    assert_eq!((list.shown_count() > first, current(&list).as_str()), (true, "024999"));
    assert_eq!(shown(&list).last().unwrap(), "025099", "what came meanwhile is there, too");
    list.set_sort(Sort { by: SortBy::Size, reversed: true });
    list.set_filter(Filter::default());
    list.move_to(3);
    let work = list.take_arranging().unwrap();
    list.take_arranged(work.step(usize::MAX).finish());
    assert_eq!((list.shown_count(), list.cursor()), (AT_ONCE + 5_002, 5), "after 0, 1, 1, 1 and 2");
    list.take_page(&page(&[("1", 0)]), next(), Timestamp::UNIX_EPOCH);
    assert!(!list.is_arranging(), "one page more is not worth the work");
    list.arrange_rest();
    let work = list.take_arranging().unwrap();
    list.take_arranged(work.step(usize::MAX).finish());
    assert_eq!((list.shown_count(), list.cursor()), (AT_ONCE + 5_003, 6));
}

#[test]
fn rows_may_begin_at_a_name_or_behind_one_and_never_take_more_than_they_may() {
    let mut list = listing(&[("a", 1), ("b", 2)]);
    list.mark(RowId::Object(Key::parse("b").unwrap()));
    list.begin_with(Begin::At("b".into()));
    assert_eq!((list.loaded(), list.first_page()), (0, Resume::After(format!("a{}", char::MAX))));
    assert_eq!(list.wants(10, usize::MAX), Wants::Page);
    list.take_page(&page(&[("a~", 1), ("b", 2), ("c", 3)]), next(), Timestamp::UNIX_EPOCH);
    assert_eq!((shown(&list), list.marked().len()), (vec!["b".to_owned(), "c".to_owned()], 1));
    list.goal = Goal::End;
    assert_eq!((list.wants(10, usize::MAX), list.wants(10, 8)), (Wants::All, Wants::Nothing));
    list.begin_with(Begin::Behind("c".into()));
    assert_eq!(list.first_page(), Resume::After("c".into()));
}

#[test]
fn a_refresh_of_rows_that_begin_later_keeps_the_marks_before_them() {
    let mut list = listing(&[("a", 1), ("b", 2), ("c", 3)]);
    list.turn_all_marks();
    list.begin_with(Begin::Behind("a".into()));
    list.take_page(&page(&[("b", 2), ("c", 3)]), More::Nothing, Timestamp::UNIX_EPOCH);
    list.refresh();
    list.take_page(&page(&[("c", 3)]), More::Nothing, Timestamp::UNIX_EPOCH);
    assert_eq!((list.marks().len(), list.marked().len()), (2, 1), "b is gone, a is only not shown");
}

#[test]
fn rows_begin_anew_with_one_that_is_looked_for_only_where_it_is_far() {
    let key = |name: &str| RowId::Object(Key::parse(name).unwrap());
    let far = |list: &mut Listing, name| {
        list.look_for(key(name));
        list.far_row().is_some()
    };
    let mut list = Listing::unasked(Location::parse("s3://b/").unwrap(), SortBy::Name);
    assert!(!far(&mut list, "k"), "the first page may have it");
    list.take_page(&page(&[("a", 1), ("c", 1)]), next(), Timestamp::UNIX_EPOCH);
    assert!(list.far_row().is_some() && far(&mut list, "d"), "nobody knows how far");
    assert!(!far(&mut list, "b"), "the store does not have it");
    assert!(!far(&mut list, "c") && current(&list) == "c");
    list.begin_with(Begin::At("k".into()));
    assert!(!far(&mut list, "k") && far(&mut list, "j") && !far(&mut list, "l"));
    list.take_page(&page(&[("m", 1)]), More::Nothing, Timestamp::UNIX_EPOCH);
    assert!(far(&mut list, "j") && !far(&mut list, "k") && !far(&mut list, "z"));

    let mut list = listing(&[("b", 1), ("a", 1)]);
    list.more = next();
    assert!(!far(&mut list, "c"), "without an order, to begin at a name means nothing");
    assert_eq!(list.wants(1, usize::MAX), Wants::All);
}

#[test]
fn a_row_is_looked_for_until_the_order_has_passed_it() {
    let mut list = Listing::unasked(Location::parse("s3://b/").unwrap(), SortBy::Name);
    list.goal = Goal::Row(RowId::Object(Key::parse("k").unwrap()));
    list.take_page(&page(&[("a", 1), ("b", 1)]), next(), Timestamp::UNIX_EPOCH);
    assert_eq!(list.wants(1, usize::MAX), Wants::All, "not there yet");
    list.take_page(&page(&[("k", 1), ("l", 1)]), next(), Timestamp::UNIX_EPOCH);
    assert_eq!(current(&list), "k");
    assert_eq!(list.goal, Goal::Ahead);
}

/// The same list as a plain vector of names and sizes.
#[derive(Default)]
struct Plain {
    rows: Vec<(String, u64)>,
    marks: std::collections::BTreeSet<String>,
    filter: String,
    sort: Sort,
}

impl Plain {
    fn shown(&self) -> Vec<String> {
        let mut shown: Vec<_> = self.rows.iter().filter(|(name, _)| name.contains(&self.filter)).collect();
        match (self.sort.by, self.sort.reversed) {
            (SortBy::Size, false) => shown.sort_by_key(|(_, size)| std::cmp::Reverse(*size)),
            (SortBy::Size, true) => shown.sort_by_key(|(_, size)| *size),
            (_, true) => shown.reverse(),
            (_, false) => {}
        }
        shown.into_iter().map(|(name, _)| name.clone()).collect()
    }
}

proptest! {
    #[test]
    fn a_listing_is_what_a_plain_list_would_be(
        steps in prop::collection::vec((0u8..11, any::<i8>()), 0..60),
        height in 0usize..12,
    ) {
        let (mut list, mut plain) = (listing(&[]), Plain::default());
        let mut fresh: Option<Vec<(String, u64)>> = None;
        for (step, n) in steps {
            let before = list.current();
            let (few, reversed) = (n.rem_euclid(3), n > 0);
            match step {
                0 => list.move_by(isize::from(n)),
                1 => list.scroll_by(isize::from(n), height),
                2 => {
                    plain.filter = if few == 0 { String::new() } else { few.to_string() };
                    list.set_filter(Filter(plain.filter.clone()));
                }
                3 | 4 => {
                    plain.sort = Sort { by: if step == 3 { SortBy::Size } else { SortBy::Name }, reversed };
                    list.set_sort(plain.sort);
                }
                5 => {
                    list.refresh();
                    fresh = (!plain.rows.is_empty()).then(Vec::new);
                }
                6 => {
                    list.stop_refreshing();
                    fresh = None;
                }
                7 => {
                    let name = before.as_ref().map(|entry| list.name_of(entry).to_owned());
                    if let Some(name) = name.filter(|name| !plain.marks.remove(name)) {
                        plain.marks.insert(name);
                    }
                    list.turn_mark();
                }
                8 => {
                    let shown = plain.shown();
                    match shown.iter().all(|name| plain.marks.contains(name)) {
                        true => plain.marks.retain(|name| !shown.contains(name)),
                        false => plain.marks.extend(shown),
                    }
                    list.turn_all_marks();
                }
                _ => {
                    // Behind the last name, or with it once more; after a refresh with the old names.
                    let known = fresh.as_ref().unwrap_or(&plain.rows);
                    let last = known.last().map_or(0, |(name, _)| name.parse().unwrap());
                    let names = (last + few as usize % 2..).take(usize::from(n.unsigned_abs() % 9));
                    let rows: Vec<_> = names.map(|at| (format!("{at:04}"), at as u64 % 3)).collect();
                    let more = if n % 2 == 0 { More::Nothing } else { next() };
                    let keys: Vec<_> = rows.iter().map(|(name, size)| (&**name, *size)).collect();
                    list.take_page(&page(&keys), more.clone(), Timestamp::UNIX_EPOCH);
                    let known = fresh.as_mut().unwrap_or(&mut plain.rows);
                    let repeated = usize::from(!rows.is_empty() && rows.first() == known.last());
                    known.extend(rows.into_iter().skip(repeated));
                    if let Some(new) = fresh.take_if(|new| new.len() >= plain.rows.len() || more == More::Nothing) {
                        plain.rows = new;
                        if more == More::Nothing {
                            plain.marks.retain(|mark| plain.rows.iter().any(|(name, _)| name == mark));
                        }
                    }
                }
            }
            list.keep_cursor_in_view(height);
            prop_assert_eq!(shown(&list), plain.shown());
            prop_assert_eq!(list.marks().len(), plain.marks.len());
            let sizes = list.marked().into_iter().filter_map(|entry| match entry {
                Entry::Object(object) => Some(object.size),
                Entry::Bucket(_) | Entry::Prefix(_) => None,
            });
            let sizes: Vec<u64> = sizes.collect();
            let known = Size::Known { objects: sizes.len(), bytes: sizes.iter().sum() };
            prop_assert_eq!(list.marks().size(), known);
            let marked: Vec<_> = list.shown_from(0).filter(|row| row.is_marked).collect();
            prop_assert!(marked.iter().all(|row| plain.marks.contains(list.name_of(&row.entry))));
            prop_assert_eq!(list.current().is_some(), list.shown_count() > 0);
            let kept = before.is_none_or(|before| {
                list.current().as_ref() == Some(&before) || !plain.shown().contains(&list.name_of(&before).to_owned())
            });
            prop_assert!(matches!(step, 0 | 1) || kept, "the cursor stays on its row");
            if height > 0 && list.shown_count() > 0 {
                prop_assert!((list.spot().top()..list.spot().top() + height).contains(&list.cursor()));
            }
        }
    }
}
