//! Evaluate: facts to candidates. Everything that needs the interpreter happens here; what follows is
//! a pure choice over the candidates and the answers of the policy.

use super::Fault;
use crate::refusal::Refusal;
use crate::scene::Scene;
use crate::tally::Tally;
use rules::book::{Book, RuleIx};
use rules::catalogue::Expression;
use rules::catalogue::policy::{Offer, Purpose};
use rules::draft::{Draft, Verb};
use rules::interpreter::RuleError;
use rules::rule::{Function, Mode, OnError, Rule};
use rules::value::{Text, Value};

/// The reason of a verdict that a rule's error asked for.
pub const BY_ERROR: &str = "RULE_ERROR";

/// One candidate: the action of a rule whose `when` was true, its riders, and all that is known
/// about it before anyone else is asked.
#[derive(Clone, Debug)]
pub struct Candidate<'a> {
    /// The rule, by place.
    pub ix: RuleIx,
    /// The rule.
    pub rule: &'a Rule,
    /// Which of the candidates of its rule.
    pub nth: usize,
    /// What it asks for.
    pub draft: Draft,
    /// What happens with it, if it wins.
    pub riders: Vec<Draft>,
    /// The offer it names.
    pub offer: Option<&'a Offer>,
    /// Why it does not fit the customer, and who says so.
    pub unfit: Option<(Refusal, Option<Text>)>,
    /// Its channels in order of preference.
    pub doors: Vec<Door>,
    /// Asked for by `on_error`.
    pub by_error: bool,
}

/// A channel as this customer's door.
#[derive(Clone, Debug, PartialEq)]
pub struct Door {
    /// The channel.
    pub channel: Text,
    /// It may be used for the purpose and the customer can be reached there.
    pub open: bool,
    /// Where, if the channel keeps an address.
    pub address: Option<Text>,
}

impl Candidate<'_> {
    /// What the customer is contacted for; verdicts are no contact.
    #[must_use]
    pub fn purpose(&self) -> Option<Purpose> {
        self.offer.map(|offer| offer.purpose)
    }

    /// The offer's group.
    #[must_use]
    pub fn group(&self) -> Option<&Text> {
        self.offer.and_then(|offer| offer.group.as_ref())
    }
}

/// What one rule gave on this event.
#[derive(Clone, Debug, Default)]
pub struct Given<'a> {
    /// Its candidates.
    pub candidates: Vec<Candidate<'a>>,
    /// Its errors.
    pub faults: Vec<Fault>,
    /// Its `when` was true.
    pub fired: bool,
}

impl Given<'_> {
    /// It had nothing to say.
    pub(super) fn is_silent(&self) -> bool {
        !self.fired && self.candidates.is_empty() && self.faults.is_empty()
    }
}

/// How much of a condition is still to be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// All of it.
    Whole,
    /// What the index, which has found the rule, does not answer for.
    Rest,
}

/// Evaluates one rule.
pub fn evaluate<'a>(
    scene: &mut Scene<'a>,
    ix: RuleIx,
    asked: Asked,
    tally: &mut Tally,
) -> Given<'a> {
    let book = scene.book;
    let Some(rule) = book.rule(ix) else {
        return Given::default();
    };
    tally.reached(ix);
    let held = match asked {
        Asked::Whole => scene.condition(ix, Function::When),
        Asked::Rest => scene.confirm(ix),
    };
    match held {
        Ok(true) => {
            tally.judged(scene, ix, true);
            match drafts(scene, ix, rule) {
                Ok(candidates) => Given {
                    candidates,
                    faults: Vec::new(),
                    fired: true,
                },
                Err((function, error)) => failed(scene, ix, rule, function, error, tally),
            }
        }
        Ok(false) => {
            tally.judged(scene, ix, false);
            Given::default()
        }
        Err(error) => failed(scene, ix, rule, Function::When, error, tally),
    }
}

/// Splits what `then` gave: a rider belongs to the action before it, every other action is a
/// candidate of its own.
fn drafts<'a>(
    scene: &mut Scene<'a>,
    ix: RuleIx,
    rule: &'a Rule,
) -> Result<Vec<Candidate<'a>>, (Function, RuleError)> {
    if rule.body(Function::Then).is_none() {
        return Ok(Vec::new());
    }
    let mut found: Vec<Candidate<'a>> = Vec::new();
    for draft in scene.then(ix).map_err(|error| (Function::Then, error))? {
        if draft.verb.is_rider() {
            if let Some(before) = found.last_mut() {
                before.riders.push(draft);
            }
            continue;
        }
        let nth = found.len();
        found.push(described(scene, ix, rule, nth, draft)?);
    }
    Ok(found)
}

