//! What is silenced is pulled back in the same step, once, and only while nobody has seen it.

use super::*;
use crate::key::KeyGroup;

const EVENTS: &str = "[time]\nzone = \"UTC\"\nlateness = \"10s\"\nmax_future = \"5m\"\nmax_past = \"7d\"\n\
    [event.\"channel.a\"]\ntitle = { en = \"A\", zh = \"A\" }\n\
    [event.\"channel.r\"]\ntitle = { en = \"R\", zh = \"R\" }\n\
    [event.\"channel.complaint\"]\ntitle = { en = \"C\", zh = \"C\" }\n\
    [event.\"channel.closed\"]\ntitle = { en = \"D\", zh = \"D\" }\n\
    [event.\"profile.consent\"]\ntitle = { en = \"E\", zh = \"E\" }\n\
    [event.\"profile.consent\".data]\nchannel = \"text\"\ngiven = \"bool\"\n\
    [event.\"transaction.x\"]\ntitle = { en = \"X\", zh = \"X\" }\n";
const CHANNELS: &str = "[channel.app]\ntitle = { en = \"App\", zh = \"App\" }\nsink = \"kafka\"\n\
    [channel.sms]\ntitle = { en = \"Sms\", zh = \"Sms\" }\nsink = \"kafka\"\n";
const REASONS: &str = "[reason.R]\nen = \"r\"\nzh = \"r\"\ntell = false\n";
const OFFERS: &str = "[offer.gold]\nkind = \"offer\"\ngroup = \"g\"\npurpose = \"marketing\"\n\
    title = { en = \"g\", zh = \"g\" }\nvalue = 1\ncurrency = \"CNY\"\npropensity = { prior = 0.5 }\nchannels = [\"app\"]\n\
    expires = \"1h\"\n\
    [offer.stay]\nkind = \"retain\"\ngroup = \"s\"\npurpose = \"service\"\n\
    title = { en = \"s\", zh = \"s\" }\nvalue = 1\ncurrency = \"CNY\"\npropensity = { prior = 0.5 }\nchannels = [\"sms\"]\n\
    expires = \"1h\"\n";
const POLICY: &str = "[consent]\non = \"profile.consent\"\npurpose = '\"marketing\"'\n\
    channel = \"event.channel\"\ngiven = \"event.given\"\n\
    [[cap]]\nname = \"three_a_day\"\ncount = \"class:commercial\"\nmax = 3\nover = \"24h\"\n\
    [[suppress]]\nname = \"after_complaint\"\non = \"channel.complaint\"\nclass = [\"commercial\"]\n\
    over = \"30d\"\nuntil = \"channel.closed\"\n\
    [[suppress]]\nname = \"after_refusal\"\noutcome = \"refused\"\ntimes = 1\nwithin = \"1d\"\n\
    scope = \"group\"\nover = \"30d\"\n";

fn rule(on: &str, class: &str, more: &str, then: &str) -> String {
    format!(
        "on(\"{on}\");\nclass(\"{class}\");\ntitle(\"a\", \"a\");\n{more}\
         fn when(event, customer) {{ true }}\nfn then(event, customer) {{ {then}.reason(\"R\") }}\n"
    )
}

/// An engine and what it has been told.
struct Bank {
    engine: Engine,
    sent: u64,
}

/// What went out for one event: the actions, and what was pulled back as (action, by).
struct Came {
    actions: Vec<Text>,
    withdrawn: Vec<(Text, Text)>,
    settled: crate::outcome::Settled,
}

impl Bank {
    fn engine(shards: usize) -> Engine {
        Self::engine_of(shards, Settings::default().batch)
    }

    fn engine_of(shards: usize, batch: usize) -> Engine {
        let hold = "priority(1);\non_error(\"hold\");\nbrake(100, \"10m\");\n";
        let project = Project::from_files([
            ("catalog/events.toml", EVENTS.to_owned()),
            ("catalog/channels.toml", CHANNELS.to_owned()),
            ("catalog/reasons.toml", REASONS.to_owned()),
            ("catalog/offers.toml", OFFERS.to_owned()),
            ("catalog/policy.toml", POLICY.to_owned()),
            (
                "rules/offers/gold.rhai",
                rule("channel.a", "commercial", "", "offer(\"gold\")"),
            ),
            (
                "rules/retention/stay.rhai",
                rule("channel.r", "retention", "", "retain(\"stay\")"),
            ),
            (
                "rules/fraud/hold.rhai",
                rule("transaction.x", "fraud", hold, "hold().lasts(\"1d\")"),
            ),
        ]);
        let (book, findings) = compile(&project);
        let book = book.unwrap_or_else(|| panic!("{findings:?}"));
        let mut settings = Settings {
            shards,
            batch,
            ..Settings::default()
        };
        settings.show.journal = true;
        Engine::new(Arc::new(book), &settings).unwrap()
    }

