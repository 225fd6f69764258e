//! The load: requests that are due at their time, whether the ones before were answered or not. A
//! request that had to wait for its connection counts from when it was due (Tene, "How NOT to measure
//! latency": no coordinated omission); one whose thread was idle counts from when it was sent, so the
//! sleep of the load's own threads is not in it.

use super::spread::{Spread, micros};
use crate::clock;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// Threads are up before the first request is due.
const LEAD: Duration = Duration::from_millis(50);

/// A breath before a request that was turned away comes again.
const AGAIN: Duration = Duration::from_millis(10);

/// What an answer says that is the declared one.
const FALLBACK: &[u8] = b"\"answered\":\"fallback\"";

/// What came of a load.
#[derive(Debug, Default)]
pub struct Load {
    /// How long the answers took.
    pub took: Spread,
    /// Answers that were no 200.
    pub refused: usize,
    /// One of them.
    pub why: Option<String>,
    /// Answers 429 to requests that came again.
    pub turned_away: usize,
    /// Answers that were a declared fallback.
    pub fallbacks: usize,
    /// Seconds from the first request to the last answer.
    pub seconds: f64,
}

impl Load {
    /// Answers a second.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.took.len() as f64 / self.seconds.max(1e-9)
    }
}

/// Sends the requests over so many connections, one thread each; `rate` a second in all, or each as
/// soon as the one before it is answered. Who is turned away comes again where there is no rate.
///
/// # Errors
/// A connection fails.
pub fn run(
    to: SocketAddr,
    connections: usize,
    rate: Option<u64>,
    requests: &[Vec<u8>],
) -> Result<Load, String> {
    let lead = if rate.is_some() { LEAD } else { Duration::ZERO };
    let began = clock::moment() + lead;
    let step = rate.map(|rate| Duration::from_nanos(1_000_000_000 / rate.max(1)));
    let parts: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..connections)
            .map(|first| {
                scope.spawn(move || {
                    let due = |n: usize| {
                        step.map(|step| began + step * u32::try_from(n).unwrap_or(u32::MAX))
                    };
                    one(to, (first, connections), step.is_none(), &due, requests)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join()).collect()
    });
    let (mut took, mut load) = (Vec::with_capacity(requests.len()), Load::default());
    for part in parts {
        let part = part.map_err(|_| "a connection's thread broke down")??;
        took.extend(part.0);
        load.refused += part.1;
        load.fallbacks += part.2;
        load.why = load.why.or(part.3);
        load.turned_away += part.4;
    }
    load.seconds = began.elapsed().as_secs_f64();
    load.took = Spread::of(took);
    Ok(load)
}

type Part = (Vec<u32>, usize, usize, Option<String>, usize);

fn one(
    to: SocketAddr,
    (first, step): (usize, usize),
    again: bool,
    due: &impl Fn(usize) -> Option<Instant>,
    requests: &[Vec<u8>],
) -> Result<Part, String> {
    let said = |error: std::io::Error| format!("a request failed: {error}");
    let socket = TcpStream::connect(to).map_err(said)?;
    socket.set_nodelay(true).map_err(said)?;
    socket
        .set_read_timeout(Some(Duration::from_secs(30)))
        .map_err(said)?;
    let mut writer = socket.try_clone().map_err(said)?;
    let mut reader = BufReader::new(socket);
    let (mut took, mut refused, mut fallbacks, mut turned, mut why) = (Vec::new(), 0, 0, 0, None);
    for (n, request) in requests.iter().enumerate().skip(first).step_by(step) {
        let mut from = clock::moment();
        if let Some(due) = due(n) {
            let left = due.saturating_duration_since(from);
            if left.is_zero() {
                from = due;
            } else {
                std::thread::sleep(left);
                from = clock::moment();
            }
        }
        let (status, body) = loop {
            writer.write_all(request).map_err(said)?;
            let (status, body) = answer(&mut reader).map_err(said)?;
            // Who sends as fast as it goes is told when it is too fast, and comes again.
            if status != 429 || !again {
                break (status, body);
            }
            turned += 1;
            std::thread::sleep(AGAIN);
        };
        took.push(micros(from.elapsed()));
        if status != 200 {
            refused += 1;
            why.get_or_insert_with(|| format!("{status} {}", String::from_utf8_lossy(&body)));
        }
        fallbacks += usize::from(body.windows(FALLBACK.len()).any(|w| w == FALLBACK));
    }
    Ok((took, refused, fallbacks, why, turned))
}

fn answer(reader: &mut BufReader<TcpStream>) -> std::io::Result<(u16, Vec<u8>)> {
    let broken = || std::io::Error::other("an answer cannot be read");
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let status = line.split(' ').nth(1).and_then(|word| word.parse().ok());
    let status = status.ok_or_else(broken)?;
    let mut length = 0;
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().map_err(|_| broken())?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok((status, body))
}
