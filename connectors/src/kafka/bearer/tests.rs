//! What is asked of a giver of tokens, what its answers mean, and that a client has its token before it asks
//! brokers anything.

use super::*;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;

/// A giver that answers each of these in turn, and what it was asked.
fn giver(answers: &[(u16, &str)]) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = format!("http://{}/oauth/token", listener.local_addr().unwrap());
    let answers: Vec<(u16, String)> = answers
        .iter()
        .map(|(status, body)| (*status, (*body).to_owned()))
        .collect();
    let thread = std::thread::spawn(move || {
        let answer = |(status, body): (u16, String)| {
            let (mut socket, _) = listener.accept().unwrap();
            let mut asked = Vec::new();
            while !String::from_utf8_lossy(&asked).contains("grant_type=client_credentials") {
                let mut bytes = [0; 4_096];
                let read = socket.read(&mut bytes).unwrap();
                asked.extend_from_slice(&bytes[..read]);
            }
            let length = body.len();
            let head = format!(
                "HTTP/1.1 {status} .\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
            );
            socket.write_all([head, body].concat().as_bytes()).unwrap();
            String::from_utf8(asked).unwrap()
        };
        answers.into_iter().map(answer).collect()
    });
    (at, thread)
}

fn bearer(url: &str) -> Bearer {
    let giver = Giver::Endpoint {
        url: url.to_owned(),
        address: Address::read(url).unwrap(),
        trust: Trust::System,
        id: "de:ft".to_owned(),
        secret: "open sesame".to_owned(),
        scope: Some("kafka read".to_owned()),
    };
    Bearer {
        giver: Some(Arc::new(giver)),
        has_answered: Arc::default(),
    }
}

#[test]
fn a_client_is_granted_a_token_by_its_own_credentials() {
    let grant = r#"{"access_token":"abc","token_type":"bearer","expires_in":60,"scope":"kafka"}"#;
    let (url, asked) = giver(&[(200, grant), (200, &grant.replace("60", "\"60\""))]);
    let bearer = bearer(&url);
    for _ in 0..2 {
        let before = now();
        let token = bearer.token().unwrap();
        assert_eq!(
            (token.token.as_str(), token.principal_name.as_str()),
            ("abc", "de:ft")
        );
        assert!((before + 45_000..before + 75_000).contains(&token.lifetime_ms));
    }
    assert!(bearer.has_answered());
    let asked = asked.join().unwrap().remove(0);
    let (head, body) = asked.split_once("\r\n\r\n").unwrap();
    assert_eq!(body, "grant_type=client_credentials&scope=kafka%20read");
    assert!(head.starts_with("POST /oauth/token HTTP/1.1\r\n"), "{head}");
    // `de%3Aft:open%20sesame`: a colon of a name is no end of it.
    assert!(
        head.contains("authorization: Basic ZGUlM0FmdDpvcGVuJTIwc2VzYW1l"),
        "{head}"
    );
    assert!(!format!("{bearer:?}").contains("sesame"));
}

#[test]
fn no_token_says_why_and_what_to_mend() {
    let all = [
        (
            401,
            r#"{"error":"invalid_client"}"#,
            "`sasl.oauthbearer.client.secret`",
        ),
        (
            400,
            r#"{"error":"invalid_client"}"#,
            "`sasl.oauthbearer.client.secret`",
        ),
        (403, "<html>", "`sasl.oauthbearer.client.secret`"),
        (
            400,
            r#"{"error":"invalid_scope"}"#,
            "`sasl.oauthbearer.scope`",
        ),
        (
            400,
            r#"{"error":"unauthorized_client"}"#,
            "`client_credentials`",
        ),
        (404, "", "is it a token endpoint?"),
        (503, "", "answers 503: it gives none for now"),
        (200, "<html>", "without `access_token`"),
        (
            200,
            r#"{"access_token":"a","token_type":"mac"}"#,
            "of type `mac`",
        ),
        (
            200,
            r#"{"access_token":"a","token_type":"Bearer"}"#,
            "does not say when it ends",
        ),
    ];
    let answers: Vec<(u16, &str)> = all
        .iter()
        .map(|(status, body, _)| (*status, *body))
        .collect();
    let (url, asked) = giver(&answers);
    let bearer = bearer(&url);
    for (status, body, says) in all {
        let said = bearer.token().map(|_| ()).unwrap_err().to_string();
        assert!(
            said.contains(says) && said.starts_with("no token: `http://"),
            "{status} {body}: {said}"
        );
        assert!(!said.contains("sesame"), "{said}");
    }
    asked.join().unwrap();
    let said = bearer.token().map(|_| ()).unwrap_err().to_string();
    assert!(said.contains("does not answer"), "{said}");
}

#[test]
fn a_file_is_read_again_for_each_token() {
    use base64::Engine as _;
    let dir = std::env::temp_dir().join(format!("deft-token-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let path = dir.join("token");
    let bearer = Bearer {
        giver: Some(Arc::new(Giver::File(path.clone()))),
        has_answered: Arc::default(),
    };
    assert!(bearer.fresh().is_err());
    for exp in [9_000_000_000u64, 9_000_000_001] {
        let claims = format!(r#"{{"sub":"deft","exp":{exp}}}"#);
        let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(claims);
        std::fs::write(&path, format!("e30.{claims}.\n")).unwrap();
        assert_eq!(
            bearer.fresh().ok().map(|token| token.until),
            Some(i64::try_from(exp * 1_000).unwrap())
        );
    }
    std::fs::remove_dir_all(&dir).unwrap();
}

#[test]
fn whoever_needs_no_token_is_asked_for_none() {
    let secret = Secret::read("", Path::new("")).unwrap();
    let bearer = Bearer::of(&secret);
    assert!(!bearer.is_asked());
    assert!(bearer.fresh().is_err());
}
