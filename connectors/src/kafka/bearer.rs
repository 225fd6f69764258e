//! Whoever proves itself by a token (SASL OAUTHBEARER): where the token comes from, and how a client is given it.
//! The library asks for the next one when four fifths of the time are over that it is told of, and ten seconds
//! after it was told that there is none; it proves itself anew when nine tenths of a token's own time are over. It is
//! told three quarters of that time, so that the next token is at hand by then, though its giver was slow.

mod token;

use super::secret::Secret;
use crate::http::client::{Address, Client, Reply};
use crate::http::encode::percent;
use crate::http::stream::Trust;
use rdkafka::ClientContext;
use rdkafka::admin::AdminClient;
use rdkafka::client::OAuthToken;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::KafkaError;
use serde::Deserialize;
use std::error::Error;
use std::ffi::{CString, c_char};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use token::Token;

/// How long the giver of tokens may take: a client's own thread waits for it.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two looks whether a client asks for a token.
const REST: Duration = Duration::from_millis(100);
/// Bytes of a reason that the library gives.
const REASON_BYTES: usize = 512;

/// Where tokens come from.
pub(super) enum Giver {
    /// A grant to a client by its own credentials (RFC 6749, 4.4).
    Endpoint {
        url: String,
        address: Address,
        trust: Trust,
        id: String,
        secret: String,
        scope: Option<String>,
    },
    /// A file that somebody else keeps a token in.
    File(PathBuf),
}

/// Who is asked for a client's token; whoever needs none is asked for none.
#[derive(Clone)]
pub(super) struct Bearer {
    giver: Option<Arc<Giver>>,
    has_answered: Arc<AtomicBool>,
}

impl fmt::Debug for Bearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bearer").finish_non_exhaustive()
    }
}

impl Bearer {
    pub(super) fn of(secret: &Secret) -> Self {
        Self {
            giver: secret.giver().map(Arc::new),
            has_answered: Arc::default(),
        }
    }

    /// A token is what this client proves itself by.
    pub(super) fn is_asked(&self) -> bool {
        self.giver.is_some()
    }

    /// It was asked once at least.
    pub(super) fn has_answered(&self) -> bool {
        self.has_answered.load(Ordering::Acquire)
    }

    /// A token, as the library takes it.
    pub(super) fn token(&self) -> Result<OAuthToken, Box<dyn Error>> {
        self.has_answered.store(true, Ordering::Release);
        let token = self.fresh()?;
        let lifetime_ms = token.asked_by(now());
        Ok(OAuthToken {
            token: token.text,
            principal_name: token.of,
            lifetime_ms,
        })
    }

    /// A token that was given now.
    pub(super) fn fresh(&self) -> Result<Token, String> {
        match self.giver.as_deref() {
            Some(Giver::Endpoint {
                url,
                address,
                trust,
                id,
                secret,
                scope,
            }) => {
                let mut body = "grant_type=client_credentials".to_owned();
                if let Some(scope) = scope {
                    body.push_str(&format!("&scope={}", percent(scope)));
                }
                // As the grant says, both are written as a form writes them before they are a header.
                let (name, password) = (percent(id), percent(secret));
                let client = Client::new(address.clone()).patient(PATIENCE);
                let mut client = client.trusting(trust.clone());
                let reply = client.post_as(
                    "",
                    "application/x-www-form-urlencoded",
                    Some((&name, &password)),
                    body.as_bytes(),
                );
                let reply =
                    reply.map_err(|error| format!("no token: `{url}` does not answer: {error}"))?;
                granted(&reply)
                    .and_then(|(text, lives)| Token::of(text, lives, id, now()))
                    .map_err(|what| format!("no token: `{url}` {what}"))
            }
            Some(Giver::File(path)) => {
                let told = |what: String| format!("no token: `{}`: {what}", path.display());
                let text =
                    std::fs::read_to_string(path).map_err(|error| told(error.to_string()))?;
                Token::of(text.trim().to_owned(), None, "deft", now()).map_err(told)
            }
            None => Err("no token: `sasl.mechanism` asks for none".to_owned()),
        }
    }
}

/// What a giver says when it gives.
#[derive(Deserialize)]
struct Grant {
    access_token: String,
    token_type: String,
    /// Seconds; some givers write them as text.
    expires_in: Option<serde_json::Value>,
}

