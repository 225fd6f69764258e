//! Decisions by real rules, taken step by step. Every recorded one is decided again from its record.

pub(crate) mod kit;

use kit::*;
use rules::catalogue::policy::CapScope;
use rules::rule::Class;

fn offer(id: &'static str, then: &'static str) -> Spec {
    Spec::new(id, Class::Commercial, then)
}

#[test]
fn the_better_score_takes_the_channel_and_the_other_is_outranked() {
    let mut plan = Plan::new();
    plan.rule(offer(
        "offers.dinner",
        r#"offer("dinner").reason("TRAVELS")"#,
    ));
    plan.rule(offer(
        "offers.travel",
        r#"offer("travel").reason("TRAVELS")"#,
    ));
    let mut bank = plan.open();
    bank.agree(&["app"]);
    let step = bank.pay(NOW, "100");
    // 18 × 0.04 = 0.72 beats 6 × 0.11 = 0.66.
    assert_eq!(
        step.fates(),
        ["offers.travel travel → app", "offers.dinner ! OUTRANKED"]
    );
}
