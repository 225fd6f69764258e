//! Problem details (RFC 9457): what was wrong with a request, and what to do about it.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use engine::reject::{Code, Reject};
use serde_json::{Map, Value};

/// The member that says where a request is to be sent.
const LOCATION: &str = "location";

/// One kind of problem: its code never changes its meaning and is never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// The stable code.
    pub code: &'static str,
    /// The status it is answered with.
    pub status: StatusCode,
    /// What it is, in a few words.
    pub title: &'static str,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident $status:ident $title:literal;)*) => {
        $($(#[$doc])* pub const $name: Kind = Kind {
            code: stringify!($name), status: StatusCode::$status, title: $title,
        };)*
        /// Every kind, in the order of the documentation.
        pub const ALL: &[Kind] = &[$($name),*];
    };
}

kinds! {
    /// Another node of the fleet leads: it is at `Location`.
    NOT_LEADER TEMPORARY_REDIRECT "another node leads";
    /// Another division decides about the customer: its leader is at `Location`.
    NOT_OWNER TEMPORARY_REDIRECT "another division decides about the customer";
    /// The request cannot be read as what the endpoint takes.
    BAD_REQUEST BAD_REQUEST "the request cannot be read";
    /// A query parameter the endpoint does not have, or a value it does not take.
    BAD_PARAMETER BAD_REQUEST "a parameter is not known or not valid";
    /// The body is not what its content type says.
    MALFORMED BAD_REQUEST "the body is not well formed";
    /// The event is no event of the catalogue.
    EVENT_REJECTED BAD_REQUEST "the event is not one the catalogue knows";
    /// No token, or none that is known.
    UNAUTHENTICATED UNAUTHORIZED "a bearer token is needed";
    /// The token has not the scope.
    FORBIDDEN FORBIDDEN "the token may not do this";
    /// No such endpoint, decision, rule or action.
    NOT_FOUND NOT_FOUND "there is no such thing here";
    /// The endpoint does not take this method.
    METHOD_NOT_ALLOWED METHOD_NOT_ALLOWED "the endpoint does not take this method";
    /// The body or the head came too slowly.
    TOO_SLOW REQUEST_TIMEOUT "the request came too slowly";
    /// The id came before with other content.
    DUPLICATE_MISMATCH CONFLICT "the id came before with other content";
    /// The project cannot be taken up; the book in force stays.
    RULES_REFUSED CONFLICT "the project cannot be taken up";
    /// No other book was in force before, or it is kept no longer.
    NOTHING_BEFORE CONFLICT "there is no book to go back to";
    /// Nothing is kept on disk, or no folder is named for it.
    NO_STORE CONFLICT "there is no folder for it";
    /// Something of that name is there already.
    NAME_TAKEN CONFLICT "something of that name is there already";
    /// It was here and is kept no longer.
    GONE GONE "it is kept no longer";
    /// The body is larger than the limit.
    BODY_TOO_LARGE PAYLOAD_TOO_LARGE "the body is larger than the limit";
    /// The batch has more events than the limit.
    BATCH_TOO_LARGE PAYLOAD_TOO_LARGE "the batch has more events than the limit";
    /// The content type is none the endpoint takes.
    UNSUPPORTED_TYPE UNSUPPORTED_MEDIA_TYPE "the content type is not taken here";
    /// More events are in flight than the limit; or they wait too long.
    OVERLOADED TOO_MANY_REQUESTS "there is more work than can be done in time";
    /// More events a second than this source may send.
    RATE_LIMITED TOO_MANY_REQUESTS "the source sends faster than its rate";
    /// The disk failed; nothing else is touched.
    FAILED INTERNAL_SERVER_ERROR "it could not be done";
    /// The node that decides does not answer the one that was asked.
    UNREACHABLE BAD_GATEWAY "the node that decides does not answer";
    /// Brokers do not take an order for all divisions.
    NOT_TOLD SERVICE_UNAVAILABLE "not all divisions can be told";
    /// Its state is being restored.
    STARTING SERVICE_UNAVAILABLE "the node is still starting";
    /// It is going down: another node takes it.
    DRAINING SERVICE_UNAVAILABLE "the node is going down";
    /// It can no longer vouch for its state.
    STOPPED SERVICE_UNAVAILABLE "the engine has stopped";
    /// All connections are busy.
    TOO_MANY_CONNECTIONS SERVICE_UNAVAILABLE "all connections are busy";
    /// The disk has no room for one more batch.
    NO_ROOM INSUFFICIENT_STORAGE "the disk has no room for one more batch";
}

