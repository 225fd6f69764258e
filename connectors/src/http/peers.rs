//! Nodes of one fleet among themselves: HTTP behind TLS (1.2 or later) of which both sides show a certificate
//! that the fleet's own authority has signed; who calls checks as well that it is for the host that was
//! called. Nothing turns that off. Papers are read again for each connection, so that new ones may be put in
//! the place of old ones while a node runs.

#[cfg(not(feature = "kafka-tls"))]
mod none;
#[cfg(feature = "kafka-tls")]
mod tls;

#[cfg(not(feature = "kafka-tls"))]
use none as way;
#[cfg(feature = "kafka-tls")]
use tls as way;

pub(super) use way::Secured;

use super::stream::{NO_TLS, TLS};
use axum::body::Body;
use axum::http::{Request, Response};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;

/// How long an answer may take to begin; a body may take longer to its end.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a node shows to others, and whom it believes: files in PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Papers {
    /// Who signs the certificates of this fleet's nodes, and of nobody else.
    pub authority: PathBuf,
    /// The node's own, with whatever is between it and the authority.
    pub certificate: PathBuf,
    /// The key of it.
    pub key: PathBuf,
}

impl Papers {
    /// They can be used, by this build.
    ///
    /// # Errors
    /// Which of them cannot, and why.
    pub fn check(&self) -> Result<(), String> {
        if !TLS {
            return Err(NO_TLS.to_owned());
        }
        way::check(self).map_err(|error| error.to_string())
    }
}

/// Stands at a listener that nodes of the same fleet alone may call.
#[derive(Clone, Debug)]
pub struct Guard(Arc<Papers>);

impl Guard {
    /// With these papers.
    #[must_use]
    pub fn new(papers: &Papers) -> Self {
        Self(Arc::new(papers.clone()))
    }

    /// Asks who it is.
    pub(super) async fn greet(&self, socket: TcpStream) -> io::Result<Secured> {
        way::greet(&self.0, socket).await
    }
}

/// Calls other nodes; connections are kept for the next request.
#[derive(Clone)]
pub struct Peers(way::Caller);

impl Peers {
    /// With these papers.
    #[must_use]
    pub fn new(papers: &Papers) -> Self {
        Self(way::Caller::new(papers))
    }

    /// Sends a request to a node at `host:port`; its URI is a path with a query.
    ///
    /// # Errors
    /// Why nobody has answered, for people. Whether the other one has taken the request is not known then.
    pub async fn send(
        &self,
        to: &str,
        mut request: Request<Body>,
    ) -> Result<Response<Body>, String> {
        let path = request.uri().path_and_query();
        let path = path.map_or("/", |path| path.as_str());
        let uri = format!("https://{to}{path}").parse();
        *request.uri_mut() =
            uri.map_err(|error| format!("`{to}` is no address of a node: {error}"))?;
        match tokio::time::timeout(PATIENCE, self.0.send(request)).await {
            Ok(answer) => answer.map_err(|error| format!("{to}: {error}")),
            Err(_) => Err(format!("{to} has not answered in {} s", PATIENCE.as_secs())),
        }
    }
}
