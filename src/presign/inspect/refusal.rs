//! What a store's refusal of a link comes to, pasted along or heard just now, in a sentence for people who know nothing of S3.

use super::proof::Proof;
use super::report::{LinkFacts, MethodFact};
use super::verdict::Verdict;
use crate::s3::catalogue::Check;
use crate::s3::text::visible;

/// A refusal as far as it is understood.
pub(super) struct Refusal<'a> {
    /// What did not pass, where that is known.
    pub(super) check: Option<Check>,
    /// The store's code; empty where it gave none.
    pub(super) code: &'a str,
    /// The status, where it is known.
    pub(super) status: Option<u16>,
    /// What it means; empty where that is not known.
    pub(super) cause: &'a str,
    /// The region that the store says the bucket is in.
    pub(super) region: Option<&'a str>,
}

impl Refusal<'_> {
    /// The verdict on a link that was so refused.
    pub(super) fn verdict(&self, link: Option<&LinkFacts>) -> Verdict {
        Verdict::Refused { check: self.check, code: self.code.to_owned(), because: self.because(link) }
    }

    /// Why, and what to do, half a sentence.
    fn because(&self, link: Option<&LinkFacts>) -> String {
        let Some(check) = self.check else {
            let said = match (self.code, self.status) {
                ("", Some(status)) => status.to_string(),
                ("", None) => "no".to_owned(),
                (code, _) => visible(code).into_owned(),
            };
            return match self.cause.trim_end_matches('.') {
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
                return match self.region {
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
