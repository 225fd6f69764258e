//! A feature as a window of SQL, for whoever wants to compare counts with a warehouse.
//!
//! A window of length `w` seen at `t` covers (t − w, t]. Times are whole milliseconds, so that is the
//! closed range from `w` minus one millisecond before up to the row itself. `FILTER` instead of
//! `WHERE`: the feature has a value on every event of its key, not on those of its stream alone.

mod refusal;
mod taken;

use rules::catalogue::feature::{Feature, Key, Span, Take};
use rules::catalogue::{Catalogue, Expression, Field};
use rules::finding::Words;
use rules::value::{Type, Value};
use taken::Taken;

/// The query, with comments on what SQL sees otherwise; a sentence where no window of SQL says the same.
pub(super) fn of(catalogue: &Catalogue, feature: &Feature) -> Result<String, Words> {
    if let Some(why) = refusal::of(feature) {
        return Err(why);
    }
    let stream = catalogue.streams.get(usize::from(feature.stream));
    let kinds = stream.map_or(Vec::new(), |stream| {
        let names = stream.on.iter().filter_map(|id| catalogue.event(*id));
        names.map(|kind| format!("'{}'", kind.name)).collect()
    });
    let mut wheres = vec![match kinds.as_slice() {
        [one] => format!("type = {one}"),
        several => format!("type IN ({})", several.join(", ")),
    }];
    let filters = [
        stream.and_then(|stream| stream.filter.as_ref()),
        feature.filter.as_ref(),
    ];
    let members = members(catalogue, feature);
    let filters = filters.into_iter().flatten();
    wheres.extend(filters.map(|filter| condition(filter, &members)));
    let own = wheres.get(..wheres.len() - usize::from(feature.filter.is_some()));
    let taken = Taken {
        feature,
        own: own.unwrap_or_default().join(" AND "),
        of: feature
            .of
            .as_ref()
            .map_or("*".to_owned(), |of| column(of, &members)),
        wheres: wheres.join(" AND "),
    };
    let value = taken.value();
    let value = match &feature.default {
        Value::Missing => value,
        default => format!("COALESCE({value}, {})", literal(default)),
    };
    let mut text = notes(catalogue, feature);
    text.push_str(&format!(
        "SELECT id, time, {value} AS {}\nFROM events\nWINDOW w AS (\n  PARTITION BY {}\n  \
         ORDER BY time\n  {}\n)\nORDER BY time;\n",
        column_name(&feature.name),
        partition(catalogue, feature),
        frame(feature)
    ));
    Ok(text)
}

/// The name of the column, in quotation marks where it has to be.
fn column_name(name: &str) -> String {
    if name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        name.to_owned()
    } else {
        format!("\"{name}\"")
    }
}

/// The range of rows: closed at both ends, in milliseconds.
fn frame(feature: &Feature) -> String {
    let from = match feature.span {
        // The pane is a part of the key.
        Span::Tumbling(_) | Span::Calendar(_) => "UNBOUNDED".to_owned(),
        Span::Sliding | Span::Session(_) => interval(feature.delay + feature.over - 1),
    };
    let to = match feature.delay {
        0 => "CURRENT ROW".to_owned(),
        delay => format!("{} PRECEDING", interval(delay)),
    };
    let leaves_out = !feature.current || feature.take.leaves_out();
    let without = if leaves_out {
        "\n  EXCLUDE CURRENT ROW"
    } else {
        ""
    };
    format!("RANGE BETWEEN {from} PRECEDING AND {to}{without}")
}

/// `INTERVAL '599.999' SECOND`
fn interval(ms: i64) -> String {
    let (seconds, rest) = (ms / 1_000, ms % 1_000);
    if rest == 0 {
        format!("INTERVAL '{seconds}' SECOND")
    } else {
        format!("INTERVAL '{seconds}.{rest:03}' SECOND")
    }
}

