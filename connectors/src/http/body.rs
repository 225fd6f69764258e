//! Bodies, read whole: to a limit of bytes, and no longer than their sender may take.

use super::problem::{self, Problem};
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, header};
use futures_core::Stream;
use http_body_util::BodyExt as _;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::mpsc::Receiver;

/// What is still taken off the wire of a body that is too large, so that its sender reads the answer.
const DRAINED_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Reads a body of at most `limit` bytes within `patience`.
///
/// # Errors
/// The problem: too large, too slow, broken off, or compressed.
pub async fn read(
    headers: &HeaderMap,
    body: Body,
    limit: usize,
    patience: Duration,
) -> Result<Bytes, Problem> {
    let coding = headers.get(header::CONTENT_ENCODING);
    if coding.is_some_and(|coding| coding != "identity") {
        let detail = "the body is compressed; send it as it is, without Content-Encoding";
        return Err(Problem::new(problem::UNSUPPORTED_TYPE, detail));
    }
    match tokio::time::timeout(patience, collect(body, limit)).await {
        Ok(read) => read,
        Err(_) => {
            let detail = format!(
                "the body was not there after {} ms; send it without pauses",
                patience.as_millis()
            );
            Err(Problem::new(problem::TOO_SLOW, detail))
        }
    }
}

async fn collect(mut body: Body, limit: usize) -> Result<Bytes, Problem> {
    let mut bytes: Vec<u8> = Vec::new();
    let mut seen = 0usize;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            let detail = "the body broke off before its end";
            return Err(Problem::new(problem::BAD_REQUEST, detail));
        };
        let Ok(data) = frame.into_data() else {
            continue;
        };
        seen = seen.saturating_add(data.len());
        if seen <= limit {
            bytes.extend_from_slice(&data);
        } else if seen > limit.saturating_add(DRAINED_BYTES_MAX) {
            break;
        }
    }
    if seen > limit {
        let detail = format!("a body may have {limit} bytes ([limits] body); send smaller batches");
        return Err(Problem::new(problem::BODY_TOO_LARGE, detail));
    }
    Ok(Bytes::from(bytes))
}

/// A body that is sent chunk by chunk, as they come down a lane; its end is the end of the lane.
pub fn streamed(lane: Receiver<Bytes>) -> Body {
    Body::from_stream(Chunks { lane })
}

struct Chunks {
    lane: Receiver<Bytes>,
}

impl Stream for Chunks {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Infallible>>> {
        self.lane.poll_recv(context).map(|chunk| chunk.map(Ok))
    }
}
