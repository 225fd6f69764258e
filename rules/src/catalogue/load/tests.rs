//! Catalogues that load. What can be wrong with one stands in [`rows`].

mod rows;

use super::load;
use crate::catalogue::Catalogue;
use crate::catalogue::feature::{Key, Period, Span};
use crate::catalogue::policy::{CapScope, SuppressCause};
use crate::finding::{Finding, Findings};
use crate::money::{Currency, Money};
use crate::project::{Project, ProjectError};
use crate::value::{EntityKind, Type, Value};
use std::path::Path;

fn folder(name: &str) -> Project {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    Project::read(&root.join(name)).unwrap()
}

fn silent(findings: &Findings) {
    let said: Vec<&Finding> = findings.iter().collect();
    assert_eq!(said, Vec::<&Finding>::new());
}

fn loaded(files: &[(&str, &str)]) -> Catalogue {
    let (c, findings) = load(&Project::from_files(files.iter().copied()));
    silent(&findings);
    c
}

#[test]
fn the_sparkov_project_loads_without_a_word() {
    let (c, findings) = load(&folder("../tests/projects/sparkov"));
    silent(&findings);
    assert_eq!(c.columns.len(), 14);
    assert_eq!(c.features.len(), 12);
    assert_eq!(c.tags.len(), 3);
    let fraud = &c.features[11];
    assert_eq!(
        (fraud.name.as_str(), fraud.key),
        ("term_fraud_30", Key::Entity(EntityKind(0)))
    );
    assert_eq!((fraud.over, fraud.delay), (30 * 86_400_000, 7 * 86_400_000));
    assert_eq!(
        c.features[1].ty,
        Type::Money(Currency::parse("USD").unwrap())
    );
}

#[test]
fn the_retail_bank_loads_without_a_word() {
    let (c, findings) = load(&folder("retail-bank"));
    silent(&findings);
    assert!(c.event_named("transaction.transfer").is_some());
    assert!(c.event_named("outcome.released").is_some());
    assert!(c.consent.is_some());
    let outcome = c
        .suppressions
        .iter()
        .find(|s| s.name == "after_two_ignores");
    let cause = &outcome.unwrap().cause;
    assert!(
        matches!(cause, SuppressCause::Outcome { times: 2, .. }),
        "{cause:?}"
    );
    let offer = c.offer_named("travel_cover").unwrap();
    let yuan = Currency::parse("CNY").unwrap();
    assert_eq!(offer.value, Some(Money::minor(1_800, yuan)));
}

#[test]
fn an_event_type_is_read_with_shapes_defaults_and_bounds() {
    let c = loaded(&[
        (
            "catalog/entities.toml",
            "[entity.card]\nid = { pattern = \"^K\", mask = \"last4\" }\n",
        ),
        (
            "catalog/events.toml",
            "[shape.located]\nlat = \"number?\"\n\
             [event.\"transaction.transfer\"]\nshapes = [\"located\"]\nextra = \"refuse\"\nanswer = \"allow\"\nlateness = \"1m\"\n\
             [event.\"transaction.transfer\".data]\n\
             amount = { type = \"money\", currency = \"CNY\", min = \"0.01\", max = 1e6, default = 8.88, zh = \"金额\" }\n\
             card = \"ref:card?\"\n\
             note = { type = \"text?\", max = 140, sensitive = true }\n\
             claim_case = { type = \"list<text>\", json = \"case\" }\n",
        ),
    ]);
    let event = &c.events[0];
    let yuan = Currency::parse("CNY").unwrap();
    let names: Vec<&str> = event.fields.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(names, ["lat", "amount", "card", "note", "claim_case"]);
    assert_eq!(event.fields[0].ty, Type::Decimal);
    assert_eq!(event.fields[1].min, Value::Money(Money::minor(1, yuan)));
    assert_eq!(
        event.fields[1].max,
        Value::Money(Money::minor(100_000_000, yuan))
    );
    assert_eq!(
        event.fields[1].default,
        Value::Money(Money::minor(888, yuan))
    );
    assert_eq!(event.fields[1].title.get(crate::finding::Lang::Zh), "金额");
    assert_eq!(
        (&event.fields[2].ty, event.fields[2].optional),
        (&Type::Ref(EntityKind(0)), true)
    );
    assert_eq!(
        (event.fields[3].max_len, event.fields[3].sensitive),
        (Some(140), true)
    );
    assert_eq!(event.fields[4].json, "case");
    assert_eq!(event.lateness, Some(60_000));
    assert_eq!(c.entities[0].mask_last, Some(4));
}

