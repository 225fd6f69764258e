//! What a demo shows: where the node is, what to paste, and one decision after the other, each as
//! *event → decision → why*.

use super::feed::Sent;
use crate::cli::LangArg;
use crate::load;
use crate::run::node::Node;
use crossbeam::channel::Sender;
use rules::book::Book;
use rules::finding::Lang;
use rules::rule::Function;
use serde_json::Value;
use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Lines that are told at once.
const LINES_AT_ONCE: usize = 64;
/// Facts that are told of one decision.
const FACTS_MAX: usize = 5;

/// The screen, or whatever reads it.
#[derive(Clone)]
pub(crate) struct Page {
    lang: Lang,
    colour: bool,
}

/// Colours of a terminal.
#[derive(Clone, Copy)]
enum Ink {
    Dim,
    Bold,
    Red,
    Green,
    Yellow,
    Cyan,
}

impl Ink {
    fn code(self) -> &'static str {
        match self {
            Self::Dim => "2",
            Self::Bold => "1",
            Self::Red => "31",
            Self::Green => "32",
            Self::Yellow => "33",
            Self::Cyan => "36",
        }
    }

    /// Of a kind of action.
    fn of(kind: &str) -> Self {
        match kind {
            "fraud-block" => Self::Red,
            "next-best-offer" => Self::Green,
            "retention" => Self::Yellow,
            _ => Self::Cyan,
        }
    }
}

impl Page {
    pub(crate) fn new(lang: LangArg) -> Self {
        Self {
            lang: lang.into(),
            colour: load::colour(&std::io::stdout()),
        }
    }

    fn ink(&self, ink: Ink, text: &str) -> String {
        if self.colour {
            format!("\x1b[{}m{text}\x1b[0m", ink.code())
        } else {
            text.to_owned()
        }
    }

