//! A build that speaks no TLS calls nobody and is called by nobody: its papers are never good.

use super::Papers;
use crate::http::stream::NO_TLS;
use axum::body::Body;
use axum::http::{Request, Response};
use std::io;
use tokio::net::TcpStream;

pub(crate) type Secured = TcpStream;

pub(super) fn check(_: &Papers) -> io::Result<()> {
    Err(io::Error::other(NO_TLS))
}

#[expect(clippy::unused_async, reason = "it is awaited in a build with TLS")]
pub(super) async fn greet(_: &Papers, _: TcpStream) -> io::Result<Secured> {
    Err(io::Error::other(NO_TLS))
}

#[derive(Clone)]
pub(super) struct Caller;

impl Caller {
    pub(super) fn new(_: &Papers) -> Self {
        Self
    }

    #[expect(clippy::unused_async, reason = "it is awaited in a build with TLS")]
    pub(super) async fn send(&self, _: Request<Body>) -> Result<Response<Body>, String> {
        Err(NO_TLS.to_owned())
    }
}
