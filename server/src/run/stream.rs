//! `GET /v1/stream`: committed actions as they come. Who lost the connection goes on behind the last
//! one seen; nothing in between is lost or told twice as long as the ring holds it.

use super::call::Call;
use super::node::Node;
use super::tokens::KINDS;
use axum::body::Bytes;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use connectors::http::body::streamed;
use connectors::http::problem::{self, Problem};
use connectors::sse::Line;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::mpsc;

/// Between two lines of nothing, so that both ends know of each other.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Lines that are sent at once.
const LINES_AT_ONCE: usize = 64;
/// Chunks on their way to one reader.
const CHUNKS: usize = 4;

pub(crate) async fn open(node: Arc<Node>, call: Call) -> Result<Response, Problem> {
    let parameters = call.parameters(&["kinds"])?;
    let kinds = kinds(&call, parameters.get("kinds").map(String::as_str))?;
    let place = place(&node, &call)?;
    // Before the head is sent: a place that has fallen out is an error, not a stream.
    if let Err(gone) = node.ring.read(place, 0, |_| true) {
        let detail = format!(
            "the stream reaches back to {}.{} ([keep] stream); begin anew without Last-Event-ID",
            node.life, gone.oldest
        );
        return Err(Problem::new(problem::GONE, detail));
    }
    let (to_reader, lane) = mpsc::channel(CHUNKS);
    tokio::spawn(pump(node, place, kinds, to_reader));
    let mut response = Response::new(streamed(lane));
    let headers = response.headers_mut();
    let kind = HeaderValue::from_static("text/event-stream");
    headers.insert(header::CONTENT_TYPE, kind);
    Ok(response)
}

/// The kinds asked for, as far as the token may read them.
fn kinds(call: &Call, asked: Option<&str>) -> Result<BTreeSet<&'static str>, Problem> {
    let may = |kind: &str| call.token.as_ref().is_none_or(|token| token.may_read(kind));
    let Some(asked) = asked else {
        return Ok(KINDS.into_iter().filter(|kind| may(kind)).collect());
    };
    let mut kinds = BTreeSet::new();
    for word in asked.split(',') {
        let Some(kind) = KINDS.into_iter().find(|kind| *kind == word) else {
            let detail = format!("`kinds` are of {}", KINDS.join(", "));
            return Err(Problem::new(problem::BAD_PARAMETER, detail));
        };
        if !may(kind) {
            let detail = format!("the token has not the scope `stream:{kind}`");
            return Err(Problem::new(problem::FORBIDDEN, detail));
        }
        kinds.insert(kind);
    }
    Ok(kinds)
}

/// The number behind which the reader goes on.
fn place(node: &Node, call: &Call) -> Result<u64, Problem> {
    let newest = node.ring.newest();
    let Some(id) = call.headers.get("last-event-id") else {
        return Ok(newest);
    };
    let read = id.to_str().ok().and_then(|id| id.split_once('.'));
    let read = read
        .and_then(|(life, number)| Some((life.parse::<i64>().ok()?, number.parse::<u64>().ok()?)));
    match read {
        Some((life, number)) if life == node.life && number <= newest => Ok(number),
        Some(_) => {
            let detail = "the id is of another life of this node; begin anew without Last-Event-ID";
            Err(Problem::new(problem::GONE, detail))
        }
        None => {
            let detail = "`Last-Event-ID` is no id of this stream";
            Err(Problem::new(problem::BAD_PARAMETER, detail))
        }
    }
}

/// Counts a reader while it reads.
struct Reader(Arc<Node>);

impl Reader {
    fn of(node: Arc<Node>) -> Self {
        node.readers.fetch_add(1, Ordering::AcqRel);
        Self(node)
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.0.readers.fetch_sub(1, Ordering::AcqRel);
    }
}

async fn pump(
    node: Arc<Node>,
    mut place: u64,
    kinds: BTreeSet<&'static str>,
    to: mpsc::Sender<Bytes>,
) {
    let reader = Reader::of(node);
    let node = &reader.0;
    let mut news = node.ring.news();
    let mut closing = node.closing.subscribe();
    // The reader sees at once that it is heard.
    if to.send(Bytes::from_static(b": deft\n\n")).await.is_err() {
        return;
    }
    loop {
        news.borrow_and_update();
        let chunk = match node
            .ring
            .read(place, LINES_AT_ONCE, |kind| kinds.contains(kind))
        {
            Ok((lines, next)) => {
                let moved = next > place;
                place = next;
                if lines.is_empty() && moved {
                    continue;
                }
                text(node.life, &lines)
            }
            Err(gone) => {
                node.meters.stream_dropped.increment(1);
                let oldest = gone.oldest;
                let text = format!(
                    "event: gone\ndata: {{\"code\":\"GONE\",\"reason\":\"read too slowly\",\
                     \"oldest\":\"{}.{oldest}\"}}\n\n",
                    node.life
                );
                let _ = to.send(Bytes::from(text)).await;
                return;
            }
        };
        if !chunk.is_empty() {
            if to.send(chunk).await.is_err() {
                return;
            }
            continue;
        }
        if *closing.borrow() {
            let bye = Bytes::from_static(
                b"event: bye\ndata: {\"reason\":\"the node is going down\"}\n\n",
            );
            let _ = to.send(bye).await;
            return;
        }
        tokio::select! {
            _ = news.changed() => {}
            _ = closing.changed() => {}
            () = to.closed() => return,
            () = tokio::time::sleep(HEARTBEAT) => {
                if to.send(Bytes::from_static(b": still here\n\n")).await.is_err() {
                    return;
                }
            }
        }
    }
}

fn text(life: i64, lines: &[Line]) -> Bytes {
    let mut text = String::new();
    for line in lines {
        let (number, kind, data) = (line.number, line.kind, &line.text);
        text.push_str(&format!(
            "id: {life}.{number}\nevent: {kind}\ndata: {data}\n\n"
        ));
    }
    Bytes::from(text)
}
