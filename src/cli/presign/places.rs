//! Which objects links are made to: from the arguments, and from standard input as it comes.

use std::fmt;
use std::io::{self, BufRead, BufReader, Read};

use thiserror::Error;

use crate::s3::location::{Location, LocationError, ObjectId};
use crate::s3::name::{BucketName, Key, NameError, Prefix};
use crate::s3::text::visible;

/// What stands for standard input among the arguments.
pub(super) const INPUT: &str = "-";

/// The longest location that is read, in bytes: more than any object's, so that input without line ends fills no memory.
const LONGEST: u64 = 4096;

/// How much of standard input is read at a time, in bytes: what is here is noted and written before more is waited for, and
/// each note waits for the disk. A pipe holds as much on Linux.
const READ_AT_ONCE: usize = 64 * 1024;

/// The bucket and prefix that all keys are below.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Below {
    /// The bucket.
    pub(super) bucket: BucketName,
    /// The start of their names.
    pub(super) prefix: Prefix,
}

/// Where objects are named.
#[derive(Clone, Debug)]
pub(super) enum Place {
    /// Here.
    Object(ObjectId),
    /// On standard input.
    Input,
}

/// How locations end on standard input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// With a line end.
    Line,
    /// With NUL.
    Null,
}

/// Why a text names no object.
#[derive(Debug, Error, PartialEq, Eq)]
pub(super) enum PlaceError {
    /// It is no location.
    #[error(transparent)]
    Location(#[from] LocationError),
    /// It is no key.
    #[error(transparent)]
    Key(#[from] NameError),
    /// A bucket or nothing.
    #[error("`{0}` names no object: write s3://bucket/key")]
    NoKey(String),
    /// S3's keys are UTF-8.
    #[error("this is not UTF-8, and keys are")]
    NotUtf8,
    /// No object's location is so long.
    #[error("this is longer than any location ({LONGEST} bytes)")]
    TooLong,
}

/// A place on standard input that names no object.
#[derive(Debug)]
pub(super) struct BadPlace {
    number: u64,
    ending: Ending,
    why: PlaceError,
}

/// `line 7: …`
impl fmt::Display for BadPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.ending {
            Ending::Line => "line",
            Ending::Null => "entry",
        };
        write!(f, "{unit} {}: {}", self.number, self.why)
    }
}

impl Below {
    /// Reads `s3://bucket/prefix`, byte for byte.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        match Location::parse(text) {
            Ok(Location::Prefix { bucket, prefix }) => Ok(Self { bucket, prefix }),
            Ok(Location::Buckets) => Err("write it as s3://bucket/prefix/".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Reads a bucket or a prefix that ends with a slash: without it, `s3://bucket/in` would mean `invoices/` as well.
    pub(super) fn parse_folder(text: &str) -> Result<Self, String> {
        let below = Self::parse(text)?;
        if below.prefix.is_root() || below.prefix.as_str().ends_with('/') {
            return Ok(below);
        }
        let shown = visible(text);
        Err(format!("`{shown}` does not end with a slash: write `{shown}/` for everything below it"))
    }
}

/// The object that a text names; below a prefix, the text is the end of its key.
pub(super) fn object(text: &str, below: Option<&Below>) -> Result<ObjectId, PlaceError> {
    if let Some(Below { bucket, prefix }) = below {
        return Ok(ObjectId::current(bucket.clone(), prefix.join(text)?));
    }
    match Location::parse(text)? {
        Location::Prefix { bucket, prefix } if !prefix.is_root() => {
            Ok(ObjectId::current(bucket, Key::parse(prefix.as_str())?))
        }
        Location::Prefix { .. } | Location::Buckets => Err(PlaceError::NoKey(visible(text).into_owned())),
    }
}

/// All objects that are named, in order. Holds one location at a time.
pub(super) struct Objects<'a, R> {
    places: std::slice::Iter<'a, Place>,
    reading: bool,
    input: BufReader<R>,
    ending: Ending,
    below: Option<&'a Below>,
    number: u64,
}

impl<'a, R: Read> Objects<'a, R> {
    /// The objects named by `places`, with `input` for [`Place::Input`].
    pub(super) fn new(places: &'a [Place], input: R, ending: Ending, below: Option<&'a Below>) -> Self {
        let input = BufReader::with_capacity(READ_AT_ONCE, input);
        Self { places: places.iter(), reading: false, input, ending, below, number: 0 }
    }

