//! What a browser asks before it lets a page call the store.

use daypass::world::demo::DemoServer;

use crate::client::{Ask, Reply};
use crate::empty;

const RULES: &str = "<CORSConfiguration><CORSRule><AllowedOrigin>https://*.shop.example</AllowedOrigin>\
    <AllowedMethod>PUT</AllowedMethod><AllowedHeader>content-type</AllowedHeader><AllowedHeader>x-amz-*</AllowedHeader>\
    <ExposeHeader>ETag</ExposeHeader><MaxAgeSeconds>600</MaxAgeSeconds></CORSRule>\
    <CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>";

async fn preflight(server: &DemoServer, origin: &str, method: &str, headers: &str) -> Reply {
    let mut ask = Ask::new(server, "OPTIONS", "/box/k").header("access-control-request-method", method);
    if !origin.is_empty() {
        ask = ask.header("origin", origin);
    }
    if !headers.is_empty() {
        ask = ask.header("access-control-request-headers", headers);
    }
    ask.send_as_is().await
}

#[tokio::test]
async fn a_preflight_is_answered_by_the_first_rule_that_covers_it() {
    let server = empty().await;
    server.add_object("box", "k", "x");
    let cors = |method| Ask::new(&server, method, "/box").query("cors", "");
    assert_eq!(cors("GET").send().await.error(), (404, "NoSuchCORSConfiguration".to_owned()));
    let none = preflight(&server, "https://www.shop.example", "PUT", "").await;
    assert_eq!(none.error(), (403, "AccessForbidden".to_owned()));
    assert!(none.one("Message").unwrap().contains("CORS is not enabled for this bucket"));

    assert_eq!(cors("PUT").body(RULES).send().await.status, 200);
    assert_eq!(cors("GET").send().await.all("AllowedOrigin"), ["https://*.shop.example", "*"]);
    let put = preflight(&server, "https://www.shop.example", "PUT", "Content-Type, x-amz-meta-a").await;
    assert_eq!(put.status, 200);
    for (name, value) in [
        ("access-control-allow-origin", "https://www.shop.example"),
        ("access-control-allow-methods", "PUT"),
        ("access-control-allow-headers", "content-type, x-amz-meta-a"),
        ("access-control-expose-headers", "ETag"),
        ("access-control-max-age", "600"),
    ] {
        assert_eq!(put.header(name).as_deref(), Some(value), "{name}");
    }
    let get = preflight(&server, "https://elsewhere.example", "GET", "").await;
    assert_eq!(get.header("access-control-allow-origin").unwrap(), "*");

    for (origin, method, headers) in [
        ("https://elsewhere.example", "PUT", ""),
        ("https://www.shop.example", "PUT", "authorization"),
        ("https://www.shop.example", "DELETE", ""),
    ] {
        let refused = preflight(&server, origin, method, headers).await;
        assert_eq!(refused.error(), (403, "AccessForbidden".to_owned()));
        assert!(refused.one("Message").unwrap().contains("This CORS request is not allowed"));
        assert_eq!(
            (refused.one("Method").unwrap().as_str(), refused.one("ResourceType").unwrap().as_str()),
            (method, "OBJECT")
        );
    }
    assert_eq!(preflight(&server, "", "GET", "").await.error(), (400, "BadRequest".to_owned()));
    assert_eq!(cors("DELETE").send().await.status, 204);
    assert_eq!(preflight(&server, "https://elsewhere.example", "GET", "").await.status, 403);
}

#[tokio::test]
async fn answers_to_a_page_carry_what_lets_it_read_them() {
    let server = empty().await;
    server.add_object("box", "k", "x");
    Ask::new(&server, "PUT", "/box").query("cors", "").body(RULES).send().await;
    let get = Ask::new(&server, "GET", "/box/k").presigned().header("origin", "https://a.example");
    assert_eq!(get.send_as_is().await.header("access-control-allow-origin").unwrap(), "*");
    let no_page = Ask::new(&server, "GET", "/box/k").presigned().send_as_is().await;
    assert_eq!(no_page.header("access-control-allow-origin"), None);
}