    /// A customer who may be contacted.
    fn open(shards: usize) -> Self {
        let engine = Self::engine(shards);
        let mut bank = Self { engine, sent: 0 };
        for channel in ["app", "sms"] {
            bank.tell("profile.consent", START, &consent(channel, true));
        }
        bank
    }

    fn tell(&mut self, kind: &str, time: i64, data: &str) -> Came {
        self.sent += 1;
        let id = self.sent;
        let bytes = format!(
            "{{\"id\":\"e{id}\",\"type\":\"{kind}\",\"customer\":\"C\",\"time\":{time},\"data\":{data}}}"
        );
        let record = Record {
            line: 1,
            bytes: bytes.into_bytes(),
        };
        let mut output = self
            .engine
            .push_live(vec![record], time.max(START) + 1_000)
            .unwrap();
        assert_eq!(output.refused, []);
        let Some(What::Settled(settled)) = output.outcomes.pop().map(|o| o.what) else {
            panic!("not settled");
        };
        let pulled = |action: &Action| {
            assert_eq!(action.ty, "deft.action.withdrawn");
            assert_eq!(action.data.code, Some("WITHDRAWN"));
            let (what, by) = (action.data.withdraws.clone(), action.data.by.clone());
            (what.unwrap(), by.unwrap())
        };
        Came {
            actions: settled.actions.iter().map(|a| a.id.clone()).collect(),
            withdrawn: settled.withdrawn.iter().map(pulled).collect(),
            settled,
        }
    }

    fn outcome(&mut self, word: &str, action: &Text, time: i64) -> Came {
        let data = format!("{{\"action_id\":\"{action}\"}}");
        self.tell(&format!("outcome.{word}"), time, &data)
    }
}

fn consent(channel: &str, given: bool) -> String {
    format!("{{\"channel\":\"{channel}\",\"given\":{given}}}")
}

fn pulled(came: &Came) -> Vec<(&str, &str)> {
    let all = came.withdrawn.iter();
    all.map(|(what, by)| (what.as_str(), by.as_str())).collect()
}

#[test]
fn a_complaint_pulls_back_what_it_silences_and_nothing_else() {
    for shards in [1, 3] {
        let mut bank = Bank::open(shards);
        let gold = bank.tell("channel.a", START, "{}").actions;
        let stay = bank.tell("channel.r", START, "{}").actions;
        assert_eq!((gold.len(), stay.len()), (1, 1));
        let came = bank.tell("channel.complaint", START + 1, "{}");
        assert_eq!(pulled(&came), [(&*gold[0], "policy.after_complaint")]);
        let line = &came.settled.withdrawn[0];
        assert_eq!(line.data.kind, "next-best-offer");
        assert_eq!(line.data.verb, "withdraw");
        assert_eq!(line.data.channel.as_deref(), Some("app"));
        assert_eq!(line.sequence, "3");
        // Once is enough.
        let again = bank.tell("channel.complaint", START + 2, "{}");
        assert_eq!(pulled(&again), []);
    }
}

#[test]
fn what_was_answered_or_has_run_out_is_not_pulled_back() {
    let mut bank = Bank::open(1);
    let shown = bank.tell("channel.a", START, "{}").actions;
    bank.outcome("shown", &shown[0], START + 1);
    let failed = bank.tell("channel.a", START + 2, "{}").actions;
    bank.outcome("failed", &failed[0], START + 3);
    let open = bank.tell("channel.a", START + 4, "{}").actions;
    let came = bank.tell("channel.complaint", START + 5, "{}");
    assert_eq!(pulled(&came), [(&*open[0], "policy.after_complaint")]);

    let mut bank = Bank::open(1);
    bank.tell("channel.a", START, "{}");
    let came = bank.tell("channel.complaint", START + 3_600_000, "{}");
    assert_eq!(pulled(&came), []);
}

