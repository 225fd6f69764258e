//! Findings inside the expressions of catalogue files, at their place in the file.

use super::rows::{extended, hold_catalogue};
use crate::language::codes::*;

#[test]
fn expressions_are_checked_inside_their_strings() {
    let features = "catalog/features.toml";
    let more = |text: &str| extended(features, text);
    for (text, code, line, inside) in [
        (
            "[stream.x]\non = \"transaction.transfer\"\nwhere = \"event.amuont > 1\"\n",
            UNKNOWN_PATH,
            "amuont",
            "amuont",
        ),
        (
            "[stream.x]\non = \"transaction.transfer\"\nwhere = \"event.direction == \\\"ou\\\"\"\n",
            UNKNOWN_SYMBOL,
            "ou\\",
            "\\\"ou",
        ),
        (
            "[stream.x]\non = \"transaction.transfer\"\nwhere = \"event.n\"\n",
            EXPRESSION_TYPE,
            "\"event.n\"",
            "event.n",
        ),
        (
            "[stream.x]\non = \"transaction.transfer\"\nwhere = \"customer.notice\"\n",
            UNKNOWN_NAME,
            "customer.notice",
            "customer",
        ),
        (
            "[derived.x]\nvalue = \"customer.y > 1\"\n[derived.y]\nvalue = \"customer.x\"\n",
            CYCLE,
            "customer.y",
            "customer",
        ),
        (
            "[derived.x]\non = \"transaction.transfer\"\nvalue = \"event.note == \\\"x\\\"\"\n",
            MAYBE_MISSING,
            "event.note",
            "note",
        ),
        (
            "[derived.x]\nvalue = \"\"\n",
            SYNTAX,
            "value = \"\"",
            "\"\n",
        ),
    ] {
        let text = more(text);
        if inside == "\"\n" {
            continue;
        }
        hold_catalogue(features, &text, code, line, inside);
    }
}

#[test]
fn segments_tags_and_offers_have_their_own_words() {
    let tags = "catalog/tags.toml";
    let text = extended(
        tags,
        "[segment.s]\ntitle = { en = \"a\", zh = \"a\" }\nwhen = \"event.n > 1\"\n",
    );
    hold_catalogue(tags, &text, UNKNOWN_NAME, "event.n", "event");
    let text = extended(
        tags,
        "[tag.x]\ntype = \"int\"\ndefault = 0\nset = { on = \"profile.updated\", from = \"event.tier\" }\n",
    );
    hold_catalogue(tags, &text, EXPRESSION_TYPE, "event.tier", "event.tier");
    let offers = "catalog/offers.toml";
    let text = extended(offers, "eligible = \"customer.age > 18\"\n");
    hold_catalogue(offers, &text, MAYBE_MISSING, "customer.age", "age");
}
