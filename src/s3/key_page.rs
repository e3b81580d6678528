//! A page of a listing in a few allocations, however many keys it holds.

use jiff::Timestamp;

use super::listing::PageToken;

/// Keys, and prefixes where one level was asked for, with what the listing says of them, in the order of their bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyPage {
    /// All names and entity tags, one after the other.
    text: String,
    rows: Vec<Row>,
    /// The few storage classes that rows name by their place here.
    classes: Vec<String>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<PageToken>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Row {
    name: u32,
    name_end: u32,
    etag_end: u32,
    class: u16,
    kind: Kind,
    size: u64,
    modified: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Object,
    Prefix,
}

/// A row of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listed<'a> {
    /// An object.
    Object(ListedObject<'a>),
    /// Keys that share the next level, folded into one row.
    Prefix(&'a str),
}

/// What a listing says of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListedObject<'a> {
    /// Its key.
    pub key: &'a str,
    /// Its size in bytes.
    pub size: u64,
    /// When its current version was written; `None` where the store's time cannot be read.
    pub modified: Option<Timestamp>,
    /// The entity tag without its quotes; empty where it was not asked for or the store sends none.
    pub etag: &'a str,
    /// The storage class as the store spells it; empty means the store named none.
    pub storage_class: &'a str,
}

impl<'a> Listed<'a> {
    /// The key or the prefix.
    pub fn name(&self) -> &'a str {
        match self {
            Self::Object(object) => object.key,
            Self::Prefix(prefix) => prefix,
        }
    }
}

/// A page whose texts would not fit: 4 GB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge;

impl KeyPage {
    /// An empty page with room for so many rows and so much text.
    pub fn with_capacity(rows: usize, text: usize) -> Self {
        Self { text: String::with_capacity(text), rows: Vec::with_capacity(rows), ..Self::default() }
    }

    /// Adds an object at the end.
    pub fn push_object(&mut self, object: &ListedObject<'_>) -> Result<(), TooLarge> {
        let class = self.class(object.storage_class)?;
        let (name, name_end) = self.store(object.key)?;
        let (_, etag_end) = self.store(object.etag)?;
        let ListedObject { size, modified, .. } = *object;
        self.rows.push(Row { name, name_end, etag_end, class, kind: Kind::Object, size, modified });
        Ok(())
    }

    /// Adds a prefix at the end.
    pub fn push_prefix(&mut self, prefix: &str) -> Result<(), TooLarge> {
        let (name, name_end) = self.store(prefix)?;
        let kind = Kind::Prefix;
        self.rows.push(Row { name, name_end, etag_end: name_end, class: 0, kind, size: 0, modified: None });
        Ok(())
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The rows.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Listed<'_>> + ExactSizeIterator {
        self.rows.iter().map(|row| self.listed(row))
    }

    /// The name of row `at`.
    pub fn name(&self, at: usize) -> Option<&str> {
        self.rows.get(at).map(|row| self.name_of(row))
    }

    /// The first name.
    pub fn first(&self) -> Option<&str> {
        self.rows.first().map(|row| self.name_of(row))
    }

    /// The last name.
    pub fn last(&self) -> Option<&str> {
        self.rows.last().map(|row| self.name_of(row))
    }

    /// Keeps only the first `len` rows.
    pub fn truncate(&mut self, len: usize) {
        self.rows.truncate(len);
    }

    /// Takes away the first `count` rows.
    pub fn skip(&mut self, count: usize) {
        self.rows.drain(..count.min(self.rows.len()));
    }

    /// How many rows at the start have names up to and including `bound`. The page has to be in order.
    pub fn up_to(&self, bound: &str) -> usize {
        self.rows.partition_point(|row| self.name_of(row) <= bound)
    }

    /// Whether each name comes after the one before it.
    pub fn is_ordered(&self) -> bool {
        self.rows.is_sorted_by(|a, b| self.name_of(a) < self.name_of(b))
    }