#[test]
fn a_complaint_that_comes_late_pulls_back_what_it_should_have_silenced() {
    let mut bank = Bank::open(1);
    let gold = bank.tell("channel.a", START + 900, "{}").actions;
    let came = bank.tell("channel.complaint", START + 100, "{}");
    assert!(came.settled.late);
    assert_eq!(pulled(&came), [(&*gold[0], "policy.after_complaint")]);
    // One that was closed again before the action silences nothing of it.
    let mut bank = Bank::open(1);
    bank.tell("channel.closed", START + 500, "{}");
    bank.tell("channel.a", START + 900, "{}");
    let came = bank.tell("channel.complaint", START + 100, "{}");
    assert_eq!(pulled(&came), []);
}

#[test]
fn an_opt_out_pulls_back_marketing_on_its_channel() {
    for word in ["event", "outcome"] {
        let mut bank = Bank::open(1);
        let gold = bank.tell("channel.a", START, "{}").actions;
        let seen = bank.tell("channel.a", START + 1, "{}").actions;
        bank.tell("channel.r", START + 2, "{}");
        let came = match word {
            "event" => bank.tell("profile.consent", START + 3, &consent("app", false)),
            _ => bank.outcome("opted_out", &seen[0], START + 3),
        };
        let by = "consent.marketing/app";
        let both = [(&*gold[0], by), (&*seen[0], by)];
        // The answer itself proves that one of them was seen.
        let expected = if word == "event" {
            &both[..]
        } else {
            &both[..1]
        };
        assert_eq!(pulled(&came), expected, "{word}");
        // An older word changes nothing any more.
        let older = bank.tell("profile.consent", START + 2, &consent("app", false));
        assert_eq!(pulled(&older), []);
    }
}

#[test]
fn a_hold_pulls_back_what_sells_and_keeps_and_a_false_alarm_pulls_back_the_hold() {
    let mut bank = Bank::open(1);
    let gold = bank.tell("channel.a", START, "{}").actions;
    let stay = bank.tell("channel.r", START + 1, "{}").actions;
    let held = bank.tell("transaction.x", START + 2, "{}");
    let by = "fraud.hold";
    assert_eq!(pulled(&held), [(&*gold[0], by), (&*stay[0], by)]);
    let hold = &held.actions[0];
    assert_eq!(bank.tell("channel.a", START + 3, "{}").actions.len(), 0);
    let released = bank.outcome("false_positive", hold, START + 4);
    assert_eq!(
        pulled(&released),
        [(hold.as_str(), "outcome.false_positive")]
    );
    assert_eq!(released.settled.withdrawn[0].data.kind, "fraud-block");
    assert!(released.settled.answered.unwrap().hold_ended);
    let again = bank.outcome("released", hold, START + 5);
    assert_eq!(pulled(&again), []);
    assert!(!again.settled.answered.unwrap().hold_ended);
    assert_eq!(bank.tell("channel.a", START + 6, "{}").actions.len(), 1);
}

/// The caps of the action an outcome answered.
fn used(came: &Came) -> Vec<(&str, u32)> {
    let caps = &came.settled.answered.as_ref().unwrap().caps;
    caps.iter().map(|c| (&*c.name, c.used)).collect()
}

#[test]
fn what_is_pulled_back_unseen_leaves_its_cap_and_what_was_seen_all_the_same_stays() {
    let mut all = Vec::new();
    for seen in [false, true] {
        let mut bank = Bank::open(1);
        let first = bank.tell("channel.a", START, "{}").actions;
        let second = bank.tell("channel.a", START + 1, "{}").actions;
        let came = bank.outcome("delivered", &second[0], START + 2);
        assert_eq!(used(&came), [("three_a_day", 2)]);
        bank.tell("channel.complaint", START + 3, "{}");
        if seen {
            bank.outcome("shown", &first[0], START + 4);
        }
        let came = bank.outcome("clicked", &second[0], START + 5);
        all.push(used(&came)[0].1);
    }
    assert_eq!(all, [1, 2]);
}

#[test]
fn an_outcome_tells_what_it_changed_and_a_repeat_changes_nothing() {
    let mut bank = Bank::open(1);
    let gold = bank.tell("channel.a", START, "{}").actions;
    let open = bank.tell("channel.a", START + 1, "{}").actions;
    let refused = bank.outcome("refused", &gold[0], START + 2);
    let told = refused.settled.answered.clone().unwrap();
    assert!(told.confirmed && !told.repeated);
    let names: Vec<&str> = told.suppressed.iter().map(|s| &*s.name).collect();
    assert_eq!(names, ["after_refusal"]);
    assert_eq!(pulled(&refused), [(&*open[0], "policy.after_refusal")]);
    let again = bank.outcome("refused", &gold[0], START + 2);
    let told = again.settled.answered.unwrap();
    assert!(told.repeated && !told.confirmed && told.suppressed.is_empty());
}

