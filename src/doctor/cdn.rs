//! What stands between a store and those who use its links: a CDN that the settings name, that answers in the store's place, or that
//! the provider has.

use super::{Check, Finding};
use crate::presign::probe::ProbeAnswer;
use crate::s3::provider::Provider;

/// Headers by which a CDN shows itself, and whose they are.
const SIGNS: [(&str, &str); 3] =
    [("x-amz-cf-id", "Amazon CloudFront"), ("cf-ray", "Cloudflare"), ("x-served-by", "Fastly")];

/// What to do where a CDN is in the way of links.
const REMEDY: &str = "a CDN that changes the host or drops the query breaks links: use the store's own endpoint, and cdn_host only \
    where the provider lets the host be exchanged";

/// What the settings do with links after signing, or what the provider says of its CDN; `None` where neither says anything.
pub fn of_links(provider: &Provider, cdn_host: Option<&str>) -> Option<Finding> {
    match cdn_host {
        Some(host) if provider.cdn_swap => Some(Finding::ok(
            Check::Cdn,
            host,
            "links are signed for the store, and then carry this host, which it allows",
        )),
        Some(host) => {
            let evidence =
                "links are signed for the store, and then carry this host: whether it passes them on is not known";
            Some(Finding::caution(Check::Cdn, host, evidence, "try one with t before it is handed out"))
        }
        None => provider.cdn.as_ref().map(|words| Finding::note(Check::Cdn, &provider.name, words, "")),
    }
}

/// Whether a CDN answers where the store is asked. Cloudflare's own store shows Cloudflare's signs.
pub fn in_between(endpoint: &str, answer: &ProbeAnswer, provider: &Provider) -> Option<Finding> {
    let (header, whose) = SIGNS.into_iter().find(|(header, _)| answer.header(header).is_some())?;
    let is_its_own = provider.id == "r2" && header == "cf-ray";
    let evidence = format!("{whose} answers in the store's place (by the header {header})");
    (!is_its_own).then(|| Finding::caution(Check::Cdn, endpoint, evidence, REMEDY))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Severity;
    use crate::s3::provider::by_id;

    #[test]
    fn a_host_that_takes_the_place_of_the_signed_one_is_judged_by_what_the_provider_allows() {
        let severity = |id, host| of_links(by_id(id).unwrap(), host).map(|finding| finding.severity);
        assert_eq!(severity("digitalocean", Some("b.fra1.cdn.digitaloceanspaces.com")), Some(Severity::Ok));
        assert_eq!(severity("custom", Some("cdn.example.com")), Some(Severity::Caution));
        assert_eq!(severity("r2", None), Some(Severity::Note));
        assert_eq!(severity("custom", None), None);
    }

    #[test]
    fn a_cdn_that_answers_shows_itself_by_its_header() {
        let answer =
            |header: &str| ProbeAnswer { headers: vec![(header.to_owned(), "1".to_owned())], ..ProbeAnswer::default() };
        let found = |header, id| in_between("https://files.example.com", &answer(header), by_id(id).unwrap());
        assert!(found("cf-ray", "aws").is_some_and(|finding| finding.evidence.contains("Cloudflare")));
        assert!(found("x-amz-cf-id", "aws").is_some());
        assert_eq!(found("cf-ray", "r2"), None);
        assert_eq!(found("x-amz-request-id", "aws"), None);
    }
}
