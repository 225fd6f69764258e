//! `--against`: what two projects do differently on the same events.

use super::{ReplayArgs, replay};
use crate::cli::{NO, YES};
use engine::outcome::What;
use rules::book::Book;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::sync::Arc;

/// One action, as far as two books can agree on it: event, rule, verb, offer and subject.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Act {
    event: String,
    rule: String,
    what: String,
    customer: String,
}

/// Prints gained and lost actions, with the events behind them; exit code 1 when there are any.
pub(super) fn run(args: &ReplayArgs, book: &Arc<Book>, other: &Arc<Book>) -> anyhow::Result<u8> {
    let (new, old) = (acts(args, book)?, acts(args, other)?);
    let gained: Vec<&Act> = new.difference(&old).collect();
    let lost: Vec<&Act> = old.difference(&new).collect();
    let mut out = std::io::stdout().lock();
    for (sign, acts) in [("+", &gained), ("-", &lost)] {
        for act in acts {
            writeln!(
                out,
                "{sign} {} {} {} customer {}",
                act.event, act.rule, act.what, act.customer
            )?;
        }
    }
    let mut rules: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for act in &gained {
        rules.entry(&act.rule).or_default().0 += 1;
    }
    for act in &lost {
        rules.entry(&act.rule).or_default().1 += 1;
    }
    for (rule, (plus, minus)) in rules {
        eprintln!("{rule}: +{plus} -{minus}");
    }
    eprintln!(
        "{} actions before ({}), {} now ({}): {} gained, {} lost",
        old.len(),
        other.hash,
        new.len(),
        book.hash,
        gained.len(),
        lost.len()
    );
    Ok(if gained.is_empty() && lost.is_empty() {
        YES
    } else {
        NO
    })
}

fn acts(args: &ReplayArgs, book: &Arc<Book>) -> anyhow::Result<BTreeSet<Act>> {
    let mut acts = BTreeSet::new();
    replay(args, book, |output| {
        for outcome in &output.outcomes {
            let What::Settled(settled) = &outcome.what else {
                continue;
            };
            acts.extend(settled.actions.iter().map(|action| {
                let data = &action.data;
                let offer = data
                    .offer
                    .as_ref()
                    .map_or(String::new(), |o| format!(" {o}"));
                Act {
                    event: outcome.event_id.to_string(),
                    rule: data.rule.to_string(),
                    what: format!("{}{offer} {}", data.verb, action.subject),
                    customer: data.customer.to_string(),
                }
            }));
        }
        Ok(())
    })?;
    Ok(acts)
}
