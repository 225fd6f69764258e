//! Brakes: what all customers share, folded in at a tick.

use super::kit::*;
use super::plan::*;
use crate::change::SharedChange;
use crate::decision::shared::Shared;
use proptest::prelude::*;
use rules::rule::{Class, Cooldown};
use rules::value::EntityKind;

fn braked_bank() -> Bank {
    let mut plan = Plan::new();
    plan.rule(Spec::new(
        "fraud.a",
        Class::Fraud,
        r#"hold().reason("BURST")"#,
    ))
    .brake = Some((3, 10 * MINUTE));
    plan.open()
}

/// The same rule, which also stays silent for an entity.
fn cooling_bank() -> Bank {
    let mut plan = Plan::new();
    let then = r#"hold().reason("BURST")"#;
    let header = plan.rule(Spec::new("fraud.a", Class::Fraud, then));
    header.brake = Some((3, 10 * MINUTE));
    header.cooldown = Some(Cooldown {
        over: 7 * MINUTE,
        per: Some(EntityKind(0)),
    });
    plan.open()
}

#[test]
fn a_rule_that_fires_more_than_its_brake_allows_is_paused_from_the_next_tick_on() {
    let mut bank = braked_bank();
    for second in 0..4 {
        let step = bank.pay(NOW + second * 1_000, "1");
        assert_eq!(step.fates(), ["fraud.a hold → -"]);
        assert_eq!(step.enacted.shared.len(), 1);
        if second == 2 {
            let book = std::sync::Arc::clone(&bank.book);
            assert!(bank.shared.tick(&book, NOW + 2_000).is_empty());
        }
    }
    assert_eq!(bank.pay(NOW + 5_000, "1").fates(), ["fraud.a hold → -"]);
    let book = std::sync::Arc::clone(&bank.book);
    assert_eq!(bank.shared.tick(&book, NOW + 6_000), ["fraud.a"]);
    assert!(bank.shared.tick(&book, NOW + 7_000).is_empty());
    let step = bank.pay(NOW + 6_000, "1");
    assert_eq!(step.fates(), ["fraud.a ! RULE_BRAKED"]);
    assert!(step.enacted.shared.is_empty());
    // A brake holds until a person resumes the rule.
    bank.shared.tick(&book, NOW + DAY);
    assert_eq!(bank.pay(NOW + DAY, "1").fates(), ["fraud.a ! RULE_BRAKED"]);
    bank.shared.resume("fraud.a");
    assert_eq!(bank.pay(NOW + DAY, "1").fates(), ["fraud.a hold → -"]);
}

#[test]
fn firings_that_have_left_the_window_do_not_brake() {
    let mut bank = braked_bank();
    let book = std::sync::Arc::clone(&bank.book);
    for (at, rule) in [
        (0, "fraud.a"),
        (1, "fraud.a"),
        (2, "fraud.a"),
        (9, "fraud.a"),
    ] {
        let at = NOW + at * MINUTE;
        let rule = rule.into();
        bank.shared.apply(&SharedChange::Fired { rule, at });
    }
    // At +10 min the first is exactly ten minutes old: outside.
    assert!(bank.shared.tick(&book, NOW + 10 * MINUTE).is_empty());
    let mut early = braked_bank();
    for at in [0, 1, 2, 9] {
        early.shared.apply(&SharedChange::Fired {
            rule: "fraud.a".into(),
            at: NOW + at * MINUTE,
        });
    }
    let paused = early.shared.tick(&book, NOW + 10 * MINUTE - 1);
    assert_eq!(paused, ["fraud.a"]);
}

#[test]
fn shared_items_do_not_depend_on_the_order_of_changes_nor_on_forgetting() {
    let bank = braked_bank();
    let fired = |at: i64| SharedChange::Fired {
        rule: "fraud.a".into(),
        at,
    };
    let items = |changes: &[SharedChange], tick: Option<i64>| {
        let mut shared = crate::decision::shared::Shared::new();
        for change in changes {
            shared.apply(change);
        }
        if let Some(now) = tick {
            shared.tick(&bank.book, now);
        }
        let mut items = Vec::new();
        shared.items(&bank.book, NOW + 11 * MINUTE, &mut |kind, name, bytes| {
            items.push((kind.to_owned(), name.to_owned(), bytes.to_vec()));
        });
        items
    };
    let (a, b) = (fired(NOW), fired(NOW + 2 * MINUTE));
    let one = items(&[a.clone(), b.clone()], None);
    assert_eq!(one.len(), 1);
    assert_eq!(one, items(&[b.clone(), a.clone()], None));
    assert_eq!(one, items(&[a, b], Some(NOW + 11 * MINUTE)));
}

proptest! {
    /// A tick that sleeps until something runs out comes to what one comes to that looks each time.
    #[test]
    fn a_tick_that_sleeps_misses_nothing(
        steps in proptest::collection::vec((0usize..4, -12i64..12, 0i64..5), 1..60),
    ) {
        let bank = cooling_bank();
        let (mut asleep, mut awake) = (Shared::new(), Shared::new());
        let mut now = NOW;
        for (what, minutes, on) in steps {
            let at = now + minutes * MINUTE;
            let rule = if what == 1 { "fraud.gone" } else { "fraud.a" };
            let change = match what {
                0 | 1 => Some(SharedChange::Fired { rule: rule.into(), at }),
                2 => Some(SharedChange::EntityCooldown {
                    rule: rule.into(),
                    kind: "card".into(),
                    id: format!("K{on}").into(),
                    at,
                }),
                _ => None,
            };
            if let Some(change) = &change {
                asleep.apply(change);
                awake.apply(change);
            }
            now += on * MINUTE;
            // Nobody is resumed, but the tick looks.
            awake.resume("nobody");
            prop_assert_eq!(asleep.tick(&bank.book, now), awake.tick(&bank.book, now));
            prop_assert_eq!(&asleep, &awake);
            if minutes == 11 {
                asleep.resume("fraud.a");
                awake.resume("fraud.a");
            }
        }
    }
}
