//! Each take in the words of SQL, and what has none.

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
    crate::features::sql::of(&book.catalogue, feature).map_err(|why| why.get(Lang::En).to_owned())
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
