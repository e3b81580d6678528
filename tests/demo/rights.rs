//! Keys that may do less than all, and buckets that are elsewhere or let the reader pay: refused as the companies refuse.

use daypass::world::demo::{DemoServer, Objects, Payer, Rights, Words};
use secrecy::ExposeSecret;

use crate::client::{Ask, Reply};
use crate::empty;

async fn filled() -> DemoServer {
    let server = empty().await;
    for (bucket, key) in [("box", "in/a.txt"), ("box", "b.txt"), ("other", "c.txt")] {
        server.add_object(bucket, key, "the bytes");
    }
    server
}

/// Sends a request in the name of a key with these rights.
async fn sent(server: &DemoServer, rights: &Rights, method: &'static str, path: &str, query: &[(&str, &str)]) -> Reply {
    let (id, secret) = server.add_key("mira", rights.clone()).unwrap();
    let ask = Ask { access_key_id: id, secret: secret.expose_secret().to_owned(), ..Ask::new(server, method, path) };
    query.iter().fold(ask, |ask, (name, value)| ask.query(name, *value)).send().await
}

fn message(reply: &Reply) -> (u16, String) {
    (reply.status.as_u16(), reply.one("Message").unwrap())
}

#[tokio::test]
async fn a_key_for_one_bucket_does_all_in_it_and_nothing_beside_it() {
    let server = filled().await;
    let rights = Rights { bucket: Some("box".to_owned()), ..Rights::default() };
    for (method, path) in [("GET", "/box"), ("HEAD", "/box"), ("GET", "/box/b.txt"), ("HEAD", "/box/in/a.txt")] {
        assert_eq!(sent(&server, &rights, method, path, &[]).await.status, 200, "{method} {path}");
    }
    let said = message(&sent(&server, &rights, "GET", "/", &[]).await);
    let words = "User: arn:aws:iam::111122223333:user/mira is not authorized to perform: s3:ListAllMyBuckets on resource: \
                 \"arn:aws:s3:::*\" because no identity-based policy allows the s3:ListAllMyBuckets action";
    assert_eq!(said, (403, words.to_owned()));
    for (method, path) in [("GET", "/other"), ("GET", "/other/c.txt"), ("HEAD", "/other/c.txt"), ("PUT", "/other/d")] {
        assert_eq!(sent(&server, &rights, method, path, &[]).await.status, 403, "{method} {path}");
    }
}

#[tokio::test]
async fn a_key_for_one_prefix_lists_there_alone_and_backblaze_says_no_more_than_that() {
    let server = filled().await;
    let rights = Rights { bucket: Some("box".to_owned()), prefix: "in/".to_owned(), ..Rights::default() };
    for rights in [rights.clone(), Rights { words: Words::Backblaze, ..rights }] {
        assert_eq!(sent(&server, &rights, "GET", "/box", &[("prefix", "in/")]).await.all("Contents/Key"), ["in/a.txt"]);
        assert_eq!(sent(&server, &rights, "GET", "/box/in/a.txt", &[]).await.status, 200);
        let root = message(&sent(&server, &rights, "GET", "/box", &[("list-type", "2")]).await);
        match rights.words {
            Words::Aws => assert!(root.1.contains("s3:ListBucket on resource: \"arn:aws:s3:::box\""), "{root:?}"),
            Words::Backblaze => assert_eq!(root, (403, "not entitled".to_owned())),
        }
        for (path, query) in [("/box", [("prefix", "i")]), ("/box/b.txt", [("response-expires", "x")])] {
            assert_eq!(sent(&server, &rights, "GET", path, &query).await.status, 403, "{path}");
        }
    }
}

#[tokio::test]
async fn a_key_that_only_lists_is_refused_every_object() {
    let server = filled().await;
    let rights = Rights { objects: Objects::Closed, ..Rights::default() };
    assert_eq!(sent(&server, &rights, "GET", "/", &[]).await.status, 200);
    assert_eq!(sent(&server, &rights, "GET", "/box", &[]).await.status, 200);
    for method in ["GET", "HEAD", "PUT", "DELETE"] {
        assert_eq!(sent(&server, &rights, method, "/box/b.txt", &[]).await.status, 403, "{method}");
    }
}

#[tokio::test]
async fn a_bucket_elsewhere_says_where_and_serves_who_signs_for_there() {
    let server = filled().await;
    server.set_region("box", "us-west-2");
    for ask in [Ask::new(&server, "GET", "/box/b.txt").signed(), Ask::new(&server, "GET", "/box/b.txt").presigned()] {
        let moved = ask.send_as_is().await;
        assert_eq!(moved.error(), (301, "PermanentRedirect".to_owned()));
        assert_eq!(moved.one("Endpoint"), Some(server.endpoint().authority));
        assert_eq!(moved.header("x-amz-bucket-region").as_deref(), Some("us-west-2"));
    }
    let there = |region: &str| Ask { region: region.to_owned(), ..Ask::new(&server, "GET", "/box/b.txt") };
    assert_eq!(there("us-west-2").send().await.text(), "the bytes");
    assert_eq!(there("us-west-2").presigned().send_as_is().await.text(), "the bytes");
    let wrong = there("sa-east-1").send().await;
    assert_eq!(wrong.error(), (400, "AuthorizationHeaderMalformed".to_owned()));
    assert_eq!(wrong.one("Region").as_deref(), Some("us-west-2"));
    let location = Ask { region: "us-west-2".to_owned(), ..Ask::new(&server, "GET", "/box") }.query("location", "");
    assert!(location.send().await.text().contains("us-west-2"));
    assert_eq!(Ask::new(&server, "GET", "/other").send().await.status, 200);
}

#[tokio::test]
async fn a_bucket_whose_reader_pays_wants_to_hear_so_in_a_header_or_in_a_link() {
    let server = filled().await;
    server.set_payer("box", Payer::Requester);
    let ask = Ask::new(&server, "GET", "/box/b.txt");
    assert_eq!(ask.send().await.error(), (403, "AccessDenied".to_owned()));
    assert_eq!(ask.clone().header("x-amz-request-payer", "requester").send().await.status, 200);
    let link = ask.clone().query("x-amz-request-payer", "requester").presigned();
    assert_eq!(link.send_as_is().await.status, 200);
    assert_eq!(ask.presigned().send_as_is().await.status, 403);
}
