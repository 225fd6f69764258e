//! CSV as it is written: quoted fields may hold commas, quotes and line ends.

use std::iter::Peekable;
use std::str::Chars;

use libtest_mimic::Failed;

/// A header and its rows.
#[derive(Debug)]
pub struct Table {
    /// The names of the columns.
    pub header: Vec<String>,
    /// The rows, each as long as the header.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// Reads a whole CSV text; a ragged row is a failure.
    pub fn parse(text: &str) -> Result<Self, Failed> {
        let mut rest = text.chars().peekable();
        let header = row(&mut rest)?;
        let mut rows = Vec::new();
        while rest.peek().is_some() {
            let fields = row(&mut rest)?;
            if fields.len() != header.len() {
                return Err(format!(
                    "CSV row {} has {} fields, the header has {}",
                    rows.len() + 1,
                    fields.len(),
                    header.len()
                )
                .into());
            }
            rows.push(fields);
        }
        Ok(Self { header, rows })
    }

    /// The first column of every row.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.rows
            .iter()
            .filter_map(|row| row.first())
            .map(String::as_str)
    }
}

fn row(rest: &mut Peekable<Chars<'_>>) -> Result<Vec<String>, Failed> {
    let mut fields = Vec::new();
    loop {
        fields.push(field(rest)?);
        match rest.next() {
            Some(',') => {}
            Some('\r') if rest.next_if_eq(&'\n').is_some() => return Ok(fields),
            Some('\n') | None => return Ok(fields),
            Some(other) => return Err(format!("CSV: `{other}` after a closing quote").into()),
        }
    }
}

fn field(rest: &mut Peekable<Chars<'_>>) -> Result<String, Failed> {
    let mut text = String::new();
    if rest.next_if_eq(&'"').is_none() {
        while let Some(plain) = rest.next_if(|&next| !matches!(next, ',' | '\n' | '\r')) {
            text.push(plain);
        }
        return Ok(text);
    }
    loop {
        match rest.next() {
            Some('"') if rest.next_if_eq(&'"').is_none() => return Ok(text),
            Some(any) => text.push(any),
            None => return Err("CSV: a quote is never closed".into()),
        }
    }
}

/// Says where two CSV texts part, by row and column; `None` when they are equal byte for byte.
pub fn first_difference(got: &str, expected: &str) -> Option<String> {
    if got == expected {
        return None;
    }
    let differing = got
        .lines()
        .zip(expected.lines())
        .filter(|(a, b)| a != b)
        .count();
    let lengths = format!(
        "{} lines, expected {}",
        got.lines().count(),
        expected.lines().count()
    );
    let header: Vec<&str> = expected.lines().next().unwrap_or("").split(',').collect();
    for (row, (a, b)) in got.lines().zip(expected.lines()).enumerate() {
        if a == b {
            continue;
        }
        let mut columns = a.split(',').zip(b.split(',')).zip(&header);
        let at = columns.find(|((a, b), _)| a != b).map_or_else(
            || "the number of columns".to_owned(),
            |((a, b), name)| format!("`{name}` is {a}, expected {b}"),
        );
        return Some(format!(
            "line {}: {at}; {differing} lines differ, {lengths}\n  got      {a}\n  expected {b}",
            row + 1
        ));
    }
    Some(format!(
        "{lengths}; the common lines are equal, or only line ends differ"
    ))
}
