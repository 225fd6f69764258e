//! Arbitration: who beats whom. The choice does not depend on the order of candidates.

use super::kit::*;
use super::plan::*;
use crate::decision::arbitration::arbitrate;
use crate::decision::candidate::{Candidate, Door};
use crate::decision::loss::Fate;
use crate::decision::policy::{Agreement, Answer, Noted, Policy, Question};
use crate::decision::stages::Court;
use crate::refusal::Stage;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use rules::book::RuleIx;
use rules::catalogue::policy::CapScope;
use rules::draft::{Draft, Verb};
use rules::rule::Class;
use rules::value::{EntityKey, Text};
use std::collections::{BTreeMap, BTreeSet};

fn open(plan: Plan) -> Bank {
    let mut bank = plan.open();
    bank.agree(&["app", "sms"]);
    bank
}

#[test]
fn the_better_score_takes_the_channel_and_the_other_is_outranked() {
    let mut plan = Plan::new();
    plan.rule(Spec::new(
        "offers.dinner",
        Class::Commercial,
        r#"offer("dinner")"#,
    ));
    plan.rule(Spec::new(
        "offers.travel",
        Class::Commercial,
        r#"offer("travel")"#,
    ));
    let step = open(plan).pay(NOW, "100");
    // 18 × 0.04 = 0.72 beats 6 × 0.11 = 0.66.
    let expected = ["offers.travel travel → app", "offers.dinner ! OUTRANKED"];
    assert_eq!(step.fates(), expected);
    let decision = step.decision.unwrap();
    assert_eq!(decision.chosen[0].score, Some(0.04 * 18.0));
    let by = &decision.refused[0].loss.by;
    assert_eq!(by.as_deref(), Some("offers.travel"));
}

#[test]
fn a_lever_weighs_in_its_days_only() {
    let mut plan = Plan::new();
    plan.rule(Spec::new(
        "offers.dinner",
        Class::Commercial,
        r#"offer("dinner")"#,
    ))
    .lever = Some("spring".into());
    plan.rule(Spec::new(
        "offers.travel",
        Class::Commercial,
        r#"offer("travel")"#,
    ));
    plan.lever("spring", 1.3, Some((NOW, NOW + DAY)));
    let mut bank = open(plan);
    assert_eq!(
        bank.pay(NOW - 1, "1").fates()[0],
        "offers.travel travel → app"
    );
    assert_eq!(bank.pay(NOW, "1").fates()[0], "offers.dinner dinner → app");
    let after = bank.pay(NOW + DAY, "1").fates();
    assert_eq!(after[0], "offers.travel travel → app");
}

