//! Verbs: what `fn then` is written in.

use super::convert;
use super::fault::raise;
use super::kinds::{Entity, Seen, Sketch, word};
use super::spans::length;
use crate::draft::{Draft, Verb};
use crate::value::Text;
use rhai::{Array, Dynamic, Engine, EvalAltResult, ImmutableString, Map};
use std::any::TypeId;
use std::sync::Arc;

type Answer = Result<Sketch, Box<EvalAltResult>>;

/// Channels, reasons, and members of `data` that one action may name.
const NAMED: usize = 8;
const REASONS: usize = 16;
const DATA: usize = 64;

/// Registers the verbs and their chain.
pub(super) fn register(engine: &mut Engine) {
    for verb in [
        Verb::Offer,
        Verb::Retain,
        Verb::Serve,
        Verb::StepUp,
        Verb::Notify,
        Verb::Trigger,
    ] {
        engine.register_fn(verb.name(), move |id: ImmutableString| {
            let mut draft = Draft::new(verb);
            draft.id = Some(id);
            Sketch(Arc::new(draft))
        });
    }
    for verb in [Verb::Allow, Verb::Hold, Verb::Block] {
        engine.register_fn(verb.name(), move || Sketch(Arc::new(Draft::new(verb))));
    }
    for verb in [Verb::Hold, Verb::Block] {
        engine.register_fn(verb.name(), move |subject: Entity| {
            let mut draft = Draft::new(verb);
            let unread = || raise(format!("`event.{}` was not read", subject.field));
            draft.subject = Some(subject.key.clone().ok_or_else(unread)?);
            Answer::Ok(Sketch(Arc::new(draft)))
        });
    }
    register_names(engine);
    register_terms(engine);
    engine.register_fn("data", |sketch: Sketch, members: Map| {
        data(sketch, &members)
    });
}

fn changed(mut sketch: Sketch, change: impl FnOnce(&mut Draft)) -> Sketch {
    change(Arc::make_mut(&mut sketch.0));
    sketch
}

fn register_names(engine: &mut Engine) {
    let (sketch, text) = (TypeId::of::<Sketch>(), TypeId::of::<ImmutableString>());
    for count in 1..=NAMED {
        let mut types = vec![text; count + 1];
        if let Some(first) = types.first_mut() {
            *first = sketch;
        }
        engine.register_raw_fn("channel", types, |_, args| {
            let Some((sketch, names)) = args.split_first_mut() else {
                return Err(raise("`channel` takes channels"));
            };
            let names: Vec<Text> = names
                .iter()
                .filter_map(|name| name.as_immutable_string_ref().ok().map(|n| n.clone()))
                .collect();
            let sketch = sketch.clone().try_cast::<Sketch>();
            let sketch = sketch.ok_or_else(|| raise("`channel` follows an action"))?;
            Ok(changed(sketch, |draft| draft.channels = names))
        });
    }
    engine.register_fn("to", |sketch: Sketch, team: ImmutableString| {
        changed(sketch, |draft| draft.team = Some(team))
    });
    engine.register_fn("reason", |sketch: Sketch, code: ImmutableString| {
        if sketch.0.reasons.len() >= REASONS {
            return Err(raise(format!("an action has at most {REASONS} reasons")));
        }
        Ok(changed(sketch, |draft| draft.reasons.push(code)))
    });
    engine.register_fn("final", |sketch: Sketch| {
        changed(sketch, |draft| draft.last = true)
    });
}

fn register_terms(engine: &mut Engine) {
    engine.register_fn("expires", |sketch: Sketch, over: Dynamic| {
        let ms = length("expires", &over)?;
        Answer::Ok(changed(sketch, |draft| draft.expires = Some(ms)))
    });
    engine.register_fn("lasts", |sketch: Sketch, over: Dynamic| {
        let ms = length("lasts", &over)?;
        Answer::Ok(changed(sketch, |draft| draft.lasts = Some(ms)))
    });
    engine.register_fn("not_before", |sketch: Sketch, after: Dynamic| {
        let ms = length("not_before", &after)?;
        Answer::Ok(changed(sketch, |draft| draft.not_before = Some(ms)))
    });
    engine.register_fn("value", |sketch: Sketch, value: Dynamic| {
        let Seen::Money(money) = Seen::of(&value) else {
            return Err(raise(format!("`value` takes money, not {}", word(&value))));
        };
        let money = convert::rounded(money).ok_or_else(|| raise("the amount is too large"))?;
        Ok(changed(sketch, |draft| draft.value = Some(money)))
    });
    engine.register_fn("propensity", |sketch: Sketch, value: Dynamic| {
        let share = match Seen::of(&value) {
            Seen::Decimal(share) => share,
            Seen::Int(0) => 0.0,
            Seen::Int(1) => 1.0,
            _ => f64::NAN,
        };
        if !(0.0..=1.0).contains(&share) {
            return Err(raise("`propensity` takes a number from 0 to 1"));
        }
        Ok(changed(sketch, |draft| draft.propensity = Some(share)))
    });
}

fn data(sketch: Sketch, members: &Map) -> Answer {
    let mut all = sketch.0.data.clone();
    for (name, value) in members {
        let value = convert::taken(value)
            .map_err(|given| raise(format!("`data` cannot carry {given} in `{name}`")))?;
        all.insert(name.to_string(), value);
    }
    if all.len() > DATA {
        return Err(raise(format!(
            "an action carries at most {DATA} members of data"
        )));
    }
    Ok(changed(sketch, |draft| draft.data = all))
}

/// What `then` gave: one action, or a list of them. The error says what was given instead.
pub(super) fn taken(value: Dynamic) -> Result<Vec<Draft>, String> {
    let items: Array = match value.try_cast_result::<Array>() {
        Ok(list) if list.is_empty() => return Err("an empty list".to_owned()),
        Ok(list) => list,
        Err(one) => vec![one],
    };
    let draft = |item: Dynamic| match item.try_cast_result::<Sketch>() {
        Ok(sketch) => Ok(Arc::unwrap_or_clone(sketch.0)),
        Err(other) => Err(word(&other).to_owned()),
    };
    items.into_iter().map(draft).collect()
}
