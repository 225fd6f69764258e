//! Rows of features as CSV (RFC 4180, lines end in a newline): money in minor units, booleans 0/1,
//! missing empty.

use rules::book::Book;
use rules::catalogue::Column;
use rules::value::{Value, time_text};
use std::fmt::Write;

/// The header: `event_id` and the features in declared order.
pub(super) fn header(book: &Book) -> String {
    let catalogue = &book.catalogue;
    let name = |column: &Column| match column {
        Column::Feature(at) => catalogue
            .features
            .get(usize::from(*at))
            .map(|f| f.name.as_str()),
        Column::Derived(at) => catalogue
            .derived
            .get(usize::from(*at))
            .map(|d| d.name.as_str()),
    };
    let mut line = String::from("event_id");
    for column in &catalogue.columns {
        line.push(',');
        quote(name(column).unwrap_or(""), &mut line);
    }
    line.push('\n');
    line
}

/// One row.
pub(super) fn row(event_id: &str, values: &[Value]) -> String {
    let mut line = String::with_capacity(16 + values.len() * 8);
    quote(event_id, &mut line);
    for value in values {
        line.push(',');
        cell(value, &mut line);
    }
    line.push('\n');
    line
}

fn cell(value: &Value, line: &mut String) {
    // Writing to a string cannot fail.
    let _ = match value {
        Value::Missing => Ok(()),
        Value::Bool(b) => write!(line, "{}", u8::from(*b)),
        Value::Int(n) | Value::Duration(n) => write!(line, "{n}"),
        Value::Decimal(d) => write!(line, "{d}"),
        Value::Money(m) => m.to_minor().map_or(Ok(()), |minor| write!(line, "{minor}")),
        Value::Time(ms) => write!(line, "{}", time_text(*ms)),
        Value::Date(day) => day.to_civil().map_or(Ok(()), |d| write!(line, "{d}")),
        Value::Place(lat, lon) => write!(line, "{lat} {lon}"),
        Value::Text(text) => {
            quote(text, line);
            Ok(())
        }
        Value::Ref(key) => {
            quote(&key.id, line);
            Ok(())
        }
        list @ Value::List(_) => {
            quote(&list.to_json().to_string(), line);
            Ok(())
        }
    };
}

fn quote(text: &str, line: &mut String) {
    if text.contains([',', '"', '\n', '\r']) {
        line.push('"');
        line.push_str(&text.replace('"', "\"\""));
        line.push('"');
    } else {
        line.push_str(text);
    }
}
