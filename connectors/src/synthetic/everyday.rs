//! What happens every day and means nothing: the noise that stories stand out of.

use super::chance::Chance;
use super::lives;
use super::person::Person;
use super::stage::{Stage, money};
use super::week;

/// What the bank's clock is ahead of universal time: it stands in Shanghai.
const ZONE_MS: i64 = 8 * 3_600_000;

/// Most people sleep between midnight and six.
pub(super) fn sleeps(at: i64, chance: &mut Chance) -> bool {
    let hour = (at + ZONE_MS).div_euclid(3_600_000).rem_euclid(24);
    hour < 6 && chance.percent(85)
}

/// One scene of an ordinary day.
pub(super) fn play(stage: &mut Stage, at: i64, person: &Person) {
    let (card, account, device) = (person.card(), person.account(), person.device());
    match stage.chance.below(100) {
        0..52 => pay(stage, at, person),
        52..70 => {
            login(stage, at, person, &device);
            let looked = stage.later(at, 5, 60);
            look(stage, looked, person, &account);
        }
        70..80 => login(stage, at, person, &device),
        80..91 => {
            let data = week::known_transfer(person, &mut stage.chance);
            stage.play(at, &person.id, "transaction.transfer", data);
        }
        91..92 => {
            let data = format!(
                "{{\"amount\":\"{}\",\"card\":\"{card}\",\"terminal\":\"ATM{}\"}}",
                money(stage.chance.from(1, 20) * 10_000),
                person.number % 40
            );
            stage.play(at, &person.id, "transaction.cash_withdrawal", data);
        }
        92..98 => {
            let data = format!(
                "{{\"amount\":\"{}\",\"account\":\"{account}\",\"purpose\":\"refund\"}}",
                money(stage.chance.from(1_000, 90_000))
            );
            stage.play(at, &person.id, "transaction.credit", data);
        }
        98 => {
            let data = format!("{{\"assets\":\"{}\"}}", money(person.assets));
            stage.play(at, &person.id, "profile.balances", data);
        }
        _ => lives::complain(stage, at, person, "low"),
    }
}

fn pay(stage: &mut Stage, at: i64, person: &Person) {
    let mut data = week::payment(person, &mut stage.chance);
    if stage.chance.percent(4) {
        data.pop();
        data.push_str(",\"declined\":true}");
    }
    stage.play(at, &person.id, "transaction.card_payment", data);
}

pub(super) fn login(stage: &mut Stage, at: i64, person: &Person, device: &str) {
    let data = format!("{{\"device\":\"{device}\"}}");
    stage.play(at, &person.id, "channel.login", data);
}

pub(super) fn look(stage: &mut Stage, at: i64, person: &Person, account: &str) {
    let data = format!("{{\"account\":\"{account}\"}}");
    stage.play(at, &person.id, "channel.balance_query", data);
}
