//! What a feature takes of its window, in the words of SQL.

use rules::catalogue::feature::{Feature, Take};
use rules::value::Type;

/// A feature with its conditions and its column in SQL.
pub(super) struct Taken<'f> {
    pub(super) feature: &'f Feature,
    /// What an event of the stream meets.
    pub(super) own: String,
    /// The same, and what the feature asks.
    pub(super) wheres: String,
    /// The column.
    pub(super) of: String,
}

impl Taken<'_> {
    /// The value, missing where there are too few.
    pub(super) fn value(&self) -> String {
        let (of, feature) = (&self.of, self.feature);
        let rows = self.over("COUNT(*)");
        let value = match feature.take {
            Take::Count => rows.clone(),
            Take::New => self.is_new(&rows),
            Take::Sum => format!("COALESCE({}, 0)", self.over(&format!("SUM({of})"))),
            Take::Avg => self.rounded(self.over(&format!("AVG({of})"))),
            Take::Min => self.over(&format!("MIN({of})")),
            Take::Max => self.over(&format!("MAX({of})")),
            Take::Distinct => self.over(&format!("COUNT(DISTINCT {of})")),
            Take::Last => format!("LAST_VALUE({} IGNORE NULLS) OVER w", self.own_column()),
            Take::First => format!("FIRST_VALUE({} IGNORE NULLS) OVER w", self.own_column()),
            Take::NthLast(nth) => {
                let column = self.own_column();
                format!("NTH_VALUE({column}, {nth}) FROM LAST IGNORE NULLS OVER w")
            }
            Take::StdDev => self.rounded(self.over(&format!("STDDEV_SAMP({of})"))),
            Take::ZScore => format!(
                "(CASE WHEN {} THEN {of} END - {}) / NULLIF({}, 0)",
                self.own,
                self.over(&format!("AVG({of})")),
                self.over(&format!("STDDEV_SAMP({of})"))
            ),
            Take::Quantile(millionths) => {
                let share = f64::from(millionths) / 1e6;
                self.over(&format!("QUANTILE_DISC({of}, {share})"))
            }
            // Refused before.
            Take::Decay(_) | Take::HourShare | Take::Place(_) => "NULL".to_owned(),
        };
        let counted = match feature.take.needs_field() {
            true => self.over(&format!("COUNT({of})")),
            false => rows,
        };
        match feature.min {
            Some(min) => format!("CASE WHEN {counted} >= {min} THEN {value} END"),
            None => value,
        }
    }

    fn over(&self, aggregate: &str) -> String {
        format!("{aggregate} FILTER (WHERE {}) OVER w", self.wheres)
    }

    /// The column, on the rows of the window alone.
    fn own_column(&self) -> String {
        format!("CASE WHEN {} THEN {} END", self.wheres, self.of)
    }

    fn is_new(&self, rows: &str) -> String {
        match &self.feature.of {
            None => format!("{rows} = 0"),
            Some(_) => format!("{} AND {} IS NOT NULL AND {rows} = 0", self.own, self.of),
        }
    }

    fn rounded(&self, value: String) -> String {
        match self.feature.ty {
            Type::Money(_) => format!("ROUND({value}, 2)"),
            _ => value,
        }
    }
}

#[cfg(test)]
mod tests;
