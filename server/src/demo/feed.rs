//! The bank behind the demo: it sends what happens when it happens, and answers what it is told.

use super::{DemoArgs, now};
use crate::cli::LangArg;
use crate::generate::sink::{BATCH_LINES, Refused, post_all};
use crate::run::node::Node;
use anyhow::Context as _;
use connectors::http::client::{Address, Client};
use connectors::synthetic::answers::{self, Answered};
use connectors::synthetic::{Bank, Made, Pace, Plan};
use crossbeam::channel::Receiver;
use rules::value::time_text;
use std::collections::{BTreeSet, VecDeque};
use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::time::Duration;

/// Actions on their way to whom they are for; more are not answered.
pub(crate) const SENT_MAX: usize = 4_096;
/// Outcomes that wait for their time.
const OUTCOMES_MAX: usize = 50_000;
/// Frauds that are remembered, so that their actions are answered as by their victims.
const FRAUDS_MAX: usize = 10_000;
/// How often it is looked what has happened meanwhile.
const LOOK: Duration = Duration::from_millis(40);
/// Everyday scenes a second at speed 1.
const EVERYDAY: i64 = 6;
/// Stories that begin in a second at speed 1.
const STORIES: i64 = 2;
/// An hour of a story is a minute of the demo.
const HASTE: i64 = 60;

/// An action that went out, as far as its answer needs it.
pub(crate) struct Sent {
    pub(crate) action_id: String,
    pub(crate) event_id: String,
    pub(crate) kind: String,
    pub(crate) verdict: Option<String>,
    pub(crate) channel: Option<String>,
    pub(crate) customer: String,
    pub(crate) at: i64,
}

/// Sends what happens.
pub(crate) struct Feed {
    plan: Plan,
    fraud_ids: BTreeSet<String>,
    fraud_order: VecDeque<String>,
    /// Outcomes by time.
    outcomes: BTreeSet<(i64, String)>,
    refused: Refused,
    /// What the week before is called.
    week: &'static str,
}

/// The customer that the printed lines are about: nobody else sends events of theirs.
const GUEST: &str = "GUEST";

impl Feed {
    pub(crate) fn new(args: &DemoArgs) -> Self {
        let speed = i64::from(args.speed);
        Self {
            plan: Plan {
                seed: args.seed,
                customers: args.customers,
                start: now(),
                pace: Pace {
                    everyday_us: 1_000_000 / (EVERYDAY * speed),
                    story_us: 1_000_000 / (STORIES * speed),
                    haste: HASTE,
                    sleepless: true,
                },
            },
            fraud_ids: BTreeSet::new(),
            fraud_order: VecDeque::new(),
            outcomes: BTreeSet::new(),
            refused: Refused::default(),
            week: match args.lang {
                LangArg::En => "the week before, in events:",
                LangArg::Zh => "载入此前一周的事件：",
            },
        }
    }

    /// Sends the week before, calls `live`, then sends what happens until the node goes down.
    pub(crate) fn run(
        mut self,
        node: &Node,
        to: SocketAddr,
        sent: &Receiver<Sent>,
        live: impl FnOnce(),
    ) -> anyhow::Result<()> {
        let name = format!("http://{to}");
        let address = Address::read(&name).map_err(anyhow::Error::msg)?;
        let mut client = Client::new(address);
        let mut bank = Bank::new(self.plan).peekable();
        self.post(&mut client, "/v1/events", &guest(self.plan.start), &name)?;
        let shown = std::io::stderr().is_terminal();
        let mut lines = Vec::new();
        let mut count = 0u64;
        while let Some(made) = bank.next_if(|made| made.time < self.plan.start) {
            lines.push(made.line);
            count += 1;
            if lines.len() >= BATCH_LINES {
                if down(node) {
                    return Ok(());
                }
                self.post(&mut client, "/v1/events", &lines, &name)
                    .or_else(|e| unless_down(node, e))?;
                lines.clear();
                if shown {
                    eprint!("\r{} {count}", self.week);
                }
            }
        }
        self.post(&mut client, "/v1/events", &lines, &name)
            .or_else(|e| unless_down(node, e))?;
        if down(node) {
            return Ok(());
        }
        if shown {
            eprint!("\r\x1b[2K");
        }
        live();
        while !down(node) {
            let until = now();
            let mut lines = Vec::new();
            while let Some(made) = bank.next_if(|made| made.time <= until) {
                self.remember(&made);
                lines.push(made.line);
                if lines.len() >= BATCH_LINES {
                    break;
                }
            }
            let full = lines.len() >= BATCH_LINES;
            self.post(&mut client, "/v1/events", &lines, &name)
                .or_else(|e| unless_down(node, e))?;
            self.hear(sent);
            let said = self.due(until);
            self.post(&mut client, "/v1/outcomes", &said, &name)
                .or_else(|e| unless_down(node, e))?;
            if !full {
                std::thread::sleep(LOOK);
            }
        }
        Ok(())
    }