#[test]
fn what_nobody_heard_is_pulled_back_where_it_was_for_whoever_asked() {
    let mut bank = Bank::open(1);
    let gold = bank.tell("channel.a", START, "{}");
    let other = bank.tell("channel.a", START + 1, "{}");
    let decision = &gold.settled.decision.as_ref().unwrap().id;
    let word = |channel: &str| {
        format!("{{\"decision_id\":\"{decision}\",\"answer\":\"nothing\"{channel}}}")
    };
    // The app is pushed to: nobody who asked has it to himself.
    for channel in ["", ",\"channel\":\"sms\""] {
        let came = bank.tell("outcome.unanswered", START, &word(channel));
        assert_eq!(pulled(&came), []);
        assert!(!came.settled.unknown_action);
    }
    let came = bank.tell("outcome.unanswered", START, &word(",\"channel\":\"app\""));
    assert_eq!(pulled(&came), [(&*gold.actions[0], "decide.fallback")]);
    let came = bank.tell("channel.complaint", START + 2, "{}");
    assert_eq!(
        pulled(&came),
        [(&*other.actions[0], "policy.after_complaint")]
    );
}

#[test]
fn a_hold_by_hand_silences_until_it_is_let_go() {
    let mut bank = Bank::open(1);
    let gold = bank.tell("channel.a", START, "{}").actions;
    let data = "{\"block\":false,\"why\":\"w\",\"by\":\"ann\"}";
    let came = bank.tell("outcome.held", START + 1, data);
    assert_eq!(pulled(&came), [(&*gold[0], "operator.ann")]);
    assert_eq!(bank.tell("channel.a", START + 2, "{}").actions.len(), 0);
    // Its id is that of its event; nobody was told of it by an action.
    let hold = Text::from(format!("e{}", bank.sent - 1));
    let came = bank.outcome("released", &hold, START + 3);
    assert!(came.settled.answered.as_ref().unwrap().hold_ended);
    assert_eq!(pulled(&came), []);
    assert_eq!(bank.tell("channel.a", START + 4, "{}").actions.len(), 1);
}

#[test]
fn what_is_pulled_back_is_so_after_a_restart() {
    let mut bank = Bank::open(1);
    bank.tell("channel.a", START, "{}");
    bank.tell("channel.complaint", START + 1, "{}");
    let mut entries = Vec::new();
    for group in (0..crate::limits::KEY_GROUPS).map(KeyGroup).map(Some) {
        entries.append(&mut bank.engine.whole(group).unwrap());
    }
    let is_withdrawn = |entry: &Entry| {
        matches!(
            entry,
            Entry::Customer {
                change: Change::Withdrawn { .. },
                ..
            }
        )
    };
    assert_eq!(entries.iter().filter(|e| is_withdrawn(e)).count(), 1);
    let (hash, stand) = (bank.engine.state_hash().unwrap(), bank.engine.stand());
    for (entries, same) in [
        (entries.clone(), true),
        (
            entries.into_iter().filter(|e| !is_withdrawn(e)).collect(),
            false,
        ),
    ] {
        let mut other = Bank::engine(1);
        other.restore(entries).unwrap();
        other.restored(stand).unwrap();
        assert_eq!(other.state_hash().unwrap() == hash, same);
    }
}

/// A batch is admitted before its steps are made: what one of its events starts holds for the next,
/// however far ahead the last one is.
#[test]
fn what_a_batch_starts_holds_for_its_next_event_whatever_comes_at_its_end() {
    const HOUR: i64 = 3_600_000;
    let mut events = vec![("transaction.x", START), ("channel.r", START + HOUR)];
    events.extend((0..10).map(|n| ("channel.closed", START + 72 * HOUR + n)));
    let records = (1..).zip(events).map(|(line, (kind, time))| Record {
        line,
        bytes: format!(
            "{{\"id\":\"e{line}\",\"type\":\"{kind}\",\"customer\":\"C\",\"time\":{time},\"data\":{{}}}}"
        )
        .into_bytes(),
    });
    let records: Vec<Record> = records.collect();
    for batch in [1, 3, 4_096] {
        let mut engine = Bank::engine_of(1, batch);
        let mut output = engine.push(records.clone()).unwrap();
        output.outcomes.extend(engine.finish().unwrap().outcomes);
        let verbs: Vec<_> = super::actions(&output)
            .iter()
            .map(|a| a.data.verb)
            .collect();
        assert_eq!(verbs, ["hold"], "in batches of {batch}");
    }
}