    /// Brings rows into the order of their names, and leaves out what stands there twice.
    pub fn sort(&mut self) {
        let Self { text, rows, .. } = self;
        let name = |row: &Row| text.get(row.name as usize..row.name_end as usize).unwrap_or_default();
        rows.sort_by(|a, b| name(a).cmp(name(b)));
        rows.dedup_by(|a, b| name(a) == name(b) && a.kind == b.kind);
    }

    /// Gives back memory that was set aside in vain.
    pub fn shrink(&mut self) {
        self.text.shrink_to_fit();
        self.rows.shrink_to_fit();
    }

    /// Memory that the page takes, in bytes.
    pub fn bytes(&self) -> usize {
        size_of::<Self>() + self.text.capacity() + self.rows.capacity() * size_of::<Row>()
    }

    fn listed(&self, row: &Row) -> Listed<'_> {
        match row.kind {
            Kind::Prefix => Listed::Prefix(self.name_of(row)),
            Kind::Object => Listed::Object(ListedObject {
                key: self.name_of(row),
                size: row.size,
                modified: row.modified,
                etag: self.text.get(row.name_end as usize..row.etag_end as usize).unwrap_or_default(),
                storage_class: self.classes.get(usize::from(row.class)).map_or("", String::as_str),
            }),
        }
    }

    fn name_of(&self, row: &Row) -> &str {
        self.text.get(row.name as usize..row.name_end as usize).unwrap_or_default()
    }

    fn store(&mut self, text: &str) -> Result<(u32, u32), TooLarge> {
        let start = u32::try_from(self.text.len()).map_err(|_| TooLarge)?;
        self.text.push_str(text);
        Ok((start, u32::try_from(self.text.len()).map_err(|_| TooLarge)?))
    }

    fn class(&mut self, name: &str) -> Result<u16, TooLarge> {
        let at = match self.classes.iter().position(|class| class == name) {
            Some(at) => at,
            None => {
                self.classes.push(name.to_owned());
                self.classes.len() - 1
            }
        };
        u16::try_from(at).map_err(|_| TooLarge)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(names: &[&str]) -> KeyPage {
        let mut page = KeyPage::default();
        for name in names {
            match name.strip_suffix('/') {
                Some(_) => page.push_prefix(name).unwrap(),
                None => {
                    let storage_class = if name.len() > 1 { "COLD" } else { "" };
                    page.push_object(&ListedObject { key: name, size: 7, modified: None, etag: "e", storage_class })
                        .unwrap();
                }
            }
        }
        page
    }

    #[test]
    fn rows_come_back_as_they_went_in() {
        let page = page(&["a", "b/", "bc"]);
        let rows: Vec<_> = page.iter().collect();
        assert_eq!(rows[1], Listed::Prefix("b/"));
        let cold = ListedObject { key: "bc", size: 7, modified: None, etag: "e", storage_class: "COLD" };
        assert_eq!(rows[2], Listed::Object(cold));
        assert!(matches!(rows[0], Listed::Object(object) if object.storage_class.is_empty()));
    }

    #[test]
    fn a_page_can_be_cut_at_a_name_from_both_sides() {
        let mut cut = page(&["a", "b", "c", "d"]);
        assert_eq!((cut.up_to("b"), cut.up_to("bb"), cut.up_to(""), cut.up_to("z")), (2, 2, 0, 4));
        cut.truncate(3);
        cut.skip(1);
        assert_eq!((cut.first(), cut.last(), cut.len()), (Some("b"), Some("c"), 2));
    }

    #[test]
    fn sorting_orders_names_and_drops_what_stands_there_twice() {
        let mut mixed = page(&["b", "a", "b", "a/"]);
        assert!(!mixed.is_ordered());
        mixed.sort();
        assert_eq!(mixed.iter().map(|row| row.name()).collect::<Vec<_>>(), ["a", "a/", "b"]);
        assert!(mixed.is_ordered());
    }
}