/// What was wrong with one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Which kind.
    pub kind: Kind,
    /// A sentence: the cause, and the fix where there is one.
    pub detail: String,
    /// The reject behind it: code and JSON pointer.
    pub reject: Option<(Code, String)>,
    /// When it may be tried again, s.
    pub retry_after: Option<u32>,
    /// Members of its own.
    pub more: Option<Box<Map<String, Value>>>,
    /// Who of the fleet would know better: nobody outside is told.
    pub better: Option<Box<Better>>,
}

/// Who would know better.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Better {
    /// This node.
    Peer(Peer),
    /// The leader of any other division may.
    Anywhere,
}

/// Beside an answer that it is not known here: another division may know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anywhere;

/// Where a node listens to others of its fleet, `host:port`: beside an answer that another would give better.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer(pub String);

impl Problem {
    /// A problem of this kind.
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            reject: None,
            retry_after: None,
            more: None,
            better: None,
        }
    }

    /// With a member of its own.
    #[must_use]
    pub fn with(mut self, member: &str, value: Value) -> Self {
        let more = self.more.get_or_insert_default();
        more.insert(member.to_owned(), value);
        self
    }

    /// With where it is to be sent: in the header as well.
    #[must_use]
    pub fn location(self, address: String) -> Self {
        self.with(LOCATION, address.into())
    }

    /// With the node that would know better, where it is known how to reach it.
    #[must_use]
    pub fn peer(mut self, address: Option<&str>) -> Self {
        self.better = address.map(|address| Box::new(Better::Peer(Peer(address.to_owned()))));
        self
    }

    /// Where customers are divided, another division may know what this one does not.
    #[must_use]
    pub fn anywhere(self) -> Self {
        Self {
            better: Some(Box::new(Better::Anywhere)),
            ..self
        }
    }

    /// With the seconds after which it may be tried again.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// The problem of a single event that was rejected.
    #[must_use]
    pub fn of(reject: &Reject) -> Self {
        let kind = if reject.code == Code::TooLarge {
            BODY_TOO_LARGE
        } else {
            EVENT_REJECTED
        };
        Self {
            reject: Some((reject.code, reject.pointer.clone())),
            ..Self::new(kind, reject.cause.clone())
        }
    }

    /// The members of the document.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut members = Map::new();
        let mut put = |name: &str, value: Value| {
            members.insert(name.to_owned(), value);
        };
        let kind = self.kind;
        put("type", format!("urn:deft:problem:{}", kind.code).into());
        put("title", kind.title.into());
        put("status", kind.status.as_u16().into());
        put("detail", self.detail.clone().into());
        put("code", kind.code.into());
        if let Some((code, pointer)) = &self.reject {
            put("reject", code.name().into());
            put("pointer", pointer.clone().into());
        }
        members.extend(self.more.iter().flat_map(|more| (**more).clone()));
        Value::Object(members)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.to_json().to_string()));
        *response.status_mut() = self.kind.status;
        let headers = response.headers_mut();
        let json = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, json);
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        let to = self
            .more
            .as_ref()
            .and_then(|more| more.get(LOCATION)?.as_str());
        if let Some(Ok(to)) = to.map(HeaderValue::try_from) {
            headers.insert(header::LOCATION, to);
        }
        if self.kind == UNAUTHENTICATED {
            let bearer = HeaderValue::from_static("Bearer");
            headers.insert(header::WWW_AUTHENTICATE, bearer);
        }
        match self.better.map(|better| *better) {
            Some(Better::Peer(peer)) => drop(response.extensions_mut().insert(peer)),
            Some(Better::Anywhere) => drop(response.extensions_mut().insert(Anywhere)),
            None => {}
        }
        response
    }
}