#[test]
fn what_may_be_missing_is_optional_and_nothing_else() {
    let feature = |name: &str, rest: &str| {
        format!("[feature.{name}]\nstream = \"all\"\nkey = \"customer\"\nover = \"1d\"\n{rest}\n")
    };
    let features = [
        "[stream.all]\non = \"channel.a\"\n".to_owned(),
        feature("how_many", "take = \"count\""),
        feature("at_least", "take = \"count\"\nmin = 3"),
        feature("mean", "take = \"avg\"\nof = \"n\""),
        feature(
            "mean_or_zero",
            "take = \"avg\"\nof = \"n\"\ndefault = 0\nmin = 2",
        ),
        feature("newest", "take = \"last\"\nof = \"day\""),
        feature("first_time", "take = \"new\""),
        feature("first_day", "take = \"new\"\nof = \"day\""),
        feature("spread", "take = \"stddev\"\nof = \"n\""),
        feature("far", "take = \"zscore\"\nof = \"n\"\ndefault = 0"),
        feature("oldest", "take = \"first\"\nof = \"day\""),
        feature("earlier", "take = \"nth_last\"\nnth = 2\nof = \"n\""),
        feature("high", "take = \"quantile\"\nq = 0.95\nof = \"day\""),
        feature("faded", "take = \"decay\"\nhalf_life = \"1h\"\nof = \"n\""),
        feature("usual_hour", "take = \"hour_share\"\nmin = 20"),
    ];
    let c = loaded(&[
        (
            "catalog/events.toml",
            "[event.\"channel.a\".data]\nn = \"int\"\nday = \"date?\"\n",
        ),
        ("catalog/features.toml", &features.concat()),
    ]);
    let seen: Vec<(&str, &Type, bool)> = c
        .features
        .iter()
        .map(|f| (f.name.as_str(), &f.ty, f.optional))
        .collect();
    assert_eq!(
        seen,
        [
            ("how_many", &Type::Int, false),
            ("at_least", &Type::Int, true),
            ("mean", &Type::Decimal, true),
            ("mean_or_zero", &Type::Decimal, false),
            ("newest", &Type::Date, true),
            ("first_time", &Type::Bool, false),
            ("first_day", &Type::Bool, false),
            ("spread", &Type::Decimal, true),
            ("far", &Type::Decimal, false),
            ("oldest", &Type::Date, true),
            ("earlier", &Type::Int, true),
            ("high", &Type::Date, true),
            ("faded", &Type::Decimal, true),
            ("usual_hour", &Type::Decimal, true),
        ]
    );
}

#[test]
fn a_window_begins_where_its_kind_says_and_reaches_no_further_than_told() {
    let feature = |name: &str, rest: &str| {
        format!(
            "[feature.{name}]\nstream = \"all\"\nkey = \"customer\"\ntake = \"count\"\n{rest}\n"
        )
    };
    let features = [
        "[stream.all]\non = \"channel.a\"\n".to_owned(),
        feature("slid", "window = \"sliding\"\nover = \"1s\""),
        feature("pane", "window = \"tumbling\"\nover = \"400d\""),
        feature("month", "window = \"calendar\"\nper = \"month\""),
        feature("visit", "window = \"session\"\ngap = \"30m\""),
        feature(
            "spell",
            "window = \"session\"\ngap = \"7d\"\nover = \"90d\"",
        ),
    ];
    let c = loaded(&[
        (
            "catalog/events.toml",
            "[time]\nzone = \"Asia/Shanghai\"\n[event.\"channel.a\".data]\nn = \"int\"\n",
        ),
        ("catalog/features.toml", &features.concat()),
    ]);
    let (hour, day) = (3_600_000, 86_400_000);
    let spans: Vec<(Span, i64)> = c.features.iter().map(|f| (f.span, f.over)).collect();
    assert_eq!(
        spans,
        [
            (Span::Sliding, 1_000),
            (Span::Tumbling(-8 * hour), 400 * day),
            (Span::Calendar(Period::Month), 31 * day + 2 * hour),
            (Span::Session(hour / 2), day),
            (Span::Session(7 * day), 90 * day),
        ]
    );
}

#[test]
fn expressions_are_numbered_without_gaps_and_know_their_columns() {
    let c = loaded(&[
        (
            "catalog/events.toml",
            "[event.\"channel.a\".data]\nn = \"int\"\n",
        ),
        (
            "catalog/tags.toml",
            "[tag.n]\ntype = \"int?\"\nset = [{ on = \"channel.a\", from = \"event.n\" }, { on = \"outcome.shown\", from = \"1\" }]\n\
             [segment.s]\nwhen = \"customer.t == \\\"x\\\" && true\"\n",
        ),
    ]);
    let ids: Vec<u32> = c.tags[0].set.iter().map(|s| s.from.id.0).collect();
    assert_eq!(ids, [0, 1]);
    let when = &c.segments[0].when;
    assert_eq!((when.id.0, when.place.line, when.place.column), (2, 5, 9));
    let at = when.text.find("&&").unwrap();
    assert_eq!(when.place_at(at).column, 9 + 20);
}

