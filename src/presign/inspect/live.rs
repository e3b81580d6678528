//! What may be asked of the store about an inspected link, and how its answer changes the report. Asks nobody.

use jiff::Timestamp;

use super::place::Style;
use super::proof::Proof;
use super::refusal::Refusal;
use super::report::{LinkFacts, MethodFact, Report};
use super::signature::SignatureVersion;
use super::verdict::{Certainty, Flaw, Verdict};
use super::{KnownKey, abbreviated};
use crate::presign::expiry::Expiry;
use crate::presign::link::SignedUrl;
use crate::presign::probe::{self, Outcome, Target};
use crate::presign::request::{LinkRequest, Method};
use crate::presign::sign::sign;
use crate::s3::address::{Address, AddressingStyle, Endpoint};
use crate::s3::catalogue::Check;
use crate::s3::location::{ObjectId, VersionId};
use crate::s3::name::{BucketName, Key};
use crate::s3::provider;

/// What is to be asked about the link of a report, which [`super::inspect`] made with the same `known` keys. `None` where no
/// answer could say more: there is no link, it is not signed for S3, or a part of it is missing.
pub fn target(report: &Report, known: &[KnownKey], now: Timestamp) -> Option<Target> {
    let (link, url) = (report.link.as_ref()?, report.repaired_url.as_ref()?);
    let is_of_s3 = match link.signature_version {
        SignatureVersion::V4 | SignatureVersion::V4a | SignatureVersion::V2 | SignatureVersion::Goog4 => true,
        SignatureVersion::CloudFront | SignatureVersion::None => false,
    };
    if !is_of_s3 || matches!(report.verdict, Verdict::CutOff { .. }) {
        return None;
    }
    let method = match link.method {
        MethodFact::Proven(method) | MethodFact::Likely(method) => Some(method),
        MethodFact::Unknown => None,
    };
    let provider = link.preset().or_else(|| provider::by_id("custom"))?;
    let headers = link.headers_to_send.iter().filter_map(|(name, value)| Some((name.clone(), value.clone()?)));
    let is_tried_out = matches!(method, None | Some(Method::Get | Method::Head));
    let twin = if is_tried_out { None } else { twin(link, known, now) };
    Some(Target {
        url: url.clone(),
        method,
        headers: headers.collect(),
        provider,
        signed_at: link.signed_at,
        ends_at: link.ends_at,
        twin,
    })
}

/// A link to read the same object by the same key. Only where the key is proven to have signed for this very host: a host that
/// somebody made up would get a link from it that a store behind it takes.
fn twin(link: &LinkFacts, known: &[KnownKey], now: Timestamp) -> Option<SignedUrl> {
    let (Proof::Right { key: name }, Some(signer)) = (&link.proof, &link.signer) else { return None };
    let is_its =
        |key: &&KnownKey| key.name == *name && abbreviated(&key.credentials.access_key_id) == signer.access_key_id;
    let credentials = &known.iter().find(is_its)?.credentials;
    let (style, host) = match link.style {
        Style::Virtual => (AddressingStyle::Virtual, link.host.strip_prefix(&link.bucket)?.strip_prefix('.')?),
        Style::Path | Style::PathPresumed => (AddressingStyle::Path, link.host.as_str()),
    };
    let endpoint = Endpoint::parse(&format!("{}://{host}", link.scheme)).ok()?;
    let address = Address { endpoint, region: link.signed_region.clone()?, style };
    let object = ObjectId {
        bucket: BucketName::parse(&link.bucket).ok()?,
        key: Key::parse(&link.key).ok()?,
        version: link.version_id.clone().map(VersionId),
    };
    let request = LinkRequest::new(Method::Get, object, Expiry::from_seconds(60).ok()?);
    let twin = sign(&request, &address, credentials, now).ok()?.url;
    (twin.authority() == link.host).then_some(twin)
}