#[test]
fn service_beats_retention_beats_commercial_whatever_the_score() {
    let mut plan = Plan::new();
    plan.rule(Spec::new(
        "a.sell",
        Class::Commercial,
        r#"offer("travel").value(money("9999 CNY"))"#,
    ));
    plan.rule(Spec::new("b.keep", Class::Retention, r#"retain("care")"#));
    plan.rule(Spec::new("c.serve", Class::Service, r#"serve("callback")"#));
    let expected = [
        "c.serve callback → app",
        "a.sell ! OUTRANKED",
        "b.keep ! OUTRANKED",
    ];
    assert_eq!(open(plan).pay(NOW, "1").fates(), expected);
}

#[test]
fn services_are_ordered_by_priority_and_equals_by_rule_id() {
    let mut plan = Plan::new();
    plan.rule(Spec::new(
        "service.a",
        Class::Service,
        r#"serve("callback")"#,
    ))
    .priority = 10;
    plan.rule(Spec::new(
        "service.b",
        Class::Service,
        r#"serve("callback")"#,
    ))
    .priority = 20;
    plan.rule(Spec::new(
        "service.c",
        Class::Service,
        r#"serve("callback")"#,
    ))
    .priority = 20;
    assert_eq!(
        open(plan).pay(NOW, "1").fates()[0],
        "service.b callback → app"
    );
}

#[test]
fn a_cap_with_one_place_left_is_given_once_in_a_decision() {
    let mut plan = Plan::new();
    plan.rule(Spec::new(
        "offers.dinner",
        Class::Commercial,
        r#"offer("dinner").channel("branch")"#,
    ));
    plan.rule(Spec::new(
        "offers.travel",
        Class::Commercial,
        r#"offer("travel")"#,
    ));
    plan.channel("branch", 1, None, None);
    plan.cap("one_a_day", CapScope::Class(Class::Commercial), 1, DAY);
    let mut bank = open(plan);
    bank.agree(&["branch"]);
    let expected = [
        "offers.travel travel → app",
        "offers.dinner ! SUPPRESSED_CONTACT_LIMIT",
    ];
    assert_eq!(bank.pay(NOW, "1").fates(), expected);
}

#[test]
fn a_channel_takes_as_many_as_its_top() {
    let mut plan = Plan::new();
    for (id, then) in [
        ("offers.a", r#"offer("travel").channel("home")"#),
        ("offers.b", r#"offer("dinner").channel("home")"#),
        (
            "offers.c",
            r#"offer("dinner").channel("home").propensity(0.01)"#,
        ),
    ] {
        plan.rule(Spec::new(id, Class::Commercial, then));
    }
    plan.channel("home", 2, None, None);
    let mut bank = open(plan);
    bank.agree(&["home"]);
    let expected = [
        "offers.a travel → home",
        "offers.b dinner → home",
        "offers.c ! OUTRANKED",
    ];
    assert_eq!(bank.pay(NOW, "1").fates(), expected);
}

/// Answers by script: what is not scripted is free, and consent is given.
struct Scripted {
    closed: BTreeSet<String>,
    used: u32,
    zone: TimeZone,
}

impl Policy for Scripted {
    fn look(&mut self, question: &Question) -> Answer {
        match question {
            Question::Consent { .. } => Answer::Agreed(Agreement::Given),
            Question::Used { .. } => Answer::Used {
                count: self.used,
                room: None,
            },
            other if self.closed.contains(&other.key()) => Answer::until(NOW + DAY),
            _ => Answer::Free,
        }
    }

    fn zone(&self) -> &TimeZone {
        &self.zone
    }
}

/// A candidate as numbers: (rule, verb, doors, value).
type Made = (usize, u8, u8, u8);

const RULES: usize = 8;

fn court_of_eight() -> Bank {
    let mut plan = Plan::new();
    for (at, id) in ["r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7"]
        .into_iter()
        .enumerate()
    {
        let class = [
            Class::Fraud,
            Class::Service,
            Class::Retention,
            Class::Commercial,
        ][at / 2];
        let header = plan.rule(Spec::new(id, class, "allow()"));
        header.priority = u16::try_from(at % 2).unwrap() * 10;
    }
    plan.cap("two", CapScope::Class(Class::Commercial), 2, DAY);
    plan.cap("app", CapScope::Channel("app".into()), 2, DAY);
    plan.channel("home", 2, None, None);
    plan.open()
}

fn candidate<'a>(bank: &'a Bank, made: &Made, nth: usize) -> Candidate<'a> {
    let (rule, verb, doors, value) = *made;
    let (ix, rule) = (RuleIx(u16::try_from(rule).unwrap()), &bank.book.rules[rule]);
    let verdicts = [Verb::Allow, Verb::StepUp, Verb::Hold, Verb::Block];
    let (verb, offer) = match rule.header.class {
        Class::Fraud => (verdicts[usize::from(verb % 4)], None),
        Class::Service => (Verb::Serve, Some("callback")),
        Class::Retention => (Verb::Retain, Some("care")),
        _ => (
            Verb::Offer,
            Some(["travel", "dinner"][usize::from(verb % 2)]),
        ),
    };
    let mut draft = Draft::new(verb);
    draft.id = offer.map(Text::from);
    draft.propensity = Some(f64::from(value) / 10.0);
    draft.subject = (offer.is_none() && doors % 2 == 1).then(|| EntityKey {
        kind: CARD,
        id: "K1".into(),
    });
    let doors = ["app", "home", "sms"]
        .into_iter()
        .enumerate()
        .filter(|(bit, _)| offer.is_some() && doors & (1 << bit) != 0)
        .map(|(_, name)| Door {
            channel: name.into(),
            open: value % 5 != 0,
            address: None,
        })
        .collect();
    Candidate {
        ix,
        rule,
        nth,
        draft,
        riders: Vec::new(),
        offer: offer.and_then(|name| bank.book.catalogue.offer_named(name)),
        unfit: None,
        doors,
        by_error: false,
    }
}

/// The fates by candidate, whatever the order they were given in.
fn fates(
    bank: &Bank,
    event: &crate::event::Event,
    candidates: &[Candidate<'_>],
    scripted: (u32, bool),
) -> BTreeMap<(Text, usize), Fate> {
    let mut policy = Scripted {
        closed: scripted.1.then(|| "hold".to_owned()).into_iter().collect(),
        used: scripted.0,
        zone: TimeZone::UTC,
    };
    let mut noted = Noted::new(&mut policy);
    let mut court = Court {
        book: &bank.book,
        event,
        policy: &mut noted,
    };
    let fates = arbitrate(&mut court, candidates);
    assert_eq!(fates.len(), candidates.len());
    candidates
        .iter()
        .map(|c| (c.rule.id.clone(), c.nth))
        .zip(fates)
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn the_choice_does_not_depend_on_the_order_and_keeps_its_bounds(
        made in prop::collection::vec((0..RULES, 0..4u8, 0..8u8, 0..10u8), 0..12),
        order in prop::collection::vec(any::<u32>(), 12),
        used in 0..3u32,
        held in any::<bool>(),
    ) {
        let mut bank = court_of_eight();
        let event = bank.event(PAYMENT, NOW, Vec::new());
        let candidates: Vec<Candidate<'_>> = made
            .iter()
            .enumerate()
            .map(|(nth, made)| candidate(&bank, made, nth))
            .collect();
        let straight = fates(&bank, &event, &candidates, (used, held));
        let mut keyed: Vec<_> = order.iter().zip(candidates.clone()).collect();
        keyed.sort_by_key(|(key, _)| **key);
        let shuffled: Vec<Candidate<'_>> = keyed.into_iter().map(|(_, c)| c).collect();
        prop_assert_eq!(&fates(&bank, &event, &shuffled, (used, held)), &straight);

        let mut per_channel: BTreeMap<Text, u32> = BTreeMap::new();
        let mut per_subject: BTreeMap<Option<EntityKey>, u32> = BTreeMap::new();
        let (mut sold, mut silenced) = (0, held);
        for candidate in &candidates {
            let key = (candidate.rule.id.clone(), candidate.nth);
            match &straight[&key] {
                Fate::Chosen(win) => {
                    let class = candidate.rule.header.class;
                    match &win.channel {
                        Some(channel) => *per_channel.entry(channel.clone()).or_default() += 1,
                        None => {
                            prop_assert!(candidate.draft.verb.is_verdict());
                            let subject = candidate.draft.subject.clone();
                            *per_subject.entry(subject).or_default() += 1;
                        }
                    }
                    silenced |= matches!(candidate.draft.verb, Verb::Hold | Verb::Block);
                    sold += u32::from(class == Class::Commercial);
                    if class != Class::Fraud {
                        prop_assert!(!candidate.doors.is_empty());
                    }
                }
                Fate::Refused(loss) => {
                    prop_assert!(loss.code.stage() <= Stage::Arbitration);
                }
            }
        }
        for (channel, count) in &per_channel {
            let top = bank.book.catalogue.channel_named(channel).unwrap().top;
            prop_assert!(*count <= top);
        }
        prop_assert!(per_subject.values().all(|count| *count == 1));
        prop_assert!(used + sold <= 2 || sold == 0);
        if silenced {
            for (candidate, fate) in candidates
                .iter()
                .map(|c| (c, &straight[&(c.rule.id.clone(), c.nth)]))
            {
                let sells = matches!(candidate.rule.header.class, Class::Commercial | Class::Retention);
                prop_assert!(!sells || matches!(fate, Fate::Refused(_)));
            }
        }
    }
}
