//! A broker that asks who one is, and shows who it is: TLS with SCRAM, TLS with a certificate of the
//! client, TLS with tokens, and a door that shows the certificate of another host. What promises look at they read by a
//! plain door of the same broker.

use std::process::Command;
use std::sync::OnceLock;

use libtest_mimic::{Completion, Failed, Trial};

use super::tokens::{CLIENT, SCOPE, Tokens};
use super::{Authority, Kafka, missing, ports};
use crate::claim::Claimed;
use crate::place::temp_dir;

/// The environment variable that turns "left out, this build speaks no TLS" into a failure.
const TLS_REQUIRED: &str = "DEFT_REQUIRE_KAFKA_TLS";

/// Who may come in.
const USER: &str = "deft";
/// What proves it.
pub const PASSWORD: &str = "open=sesame";

/// A promise that needs a broker with TLS, and a build that speaks it.
pub fn claim_with_tls(
    name: impl Into<String>,
    proof: impl FnOnce() -> Claimed + Send + 'static,
) -> Trial {
    let required = || std::env::var(TLS_REQUIRED).is_ok_and(|value| value == "1");
    let absent = || {
        if !cfg!(feature = "kafka-tls") {
            return Some("this build speaks no TLS to brokers: `--features kafka-tls`".to_owned());
        }
        let openssl = Command::new("openssl").arg("version").output();
        if openssl.is_err() {
            return Some("`openssl` is not installed".to_owned());
        }
        missing()
    };
    Trial::ignorable_test(name, move || match absent() {
        None => proof().map(|()| Completion::Completed),
        Some(what) if required() => Err(format!("{what}, and {TLS_REQUIRED}=1 asks for it").into()),
        Some(what) => Ok(Completion::ignored_with(what)),
    })
}

/// A broker with guarded doors.
pub struct Secure {
    /// The broker, by its plain door.
    pub kafka: Kafka,
    /// Who signed its certificates.
    pub authority: Authority,
    /// TLS, and SCRAM in it.
    pub scram: String,
    /// TLS, and a certificate of whoever comes.
    pub mutual: String,
    /// TLS with the certificate of another host, and SCRAM in it.
    pub other: String,
    /// TLS, and a token in it.
    pub bearer: String,
}

static SHARED: OnceLock<Result<Secure, String>> = OnceLock::new();

/// The one that promises share.
pub fn secure() -> Result<&'static Secure, Failed> {
    let start = || start().map_err(|failed| failed.message().unwrap_or("no words").to_owned());
    SHARED.get_or_init(start).as_ref().map_err(Failed::from)
}

/// Ends it, if there was one.
pub(super) fn end() {
    if let Some(Ok(secure)) = SHARED.get() {
        secure.kafka.drop_it();
    }
}

fn start() -> Result<Secure, Failed> {
    let authority = Authority::new()?;
    let here = authority.keystore("here", "IP:127.0.0.1")?;
    let elsewhere = authority.keystore("elsewhere", "DNS:k1.elsewhere.bank")?;
    let [scram, mutual, other, bearer] = ports()?;
    let mut properties = include_str!("../../kafka/server.properties").to_owned();
    let mut listeners = Vec::new();
    for (name, port, keystore) in [
        ("SCRAM", scram, &here),
        ("MUTUAL", mutual, &here),
        ("OTHER", other, &elsewhere),
        ("BEARER", bearer, &here),
    ] {
        listeners.push(format!("{name}://127.0.0.1:{port}"));
        let of = format!("listener.name.{}", name.to_lowercase());
        let (keystore, ca) = (keystore.display(), authority.certificate());
        let more = format!(
            "{of}.ssl.keystore.type=PEM\n{of}.ssl.keystore.location={keystore}\n\
             {of}.ssl.truststore.type=PEM\n{of}.ssl.truststore.location={}\n",
            ca.display()
        );
        properties.push_str(&more);
        if name == "MUTUAL" {
            properties.push_str(&format!("{of}.ssl.client.auth=required\n"));
            continue;
        }
        if name == "BEARER" {
            properties.push_str(&bearers(&of));
            continue;
        }
        properties.push_str(&format!(
            "{of}.sasl.enabled.mechanisms=SCRAM-SHA-256,SCRAM-SHA-512\n"
        ));
        for mechanism in ["scram-sha-256", "scram-sha-512"] {
            properties.push_str(&format!(
                "{of}.{mechanism}.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;\n"
            ));
        }
    }
    let listeners = listeners.join(",");
    let properties = properties
        .replace(
            "listeners=PLAINTEXT://127.0.0.1:PORT",
            &format!("listeners=PLAINTEXT://127.0.0.1:PORT,{listeners}"),
        )
        .replace(
            "CONTROLLER:PLAINTEXT",
            "CONTROLLER:PLAINTEXT,SCRAM:SASL_SSL,MUTUAL:SSL,OTHER:SASL_SSL,BEARER:SASL_SSL",
        );
    let users = ["SCRAM-SHA-256", "SCRAM-SHA-512"]
        .map(|mechanism| format!("{mechanism}=[name={USER},password={PASSWORD}]"));
    let [first, second] = &users;
    let more = ["--add-scram", first, "--add-scram", second];
    let kafka = Kafka::start_with(temp_dir("kafka")?, &properties, &more)?;
    let at = |port: u16| format!("127.0.0.1:{port}");
    Ok(Secure {
        kafka,
        authority,
        scram: at(scram),
        mutual: at(mutual),
        other: at(other),
        bearer: at(bearer),
    })
}

/// A door that takes tokens as they are, if they are of this scope; a connection lives as long as its token.
fn bearers(of: &str) -> String {
    let module = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule";
    let check = "org.apache.kafka.common.security.oauthbearer.internals.unsecured.\
                 OAuthBearerUnsecuredValidatorCallbackHandler";
    format!(
        "{of}.sasl.enabled.mechanisms=OAUTHBEARER\n\
         {of}.oauthbearer.sasl.server.callback.handler.class={check}\n\
         {of}.oauthbearer.connections.max.reauth.ms=3600000\n\
         {of}.oauthbearer.sasl.jaas.config={module} required unsecuredLoginStringClaim_sub=\"broker\" \
         unsecuredValidatorRequiredScope=\"{SCOPE}\";\n"
    )
}

impl Secure {
    /// A secret for the door with tokens, which come from there.
    pub fn bearing(&self, tokens: &Tokens, password: &str) -> String {
        self.by_token(&format!(
            "sasl.oauthbearer.token.endpoint.url = {}\nsasl.oauthbearer.client.id = {CLIENT}\n\
             sasl.oauthbearer.client.secret = {password}\nsasl.oauthbearer.scope = {SCOPE}\n",
            tokens.address()
        ))
    }

    /// The same with these lines about where they come from.
    pub fn by_token(&self, lines: &str) -> String {
        format!(
            "security.protocol = sasl_ssl\nsasl.mechanism = OAUTHBEARER\nssl.ca.location = {}\n{lines}",
            self.authority.certificate().display()
        )
    }

    /// A secret for the doors with SCRAM.
    pub fn secret(&self, mechanism: &str, password: &str) -> String {
        format!(
            "security.protocol = sasl_ssl\nsasl.mechanism = {mechanism}\nsasl.username = {USER}\n\
             sasl.password = {password}\nssl.ca.location = {}\n",
            self.authority.certificate().display()
        )
    }
}
