//! Lengths of time: `10.minutes`, `24.hours`, and `"24h"` where a verb takes a length.

use super::fault::raise;
use super::kinds::{Seen, Span};
use crate::duration;
use rhai::{Dynamic, Engine, EvalAltResult};

const UNITS: [(&str, &str, i64); 7] = [
    ("millisecond", "milliseconds", 1),
    ("second", "seconds", 1_000),
    ("minute", "minutes", 60_000),
    ("hour", "hours", 3_600_000),
    ("day", "days", 86_400_000),
    ("week", "weeks", 604_800_000),
    ("ms", "ms", 1),
];

/// Registers the units on whole numbers.
pub(super) fn register(engine: &mut Engine) {
    for (one, many, size) in UNITS {
        for word in [one, many] {
            engine.register_get(word, move |number: &mut i64| {
                number
                    .checked_mul(size)
                    .map(Span)
                    .ok_or_else(|| raise("the duration is too long"))
            });
        }
    }
}

/// A length given to a verb, as text or as a duration: ms, never negative.
pub(super) fn length(verb: &str, value: &Dynamic) -> Result<i64, Box<EvalAltResult>> {
    let ms = match Seen::of(value) {
        Seen::Text(text) => duration::parse(&text)
            .ok_or_else(|| raise(format!("`{}` at `{verb}` is no duration", text.as_str())))?,
        Seen::Span(ms) => ms,
        other => {
            let word = other.word();
            return Err(raise(format!("`{verb}` takes a duration, not {word}")));
        }
    };
    if ms < 0 {
        return Err(raise(format!("the duration at `{verb}` is negative")));
    }
    Ok(ms)
}
