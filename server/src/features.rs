//! `deft features`: the windows of a project, and the SQL that would compute them over a table.

mod sql;

use crate::cli::{LangArg, NO, YES};
use crate::load;
use clap::Args;
use rules::catalogue::Catalogue;
use rules::catalogue::feature::{Feature, Key, Span};
use rules::finding::{Lang, Words, nearest};
use std::io::Write as _;
use std::path::PathBuf;

/// Arguments of `deft features`.
#[derive(Debug, Args)]
pub(crate) struct FeaturesArgs {
    /// The project.
    #[arg(long, value_name = "DIR", default_value = ".")]
    project: PathBuf,
    /// Print the SQL of this feature instead of the list: a window over a table `events` with a column
    /// per member of the event.
    #[arg(long, value_name = "NAME")]
    sql: Option<String>,
    /// The language of messages.
    #[arg(long, value_enum, default_value_t)]
    lang: LangArg,
}

/// Exit code 0; 1 when there is no such feature, or the project has errors.
pub(crate) fn run(args: &FeaturesArgs) -> anyhow::Result<u8> {
    let Some(book) = load::book(&args.project, args.lang)? else {
        return Ok(NO);
    };
    let catalogue = &book.catalogue;
    let mut out = std::io::stdout().lock();
    let Some(name) = &args.sql else {
        for feature in &catalogue.features {
            writeln!(out, "{}", line(catalogue, feature, args.lang.into()))?;
        }
        return Ok(YES);
    };
    let found = catalogue.features.iter().find(|f| f.name.as_str() == name);
    let Some(feature) = found else {
        let names = catalogue.features.iter().map(|f| f.name.as_str());
        let names: Vec<&str> = names.collect();
        let near = nearest(name, names, 1);
        let project = args.project.display();
        let (en, zh) = match near.first() {
            Some(near) => (
                format!("did you mean `{near}`?"),
                format!("是否想写 `{near}`？"),
            ),
            None => {
                let list = format!("deft features --project {project}");
                (
                    format!("`{list}` lists them"),
                    format!("`{list}` 列出全部窗口"),
                )
            }
        };
        let words = Words::new(
            format!("the project has no window `{name}`; {en}"),
            format!("项目中没有窗口 `{name}`；{zh}"),
        );
        eprintln!("{}", words.get(args.lang.into()));
        return Ok(NO);
    };
    match sql::of(catalogue, feature) {
        Ok(text) => {
            write!(out, "{text}")?;
            Ok(YES)
        }
        Err(why) => {
            eprintln!("{}", why.get(args.lang.into()));
            Ok(NO)
        }
    }
}

/// `withdrawals_10m  count of withdrawals over 10m by customer  Withdrawals in 10 min`
fn line(catalogue: &Catalogue, feature: &Feature, lang: Lang) -> String {
    let stream = catalogue.streams.get(usize::from(feature.stream));
    let stream = stream.map_or("", |stream| stream.name.as_str());
    let of = feature
        .of
        .as_ref()
        .map_or_else(String::new, |of| format!(" {of}"));
    format!(
        "{}  {}{of} of {stream} {} by {}  {}",
        feature.name,
        feature.take.name(),
        length(feature),
        keys(catalogue, feature.key).join(" and "),
        feature.title.get(lang)
    )
}

/// How long a window is, in words.
fn length(feature: &Feature) -> String {
    let over = rules::duration::format(feature.over);
    match feature.span {
        Span::Sliding => match feature.step {
            None => format!("over {over}"),
            Some(panes) => format!("over {over} by {}", rules::duration::format(panes.length)),
        },
        Span::Tumbling(_) => format!("in panes of {over}"),
        Span::Calendar(period) => format!("in the {}", period.name()),
        Span::Session(gap) => {
            let gap = rules::duration::format(gap);
            format!("in the session (gap {gap}, at most {over})")
        }
    }
}

/// What a window is kept by, in words.
fn keys(catalogue: &Catalogue, key: Key) -> Vec<String> {
    let entity = |kind| {
        let entity = catalogue.entity(kind);
        entity.map_or_else(String::new, |entity| entity.name.to_string())
    };
    match key {
        Key::Customer => vec!["customer".to_owned()],
        Key::Entity(kind) => vec![entity(kind)],
        Key::Pair(kind) => vec!["customer".to_owned(), entity(kind)],
    }
}
