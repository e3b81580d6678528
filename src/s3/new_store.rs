//! A store that somebody is about to add: what they said of it, what is still to be said, and what there is to know about making
//! its key. The same for the form on the screen and the questions of the command line. Asks nobody.

use secrecy::{ExposeSecret, SecretString};

use super::address::{Endpoint, PlainHttp};
use super::location::Location;
use super::provider::{self, AddressError, Given, Provider};
use super::store_url::StoreUrl;
use super::text::visible;

/// What is said in place of a secret that is missing.
pub const NO_SECRET: &str = "a key needs its secret";

/// What is asked before plain HTTP leaves this machine.
pub const OPEN_HTTP: &str = "Plain HTTP shows names and links to the network. Use it all the same?";

/// What is said of a name that another store has.
pub fn taken(name: &str) -> String {
    format!("there is a store {} already: choose another name", visible(name))
}

/// What somebody said of a store until now. `Debug` does not show its secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewStore {
    /// What to call it; empty takes a free name that tells where it is.
    pub name: String,
    /// Who runs it, where that was said.
    pub provider: Option<&'static Provider>,
    /// Where it answers, with the place that was named along.
    pub url: Option<StoreUrl>,
    /// How far plain HTTP may go.
    pub plain_http: PlainHttp,
    /// The region to sign for.
    pub region: Option<String>,
    /// The place that it opens at, where the URL names none.
    pub start: Option<Location>,
    /// Its key; `None` takes whatever the AWS tools use on this machine.
    pub key: Option<NewKey>,
}

/// A key that was typed.
#[derive(Clone, Debug, Default)]
pub struct NewKey {
    /// Its id.
    pub id: String,
    /// Its secret; empty where it is known to somebody else only.
    pub secret: SecretString,
}

/// Two keys are the same where id and secret are, so that questions about stores can be compared.
impl PartialEq for NewKey {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && self.secret.expose_secret() == other.secret.expose_secret()
    }
}

impl Eq for NewKey {}

/// What a store answered to the least question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// What the key may, as a sentence.
    pub words: String,
    /// The place that the store has to open at, where the key may list no other.
    pub start: Option<Location>,
}

/// Where a store is, as people say it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whereabouts {
    /// At this provider, who has one endpoint a region.
    Provider(&'static Provider),
    /// There.
    Url(StoreUrl),
}

impl Whereabouts {
    /// Reads the URL of a store, or what a provider is called; blanks and quotes around it, which come from copying, do not
    /// count. `own` are the presets of the user. Or why it is neither.
    pub fn parse(text: &str, own: &[&'static Provider]) -> Result<Self, String> {
        let text = bare(text);
        if text.is_empty() {
            return Err("write the URL of the store, or the provider".to_owned());
        }
        if let Some(provider) = provider::named(text, own) {
            return match provider.endpoint {
                Some(_) => Ok(Self::Provider(provider)),
                None => Err(format!("{} needs an endpoint such as {}", provider.name, provider.example)),
            };
        }
        if text.contains(['.', ':']) {
            return StoreUrl::parse(text).map(Self::Url).map_err(|error| error.to_string());
        }
        let ids: Vec<&str> = provider::known(own).map(|provider| provider.id.as_str()).collect();
        Err(format!("`{}` is no URL, and no provider: {}", visible(text), ids.join(", ")))
    }
}

/// A text without the blanks and quotes around it that come from copying.
pub fn bare(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '“' | '”' | '‘' | '’' | '<' | '>'))
}

impl NewStore {
    /// The store with what was said of where it is; a preset of the user's own is recognised by its host.
    pub fn at(self, place: Whereabouts, own: &[&'static Provider]) -> Self {
        match place {
            Whereabouts::Provider(provider) => Self { provider: Some(provider), url: None, ..self },
            Whereabouts::Url(url) => {
                let of_host = || provider::own_by_host(own, url.endpoint.host());
                Self { provider: self.provider.or_else(of_host), url: Some(url), ..self }
            }
        }
    }

    /// Where it answers, as far as it was said, with plain HTTP as it was allowed.
    pub fn endpoint(&self) -> Option<Endpoint> {
        self.url.as_ref().map(|url| url.endpoint.clone().with_plain_http(self.plain_http))
    }

    /// Whether plain HTTP would leave this machine, and nobody has allowed that.
    pub fn is_open(&self) -> bool {
        self.endpoint().is_some_and(|endpoint| !endpoint.is_confidential())
    }

    /// The place that it opens at.
    pub fn opens_at(&self) -> Option<&Location> {
        self.start.as_ref().or_else(|| self.url.as_ref()?.place.as_ref())
    }

    /// Who runs it, as far as that is known.
    pub fn known_provider(&self) -> Option<&'static Provider> {
        self.provider.or_else(|| provider::by_host(self.url.as_ref()?.endpoint.host()))
    }

    /// Whether the AWS tools of this machine may have its key, so that none has to be typed.
    pub fn may_be_without_key(&self) -> bool {
        self.known_provider().is_some_and(|provider| provider.id == "aws")
    }

    /// What is known of where it is.
    pub fn given(&self) -> Given {
        Given {
            provider: self.provider,
            endpoint: self.endpoint(),
            region: self.region.clone(),
            key_id: self.key.as_ref().map(|key| key.id.clone()),
            ..Given::default()
        }
    }