#[test]
fn policy_is_read() {
    let c = loaded(&[
        (
            "catalog/events.toml",
            "[time]\nzone = \"Asia/Shanghai\"\n[event.\"channel.complaint\"]\n[event.\"channel.closed\"]\n",
        ),
        (
            "catalog/lists.toml",
            "[list.lifted]\nof = \"customer\"\nmembers = [\"C2\", \"C1\"]\n",
        ),
        (
            "catalog/channels.toml",
            "[channel.sms]\nquiet = { from = \"21:00\", to = \"08:00\" }\n",
        ),
        (
            "catalog/policy.toml",
            "[classes]\nretention = { on = false }\n\
             [[cap]]\nname = \"a\"\ncount = \"channel:sms\"\nmax = 2\nover = \"7d\"\ncounts = \"enacted\"\n\
             [[suppress]]\nname = \"b\"\non = \"channel.complaint\"\nover = \"30d\"\nuntil = \"channel.closed\"\n\
             [[silence]]\nwhen = [\"block\", \"hold\"]\nclass = [\"commercial\", \"retention\"]\n\
             [override]\nlist = \"lifted\"\nlifts = [\"hold\"]\n\
             [lever.push]\nweight = 1.3\nvalid = [2026-03-01, 2026-03-31]\n",
        ),
        ("catalog/control.toml", "[control.global]\npercent = 0\n"),
    ]);
    assert_eq!(c.classes_off, [crate::rule::Class::Retention]);
    assert_eq!(c.caps[0].count, CapScope::Channel("sms".into()));
    assert_eq!(c.suppressions[0].until, c.event_named("channel.closed"));
    assert_eq!(c.lists[0].members, ["C1", "C2"]);
    let quiet = c.channels[0].quiet.unwrap();
    assert_eq!((quiet.from, quiet.to), (75_600_000, 28_800_000));
    let (from, to) = c.levers[0].valid.unwrap();
    assert_eq!(to - from, 31 * 86_400_000);
    assert_eq!(crate::value::time_text(from), "2026-02-28T16:00:00.000Z");
}

#[test]
fn two_wrongs_in_one_file_are_two_findings() {
    let text = "[tag.a]\ntype = \"txt?\"\nttl = \"soon\"\n[tag.b\n[tag.c]\ntype = \"int?\"\nttll = \"1d\"\n";
    let (c, findings) = load(&Project::from_files([("catalog/tags.toml", text)]));
    let said: Vec<(&str, u32)> = findings.iter().map(|f| (f.code, f.place.line)).collect();
    assert_eq!(said, [("C013", 2), ("C011", 3), ("C005", 4), ("C006", 7)]);
    let tags: Vec<&str> = c.tags.iter().map(|t| t.name.as_str()).collect();
    assert_eq!(tags, ["c"]);
}

#[test]
fn what_was_lost_to_broken_toml_is_not_called_unknown_as_well() {
    let (_, findings) = load(&Project::from_files([
        (
            "catalog/events.toml",
            "[event.\"channel.a\"]\ntitle = \"A\n[event.\"channel.b\"]\n",
        ),
        ("catalog/features.toml", "[stream.s]\non = \"channel.a\"\n"),
    ]));
    let said: Vec<&str> = findings.iter().map(|f| f.code).collect();
    assert_eq!(said, ["C005"]);
}

#[test]
fn a_broken_thing_is_not_called_unknown_as_well() {
    let (_, findings) = load(&Project::from_files([
        (
            "catalog/events.toml",
            "[event.\"channel.a\".data]\nn = \"itn\"\n",
        ),
        (
            "catalog/features.toml",
            "[stream.s]\non = \"channel.a\"\n[feature.f]\nstream = \"s\"\nkey = \"customer\"\ntake = \"sum\"\nof = \"n\"\nover = \"1d\"\n",
        ),
    ]));
    let said: Vec<&str> = findings.iter().map(|f| f.code).collect();
    assert_eq!(said, ["C013"]);
}

#[test]
fn a_folder_that_is_no_project_says_what_to_do() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let nowhere = Project::read(&root.join("nowhere"));
    assert!(
        matches!(nowhere, Err(ProjectError::NoFolder(_))),
        "{nowhere:?}"
    );
    let no_catalogue = Project::read(&root.join("src")).unwrap_err().to_string();
    assert!(
        no_catalogue.contains("give the folder that holds"),
        "{no_catalogue}"
    );
}

#[test]
fn a_reserved_word_is_one_that_scripts_cannot_write_after_a_dot() {
    let engine = rhai::Engine::new_raw();
    let compiles = |name: &str| engine.compile(format!("fn f(x) {{ x.{name} }}")).is_ok();
    for name in super::RESERVED {
        assert!(!compiles(name), "{name} needs no reserving");
    }
    for name in ["amount", "kind", "金额", "steps", "name"] {
        assert!(compiles(name), "{name}");
    }
}
