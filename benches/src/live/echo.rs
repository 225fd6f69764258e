//! The floor of the network: the service's own listener, with nothing behind it. It reads a request to
//! its end and answers as many bytes as a decision has.

use axum::Router;
use axum::body::Bytes;
use connectors::http::listener::{Bounds, Connections, Listener};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Bytes of an answer: those of a decision without actions.
const ANSWER: usize = 320;
/// Nobody is to be turned away.
const CONNECTIONS: usize = 1_024;
/// Nobody is slow.
const PATIENCE: Duration = Duration::from_secs(30);

/// Serves until the process ends; says its address in the words of `deft run`.
///
/// # Errors
/// There is no port, or no thread.
pub fn serve() -> std::io::Result<()> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads.min(4))
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = Listener::bind(([127, 0, 0, 1], 0).into()).await?;
        let address = listener.address()?;
        let answer = Bytes::from(format!("{{\"answer\":\"{}\"}}", "x".repeat(ANSWER - 13)));
        let router = Router::new().fallback(move |_: Bytes| {
            let answer = answer.clone();
            async move { answer }
        });
        let bounds = Bounds {
            connections: CONNECTIONS,
            head: PATIENCE,
            write: PATIENCE,
        };
        let stop = watch::Sender::new(false);
        let open = Arc::new(Connections::default());
        eprintln!("public http://{address} · admin http://{address}");
        listener.serve(router, bounds, open, stop.subscribe()).await;
        Ok(())
    })
}
