//! What one store's links are bound to: how long they may live, where they point. Says nothing of a single link.

use jiff::Timestamp;
use thiserror::Error;

use super::expiry::{Expiry, Lifetime};
use super::request::Method;
use crate::s3::address::{Address, Endpoint};
use crate::s3::name::BucketName;
use crate::s3::payer::Payer;
use crate::s3::provider::{self, Provider};

/// The rules of one store.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Who runs it: knows the longest life that the store takes.
    pub provider: &'static Provider,
    /// What links live when nobody says how long.
    pub usual: Usual,
    /// The longest life that the settings of this store allow.
    pub ceiling: Option<Expiry>,
    /// The address that links carry, where it differs from the one that is browsed.
    pub public_endpoint: Option<Endpoint>,
    /// The host that takes the place of the signed one in a finished link; may hold `{bucket}` and `{region}`.
    pub cdn_host: Option<String>,
    /// Who pays for what its links transfer.
    pub payer: Payer,
}

/// What links live when nobody says how long, by method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usual {
    /// Links to download.
    pub get: Expiry,
    /// Links to upload.
    pub put: Expiry,
    /// Links to look at the headers.
    pub head: Expiry,
    /// Links to delete.
    pub delete: Expiry,
}

/// Why a lifetime is against the rules.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum TooLong {
    /// The store would refuse the link.
    #[error("a link to {provider} works for {most} at most, and this one is to live {asked}: choose a shorter life")]
    ForProvider {
        /// The provider's name.
        provider: String,
        /// What it takes.
        most: Expiry,
        /// What was asked for, as it was said.
        asked: String,
    },
    /// The settings forbid it.
    #[error("the settings of this store let a link live {most} (max_expires_in), and this one is to live {asked}")]
    ForSettings {
        /// What they allow.
        most: Expiry,
        /// What was asked for, as it was said.
        asked: String,
    },
}

/// What has to work for some time cannot work for so long.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("it takes links of {needed} to play this, and {whose} {most} at most")]
pub struct TooShort {
    /// What it takes.
    needed: Expiry,
    /// Who lets them live less.
    whose: String,
    /// What they may live.
    most: Expiry,
}

impl Rules {
    /// The rules of a store of this provider, as long as its settings say nothing.
    pub fn of(provider: &'static Provider) -> Self {
        Self {
            provider,
            usual: Usual::default(),
            ceiling: None,
            public_endpoint: None,
            cdn_host: None,
            payer: Payer::Owner,
        }
    }

    /// The lifetime of a link when nobody says how long.
    pub fn usual(&self, method: Method) -> Lifetime {
        Lifetime::Usual(match method {
            Method::Get => self.usual.get,
            // What is posted is a part of uploading.
            Method::Put | Method::Post => self.usual.put,
            Method::Head => self.usual.head,
            Method::Delete => self.usual.delete,
        })
    }

    /// `asked`, or as much as is `needed` where that is more.
    pub fn long_enough(&self, asked: Lifetime, needed: Expiry, now: Timestamp) -> Result<Lifetime, TooShort> {
        let enough = match asked {
            Lifetime::Usual(expiry) => self.ceiling.map_or(expiry, |ceiling| ceiling.min(expiry)) >= needed,
            Lifetime::For(expiry) => expiry >= needed,
            Lifetime::Until(end) => end.duration_since(now) >= needed.duration(),
        };
        if enough {
            return Ok(asked);
        }
        let (most, whose) = match self.ceiling {
            Some(ceiling) if ceiling < self.longest() => {
                (ceiling, "the settings of this store (max_expires_in) let them live".to_owned())
            }
            _ => (self.longest(), format!("{} lets them live", self.provider.name)),
        };
        if needed > most { Err(TooShort { needed, whose, most }) } else { Ok(Lifetime::For(needed)) }
    }

    /// The longest life that the store takes.
    pub fn longest(&self) -> Expiry {
        Expiry::from_seconds(self.provider.max_expiry.into()).unwrap_or(Expiry::SEVEN_DAYS)
    }

    /// Whether a link may live so long; `asked` is how that was said.
    pub(super) fn check(&self, expiry: Expiry, asked: Lifetime) -> Result<(), TooLong> {
        let asked = || asked.to_string();
        if expiry > self.longest() {
            return Err(TooLong::ForProvider {
                provider: self.provider.name.clone(),
                most: self.longest(),
                asked: asked(),
            });
        }
        match self.ceiling {
            Some(most) if expiry > most => Err(TooLong::ForSettings { most, asked: asked() }),
            _ => Ok(()),
        }
    }

    /// The address that links are signed for, from the one that is browsed.
    pub fn address(&self, browsed: &Address) -> Address {
        let endpoint = self.public_endpoint.clone().unwrap_or_else(|| browsed.endpoint.clone());
        Address { endpoint, ..browsed.clone() }
    }

    /// The host of a finished link, where it is not the one that was signed.
    pub(super) fn host_after_signing(&self, bucket: &BucketName, region: &str) -> Option<String> {
        let template = self.cdn_host.as_ref()?;
        Some(template.replace("{bucket}", bucket.as_str()).replace("{region}", region))
    }
}

impl Default for Rules {
    /// Those of a store that nothing is known of.
    fn default() -> Self {
        Self::of(provider::any())
    }
}

impl Default for Usual {
    fn default() -> Self {
        Self { get: Expiry::DEFAULT, put: Expiry::DEFAULT, head: Expiry::SHORT, delete: Expiry::SHORT }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_live_as_long_as_was_asked_or_as_it_takes_to_play_but_within_the_rules() {
        let now: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
        let rules = Rules { ceiling: Some(Expiry::DAY), ..Rules::default() };
        let lives = |asked: Lifetime, needed| rules.long_enough(asked, needed, now).map_err(|error| error.to_string());
        let needed = Lifetime::For(Expiry::HOUR);
        for (asked, expected) in [
            (Lifetime::Usual(Expiry::DAY), Lifetime::Usual(Expiry::DAY)),
            (Lifetime::Usual(Expiry::DEFAULT), needed),
            (Lifetime::For(Expiry::HOUR), needed),
            (Lifetime::For(Expiry::SHORT), needed),
            (Lifetime::Until("2026-11-20T12:59:59Z".parse().unwrap()), needed),
            (
                Lifetime::Until("2026-11-20T13:00:00Z".parse().unwrap()),
                Lifetime::Until("2026-11-20T13:00:00Z".parse().unwrap()),
            ),
        ] {
            assert_eq!(lives(asked, Expiry::HOUR), Ok(expected), "{asked}");
        }
        let why = lives(Lifetime::Usual(Expiry::SEVEN_DAYS), Expiry::parse("1d1m").unwrap()).unwrap_err();
        assert!(why.contains("links of 1d1m") && why.contains("(max_expires_in) let them live 1d at most"), "{why}");
    }
}