    fn post(
        &mut self,
        client: &mut Client,
        path: &str,
        lines: &[String],
        name: &str,
    ) -> anyhow::Result<()> {
        if lines.is_empty() {
            return Ok(());
        }
        let mut body = lines.join("\n").into_bytes();
        body.push(b'\n');
        let wait = |seconds| std::thread::sleep(Duration::from_secs(seconds));
        let sent = post_all(client, path, &body, name, wait);
        let answer = sent.context("the bank cannot reach its node")?;
        self.refused.hear(name, &answer);
        Ok(())
    }

    /// Remembers which events are part of a fraud.
    fn remember(&mut self, made: &Made) {
        if made.label.is_none() {
            return;
        }
        self.fraud_ids.insert(made.id.clone());
        self.fraud_order.push_back(made.id.clone());
        if self.fraud_order.len() > FRAUDS_MAX
            && let Some(oldest) = self.fraud_order.pop_front()
        {
            self.fraud_ids.remove(&oldest);
        }
    }

    /// Schedules the answers to what was sent meanwhile.
    fn hear(&mut self, sent: &Receiver<Sent>) {
        for action in sent.try_iter() {
            let told = answers::Sent {
                action_id: &action.action_id,
                kind: &action.kind,
                verdict: action.verdict.as_deref(),
                channel: action.channel.as_deref(),
                customer: &action.customer,
                fraud: self.fraud_ids.contains(&action.event_id),
            };
            for Answered { time, line } in answers::answers(self.plan.seed, &told, action.at, HASTE)
            {
                if self.outcomes.len() < OUTCOMES_MAX {
                    self.outcomes.insert((time, line));
                }
            }
        }
    }

    /// Outcomes whose time has come.
    fn due(&mut self, until: i64) -> Vec<String> {
        let mut lines = Vec::new();
        while lines.len() < BATCH_LINES {
            match self.outcomes.pop_first() {
                Some((time, line)) if time <= until => lines.push(line),
                Some(early) => {
                    self.outcomes.insert(early);
                    break;
                }
                None => break,
            }
        }
        lines
    }
}

fn down(node: &Node) -> bool {
    *node.drain.borrow() || node.phase() as u8 > 1
}

/// A node that goes down answers nothing more, and that is no error.
fn unless_down(node: &Node, error: anyhow::Error) -> anyhow::Result<()> {
    if down(node) { Ok(()) } else { Err(error) }
}

/// What is known of the guest: they may be told of offers, and have never travelled.
fn guest(start: i64) -> Vec<String> {
    let time = time_text(start - 60_000);
    let event = |id: &str, kind: &str, data: &str| {
        format!(
            "{{\"id\":\"{id}\",\"type\":\"{kind}\",\"customer\":\"{GUEST}\",\"time\":\"{time}\",\
             \"source\":\"demo\",\"data\":{data}}}"
        )
    };
    let mut lines = vec![event(
        "guest-1",
        "profile.updated",
        "{\"tier\":\"gold\",\"age\":34,\"risk_level\":\"R3\",\"home_country\":\"CN\",\
         \"phone_token\":\"ph-guest\",\"app_token\":\"ap-guest\"}",
    )];
    lines.push(event(
        "guest-2",
        "profile.consent",
        "{\"purpose\":\"marketing\",\"channel\":\"app\",\"given\":true}",
    ));
    lines
}
