//! The same by OpenSSL.

use super::Papers;
use crate::http::stream::store;
use axum::body::Body;
use axum::http::{Request, Response, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use openssl::pkey::PKey;
use openssl::ssl::{
    Ssl, SslAcceptor, SslConnector, SslContextBuilder, SslMethod, SslVerifyMode, SslVersion,
};
use openssl::x509::X509VerifyResult;
use std::error::Error;
use std::fmt::Display;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_openssl::SslStream;
use tower_service::Service;

/// A connection and its handshake must be made so soon.
const DIAL_PATIENCE: Duration = Duration::from_secs(2);
/// A connection that nobody uses is kept so long; the listener keeps it longer.
const IDLE: Duration = Duration::from_secs(20);
/// Connections without a request that are kept per node.
const IDLE_MAX: usize = 64;

/// A socket whose other end has said who it is.
pub(crate) type Secured = SslStream<TcpStream>;

pub(super) fn check(papers: &Papers) -> io::Result<()> {
    acceptor(papers)?;
    connector(papers).map(|_| ())
}

/// Shows its papers and wants to see the other's.
fn dress(builder: &mut SslContextBuilder, papers: &Papers) -> io::Result<()> {
    let told =
        |path: &Path, what: &dyn Display| io::Error::other(format!("`{}`: {what}", path.display()));
    builder.set_min_proto_version(Some(SslVersion::TLS1_2))?;
    builder.set_cert_store(store(&papers.authority)?);
    builder
        .set_certificate_chain_file(&papers.certificate)
        .map_err(|error| told(&papers.certificate, &error))?;
    let key = std::fs::read(&papers.key).map_err(|error| told(&papers.key, &error))?;
    // Nobody is there to be asked for a password.
    let key = PKey::private_key_from_pem_callback(&key, |_| Ok(0));
    let key = key.map_err(|_| {
        told(
            &papers.key,
            &"it is no key in PEM, or is locked by a password",
        )
    })?;
    let fits = builder.set_private_key(&key);
    fits.map_err(|_| told(&papers.key, &"it is not the key of the certificate"))?;
    builder.set_verify(SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT);
    Ok(())
}

fn acceptor(papers: &Papers) -> io::Result<SslAcceptor> {
    let mut builder = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server())?;
    dress(&mut builder, papers)?;
    Ok(builder.build())
}

fn connector(papers: &Papers) -> io::Result<SslConnector> {
    let mut builder = SslConnector::builder(SslMethod::tls_client())?;
    dress(&mut builder, papers)?;
    Ok(builder.build())
}

pub(super) async fn greet(papers: &Papers, socket: TcpStream) -> io::Result<Secured> {
    let ssl = Ssl::new(acceptor(papers)?.context())?;
    let mut stream = SslStream::new(ssl, socket)?;
    let greeted = Pin::new(&mut stream).accept().await;
    greeted.map_err(io::Error::other)?;
    Ok(stream)
}

/// Calls others.
#[derive(Clone)]
pub(super) struct Caller(Client<Dial, Body>);

impl Caller {
    pub(super) fn new(papers: &Papers) -> Self {
        let dial = Dial(Arc::new(papers.clone()));
        Self(
            Client::builder(TokioExecutor::new())
                .pool_idle_timeout(IDLE)
                .pool_timer(TokioTimer::new())
                .pool_max_idle_per_host(IDLE_MAX)
                .build(dial),
        )
    }

    pub(super) async fn send(&self, request: Request<Body>) -> Result<Response<Body>, String> {
        match self.0.request(request).await {
            Ok(answer) => Ok(answer.map(Body::new)),
            Err(error) => Err(root(&error)),
        }
    }
}

/// What is behind an error.
fn root(error: &(dyn Error + 'static)) -> String {
    let mut last = error;
    while let Some(behind) = last.source() {
        last = behind;
    }
    last.to_string()
}

/// Makes connections.
#[derive(Clone)]
struct Dial(Arc<Papers>);

impl Service<Uri> for Dial {
    type Response = TokioIo<Line>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<TokioIo<Line>>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let papers = Arc::clone(&self.0);
        Box::pin(async move {
            match tokio::time::timeout(DIAL_PATIENCE, dial(&papers, &uri)).await {
                Ok(line) => line.map(TokioIo::new),
                Err(_) => Err(io::ErrorKind::TimedOut.into()),
            }
        })
    }
}

async fn dial(papers: &Papers, uri: &Uri) -> io::Result<Line> {
    let host = uri.host().unwrap_or_default();
    // An address of IPv6 stands in brackets there, and nowhere else.
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let port = uri.port_u16().unwrap_or(443);
    let ssl = connector(papers)?.configure()?.into_ssl(host)?;
    let socket = TcpStream::connect((host, port)).await?;
    socket.set_nodelay(true)?;
    let mut stream = SslStream::new(ssl, socket)?;
    let met = Pin::new(&mut stream).connect().await;
    met.map_err(|error| match stream.ssl().verify_result() {
        X509VerifyResult::OK => io::Error::other(format!("no TLS with it: {error}")),
        refused => {
            let why = refused.error_string();
            io::Error::other(format!(
                "its certificate is not of this fleet, or is for another host ({why})"
            ))
        }
    })?;
    Ok(Line(stream))
}

/// A connection that was made.
struct Line(Secured);

impl Connection for Line {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
