//! Marks: what `fn always` is written in.

use super::convert;
use super::desk::mark;
use super::fault::raise;
use super::spans::length;
use crate::draft::Mark;
use rhai::{Dynamic, Engine, EvalAltResult, ImmutableString};

/// Registers `tag untag remind forget`.
pub(super) fn register(engine: &mut Engine) {
    engine.register_fn("tag", |name: ImmutableString, value: Dynamic| {
        tag(name, &value, None)
    });
    engine.register_fn(
        "tag",
        |name: ImmutableString, value: Dynamic, ttl: Dynamic| {
            tag(name, &value, Some(length("tag", &ttl)?))
        },
    );
    engine.register_fn("untag", |name: ImmutableString| {
        mark("untag", Mark::Untag { name })
    });
    engine.register_fn("remind", |name: ImmutableString, after: Dynamic| {
        let after = length("remind", &after)?;
        mark("remind", Mark::Remind { name, after })
    });
    engine.register_fn("forget", |name: ImmutableString| {
        mark("forget", Mark::Forget { name })
    });
}

fn tag(name: ImmutableString, value: &Dynamic, ttl: Option<i64>) -> Result<(), Box<EvalAltResult>> {
    let value = convert::taken(value)
        .map_err(|given| raise(format!("`tag` cannot keep {given} in `{name}`")))?;
    if value.is_missing() {
        return Err(raise(format!("the value for tag `{name}` is missing")));
    }
    mark("tag", Mark::Tag { name, value, ttl })
}
