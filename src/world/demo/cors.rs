//! Which web pages may call a bucket: the answer to a preflight, and the headers on every other answer.

use http::{HeaderMap, HeaderName, HeaderValue, header};
use s3s::dto::CORSRule;

use super::refusal::Refusal;

/// Answers a preflight for a bucket with these rules.
pub(super) fn preflight(rules: &[CORSRule], asked: &HeaderMap, resource_type: &str) -> Result<HeaderMap, Refusal> {
    let text = |name| asked.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let origin = text(header::ORIGIN)
        .ok_or_else(|| Refusal::new("BadRequest").saying("Insufficient information. Origin request header needed."))?;
    let method = text(header::ACCESS_CONTROL_REQUEST_METHOD).unwrap_or("null");
    if !matches!(method, "GET" | "HEAD" | "PUT" | "POST" | "DELETE") {
        return Err(Refusal::new("BadRequest").saying(format!("Invalid Access-Control-Request-Method: {method}")));
    }
    let denied = |message: &str| {
        Refusal::new("AccessForbidden").saying(message).with("Method", method).with("ResourceType", resource_type)
    };
    if rules.is_empty() {
        return Err(denied("CORSResponse: CORS is not enabled for this bucket."));
    }
    let wanted = text(header::ACCESS_CONTROL_REQUEST_HEADERS).unwrap_or_default();
    let wanted: Vec<_> =
        wanted.split(',').map(|name| name.trim().to_ascii_lowercase()).filter(|name| !name.is_empty()).collect();
    let Some(mut headers) = allow(rules, origin, method, &wanted) else {
        return Err(denied(
            "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.",
        ));
    };
    if !wanted.is_empty() {
        set(&mut headers, header::ACCESS_CONTROL_ALLOW_HEADERS, &wanted.join(", "));
    }
    Ok(headers)
}

/// The headers on the answer to a page's request; none where no rule covers it.
pub(super) fn headers(rules: &[CORSRule], asked: &HeaderMap, method: &str) -> HeaderMap {
    let origin = asked.get(header::ORIGIN).and_then(|value| value.to_str().ok());
    origin.and_then(|origin| allow(rules, origin, method, &[])).unwrap_or_default()
}

/// What the first rule allows that covers origin, method and all headers.
fn allow(rules: &[CORSRule], origin: &str, method: &str, wanted: &[String]) -> Option<HeaderMap> {
    let covers_headers = |rule: &CORSRule| {
        let allowed = rule.allowed_headers.as_deref().unwrap_or_default();
        wanted.iter().all(|name| allowed.iter().any(|pattern| fits(&pattern.to_ascii_lowercase(), name)))
    };
    let rule = rules.iter().find(|rule| {
        rule.allowed_methods.iter().any(|allowed| allowed == method)
            && rule.allowed_origins.iter().any(|pattern| fits(pattern, origin))
            && covers_headers(rule)
    })?;
    let is_open = rule.allowed_origins.iter().any(|pattern| pattern == "*");
    let mut headers = HeaderMap::new();
    set(&mut headers, header::ACCESS_CONTROL_ALLOW_ORIGIN, if is_open { "*" } else { origin });
    if !is_open {
        set(&mut headers, header::ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
    }
    set(&mut headers, header::ACCESS_CONTROL_ALLOW_METHODS, &rule.allowed_methods.join(", "));
    if let Some(exposed) = rule.expose_headers.as_deref().filter(|exposed| !exposed.is_empty()) {
        set(&mut headers, header::ACCESS_CONTROL_EXPOSE_HEADERS, &exposed.join(", "));
    }
    if let Some(seconds) = rule.max_age_seconds {
        set(&mut headers, header::ACCESS_CONTROL_MAX_AGE, &seconds.to_string());
    }
    set(&mut headers, header::VARY, "Origin, Access-Control-Request-Headers, Access-Control-Request-Method");
    Some(headers)
}

/// Whether `text` is `pattern`, in which one `*` stands for anything.
fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        Some((start, end)) => text.len() >= start.len() + end.len() && text.starts_with(start) && text.ends_with(end),
        None => pattern == text,
    }
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    headers.extend(HeaderValue::from_str(value).map(|value| (name, value)));
}
