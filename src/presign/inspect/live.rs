//! What may be asked of the store about an inspected link, and how its answer changes the report. Asks nobody.

use jiff::Timestamp;

use super::place::Style;
use super::proof::{LinkMethod, Proof};
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
use crate::s3::provider::{self, Provider};
use crate::s3::text::visible;

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
        MethodFact::Proven(method) | MethodFact::Likely(method) => Some(method.into()),
        MethodFact::Unknown => None,
    };
    let of_name = |provider: &&Provider| link.provider.as_ref() == Some(&provider.name);
    let provider = provider::all().iter().find(of_name).or_else(|| provider::by_id("custom"))?;
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

impl From<LinkMethod> for Method {
    fn from(method: LinkMethod) -> Self {
        match method {
            LinkMethod::Get => Self::Get,
            LinkMethod::Head => Self::Head,
            LinkMethod::Put => Self::Put,
            LinkMethod::Delete => Self::Delete,
            LinkMethod::Post => Self::Post,
        }
    }
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
        let offline = self.offline.clone();
        let verdict = match live.outcome {
            Outcome::Works { .. } if offline.is_good() => {
                let url = self.repaired_url.as_ref().map_or("", |url| url.expose());
                let was_a_misfit = self.told.as_ref().is_some_and(|told| told.is_of_a_misfit(url));
                offline.served(was_a_misfit.then(|| live.asked.last().copied()).flatten())
            }
            Outcome::Works { .. } => Verdict::ServedAllTheSame,
            Outcome::WorksAsFarAsCanBeSeen => offline.with_certainty(Certainty::Unopposed),
            Outcome::Refused if is_believed(&offline, &live) => refused(self.link.as_ref(), &live),
            Outcome::NotTheStore if offline.is_good() => Verdict::NotTheStore,
            Outcome::Refused | Outcome::NotTheStore | Outcome::Unreachable => offline,
        };
        Self { verdict, live: Some(live), ..self }
    }
}

/// Whether a refusal says more than the verdict: of a good link always, of a bad one where it disproves what was found.
fn is_believed(verdict: &Verdict, live: &probe::Finding) -> bool {
    verdict.is_good() || verdict.check().is_some_and(|check| live.proven.contains(&check))
}

fn refused(link: Option<&LinkFacts>, live: &probe::Finding) -> Verdict {
    Verdict::Refused { check: live.failed, code: live.code.clone(), because: because(link, live) }
}

/// Why a store refuses a link and what to do, half a sentence for people who know nothing of S3.
fn because(link: Option<&LinkFacts>, live: &probe::Finding) -> String {
    let Some(check) = live.failed else {
        let said = match (live.code.as_str(), live.status) {
            ("", Some(status)) => status.to_string(),
            ("", None) => "no".to_owned(),
            (code, _) => visible(code).into_owned(),
        };
        return match live.cause.trim_end_matches('.') {
            "" => format!("its store answers {said} and does not say why"),
            cause => format!("its store answers {said}: {cause}"),
        };
    };
    let fix = match check {
        Check::Mechanism | Check::Date | Check::Lifetime | Check::Headers => "ask for a new one",
        Check::Parameters => "copy the whole link",
        Check::Begun => "the clock of whoever made it is wrong, or that of the store",
        Check::Alive => "ask for a new one",
        Check::Scope => {
            return match &live.region {
                Some(region) => format!("{}; its bucket is in {}", check.failed(), visible(region)),
                None => format!("{}; make it anew with the right region", check.failed()),
            };
        }
        Check::AccessKey => "that key was deleted, or belongs to another store; ask for a new link",
        Check::Signature => return misfit(link),
        Check::Session => "ask for a new one",
        Check::Permission => "whoever runs the store has to allow it to the key that signed it",
        Check::Object => "it was deleted, renamed or never uploaded; ask for a link to what is there now",
    };
    format!("{}; {fix}", check.failed())
}

/// What a signature that does not fit can come from, as far as it is not excluded.
fn misfit(link: Option<&LinkFacts>) -> String {
    let is_right = link.is_some_and(|link| matches!(link.proof, Proof::Right { .. }));
    if is_right {
        return "its signature is right by the key that is known here, and wrong for the store: the store has another \
            secret for that key, or something on the way changes the request"
            .to_owned();
    }
    let method = match link.map(|link| link.method) {
        Some(MethodFact::Proven(method) | MethodFact::Likely(method)) => format!("it was signed for ({method})"),
        Some(MethodFact::Unknown) | None => {
            "it was signed for (a link to upload or delete cannot be told from a broken one here)".to_owned()
        }
    };
    format!(
        "its signature does not fit: it was changed after it was signed, its secret key is wrong, or it needs the method \
         {method}; ask for a new one if it is for download"
    )
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
            Some("GET") => Some(LinkMethod::Get),
            Some("HEAD") => Some(LinkMethod::Head),
            Some(_) | None => None,
        };
        match (method, self.with_certainty(Certainty::Served)) {
            (Some(_), Self::Works { until, seconds_left, certainty }) => {
                Self::UsedWrongly { until, seconds_left, certainty, method, headers: Vec::new() }
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
            Self::Refused { check, .. } => *check,
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
