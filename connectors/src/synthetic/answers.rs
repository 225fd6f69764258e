//! How customers and channels answer what was sent: the outcomes of one action, each at its own time.
//!
//! The rates are guesses of the size that banks publish, not measurements: 97 % of messages arrive, 70 %
//! of these are seen; of a hundred who see an offer some ten take it, more of the glad than of the rest.

use super::chance::Chance;
use super::person::Person;
use rules::value::time_text;

/// An action that went out.
#[derive(Clone, Copy, Debug)]
pub struct Sent<'a> {
    /// Its id.
    pub action_id: &'a str,
    /// `next-best-offer`, `fraud-block`, `retention` or `service`.
    pub kind: &'a str,
    /// The verdict, for verdicts.
    pub verdict: Option<&'a str>,
    /// The channel, where it names one.
    pub channel: Option<&'a str>,
    /// The number of the customer in their id.
    pub customer: &'a str,
    /// Its event was part of a fraud.
    pub fraud: bool,
}

/// An outcome, as `POST /v1/outcomes` takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// When, ms.
    pub time: i64,
    /// One line of JSON without its end.
    pub line: String,
}

/// What comes of an action that was sent at a time, in the order of time; the same bank answers the
/// same action alike. Seconds of life pass `haste` times as fast.
#[must_use]
pub fn answers(seed: u64, sent: &Sent<'_>, at: i64, haste: i64) -> Vec<Answered> {
    let number = sent.customer.trim_start_matches('C').parse().unwrap_or(0);
    let mut said = Says {
        chance: Chance::new(seed ^ fold(sent.action_id)),
        sent: *sent,
        at,
        haste: haste.max(1),
        all: Vec::new(),
    };
    match (sent.verdict, sent.channel) {
        (Some(verdict), _) => said.answer_verdict(verdict),
        (None, Some(_)) => said.answer_message(Person::of(seed, number).mood),
        // Handed to a team, which reports elsewhere.
        (None, None) => {}
    }
    said.all
}

/// FNV-1a: names a sequence of chance for each action.
fn fold(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

struct Says<'a> {
    chance: Chance,
    sent: Sent<'a>,
    at: i64,
    haste: i64,
    all: Vec<Answered>,
}

impl Says<'_> {
    fn answer_verdict(&mut self, verdict: &str) {
        match verdict {
            "step_up" => {
                let passes = if self.sent.fraud { 4 } else { 95 };
                if self.chance.percent(passes) {
                    self.say(5, 90, "challenge_passed");
                } else {
                    self.say(5, 90, "challenge_failed");
                }
            }
            "hold" | "block" => {
                self.say(1, 5, "delivered");
                if self.sent.fraud {
                    self.say(600, 7_200, "fraud_confirmed");
                } else {
                    self.say(600, 7_200, "false_positive");
                }
            }
            _ => {}
        }
    }

    fn answer_message(&mut self, mood: u64) {
        if !self.chance.percent(97) {
            self.say(1, 30, "failed");
            return;
        }
        self.say(1, 10, "delivered");
        if !self.chance.percent(70) {
            return;
        }
        self.say(10, 900, "shown");
        let glad = match self.sent.kind {
            "next-best-offer" => 2 + mood / 6,
            "retention" => 10 + mood / 3,
            // A notice asks for nothing.
            _ => return,
        };
        let roll = self.chance.below(100);
        if roll < glad {
            self.say(5, 600, "clicked");
            self.say(30, 1_800, "accepted");
            if self.chance.percent(60) {
                self.say(600, 14_400, "converted");
            }
        } else if roll < glad + 8 {
            self.say(5, 600, "refused");
        } else if roll < glad + 40 {
            self.say(1_800, 14_400, "ignored");
        }
    }

    /// Between so many and so many seconds after the last word.
    fn say(&mut self, low: i64, high: i64, outcome: &str) {
        let ms = self.chance.from(low * 1_000, high * 1_000) / self.haste;
        self.at = self.at.saturating_add(ms.max(1));
        let id = self.sent.action_id;
        let channel = self
            .sent
            .channel
            .map_or_else(String::new, |channel| format!(",\"channel\":\"{channel}\""));
        self.all.push(Answered {
            time: self.at,
            line: format!(
                "{{\"id\":\"o-{id}-{}\",\"action_id\":\"{id}\",\"outcome\":\"{outcome}\",\
                 \"time\":\"{}\"{channel}}}",
                self.all.len(),
                time_text(self.at)
            ),
        });
    }
}
