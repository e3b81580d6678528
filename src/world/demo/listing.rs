//! Pages of a listing: prefix, delimiter, where to go on, how many. Works on ranges, so a page costs what it holds.

use std::borrow::Cow;
use std::ops::Bound;

use super::objects::{Objects, Version, Walk};

/// What part of a bucket is listed, and how.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scope<'a> {
    /// Only keys that start so.
    pub(super) prefix: &'a str,
    /// Keys that hold this beyond the prefix are rolled up into one common prefix.
    pub(super) delimiter: Option<&'a str>,
    /// At most so many keys and common prefixes.
    pub(super) max: usize,
}

/// One page of current objects.
#[derive(Debug, Default)]
pub(super) struct Page<'a> {
    /// Keys with their newest version.
    pub(super) keys: Vec<(Cow<'a, str>, Version)>,
    /// Common prefixes.
    pub(super) common: Vec<String>,
    /// The last name of this page, where more follows.
    pub(super) next: Option<String>,
}

/// Lists the objects whose names come after `after`. Keys that were deleted are not there.
pub(super) fn current<'a>(objects: &'a Objects, scope: Scope<'a>, after: Option<&'a str>) -> Page<'a> {
    let mut page = Page::default();
    if scope.max == 0 {
        return page;
    }
    let mut last = String::new();
    let alive = |versions: &[Version]| versions.first().is_some_and(|v| v.object.is_some());
    let start = after.map_or(Bound::Unbounded, Bound::Excluded);
    for row in RolledUp::new(objects, scope, start, alive) {
        if page.keys.len() + page.common.len() == scope.max {
            page.next = Some(last);
            break;
        }
        match row {
            Row::Common(prefix) => {
                last.clone_from(&prefix);
                page.common.push(prefix);
            }
            Row::Key(key, versions) => {
                key.as_ref().clone_into(&mut last);
                page.keys.extend(versions.first().cloned().map(|version| (key, version)));
            }
        }
    }
    page
}

/// One page of versions.
#[derive(Debug, Default)]
pub(super) struct VersionsPage<'a> {
    /// Versions and delete markers in order, with whether each is its key's newest.
    pub(super) versions: Vec<(Cow<'a, str>, Version, Newest)>,
    /// Common prefixes.
    pub(super) common: Vec<String>,
    /// The last key and version id of this page, where more follows; a common prefix has no version id.
    pub(super) next: Option<(String, Option<String>)>,
}

/// Whether a version is what a request without a version id gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Newest {
    /// It is.
    Yes,
    /// A newer one hides it.
    No,
}

/// Lists the versions that come after a key, or after one version of a key.
pub(super) fn versions<'a>(
    objects: &'a Objects,
    scope: Scope<'a>,
    after_key: Option<&'a str>,
    after_version: Option<&str>,
) -> VersionsPage<'a> {
    let start = match (after_key, after_version) {
        (Some(key), Some(_)) => Bound::Included(key),
        (Some(key), None) => Bound::Excluded(key),
        (None, _) => Bound::Unbounded,
    };
    let mut page = VersionsPage::default();
    if scope.max == 0 {
        return page;
    }
    let mut last = (String::new(), None);
    let full = |page: &VersionsPage<'_>| page.versions.len() + page.common.len() == scope.max;
    for row in RolledUp::new(objects, scope, start, |versions| !versions.is_empty()) {
        match row {
            Row::Common(_) if full(&page) => {
                page.next = Some(last);
                break;
            }
            Row::Common(prefix) => {
                last = (prefix.clone(), None);
                page.common.push(prefix);
            }
            Row::Key(key, versions) => {
                let seen = match (after_key, after_version) {
                    (Some(k), Some(v)) if key == k => {
                        versions.iter().position(|x| x.id == v).map_or(versions.len(), |at| at + 1)
                    }
                    _ => 0,
                };
                for (at, version) in versions.iter().enumerate().skip(seen) {
                    if full(&page) {
                        page.next = Some(last);
                        return page;
                    }
                    last = (key.clone().into_owned(), Some(version.id.clone()));
                    page.versions.push((key.clone(), version.clone(), if at == 0 { Newest::Yes } else { Newest::No }));
                }
            }
        }
    }
    page
}

/// One row of a listing.
enum Row<'a> {
    Key(Cow<'a, str>, Cow<'a, [Version]>),
    Common(String),
}

/// The rows of a scope from `start` on. A common prefix is a name like a key: it has to come after `start` itself, so that a
/// page can end with one and the next page goes on behind everything below it.
struct RolledUp<'a, F> {
    objects: &'a Objects,
    scope: Scope<'a>,
    start: Bound<&'a str>,
    shown: F,
    walk: Option<Walk<'a>>,
}

impl<'a, F: Fn(&[Version]) -> bool> RolledUp<'a, F> {
    fn new(objects: &'a Objects, scope: Scope<'a>, start: Bound<&'a str>, shown: F) -> Self {
        let from = match start {
            Bound::Included(name) | Bound::Excluded(name) if name >= scope.prefix => start,
            _ => Bound::Included(scope.prefix),
        };
        Self { objects, scope, start, shown, walk: Some(objects.walk(from)) }
    }

    fn is_behind_start(&self, name: &str) -> bool {
        match self.start {
            Bound::Included(start) => name >= start,
            Bound::Excluded(start) => name > start,
            Bound::Unbounded => true,
        }
    }
}

impl<'a, F: Fn(&[Version]) -> bool> Iterator for RolledUp<'a, F> {
    type Item = Row<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (key, versions) = self.walk.as_mut()?.next()?;
            let rest = key.strip_prefix(self.scope.prefix)?;
            if !(self.shown)(&versions) {
                continue;
            }
            let common = self.scope.delimiter.filter(|d| !d.is_empty()).and_then(|delimiter| {
                let end = self.scope.prefix.len() + rest.find(delimiter)? + delimiter.len();
                key.get(..end)
            });
            let Some(common) = common else { return Some(Row::Key(key, versions)) };
            let common = common.to_owned();
            self.walk = behind_all(&common).map(|next| self.objects.walk(Bound::Included(&next)));
            if self.is_behind_start(&common) {
                return Some(Row::Common(common));
            }
        }
    }
}

/// The first name that comes after every name with this prefix; `None` where there can be none.
fn behind_all(prefix: &str) -> Option<String> {
    let mut name = prefix.to_owned();
    while let Some(last) = name.pop() {
        // `char` ranges step over the surrogates.
        if let Some(next) = (last..=char::MAX).nth(1) {
            name.push(next);
            return Some(name);
        }
    }
    None
}