    /// Why its region has to be said: neither URL nor key nor provider tells it, or what was said can be none.
    pub fn wants_region(&self) -> Option<AddressError> {
        provider::resolve(&self.given()).err().filter(|error| {
            matches!(
                error,
                AddressError::NeedsRegion { .. } | AddressError::RegionNotInHost { .. } | AddressError::BadRegion(_)
            )
        })
    }

    /// The regions that its provider is known to have, as a phrase; empty where none is known.
    pub fn regions(&self) -> String {
        let regions = self.known_provider().map_or(&[][..], |provider| &provider.regions);
        match regions {
            [] => String::new(),
            regions => format!("Its regions: {}, and perhaps newer ones", regions.join(", ")),
        }
    }

    /// Where to make its key, and which rights it needs at least, a line each; nothing of a provider nobody knows.
    pub fn advice(&self) -> Vec<String> {
        let Some(provider) = self.known_provider() else { return Vec::new() };
        let bucket = match self.opens_at() {
            Some(Location::Prefix { bucket, .. }) => bucket.to_string(),
            Some(Location::Buckets) | None => "BUCKET".to_owned(),
        };
        let page = provider.key_page.iter().map(|page| format!("Make a key for {}: {page}", provider.name));
        let rights = provider.key_rights.iter().map(|rights| rights.replace("{bucket}", &bucket));
        let rights: Vec<String> =
            rights.flat_map(|rights| rights.lines().map(str::to_owned).collect::<Vec<_>>()).collect();
        page.chain(rights).collect()
    }

    /// What to call it where nobody says: as its provider or host is called, with a number where that is taken.
    pub fn free_name(&self, is_taken: impl Fn(&str) -> bool) -> String {
        let of_provider = self.known_provider().filter(|provider| *provider != provider::any());
        let of_provider = of_provider.map(|provider| provider.id.clone());
        let of_host = || Some(self.url.as_ref()?.endpoint.host().to_owned());
        let plain = of_provider.or_else(of_host).unwrap_or_else(|| "store".to_owned());
        let numbered = (2..).map(|number| format!("{plain}-{number}"));
        std::iter::once(plain.clone()).chain(numbered).find(|name| !is_taken(name)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Result<NewStore, String> {
        Whereabouts::parse(text, &[]).map(|place| NewStore::default().at(place, &[]))
    }

    #[test]
    fn a_url_is_taken_as_it_was_copied() {
        let url = "https://s3.us-west-004.backblazeb2.com/bucket/x";
        for copied in
            [url, " https://s3.us-west-004.backblazeb2.com/bucket/x\n", &format!("\"{url}\""), &format!("“{url}” ")]
        {
            let store = at(copied).unwrap();
            assert_eq!(store.endpoint().unwrap().to_string(), "https://s3.us-west-004.backblazeb2.com", "{copied}");
            assert_eq!(store.opens_at().unwrap().to_string(), "s3://bucket/x");
            assert_eq!(store.free_name(|name| name == "b2"), "b2-2");
        }
    }

    #[test]
    fn what_is_neither_url_nor_provider_says_what_to_write() {
        assert_eq!(at("  ").unwrap_err(), "write the URL of the store, or the provider");
        assert!(at("backblaze").unwrap_err().starts_with("`backblaze` is no URL, and no provider: aws, b2, "));
        assert!(at("minio").unwrap_err().starts_with("MinIO needs an endpoint such as http"));
        assert_eq!(
            at("http://nas:99508").unwrap_err(),
            "`http://nas:99508` has no usable port: ports go from 1 to 65535"
        );
        assert!(at("ftp://nas").unwrap_err().contains("is not an endpoint"));
        assert_eq!(at("AWS").unwrap().free_name(|_| false), "aws");
    }

    #[test]
    fn a_region_is_wanted_where_nothing_tells_it() {
        let b2 = at("b2").unwrap();
        assert!(b2.wants_region().is_some() && b2.regions().contains("us-west-004"), "{}", b2.regions());
        assert!(NewStore { region: Some("us-west-004".into()), ..b2.clone() }.wants_region().is_none());
        assert!(NewStore { region: Some("a b".into()), ..b2.clone() }.wants_region().is_some());
        let key = Some(NewKey { id: "00512ab34cd56ef0000000001".into(), ..NewKey::default() });
        assert!(NewStore { key, ..b2 }.wants_region().is_none(), "the key tells it");
        assert!(at("https://s3.us-west-004.backblazeb2.com").unwrap().wants_region().is_none());
    }

    #[test]
    fn plain_http_leaves_this_machine_only_where_it_was_allowed() {
        assert!(!at("http://127.0.0.1:9000").unwrap().is_open());
        let nas = at("http://nas:9000").unwrap();
        assert!(nas.is_open() && !NewStore { plain_http: PlainHttp::Anywhere, ..nas }.is_open());
    }

    #[test]
    fn the_advice_names_the_bucket_and_no_secret_is_shown() {
        let store = at("https://s3.eu-west-1.amazonaws.com/papers").unwrap();
        assert!(store.advice().iter().any(|line| line.contains("arn:aws:s3:::papers\"")), "{:?}", store.advice());
        let key = Some(NewKey { id: "AKIA".into(), secret: "hidden".to_owned().into() });
        assert!(!format!("{:?}", NewStore { key, ..store }).contains("hidden"));
    }

    proptest! {
        #[test]
        fn any_text_is_a_place_or_says_why(text in any::<String>()) {
            if let Err(why) = at(&text) {
                prop_assert!(!why.is_empty());
            }
        }
    }
}
