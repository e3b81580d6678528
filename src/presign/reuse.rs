//! The links made lately, so that the same request asked again gives the same link while enough of its life is left. In
//! memory only; a link is a bearer secret.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

use super::link::Link;
use super::request::LinkRequest;
use crate::s3::address::Address;

/// How many links are remembered.
const MOST: usize = 256;

/// A link is handed out again while more than this part of its life is left.
const LEAST_PART: i32 = 5;

/// And more than this.
const LEAST_LEFT: SignedDuration = SignedDuration::from_secs(60);

/// Whether a link made lately will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// The same request gives the same link while enough of its life is left.
    Reuse,
    /// A new one in any case.
    Anew,
}

/// The links made lately, the newest last.
#[derive(Debug, Default)]
pub struct Recent {
    links: VecDeque<(Address, Link)>,
}

impl Recent {
    /// The link that was made of the same request, by the same key and to the same address, with enough life left.
    pub fn find(&self, request: &LinkRequest, address: &Address, access_key_id: &str, now: Timestamp) -> Option<Link> {
        let fits = |(there, link): &&(Address, Link)| {
            link.request == *request && there == address && link.access_key_id == access_key_id
        };
        self.links.iter().rev().find(fits).map(|(_, link)| link).filter(|link| is_fresh(link, now)).cloned()
    }

    /// Remembers a link, and forgets the oldest where there are too many.
    pub fn keep(&mut self, address: Address, link: Link) {
        if self.links.len() >= MOST {
            self.links.pop_front();
        }
        self.links.push_back((address, link));
    }
}

fn is_fresh(link: &Link, now: Timestamp) -> bool {
    let (life, left) = (link.ends_at.duration_since(link.signed_at), link.ends_at.duration_since(now));
    left > LEAST_LEFT && left > life / LEAST_PART && now >= link.signed_at
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::presign::credentials::SigningCredentials;
    use crate::presign::expiry::Expiry;
    use crate::presign::request::Method;
    use crate::presign::sign::sign;
    use crate::s3::address::{AddressingStyle, Endpoint};
    use crate::s3::location::ObjectId;
    use crate::s3::name::{BucketName, Key};

    fn address() -> Address {
        let endpoint = Endpoint::parse("https://s3.example.com").unwrap();
        Address { endpoint, region: "us-east-1".to_owned(), style: AddressingStyle::Path }
    }

    fn request(key: &str, minutes: u64) -> LinkRequest {
        let object = ObjectId::current(BucketName::parse("b").unwrap(), Key::parse(key).unwrap());
        LinkRequest::new(Method::Get, object, Expiry::from_seconds(minutes * 60).unwrap())
    }

    fn link(request: &LinkRequest) -> Link {
        let credentials = SigningCredentials {
            access_key_id: "AKID".to_owned(),
            secret_access_key: "secret".into(),
            session_token: None,
            expires: None,
            source: "test".to_owned(),
        };
        sign(request, &address(), &credentials, noon(0)).unwrap()
    }

    fn noon(minutes: i64) -> Timestamp {
        "2026-11-15T12:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minutes)
    }

    #[test]
    fn the_same_request_gives_the_same_link_until_a_fifth_of_its_life_or_a_minute_is_left() {
        for (minutes, last, first_too_late) in [(60, 47, 48), (15, 11, 12), (2, 0, 1), (1, -1, 0)] {
            let request = request("k", minutes);
            let mut recent = Recent::default();
            recent.keep(address(), link(&request));
            let found = |at| recent.find(&request, &address(), "AKID", noon(at)).is_some();
            assert_eq!((last >= 0 && found(last), found(first_too_late)), (last >= 0, false), "{minutes}");
        }
    }

    #[test]
    fn another_request_key_or_address_gives_another_link() {
        let mut recent = Recent::default();
        recent.keep(address(), link(&request("k", 60)));
        let find = |request: &LinkRequest, address: &Address, key| recent.find(request, address, key, noon(1));
        assert!(find(&request("k", 60), &address(), "AKID").is_some());
        assert!(find(&request("k", 61), &address(), "AKID").is_none());
        assert!(find(&request("l", 60), &address(), "AKID").is_none());
        assert!(find(&request("k", 60), &address(), "OTHER").is_none());
        assert!(find(&request("k", 60), &Address { region: "eu".to_owned(), ..address() }, "AKID").is_none());
        let mut bound = request("k", 60);
        bound.query.push(("response-content-type".to_owned(), "text/plain".to_owned()));
        assert!(find(&bound, &address(), "AKID").is_none());
    }

    #[test]
    fn a_clock_that_stepped_back_finds_no_link_from_the_future() {
        let mut recent = Recent::default();
        recent.keep(address(), link(&request("k", 60)));
        assert!(recent.find(&request("k", 60), &address(), "AKID", noon(-1)).is_none());
    }

    #[test]
    fn only_so_many_links_are_remembered() {
        let mut recent = Recent::default();
        for n in 0..=MOST {
            recent.keep(address(), link(&request(&n.to_string(), 60)));
        }
        assert!(recent.find(&request("0", 60), &address(), "AKID", noon(1)).is_none());
        assert!(recent.find(&request(&MOST.to_string(), 60), &address(), "AKID", noon(1)).is_some());
    }
}
