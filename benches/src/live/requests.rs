//! The events of DW1 as requests of now.

use crate::clock::wall_ms;
use crate::traffic::{Line, RECORDED_EACH, Traffic};

/// What is told of the past ends so long ago at most, ms: within the seven days a node takes.
const PAST: u64 = 6 * 24 * 3_600_000;
/// Events of one request.
const BATCH: usize = 1_000;

/// Draws requests.
pub struct Requests {
    traffic: Traffic,
    customers: u64,
    /// Stands before every id: no other part of a run has sent it.
    part: &'static str,
}

impl Requests {
    /// Of so many customers, from their profiles on.
    #[must_use]
    pub fn new(seed: u64, customers: u64) -> Self {
        Self {
            traffic: Traffic::new(seed, customers),
            customers,
            part: "past",
        }
    }

    /// Events that rules are on, of all customers alike, for the part of a run that is called so.
    #[must_use]
    pub fn live(seed: u64, customers: u64, part: &'static str) -> Self {
        Self {
            traffic: Traffic::live(seed, customers).even(),
            customers,
            part,
        }
    }

    /// The same of a few customers mostly, by Zipf: most of these events find windows full and rules true.
    #[must_use]
    pub fn crowded(seed: u64, customers: u64, part: &'static str) -> Self {
        Self {
            traffic: Traffic::live(seed, customers),
            customers,
            part,
        }
    }

    /// Profiles and six days of the past, in batches for `POST /v1/events`, drawn as they are taken.
    pub fn past(mut self) -> impl Iterator<Item = Vec<u8>> {
        let count = self.customers * (1 + RECORDED_EACH);
        let from = wall_ms().saturating_sub(PAST);
        (0..count).step_by(BATCH).map(move |first| {
            let mut body = Vec::new();
            for n in first..count.min(first + BATCH as u64) {
                let time = from + (PAST - 60_000) * n / count;
                body.extend(at(self.part, &self.traffic.line(), time));
                body.push(b'\n');
            }
            post("/v1/events", "application/x-ndjson", &body)
        })
    }

    /// So many events of now, in batches.
    pub fn batches(&mut self, events: u64) -> Vec<Vec<u8>> {
        let mut requests = Vec::new();
        let mut body = Vec::new();
        for n in 0..events {
            body.extend(at(self.part, &self.traffic.line(), wall_ms()));
            body.push(b'\n');
            if (n + 1) % BATCH as u64 == 0 || n + 1 == events {
                requests.push(post("/v1/events", "application/x-ndjson", &body));
                body.clear();
            }
        }
        requests
    }

    /// So many events to be decided, each a request, from now on at this rate; all of now where they come
    /// as fast as they are answered.
    pub fn asks(&mut self, count: usize, rate: Option<u64>, ack: &str) -> Vec<Vec<u8>> {
        let from = wall_ms();
        let since = |n: u64| rate.map_or(0, |rate| n * 1_000 / rate.max(1));
        let path = format!("/v1/decide?ack={ack}");
        (0..count as u64)
            .map(|n| {
                let body = at(self.part, &self.traffic.line(), from + since(n));
                post(&path, "application/json", &body)
            })
            .collect()
    }
}

/// Log-ins at the retail bank, so many requests of so many each; nothing in them is urgent.
#[must_use]
pub fn logins(part: &str, requests: usize, each: usize) -> Vec<Vec<u8>> {
    let request = |request: usize| {
        let event = |n: usize| {
            let (id, who) = (request * each + n, (request * each + n) % 20_000);
            format!(
                "{{\"id\":\"{part}-{id}\",\"type\":\"channel.login\",\"customer\":\"F{who}\",\"time\":{},\
                 \"source\":\"bench\",\"data\":{{\"device\":\"FD{who}\"}}}}\n",
                wall_ms()
            )
        };
        let body: String = (0..each).map(event).collect();
        post("/v1/events", "application/x-ndjson", body.as_bytes())
    };
    (0..requests).map(request).collect()
}

/// Withdrawals at the retail bank that wait for their verdict, from now on at this rate.
#[must_use]
pub fn withdrawals(part: &str, count: usize, rate: u64) -> Vec<Vec<u8>> {
    let from = wall_ms();
    let request = |n: u64| {
        let time = from + n * 1_000 / rate.max(1);
        let body = format!(
            "{{\"id\":\"{part}-{n}\",\"type\":\"transaction.cash_withdrawal\",\"customer\":\"W{}\",\
             \"time\":{time},\"source\":\"bench\",\"data\":{{\"amount\":\"60.00\",\"card\":\"WC{}\"}}}}",
            n % 500,
            n % 500
        );
        post("/v1/decide", "application/json", body.as_bytes())
    };
    (0..count as u64).map(request).collect()
}

/// A request with a body.
#[must_use]
pub fn post(path: &str, kind: &str, body: &[u8]) -> Vec<u8> {
    let mut request = format!(
        "POST {path} HTTP/1.1\r\nhost: bench\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    request.extend_from_slice(body);
    request
}

/// The line with another time, and the part's name before its id.
fn at(part: &str, line: &Line, time: u64) -> Vec<u8> {
    let text = String::from_utf8_lossy(&line.bytes);
    let text = text.replacen("\"id\":\"", &format!("\"id\":\"{part}-"), 1);
    let Some((head, rest)) = text.split_once("\"time\":") else {
        return line.bytes.clone();
    };
    let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    format!("{head}\"time\":{time}{rest}").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_gets_its_time_and_nothing_else() {
        let line = Line {
            id: 0,
            kind: None,
            bytes: br#"{"id":"e0","time":17,"data":{"x":1}}"#.to_vec(),
        };
        assert_eq!(
            at("a", &line, 99),
            br#"{"id":"a-e0","time":99,"data":{"x":1}}"#
        );
    }

    #[test]
    fn the_past_is_told_in_whole_batches() {
        let events = |request: &Vec<u8>| request.split(|byte| *byte == b'\n').count() - 6;
        let requests: Vec<Vec<u8>> = Requests::new(1, 50).past().collect();
        let sizes: Vec<usize> = requests.iter().map(events).collect();
        assert_eq!(sizes, [1_000, 450]);
    }
}