/// Columns of the key: an entity's column is the member that refers to it.
fn partition(catalogue: &Catalogue, feature: &Feature) -> String {
    let column = |kind| {
        let stream = catalogue.streams.get(usize::from(feature.stream));
        let events = stream.into_iter().flat_map(|stream| &stream.on);
        let mut fields = events
            .filter_map(|id| catalogue.event(*id))
            .flat_map(|event| &event.fields);
        let field = fields.find(|field| field.ty == Type::Ref(kind));
        field.map_or_else(String::new, |field| field.name.to_string())
    };
    let key = match feature.key {
        Key::Customer => "customer".to_owned(),
        Key::Entity(kind) => column(kind),
        Key::Pair(kind) => format!("customer, {}", column(kind)),
    };
    let zone = &catalogue.time.zone_name;
    let pane = match feature.span {
        Span::Sliding | Span::Session(_) => None,
        Span::Tumbling(origin) => Some(format!(
            "FLOOR((EXTRACT(EPOCH FROM time) * 1000 - {origin}) / {})",
            feature.over
        )),
        Span::Calendar(period) => Some(format!(
            "DATE_TRUNC('{}', time AT TIME ZONE '{zone}')",
            period.name()
        )),
    };
    // A value is new to its own rows.
    let value = feature.of.as_ref().filter(|_| feature.take == Take::New);
    let parts = [Some(key), pane, value.map(ToString::to_string)];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    parts.join(", ")
}

fn notes(catalogue: &Catalogue, feature: &Feature) -> String {
    let over = rules::duration::format(feature.over);
    let (name, zone) = (&feature.name, &catalogue.time.zone_name);
    let mut notes = vec![match feature.span {
        Span::Tumbling(_) => {
            format!("`{name}`: panes of {over}, from midnight of 1970-01-01 in {zone} on")
        }
        Span::Calendar(period) => format!(
            "`{name}`: the {} so far, in {zone}; deft takes the customer's own zone where it knows one",
            period.name()
        ),
        Span::Sliding | Span::Session(_) => {
            format!("`{name}`: (t - {over}, t], so the range begins one millisecond later")
        }
    }];
    notes.push("amounts are in major units".into());
    notes.push("rows of one instant are peers here; deft orders them as they came".into());
    if feature.take == Take::Distinct {
        notes.push(
            "a distinct count in a window: DuckDB and ClickHouse know it, others do not".into(),
        );
    }
    if let Take::Quantile(_) | Take::NthLast(_) = feature.take {
        notes.push(
            "QUANTILE_DISC is DuckDB's, NTH_VALUE … FROM LAST is Oracle's and Snowflake's".into(),
        );
    }
    if feature.take == Take::Avg {
        notes.push(
            "deft rounds money half to even, most warehouses half up (DuckDB has ROUND_EVEN)"
                .into(),
        );
    }
    notes.iter().map(|note| format!("-- {note}\n")).collect()
}

fn literal(value: &Value) -> String {
    match value {
        Value::Money(money) => {
            let text = money.to_string();
            text.split(' ').next().unwrap_or("0").to_owned()
        }
        Value::Text(text) => format!("'{}'", text.replace('\'', "''")),
        other => other.to_json().to_string(),
    }
}

/// The members of the events that the window counts.
fn members<'c>(catalogue: &'c Catalogue, feature: &Feature) -> Vec<&'c Field> {
    let stream = catalogue.streams.get(usize::from(feature.stream));
    let events = stream.into_iter().flat_map(|stream| &stream.on);
    let events = events.filter_map(|id| catalogue.event(*id));
    events.flat_map(|event| &event.fields).collect()
}

/// A member as a column. One that was not sent is NULL in a table, and its default to a rule.
fn column(name: &str, members: &[&Field]) -> String {
    let member = members.iter().find(|field| field.name == name);
    match member.map(|field| &field.default) {
        None | Some(Value::Missing) => name.to_owned(),
        Some(default) => format!("COALESCE({name}, {})", literal(default)),
    }
}

/// Signs that SQL writes otherwise.
const SIGNS: [(&str, &str); 7] = [
    ("&&", "AND"),
    ("||", "OR"),
    ("==", "="),
    ("!=", "<>"),
    ("!", "NOT "),
    ("[", "("),
    ("]", ")"),
];