/// A token and its seconds, or why there is none.
fn granted(reply: &Reply) -> Result<(String, Option<i64>), String> {
    if reply.status != 200 {
        return Err(refused(reply));
    }
    let Ok(grant) = serde_json::from_str::<Grant>(&reply.body) else {
        return Err(
            "answers without `access_token` and `token_type`: is it a token endpoint?".to_owned(),
        );
    };
    if !grant.token_type.eq_ignore_ascii_case("bearer") {
        let kind: String = grant.token_type.escape_default().take(40).collect();
        return Err(format!(
            "gives a token of type `{kind}`, and Kafka takes `Bearer`"
        ));
    }
    let seconds = grant.expires_in.as_ref();
    let lives = seconds.and_then(|said| said.as_i64().or_else(|| said.as_str()?.parse().ok()));
    Ok((grant.access_token, lives))
}

/// What a refusal means for whoever runs a node.
fn refused(reply: &Reply) -> String {
    #[derive(Deserialize)]
    struct Refusal {
        error: String,
    }
    let refusal = serde_json::from_str::<Refusal>(&reply.body).ok();
    let word: String = refusal.map_or_else(String::new, |refusal| {
        refusal.error.escape_default().take(40).collect()
    });
    let says = match (reply.status, word.as_str()) {
        (_, "invalid_scope") => "`sasl.oauthbearer.scope` is none that it gives",
        (_, "unauthorized_client" | "unsupported_grant_type") => {
            "it gives this client no token by its own credentials (`client_credentials`)"
        }
        (401 | 403, _) | (_, "invalid_client") => {
            "it does not know `sasl.oauthbearer.client.id` with this `sasl.oauthbearer.client.secret`"
        }
        (404 | 405, _) => "is it a token endpoint?",
        _ => "it gives none for now",
    };
    let space = if word.is_empty() { "" } else { " " };
    format!("answers {}{space}{word}: {says}", reply.status)
}

/// Milliseconds since 1970.
fn now() -> i64 {
    #[expect(
        clippy::disallowed_methods,
        reason = "the library is told by the clock of the wall when a token ends; nothing is decided by it"
    )]
    let now = SystemTime::now();
    let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Gives a token to a client that does not ask for one.
pub(super) fn hand(admin: &AdminClient<Quiet>, token: Token) -> Result<(), String> {
    let text = |text: String| CString::new(text).map_err(|error| error.to_string());
    let (value, of) = (text(token.text)?, text(token.of)?);
    let mut reason: [c_char; REASON_BYTES] = [0; REASON_BYTES];
    #[expect(
        unsafe_code,
        reason = "the library asks a client that only administers for no token, and takes one by this call alone; the \
                  client and both texts outlive the call, which writes no more of the reason than its length"
    )]
    let code = unsafe {
        rdkafka::bindings::rd_kafka_oauthbearer_set_token(
            admin.inner().native_ptr(),
            value.as_ptr(),
            token.until,
            of.as_ptr(),
            std::ptr::null_mut(),
            0,
            reason.as_mut_ptr(),
            reason.len(),
        )
    };
    if code == rdkafka::types::RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR {
        return Ok(());
    }
    let bytes = reason.iter().take_while(|char| **char != 0);
    let bytes: Vec<u8> = bytes.map(|char| char.cast_unsigned()).collect();
    Err(format!("no token: {}", String::from_utf8_lossy(&bytes)))
}

/// A client that has nothing to tell beside what it is asked.
#[derive(Debug)]
pub(super) struct Quiet(Bearer);

impl Quiet {
    pub(super) fn new(bearer: Bearer) -> Self {
        Self(bearer)
    }
}

impl ClientContext for Quiet {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

    fn generate_oauth_token(&self, _: Option<&str>) -> Result<OAuthToken, Box<dyn Error>> {
        self.0.token()
    }

    fn log(&self, _: RDKafkaLogLevel, _: &str, _: &str) {}

    fn error(&self, _: KafkaError, _: &str) {}
}

impl ConsumerContext for Quiet {}

/// Listens to a client until it goes, so that its token is renewed though nobody asks it anything.
pub(super) struct Renewal {
    end: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Renewal {
    pub(super) fn begin(listen: impl Fn() + Send + 'static) -> Self {
        let (end, ended) = sync_channel::<()>(0);
        let thread = std::thread::spawn(move || {
            while ended.recv_timeout(REST) == Err(RecvTimeoutError::Timeout) {
                listen();
            }
        });
        Self {
            end: Some(end),
            thread: Some(thread),
        }
    }
}

impl Drop for Renewal {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            // It ends when it looks the next time.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests;