    fn either(&self, en: &'static str, zh: &'static str) -> &'static str {
        match self.lang {
            Lang::En => en,
            Lang::Zh => zh,
        }
    }

    /// Where it is.
    pub(crate) fn head(&self, node: &Node, public: SocketAddr, admin: SocketAddr) {
        let book = node.shelf.book();
        eprintln!(
            "deft {} · {} · {} {}",
            env!("CARGO_PKG_VERSION"),
            node.project.display(),
            book.rules.len(),
            self.either("rules", "条规则"),
        );
        eprintln!(
            "{} http://{public}   {} http://{admin}/v1/status http://{admin}/metrics",
            self.either("events, decisions, stream", "事件、决策、推送"),
            self.either("status, metrics", "状态、指标"),
        );
    }

    /// What to paste into another terminal.
    pub(crate) fn curls(&self, public: SocketAddr, _admin: SocketAddr) {
        let json = "-H 'content-type: application/json'";
        let moment = "'\"$(date -u +%FT%TZ)\"'";
        let id = "'\"$(date +%s)\"'";
        eprintln!(
            "\n{}",
            self.either(
                "in another terminal: an event of your own, a decision asked for, the stream",
                "另开终端：发送事件、请求决策、订阅推送"
            )
        );
        eprintln!(
            "  curl -s http://{public}/v1/events {json} -d '{{\"id\":\"me-{id}\",\"source\":\"me\",\
             \"type\":\"location.roaming_started\",\"customer\":\"GUEST\",\"time\":\"{moment}\",\
             \"data\":{{\"country\":\"TH\"}}}}'"
        );
        eprintln!(
            "  curl -s http://{public}/v1/decide {json} -d '{{\"id\":\"ask-{id}\",\"source\":\"me\",\
             \"type\":\"transaction.transfer\",\"customer\":\"GUEST\",\"time\":\"{moment}\",\
             \"data\":{{\"amount\":\"30000.00\",\"direction\":\"out\",\"account\":\"A9001\",\
             \"payee\":\"P-{id}\",\"device\":\"D-{id}\"}}}}'"
        );
        eprintln!("  curl -sN http://{public}/v1/stream\n");
    }

    /// Tells every action as it goes out, until the node goes down.
    pub(crate) async fn follow(self, node: Arc<Node>, to_bank: Sender<Sent>) {
        // Counted as a reader: the way down waits until the last line is told.
        node.readers.fetch_add(1, Ordering::AcqRel);
        let mut place = node.ring.newest();
        let mut news = node.ring.news();
        let mut closing = node.closing.subscribe();
        loop {
            news.borrow_and_update();
            match node.ring.read(place, LINES_AT_ONCE, |_| true) {
                Ok((lines, next)) => {
                    let moved = next > place;
                    place = next;
                    for line in &lines {
                        self.tell(&node, &line.text, &to_bank);
                    }
                    if moved {
                        continue;
                    }
                }
                // A terminal that stood still: it goes on with what there is.
                Err(gone) => place = gone.oldest.saturating_sub(1),
            }
            if *closing.borrow() {
                break;
            }
            tokio::select! {
                _ = news.changed() => {}
                _ = closing.changed() => {}
            }
        }
        node.readers.fetch_sub(1, Ordering::AcqRel);
    }

    /// One action: its event, what was chosen, why.
    fn tell(&self, node: &Node, line: &str, to_bank: &Sender<Sent>) {
        let Ok(action) = serde_json::from_str::<Value>(line) else {
            return;
        };
        let data = action.get("data").unwrap_or(&Value::Null);
        let text = |name: &str| data.get(name).and_then(Value::as_str);
        let at = text("decided_at").and_then(|time| engine::time::read(&format!("\"{time}\"")));
        // Nobody answers to what was pulled back.
        if text("withdraws").is_none() {
            let sent = Sent {
                action_id: text("action_id").unwrap_or_default().to_owned(),
                event_id: text("event_id").unwrap_or_default().to_owned(),
                kind: text("kind").unwrap_or_default().to_owned(),
                verdict: text("verdict").map(str::to_owned),
                channel: text("channel").map(str::to_owned),
                customer: text("customer").unwrap_or_default().to_owned(),
                at: at.unwrap_or_default(),
            };
            // Whoever cannot keep up is not answered: a demo may not wait for itself.
            let _ = to_bank.try_send(sent);
        }
        let told = text("decision_id").and_then(|id| node.decisions.get(id));
        let record = told.and_then(|(_, settled)| {
            serde_json::from_str::<Value>(settled.record.as_deref()?).ok()
        });
        let book = node.shelf.book();
        let said = self.lines(&book, &action, record.as_ref());
        let mut out = std::io::stdout().lock();
        if writeln!(out, "{said}").and_then(|()| out.flush()).is_err() {
            // Whoever read it has seen enough.
            node.drain.send_replace(true);
        }
    }

    fn lines(&self, book: &Book, action: &Value, record: Option<&Value>) -> String {
        let data = action.get("data").unwrap_or(&Value::Null);
        let text = |name: &str| data.get(name).and_then(Value::as_str);
        let kind = text("kind").unwrap_or_default();
        let trigger = record
            .and_then(|record| record.pointer("/event/type"))
            .and_then(Value::as_str)
            .unwrap_or_default();
        let clock = text("decided_at").and_then(|time| time.get(11..19));
        let rule = text("rule").unwrap_or_default();
        if text("withdraws").is_some() {
            return format!(
                "{} {} → {} {}\n           {} {}",
                self.ink(Ink::Dim, clock.unwrap_or_default()),
                text("customer").unwrap_or_default(),
                self.deed(action),
                self.ink(Ink::Dim, rule),
                self.either("pulled back by", "撤回，因"),
                text("by").unwrap_or_default(),
            );
        }
        let first = format!(
            "{} {} {} → {} {}",
            self.ink(Ink::Dim, clock.unwrap_or_default()),
            text("customer").unwrap_or_default(),
            trigger,
            self.ink(Ink::of(kind), &self.deed(action)),
            self.ink(Ink::Dim, rule),
        );
        if matches!(text("do"), Some("notify" | "trigger")) {
            // It rides with an action that has been told, reasons and all.
            return first;
        }
        let mut why: Vec<String> = data
            .get("reasons")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(|code| {
                let reason = book.catalogue.reason_named(code);
                reason.map_or_else(
                    || code.to_owned(),
                    |reason| reason.text.get(self.lang).to_owned(),
                )
            })
            .collect();
        let facts = record.map(|record| facts(book, rule, record));
        why.extend(facts.filter(|facts| !facts.is_empty()));
        if why.is_empty() {
            return first;
        }
        format!(
            "{first}\n           {}",
            why.join(self.ink(Ink::Bold, ": ").as_str())
        )
    }

    /// What is done: `offer travel_cover by app`, `block card:K1 for 24h`.
    fn deed(&self, action: &Value) -> String {
        let data = action.get("data").unwrap_or(&Value::Null);
        let text = |name: &str| data.get(name).and_then(Value::as_str);
        let mut deed = text("do").unwrap_or_default().to_owned();
        if let Some(what) = text("offer").or(text("method")).or(text("process")) {
            deed.push_str(&format!(" {what}"));
        }
        let subject = action.get("subject").and_then(Value::as_str);
        if let Some(subject) = subject.filter(|subject| !subject.starts_with("customer:")) {
            deed.push_str(&format!(" {subject}"));
        }
        if let Some(channel) = text("channel") {
            deed.push_str(&format!(" {} {channel}", self.either("by", "渠道")));
        }
        if let Some(team) = text("team") {
            deed.push_str(&format!(" {} {team}", self.either("to", "交")));
        }
        deed
    }
}

/// The facts that the condition of a rule reads, as the record has them.
fn facts(book: &Book, rule: &str, record: &Value) -> String {
    let Some((_, rule)) = book.rule_named(rule) else {
        return String::new();
    };
    let mut reads: Vec<&str> = rule
        .body(Function::When)
        .into_iter()
        .flat_map(|body| &body.reads)
        .filter_map(|slot| Some(book.layout.slot(*slot)?.path.as_str()))
        .collect();
    // What was computed says more than what was sent.
    reads.sort_by_key(|path| (path.starts_with("event."), *path));
    let known = reads.into_iter().filter_map(|path| {
        let value = record.get("facts")?.get(path)?;
        let name = path.split_once('.').map_or(path, |(_, name)| name);
        Some(match value {
            Value::String(text) => format!("{name} {text}"),
            value => format!("{name} {value}"),
        })
    });
    known.take(FACTS_MAX).collect::<Vec<_>>().join(", ")
}
