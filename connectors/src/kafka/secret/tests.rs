//! What a secret may say, in a build with TLS and in one without.

use super::*;

fn read(text: &str) -> Result<Secret, String> {
    Secret::read(text, Path::new(env!("CARGO_MANIFEST_DIR")))
}

#[test]
fn keys_are_of_a_closed_list_and_values_are_never_shown() {
    let text = "# core banking\nsecurity.protocol=SASL_PLAINTEXT\nsasl.mechanism = PLAIN\n\
                sasl.username = deft\nsasl.password = s=cret\n";
    let secret = read(text).unwrap();
    assert!(secret.all().any(|pair| pair == ("sasl.password", "s=cret")));
    assert!(!format!("{secret:?}").contains("cret\""));
    for (wrong, says) in [
        ("acks = 0", "not one of"),
        ("enable.ssl.certificate.verification = false", "not one of"),
        ("ssl.endpoint.identification.algorithm = none", "not one of"),
        ("sasl.username", "key = value"),
        ("security.protocol = quic", "plaintext, ssl"),
        ("sasl.username = a\nsasl.username = b", "twice"),
        ("sasl.username = a\nsasl.password = hush", "nobody asks"),
        (
            "security.protocol = sasl_plaintext\nsasl.mechanism = PLAIN\nsasl.password = hush",
            "sasl.username",
        ),
        (
            "security.protocol = sasl_plaintext\nsasl.username = a\nsasl.password = hush",
            "sasl.mechanism",
        ),
        (
            "security.protocol = sasl_plaintext\nsasl.mechanism = GSSAPI\nsasl.username = a\nsasl.password = hush",
            "SCRAM-SHA-512",
        ),
    ] {
        let said = read(wrong).unwrap_err();
        assert!(said.contains(says), "{wrong}: {said}");
        assert!(!said.contains("hush"), "{said}");
    }
}

#[test]
fn who_asks_a_registry_is_no_affair_of_brokers() {
    let secret = read("registry.username = a\nregistry.password = b").unwrap();
    assert_eq!(secret.registry(), Some(("a", "b")));
    assert_eq!(secret.all().count(), 0);
    let said = read("registry.password = hush").unwrap_err();
    assert!(
        said.contains("registry.username") && !said.contains("hush"),
        "{said}"
    );
}

/// A build that speaks no TLS says with which feature one does, and never goes on without it.
#[cfg(not(feature = "kafka-tls"))]
#[test]
fn a_build_without_tls_says_what_to_build() {
    for asked in [
        "security.protocol = ssl",
        "security.protocol = SASL_SSL\nsasl.mechanism = PLAIN",
        "security.protocol = sasl_plaintext\nsasl.mechanism = SCRAM-SHA-512\nsasl.username = a\nsasl.password = b",
        "ssl.ca.location = Cargo.toml",
        "https.ca.location = Cargo.toml",
        "security.protocol = sasl_plaintext\nsasl.mechanism = OAUTHBEARER\nsasl.oauthbearer.token.file = Cargo.toml",
    ] {
        let said = read(asked).unwrap_err();
        assert!(said.contains("--features kafka-tls"), "{asked}: {said}");
    }
}

#[cfg(feature = "kafka-tls")]
#[test]
fn files_are_looked_for_where_the_secret_is_used() {
    let tls = "security.protocol = ssl\nssl.ca.location = Cargo.toml\n";
    let secret = read(tls).unwrap();
    let place = format!("{}/Cargo.toml", env!("CARGO_MANIFEST_DIR"));
    assert!(
        secret
            .all()
            .any(|(key, value)| key == "ssl.ca.location" && value == place)
    );
    for (more, says) in [
        ("ssl.certificate.location = Cargo.toml", "ssl.key.location"),
        ("ssl.key.location = Cargo.toml", "ssl.certificate.location"),
        ("ssl.key.password = hush", "ssl.key.location"),
        (
            "ssl.certificate.location = Cargo.toml\nssl.key.location = no.such",
            "no.such",
        ),
    ] {
        let said = read(&format!("{tls}{more}")).unwrap_err();
        assert!(said.contains(says), "{more}: {said}");
        assert!(!said.contains("hush"), "{said}");
    }
    let said = read("ssl.ca.location = Cargo.toml").unwrap_err();
    assert!(said.contains("nothing is encrypted"), "{said}");
}