impl Report {
    /// The same with what the store answered, which is believed where it knows better than the link's own words. An answer
    /// takes the place of an earlier one.
    pub fn with_answer(self, live: probe::Finding) -> Self {
        // What was pasted is older than what the store says now.
        let offline = if self.offline.is_good() { &self.offline } else { &self.alone }.clone();
        let verdict = match live.outcome {
            Outcome::Works { .. } if offline.is_good() => {
                let url = self.repaired_url.as_ref().map_or("", |url| url.expose());
                let was_a_misfit = self.told.as_ref().is_some_and(|told| told.is_of_a_misfit(url));
                offline.served(was_a_misfit.then(|| live.asked.last().copied()).flatten())
            }
            Outcome::Works { .. } => Verdict::ServedAllTheSame,
            Outcome::WorksAsFarAsCanBeSeen => self.offline.clone().with_certainty(Certainty::Unopposed),
            Outcome::Refused if is_believed(&offline, &live) => refused(self.link.as_ref(), &live),
            Outcome::NotTheStore if offline.is_good() => Verdict::NotTheStore,
            Outcome::Refused | Outcome::NotTheStore | Outcome::Unreachable => self.offline.clone(),
        };
        Self { verdict, live: Some(live), ..self }
    }
}

/// Whether a refusal says more than the verdict: of a good link always, of a bad one where it disproves what was found.
fn is_believed(verdict: &Verdict, live: &probe::Finding) -> bool {
    verdict.is_good() || verdict.check().is_some_and(|check| live.proven.contains(&check))
}

fn refused(link: Option<&LinkFacts>, live: &probe::Finding) -> Verdict {
    let refusal = Refusal {
        check: live.failed,
        code: &live.code,
        status: live.status,
        cause: &live.cause,
        region: live.region.as_deref(),
    };
    refusal.verdict(link)
}

impl Verdict {
    /// The same, of what is good, by what the store said. A signature that was proven needs no lack of objections besides.
    fn with_certainty(mut self, by_store: Certainty) -> Self {
        if let Self::Works { certainty, .. } | Self::Damaged { certainty, .. } | Self::UsedWrongly { certainty, .. } =
            &mut self
            && !(by_store == Certainty::Unopposed && *certainty == Certainty::Proven)
        {
            *certainty = by_store;
        }
        self
    }

    /// The same, of what is good, for a link that its store serves: by `only`, where someone was refused who used it.
    fn served(self, only: Option<&'static str>) -> Self {
        let method = match only {
            Some("GET") => Some(Method::Get),
            Some("HEAD") => Some(Method::Head),
            Some(_) | None => None,
        };
        match (method, self.with_certainty(Certainty::Served)) {
            (Some(method), Self::Works { until, seconds_left, certainty }) => {
                let (method, headers) = (MethodFact::Proven(method), Vec::new());
                Self::UsedWrongly { until, seconds_left, certainty, method, headers }
            }
            (_, verdict) => verdict,
        }
    }

    /// The check of a store that a bad link would not pass.
    fn check(&self) -> Option<Check> {
        match self {
            Self::Expired { .. } => Some(Check::Alive),
            Self::NotYetValid { .. } => Some(Check::Begun),
            Self::CutOff { .. } => Some(Check::Parameters),
            Self::WrongSignature { .. } => Some(Check::Signature),
            Self::DeadOnArrival { flaw } => match flaw {
                Flaw::Algorithm | Flaw::TooOld { .. } => Some(Check::Mechanism),
                Flaw::Date => Some(Check::Date),
                Flaw::Lifetime { .. } => Some(Check::Lifetime),
                Flaw::ScopeDay | Flaw::ScopeService | Flaw::Region { .. } => Some(Check::Scope),
                Flaw::TokenMissing | Flaw::MasterKey => Some(Check::AccessKey),
                Flaw::SignatureMalformed | Flaw::HostNotSigned => Some(Check::Signature),
                Flaw::PlainHttp { .. } => None,
            },
            Self::Refused { check, .. } | Self::OnlyError { check, .. } => *check,
            Self::Works { .. }
            | Self::Damaged { .. }
            | Self::UsedWrongly { .. }
            | Self::ServedAllTheSame
            | Self::NotTheStore
            | Self::NotSigned
            | Self::Unsupported { .. }
            | Self::NoLink => None,
        }
    }
}
