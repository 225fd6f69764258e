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
mod tests {
    use rules::compile::compile;
    use rules::finding::Lang;
    use rules::project::Project;

    /// The SQL of a window, or why there is none.
    fn sql(window: &str) -> Result<String, String> {
        let head = "[stream.s]\non = \"transaction.payment\"\nwhere = \"!event.declined\"\n";
        let features = format!("{head}[feature.f]\nstream = \"s\"\nkey = \"customer\"\n{window}\n");
        let events = "[time]\nzone = \"Asia/Shanghai\"\n[event.\"transaction.payment\".data]\n\
            amount = { type = \"money\", currency = \"CNY\" }\ncountry = \"text?\"\ndeclined = \"bool\"\n";
        let files = [
            ("catalog/events.toml", events),
            ("catalog/features.toml", features.as_str()),
        ];
        let (book, findings) = compile(&Project::from_files(files));
        let book = book.unwrap_or_else(|| panic!("{findings:?}"));
        let feature = book.catalogue.features.first().unwrap();
        super::super::of(&book.catalogue, feature).map_err(|why| why.get(Lang::En).to_owned())
    }

    #[test]
    fn each_take_has_its_word_in_sql() {
        let of = "of = \"amount\"\nover = \"1d\"";
        for (window, wanted) in [
            (
                format!("take = \"stddev\"\n{of}"),
                "ROUND(STDDEV_SAMP(amount) FILTER (WHERE",
            ),
            (format!("take = \"first\"\n{of}"), "FIRST_VALUE(CASE WHEN"),
            (
                format!("take = \"nth_last\"\nnth = 2\n{of}"),
                "END, 2) FROM LAST IGNORE NULLS OVER w",
            ),
            (
                format!("take = \"quantile\"\nq = 0.9\n{of}"),
                "QUANTILE_DISC(amount, 0.9) FILTER",
            ),
            (format!("take = \"zscore\"\n{of}"), "EXCLUDE CURRENT ROW"),
            (
                format!("take = \"zscore\"\nmin = 5\n{of}"),
                "CASE WHEN COUNT(amount) FILTER",
            ),
            (
                "take = \"new\"\nof = \"country\"\nover = \"1d\"".to_owned(),
                "PARTITION BY customer, country",
            ),
            (
                format!("take = \"sum\"\nwindow = \"tumbling\"\n{of}"),
                "PARTITION BY customer, FLOOR((EXTRACT(EPOCH FROM time) * 1000 - -28800000) / 86400000)",
            ),
            (
                "take = \"count\"\nwindow = \"calendar\"\nper = \"month\"".to_owned(),
                "DATE_TRUNC('month', time AT TIME ZONE 'Asia/Shanghai')",
            ),
            (
                "take = \"count\"\nwindow = \"calendar\"\nper = \"month\"".to_owned(),
                "RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW",
            ),
        ] {
            let text = sql(&window).unwrap();
            assert!(text.contains(wanted), "{window}: {text}");
        }
    }

    #[test]
    fn what_sql_cannot_say_is_refused_with_the_reason() {
        for (window, wanted) in [
            (
                "take = \"decay\"\nhalf_life = \"1h\"\nof = \"amount\"\nover = \"1d\"",
                "its age",
            ),
            ("take = \"hour_share\"\nover = \"30d\"", "hour of the week"),
            (
                "take = \"count\"\nwindow = \"session\"\ngap = \"1h\"",
                "number the sessions",
            ),
            (
                "take = \"count\"\nover = \"30d\"\nstep = \"1d\"",
                "by pane first",
            ),
            (
                "take = \"count\"\nwindow = \"tumbling\"\nover = \"1d\"\ndelay = \"1d\"",
                "earlier instant",
            ),
        ] {
            let why = sql(window).unwrap_err();
            assert!(
                why.starts_with("there is no SQL for `f`: it ") && why.contains(wanted),
                "{why}"
            );
        }
    }
}