/// Whom registries are signed by is no affair of brokers, and is looked at now.
#[cfg(feature = "kafka-tls")]
#[test]
fn who_signs_registries_is_named_apart() {
    for (file, says) in [
        ("Cargo.toml", "holds no certificate in PEM"),
        ("no.such", "no.such"),
    ] {
        let said = read(&format!("https.ca.location = {file}")).unwrap_err();
        assert!(
            said.contains(says) && said.contains("`https.ca.location`"),
            "{said}"
        );
    }
}

#[cfg(feature = "kafka-tls")]
#[test]
fn a_file_names_files_beside_it() {
    let dir = std::env::temp_dir().join(format!("deft-secret-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let (file, ca) = (dir.join("kafka.properties"), dir.join("ca.pem"));
    std::fs::write(&file, "security.protocol = ssl\nssl.ca.location = ca.pem\n").unwrap();
    let said = Secret::of_file(&file).unwrap_err();
    assert!(said.contains("ca.pem"), "{said}");
    std::fs::write(&ca, "").unwrap();
    let secret = Secret::of_file(&file).unwrap();
    let place = ca.display().to_string();
    assert!(secret.all().any(|pair| pair == ("ssl.ca.location", &place)));
    std::fs::remove_dir_all(&dir).unwrap();
    assert!(Secret::of_file(&file).is_err());
}

/// A token comes from one place, and all that is needed there is said.
#[cfg(feature = "kafka-tls")]
#[test]
fn whoever_proves_itself_by_a_token_says_where_it_comes_from() {
    let bears = "security.protocol = sasl_plaintext\nsasl.mechanism = OAUTHBEARER\n";
    let url = "sasl.oauthbearer.token.endpoint.url = http://id.bank:81/token\n";
    let client = "sasl.oauthbearer.client.id = deft\nsasl.oauthbearer.client.secret = hush\n";
    let file = "sasl.oauthbearer.token.file = Cargo.toml\n";
    let whole = read(&[bears, url, client, "sasl.oauthbearer.scope = kafka"].concat()).unwrap();
    assert!(whole.giver().is_some());
    // The library takes none of it for its own.
    let told: Vec<&str> = whole.all().map(|(key, _)| key).collect();
    assert_eq!(told, ["sasl.mechanism", "security.protocol"]);
    assert!(!format!("{whole:?}").contains("hush"));
    assert!(read(&[bears, file].concat()).unwrap().giver().is_some());
    let scram = "security.protocol = sasl_plaintext\nsasl.mechanism = SCRAM-SHA-512\nsasl.username = u\n\
                 sasl.password = p\n";
    for (parts, says) in [
        (vec![bears], "needs one of"),
        (vec![bears, url, client, file], "needs one of"),
        (vec![bears, url], "`sasl.oauthbearer.client.id` is needed"),
        (
            vec![bears, url, "sasl.oauthbearer.client.id = deft"],
            "`sasl.oauthbearer.client.secret` is needed",
        ),
        (
            vec![bears, file, client],
            "`sasl.oauthbearer.client.id` needs",
        ),
        (
            vec![bears, url, client, "sasl.password = hush"],
            "`sasl.password` proves nothing",
        ),
        (
            vec![
                bears,
                "sasl.oauthbearer.token.endpoint.url = id.bank\n",
                client,
            ],
            "`id.bank` is no address",
        ),
        (
            vec![bears, "sasl.oauthbearer.token.file = no.such\n"],
            "no.such",
        ),
        (vec![scram, url], "needs `sasl.mechanism` OAUTHBEARER"),
        (vec![url], "nobody asks otherwise"),
    ] {
        let said = read(&parts.concat()).unwrap_err();
        assert!(said.contains(says), "{parts:?}: {said}");
        assert!(!said.contains("hush"), "{said}");
    }
}
