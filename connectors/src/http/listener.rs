//! A listener: it accepts connections up to a bound, closes the longest idle one for a newcomer, and
//! lets requests finish when it is told to stop.

use super::patient::Patient;
use super::peers::Guard;
use super::problem::{self, Problem};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::Service as _;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};

/// Bytes of a request's head: line and headers.
const HEAD_BYTES_MAX: usize = 32 * 1024;
/// Headers of one request.
const HEADERS_MAX: usize = 64;
/// A breath after an error of accepting, ms: mostly too many open files.
const ACCEPT_REST_MS: u64 = 50;

/// What a peer may do.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Connections at a time.
    pub connections: usize,
    /// A head must be there so soon; a connection without a request may be idle as long.
    pub head: Duration,
    /// A write may wait so long for its reader.
    pub write: Duration,
}

/// A socket that listens.
pub struct Listener {
    socket: TcpListener,
    /// Who asks whoever calls who it is.
    guard: Option<Guard>,
}

/// The connections of a listener, as those see them who count.
#[derive(Default)]
pub struct Connections {
    open: Mutex<BTreeMap<u64, Arc<Connection>>>,
    next: AtomicU64,
    refused: AtomicU64,
    evicted: AtomicU64,
}

#[derive(Default)]
struct Connection {
    /// A request is being worked on, or a stream is being read.
    busy: AtomicBool,
    /// Told when it has to go.
    go: Notify,
}

impl Connections {
    /// How many are open.
    #[must_use]
    pub fn open(&self) -> usize {
        self.map().len()
    }

    /// How many were refused because all were busy.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// How many idle ones were closed for a newcomer.
    #[must_use]
    pub fn evicted(&self) -> u64 {
        self.evicted.load(Ordering::Relaxed)
    }

    fn map(&self) -> std::sync::MutexGuard<'_, BTreeMap<u64, Arc<Connection>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Room for one more: when there is none, the longest open idle connection goes.
    fn enter(self: &Arc<Self>, most: usize) -> Option<Guest> {
        let mut open = self.map();
        if open.len() >= most {
            let idle = open.iter().find(|(_, c)| !c.busy.load(Ordering::Acquire));
            let Some(id) = idle.map(|(id, _)| *id) else {
                self.refused.fetch_add(1, Ordering::Relaxed);
                return None;
            };
            if let Some(gone) = open.remove(&id) {
                gone.go.notify_one();
            }
            self.evicted.fetch_add(1, Ordering::Relaxed);
        }
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let connection = Arc::new(Connection::default());
        open.insert(id, Arc::clone(&connection));
        Some(Guest {
            id,
            connection,
            of: Arc::clone(self),
        })
    }
}

/// One connection's place among all; given back when dropped.
struct Guest {
    id: u64,
    connection: Arc<Connection>,
    of: Arc<Connections>,
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.of.map().remove(&self.id);
    }
}

impl Listener {
    /// Listens on this address.
    ///
    /// # Errors
    /// What the system says.
    pub async fn bind(address: SocketAddr) -> io::Result<Self> {
        Ok(Self {
            socket: TcpListener::bind(address).await?,
            guard: None,
        })
    }

    /// Nobody is listened to but nodes of the same fleet.
    #[must_use]
    pub fn guarded(mut self, guard: Guard) -> Self {
        self.guard = Some(guard);
        self
    }

    /// Where it listens: the port is known even when any would do.
    ///
    /// # Errors
    /// What the system says.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Answers requests until `stop` is true; then no connection is accepted any more, those that are
    /// open finish their request.
    pub async fn serve(
        self,
        router: Router,
        bounds: Bounds,
        connections: Arc<Connections>,
        mut stop: watch::Receiver<bool>,
    ) {
        loop {
            let accepted = tokio::select! {
                accepted = self.socket.accept() => accepted,
                _ = stop.wait_for(|stop| *stop) => return,
            };
            match accepted {
                Ok((socket, _)) => match connections.enter(bounds.connections) {
                    Some(guest) => {
                        let work = Conversation {
                            router: router.clone(),
                            bounds,
                            guest,
                            stop: stop.clone(),
                        };
                        tokio::spawn(work.begin(socket, self.guard.clone()));
                    }
                    None if self.guard.is_none() => {
                        tokio::spawn(turn_away(socket, bounds.write));
                    }
                    // To say so takes a handshake, and there is no place for it.
                    None => {}
                },
                Err(_) => tokio::time::sleep(Duration::from_millis(ACCEPT_REST_MS)).await,
            }
        }
    }
}

/// One connection.
struct Conversation {
    router: Router,
    bounds: Bounds,
    guest: Guest,
    stop: watch::Receiver<bool>,
}

impl Conversation {
    /// To its end, with whoever may speak.
    async fn begin(self, socket: TcpStream, guard: Option<Guard>) {
        // Answers are small and waited for.
        let _ = socket.set_nodelay(true);
        match guard {
            None => converse(socket, self).await,
            Some(guard) => {
                let greeted = tokio::time::timeout(self.bounds.head, guard.greet(socket));
                if let Ok(Ok(socket)) = greeted.await {
                    converse(socket, self).await;
                }
            }
        }
    }
}

async fn converse<S>(socket: S, conversation: Conversation)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let Conversation {
        router,
        bounds,
        guest,
        mut stop,
    } = conversation;
    let connection = Arc::clone(&guest.connection);
    let inner = TowerToHyperService::new(router);
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let (inner, connection) = (inner.clone(), Arc::clone(&connection));
        async move {
            connection.busy.store(true, Ordering::Release);
            let answer = inner.call(request.map(Body::new)).await;
            let streams = answer.as_ref().is_ok_and(is_stream);
            connection.busy.store(streams, Ordering::Release);
            answer
        }
    });
    let io = TokioIo::new(Patient::new(socket, bounds.write));
    let work = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(bounds.head)
        .max_buf_size(HEAD_BYTES_MAX)
        .max_headers(HEADERS_MAX)
        .serve_connection(io, service);
    let mut work = pin!(work);
    tokio::select! {
        // A peer's broken connection is the peer's affair.
        _ = work.as_mut() => return,
        () = guest.connection.go.notified() => return,
        _ = stop.wait_for(|stop| *stop) => {}
    }
    work.as_mut().graceful_shutdown();
    let _ = work.await;
}

fn is_stream(response: &Response<Body>) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"))
}

/// Says why there is no place, and closes.
async fn turn_away(socket: TcpStream, patience: Duration) {
    let detail = "all connections are busy ([limits] connections); try again shortly";
    let body = Problem::new(problem::TOO_MANY_CONNECTIONS, detail)
        .to_json()
        .to_string();
    let answer = format!(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\n\
         retry-after: 1\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut socket = Patient::new(socket, patience);
    if socket.write_all(answer.as_bytes()).await.is_ok() {
        let _ = socket.shutdown().await;
    }
}
