//! The texts of a new rule: the rule, its cases, its offer and its reason.

use super::Kind;
use super::moment::Moment;
use rules::catalogue::Catalogue;
use rules::catalogue::policy::{Channel, Purpose};

/// What is to be written.
pub(super) struct Stub {
    /// New files: path in the project, text.
    pub(super) files: Vec<(String, String)>,
    /// What is added to files of the catalogue.
    pub(super) additions: Vec<(String, String)>,
    /// The reason code.
    pub(super) reason: String,
}

/// What differs between the kinds.
struct Shape {
    folder: &'static str,
    class: &'static str,
    verb: &'static str,
    purpose: Purpose,
}

impl Kind {
    fn shape(self) -> Shape {
        let (folder, class, verb, purpose) = match self {
            Self::Offer => ("offers", "commercial", "offer", Purpose::Marketing),
            Self::Retain => ("retention", "retention", "retain", Purpose::Marketing),
            Self::Serve => ("service", "service", "serve", Purpose::Service),
            Self::Fraud => ("fraud", "fraud", "hold", Purpose::Service),
        };
        Shape {
            folder,
            class,
            verb,
            purpose,
        }
    }
}

/// What a rule does, and what its catalogue and its cases need for it.
struct Deed {
    /// Declarations of this kind of rule.
    head: String,
    /// The body of `then`.
    then: String,
    /// The action its case expects, as TOML.
    expected: String,
    /// The customer of its cases, as TOML.
    given: String,
    /// Its offer, where it has one.
    offer: Option<String>,
}

impl Stub {
    /// The texts of a rule of this kind and name.
    pub(super) fn of(
        catalogue: &Catalogue,
        kind: Kind,
        name: &str,
        moment: &Moment,
    ) -> Result<Self, String> {
        let shape = kind.shape();
        let title = name.replace('_', " ");
        let reason = name.to_uppercase();
        let start = start(catalogue)?;
        let deed = match kind {
            Kind::Fraud => hold(&reason),
            _ => message(catalogue, kind, name, &reason)?,
        };
        let rule = format!(
            "on(\"{event}\");\nclass(\"{class}\");\ntitle(\"{title}\", \"{title}\");\n{head}\n{constant}\
             // When it acts. Windows, tags and segments are read as `customer.…` and `event.…`.\n\
             fn when(event, customer) {{\n    {condition}\n}}\n\n\
             fn then(event, customer) {{\n{then}}}\n",
            event = moment.event,
            class = shape.class,
            head = deed.head,
            constant = moment.constant,
            condition = moment.condition,
            then = deed.then,
        );
        let cases = format!(
            "start    = \"{start}\"\ncustomer = \"C1\"\n{given}\n\
             [[case]]\nname   = \"it acts\"\n\
             events = [ {{ at = \"0s\", type = \"{event}\"{meets} }} ]\n\
             expect = [ {{ at = \"0s\", {expected} }} ]\n\n\
             [[case]]\nname   = \"it does not act\"\n\
             events = [ {{ at = \"{misses_at}\", type = \"{event}\"{misses} }} ]\n\
             expect = []\n",
            given = deed.given,
            event = moment.event,
            meets = moment.meets,
            expected = deed.expected,
            misses = moment.misses,
            misses_at = moment.misses_at,
        );
        let stem = format!("rules/{}/{name}", shape.folder);
        let mut additions = vec![(
            "catalog/reasons.toml".to_owned(),
            reason_text(&reason, &title),
        )];
        additions.extend(
            deed.offer
                .map(|offer| ("catalog/offers.toml".to_owned(), offer)),
        );
        Ok(Self {
            files: vec![
                (format!("{stem}.rhai"), rule),
                (format!("{stem}.cases.toml"), cases),
            ],
            additions,
            reason,
        })
    }
}

fn hold(reason: &str) -> Deed {
    Deed {
        head: "priority(500);\non_error(\"hold\");\nbrake(100, \"10m\");\n".to_owned(),
        then: format!("    hold().reason(\"{reason}\").lasts(\"24h\")\n"),
        expected: format!("action = \"hold\", reason = \"{reason}\", lasts = \"24h\""),
        given: String::new(),
        offer: None,
    }
}

/// Something that is told to the customer.
fn message(catalogue: &Catalogue, kind: Kind, name: &str, reason: &str) -> Result<Deed, String> {
    let shape = kind.shape();
    let (verb, title) = (shape.verb, name.replace('_', " "));
    let channel = channel(catalogue, shape.purpose)?;
    let way = &channel.name;
    let head = match kind {
        Kind::Serve => "priority(400);\n",
        _ => "cooldown(\"7d\");\n",
    };
    Ok(Deed {
        head: head.to_owned(),
        then: format!(
            "    {verb}(\"{name}\")\n        .channel(\"{way}\")\n        \
             .reason(\"{reason}\")\n        .expires(\"24h\")\n"
        ),
        expected: format!(
            "action = \"{verb}\", offer = \"{name}\", channel = \"{way}\", reason = \"{reason}\""
        ),
        given: given_text(catalogue, channel, shape.purpose),
        offer: Some(offer_text(name, &title, &shape, way)),
    })
}

/// Ten in the morning of a Monday, by the bank's own clock: outside of anybody's quiet hours.
fn start(catalogue: &Catalogue) -> Result<String, String> {
    let zone = catalogue.time.zone.clone();
    let morning = jiff::civil::date(2026, 3, 2).at(10, 0, 0, 0);
    let morning = morning.to_zoned(zone).map_err(|error| error.to_string())?;
    Ok(morning.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
}

/// The first channel that may be used for this.
fn channel(catalogue: &Catalogue, purpose: Purpose) -> Result<&Channel, String> {
    let may = |channel: &&Channel| {
        !channel.reply && (channel.purposes.is_empty() || channel.purposes.contains(&purpose))
    };
    catalogue.channels.iter().find(may).ok_or_else(|| {
        format!(
            "no channel of the catalogue may be used for {}: write catalog/channels.toml first",
            purpose.name()
        )
    })
}

/// A customer who can be reached and has agreed.
fn given_text(catalogue: &Catalogue, channel: &Channel, purpose: Purpose) -> String {
    let mut lines = Vec::new();
    let addresses = channel.addresses.as_ref();
    let tag = addresses.and_then(|addresses| addresses.text.strip_prefix("customer."));
    if let Some(tag) = tag.filter(|tag| catalogue.tag_named(tag).is_some()) {
        lines.push(format!("tags    = {{ {tag} = \"a1\" }}"));
    }
    if purpose == Purpose::Marketing && catalogue.consent.is_some() {
        lines.push(format!(
            "consent = {{ \"marketing/{}\" = true }}",
            channel.name
        ));
    }
    if lines.is_empty() {
        return String::new();
    }
    format!("\n[given.C1]\n{}\n", lines.join("\n"))
}

fn reason_text(reason: &str, title: &str) -> String {
    format!(
        "[reason.{reason}]\nen   = \"{title}\"\nzh   = \"{title}\"\n\
         tell = false              # what a customer may read, or false: never shown\n"
    )
}

fn offer_text(name: &str, title: &str, shape: &Shape, channel: &str) -> String {
    format!(
        "[offer.{name}]\nkind       = \"{}\"\ngroup      = \"{name}\"\n\
         title      = {{ en = \"{title}\", zh = \"{title}\" }}\npurpose    = \"{}\"\n\
         value      = 10                # to the bank, when it is taken\n\
         propensity = {{ prior = 0.05 }}\nchannels   = [\"{channel}\"]\nexpires    = \"24h\"\n",
        shape.verb,
        shape.purpose.name()
    )
}