fn described<'a>(
    scene: &mut Scene<'a>,
    ix: RuleIx,
    rule: &'a Rule,
    nth: usize,
    draft: Draft,
) -> Result<Candidate<'a>, (Function, RuleError)> {
    let book = scene.book;
    let offer = match draft.verb {
        Verb::Offer | Verb::Retain | Verb::Serve => draft
            .id
            .as_ref()
            .and_then(|id| book.catalogue.offer_named(id)),
        _ => None,
    };
    let unfit = match unfit_by_rule(scene, ix, rule)? {
        Some(refusal) => Some((refusal, Some(rule.id.clone()))),
        None => offer.and_then(|offer| {
            let by: Text = format!("offer.{}", offer.name).into();
            unfit_by_offer(scene, offer).map(|refusal| (refusal, Some(by)))
        }),
    };
    let doors = doors(scene, &draft, offer);
    Ok(Candidate {
        ix,
        rule,
        nth,
        draft,
        riders: Vec::new(),
        offer,
        unfit,
        doors,
        by_error: false,
    })
}

const FIT: [(Function, Refusal); 3] = [
    (Function::Eligible, Refusal::NotEligible),
    (Function::Applicable, Refusal::NotApplicable),
    (Function::Suitable, Refusal::NotSuitable),
];

fn unfit_by_rule(
    scene: &mut Scene<'_>,
    ix: RuleIx,
    rule: &Rule,
) -> Result<Option<Refusal>, (Function, RuleError)> {
    for (function, refusal) in FIT {
        if rule.body(function).is_some() {
            let fits = scene
                .condition(ix, function)
                .map_err(|error| (function, error))?;
            if !fits {
                return Ok(Some(refusal));
            }
        }
    }
    Ok(None)
}

/// An offer whose expression cannot be evaluated does not fit: nobody is offered what may not be theirs.
fn unfit_by_offer(scene: &mut Scene<'_>, offer: &Offer) -> Option<Refusal> {
    let conditions = [&offer.eligible, &offer.applicable, &offer.suitable];
    for (condition, (_, refusal)) in conditions.into_iter().zip(FIT) {
        if let Some(expression) = condition
            && !holds(scene, expression)
        {
            return Some(refusal);
        }
    }
    None
}

fn holds(scene: &mut Scene<'_>, expression: &Expression) -> bool {
    matches!(scene.expression(expression.id), Ok(Value::Bool(true)))
}

/// The preference of the draft, else of the offer, narrowed to channels that exist.
fn doors(scene: &mut Scene<'_>, draft: &Draft, offer: Option<&Offer>) -> Vec<Door> {
    let book: &Book = scene.book;
    let wanted = match offer {
        Some(offer) if draft.channels.is_empty() => offer.channels.as_slice(),
        _ => draft.channels.as_slice(),
    };
    let mut doors = Vec::with_capacity(wanted.len());
    for name in wanted {
        let Some(channel) = book.catalogue.channel_named(name) else {
            continue;
        };
        let allowed = channel.purposes.is_empty()
            || offer.is_none_or(|offer| channel.purposes.contains(&offer.purpose));
        let (reached, address) = match &channel.addresses {
            None => (true, None),
            Some(expression) => match scene.expression(expression.id) {
                Ok(value) => reach(&value),
                Err(_) => (false, None),
            },
        };
        doors.push(Door {
            channel: name.clone(),
            open: allowed && reached,
            address,
        });
    }
    doors
}

fn reach(value: &Value) -> (bool, Option<Text>) {
    match value {
        Value::Missing => (false, None),
        Value::Bool(reached) => (*reached, None),
        Value::Text(address) => (!address.is_empty(), Some(address.clone())),
        Value::Ref(key) => (true, Some(key.id.clone())),
        other => (true, Some(other.to_json().to_string().into())),
    }
}

/// A rule that fails asks for what its `on_error` says. Only a verdict of a live rule is a candidate;
/// the error itself is refused `RULE_ERROR` by whoever lists this rule's refusals.
fn failed<'a>(
    scene: &mut Scene<'a>,
    ix: RuleIx,
    rule: &'a Rule,
    function: Function,
    error: RuleError,
    tally: &mut Tally,
) -> Given<'a> {
    tally.erred(ix);
    let fault = Fault {
        rule: rule.id.clone(),
        function,
        message: error.message,
        line: error.line,
        shadow: rule.header.mode == Mode::Shadow,
    };
    let verb = match rule.header.on_error {
        OnError::Skip => None,
        OnError::StepUp => Some(Verb::StepUp),
        OnError::Hold => Some(Verb::Hold),
        OnError::Block => Some(Verb::Block),
    };
    let candidates = verb
        .map(|verb| {
            let mut draft = Draft::new(verb);
            draft.reasons.push(BY_ERROR.into());
            if verb == Verb::StepUp {
                let method = scene.book.catalogue.methods.first();
                draft.id = method.map(|method| method.name.clone());
            }
            Candidate {
                ix,
                rule,
                nth: 0,
                draft,
                riders: Vec::new(),
                offer: None,
                unfit: None,
                doors: Vec::new(),
                by_error: true,
            }
        })
        .into_iter()
        .collect();
    Given {
        candidates,
        faults: vec![fault],
        fired: false,
    }
}