/// A condition of the catalogue in the words of SQL. Text stays as it is written.
fn condition(expression: &Expression, members: &[&Field]) -> String {
    let mut sql = String::new();
    let mut rest = expression.text.as_str();
    while let Some(first) = rest.chars().next() {
        let (told, behind) = if let Some(inner) = rest.strip_prefix('"') {
            let (text, behind) = inner.split_once('"').unwrap_or((inner, ""));
            (format!("'{}'", text.replace('\'', "''")), behind)
        } else if let Some(asked) = rest.strip_prefix("event.has(\"") {
            let (name, behind) = asked.split_once("\")").unwrap_or((asked, ""));
            (format!("{name} IS NOT NULL"), behind)
        } else if let Some(member) = rest.strip_prefix("event.") {
            let (name, behind) = word(member);
            (column(name, members), behind)
        } else if let Some((sign, behind)) = SIGNS
            .into_iter()
            .find_map(|(from, to)| Some((to, rest.strip_prefix(from)?)))
        {
            (sign.to_owned(), behind)
        } else if first.is_alphanumeric() {
            let (name, behind) = word(rest);
            let number = first.is_ascii_digit();
            let told = if number {
                name.replace('_', "")
            } else {
                name.to_owned()
            };
            (told, behind)
        } else {
            let mut left = rest.chars();
            left.next();
            (first.to_string(), left.as_str())
        };
        sql.push_str(&told);
        rest = behind;
    }
    sql
}

/// A name or a number, and what comes behind it.
fn word(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_');
    text.split_at_checked(end.unwrap_or(text.len()))
        .unwrap_or((text, ""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rules::compile::compile;
    use rules::project::Project;
    use std::path::Path;

    fn sql(name: &str) -> String {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../rules/retail-bank");
        let (book, _) = compile(&Project::read(&dir).unwrap());
        let book = book.unwrap();
        let feature = book.catalogue.features.iter().find(|f| f.name == name);
        of(&book.catalogue, feature.unwrap()).unwrap()
    }

    #[test]
    fn a_count_begins_one_millisecond_after_the_border() {
        let text = sql("withdrawals_10m");
        assert!(
            text.contains("COUNT(*) FILTER (WHERE type = 'transaction.cash_withdrawal' AND amount >= 1) OVER w"),
            "{text}"
        );
        assert!(text.contains("PARTITION BY customer\n"), "{text}");
        assert!(
            text.contains("RANGE BETWEEN INTERVAL '599.999' SECOND PRECEDING AND CURRENT ROW\n"),
            "{text}"
        );
    }

    #[test]
    fn what_leaves_the_present_out_says_so_and_a_habit_needs_its_least_count() {
        let text = sql("usual_payment");
        assert!(text.contains("EXCLUDE CURRENT ROW"), "{text}");
        assert!(text.contains(">= 5 THEN ROUND(AVG(amount)"), "{text}");
        assert!(text.contains("NOT COALESCE(declined, false)"), "{text}");
        assert!(text.contains("COALESCE(CASE"), "{text}");
    }

    #[test]
    fn a_member_that_was_not_sent_has_its_default_in_sql_too() {
        let text = sql("spend_90d");
        assert!(text.contains("AND NOT COALESCE(declined, false)"), "{text}");
        let text = sql("declined_5m");
        assert!(text.contains("AND COALESCE(declined, false)"), "{text}");
        // What has no default is absent in both.
        assert!(sql("cards_5m").contains("DISTINCT card)"));
    }

    #[test]
    fn a_pair_is_partitioned_by_both_and_words_become_those_of_sql() {
        let text = sql("new_payee");
        assert!(text.contains("PARTITION BY customer, payee"), "{text}");
        assert!(
            text.contains("direction = 'out' AND NOT COALESCE(own_account, false)"),
            "{text}"
        );
        assert!(text.contains("= 0 AS new_payee"), "{text}");
    }
}
