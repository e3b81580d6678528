//! What one store's links are bound to: how long they may live, where they point. Says nothing of a single link.

use thiserror::Error;

use super::expiry::{Expiry, Lifetime};
use super::request::Method;
use crate::s3::address::{Address, Endpoint};
use crate::s3::name::BucketName;
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

impl Rules {
    /// The rules of a store of this provider, as long as its settings say nothing.
    pub fn of(provider: &'static Provider) -> Self {
        Self { provider, usual: Usual::default(), ceiling: None, public_endpoint: None, cdn_host: None }
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