    /// Whether [`Self::next`] may have to wait for standard input.
    pub(super) fn may_wait(&self) -> bool {
        self.reading && self.input.buffer().is_empty()
    }

    /// The next text on standard input, without its end; `None` where there is no more.
    fn next_text(&mut self) -> io::Result<Option<Result<String, PlaceError>>> {
        let end = match self.ending {
            Ending::Line => b'\n',
            Ending::Null => 0,
        };
        let mut bytes = Vec::new();
        if (&mut self.input).take(LONGEST + 1).read_until(end, &mut bytes)? == 0 {
            return Ok(None);
        }
        self.number += 1;
        if bytes.pop_if(|last| *last == end).is_none() && bytes.len() as u64 > LONGEST {
            self.input.skip_until(end)?;
            return Ok(Some(Err(PlaceError::TooLong)));
        }
        if self.ending == Ending::Line {
            bytes.pop_if(|last| *last == b'\r');
        }
        Ok(Some(String::from_utf8(bytes).map_err(|_| PlaceError::NotUtf8)))
    }
}

impl<R: Read> Iterator for Objects<'_, R> {
    type Item = io::Result<Result<ObjectId, BadPlace>>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            while self.reading {
                let text = match self.next_text() {
                    Err(error) => return Some(Err(error)),
                    Ok(None) => {
                        self.reading = false;
                        break;
                    }
                    Ok(Some(Ok(text))) if text.is_empty() => continue,
                    Ok(Some(text)) => text,
                };
                let bad = |why| BadPlace { number: self.number, ending: self.ending, why };
                return Some(Ok(text.and_then(|text| object(&text, self.below)).map_err(bad)));
            }
            match self.places.next()? {
                Place::Object(object) => return Some(Ok(Ok(object.clone()))),
                Place::Input => self.reading = true,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(input: &[u8], ending: Ending, below: Option<&Below>) -> Vec<String> {
        Objects::new(&[Place::Input], input, ending, below)
            .map(|place| match place.unwrap() {
                Ok(object) => object.to_string(),
                Err(bad) => bad.to_string(),
            })
            .collect()
    }

    #[test]
    fn lines_are_read_in_order_and_a_bad_one_has_its_number() {
        let read = read(b"s3://b/1\r\n\nb/2\nhttp://b/3\nb\n\xff\ns3://b/a b?#%", Ending::Line, None);
        assert_eq!(read.len(), 6);
        assert_eq!((read[0].as_str(), read[1].as_str(), read[5].as_str()), ("s3://b/1", "s3://b/2", "s3://b/a b?#%"));
        assert!(read[2].starts_with("line 4: `http://b/3` is not an s3:// location"), "{}", read[2]);
        assert_eq!(read[3], "line 5: `b` names no object: write s3://bucket/key");
        assert_eq!(read[4], "line 6: this is not UTF-8, and keys are");
    }

    #[test]
    fn below_a_prefix_each_line_is_the_end_of_a_key_and_nul_leaves_line_ends_in_it() {
        let below = Below::parse("s3://b/p/").unwrap();
        assert_eq!(read(b"s3://x\r\0a\nb\0", Ending::Null, Some(&below)), ["s3://b/p/s3://x\r", "s3://b/p/a\nb"]);
    }

    #[test]
    fn a_line_without_end_fills_no_memory_and_the_next_one_is_read() {
        let long = [vec![b'x'; 100_000], b"\ns3://b/k\n".to_vec()].concat();
        assert_eq!(
            read(&long, Ending::Line, None),
            ["line 1: this is longer than any location (4096 bytes)", "s3://b/k"]
        );
    }

    proptest! {
        #[test]
        fn any_input_is_objects_or_reasons(input in any::<Vec<u8>>(), nul in any::<bool>()) {
            let ending = if nul { Ending::Null } else { Ending::Line };
            let end = if nul { 0 } else { b'\n' };
            let most = input.split(|byte| *byte == end).count();
            prop_assert!(read(&input, ending, None).len() <= most);
        }

        #[test]
        fn a_location_that_is_written_is_the_one_that_is_read(key in "[^\0]{1,40}") {
            let object = ObjectId::current(BucketName::parse("bucket").unwrap(), Key::parse(&key).unwrap());
            prop_assert_eq!(read(format!("{object}\0").as_bytes(), Ending::Null, None), [object.to_string()]);
        }
    }
}
