//! `deft policy`: what may be sent to a customer at an instant, and from when the rest.
//!
//! It replays events up to that instant and then asks the contact policy what the engine itself would
//! ask it: consent, suppressions, caps, quiet hours, the silence of a hold. Whether an offer fits the
//! customer, or a rule would propose it or is cooling down, is another question: `deft explain --why-not`.

mod ask;

use crate::cli::{LangArg, NO, YES};
use crate::load;
use anyhow::Context as _;
use ask::{Customer, Fate};
use clap::Args;
use connectors::merge::Merge;
use engine::engine::{Engine, Settings};
use engine::key::KeyGroup;
use jiff::tz::TimeZone;
use rules::book::Book;
use rules::finding::{Lang, Words};
use rules::value::{Text, time_text_in};
use std::fs::File;
use std::io::{BufRead, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Records that are pushed at once.
const BATCH: usize = 512;

/// Arguments of `deft policy`.
#[derive(Debug, Args)]
#[command(
    after_help = "deft policy C14 --at 2026-03-10T18:00:00+08:00 tests/samples/day.ndjson --project \
    rules/retail-bank\n\nOf a node: deft log export ./data | deft policy C14 - --at … --project …"
)]
pub(crate) struct PolicyArgs {
    /// The customer.
    customer: String,
    /// Files of events, one JSON object a line, merged by time; `-` is stdin.
    #[arg(required = true, value_name = "EVENTS")]
    events: Vec<PathBuf>,
    /// As of this RFC 3339 time.
    #[arg(long, value_name = "TIME", value_parser = crate::cli::time)]
    at: i64,
    /// The project: its catalogue and rules.
    #[arg(long, value_name = "DIR")]
    project: PathBuf,
    /// The language of messages.
    #[arg(long, value_enum, default_value_t)]
    lang: LangArg,
}

/// Exit code 0; 1 when the customer is not known by then, or the project has errors.
pub(crate) fn run(args: &PolicyArgs) -> anyhow::Result<u8> {
    let Some(book) = load::book(&args.project, args.lang)? else {
        return Ok(NO);
    };
    let customer: Text = args.customer.as_str().into();
    let mut engine = replayed(args, &book)?;
    let entries = engine.whole(Some(KeyGroup::of(&customer)))?;
    let Some(known) = Customer::of(&book, customer, entries) else {
        let (name, at) = (
            &args.customer,
            time_text_in(args.at, &book.catalogue.time.zone),
        );
        let words = Words::new(
            format!("nothing is known of customer `{name}` by {at}"),
            format!("截至 {at} 没有客户 `{name}` 的任何记录"),
        );
        eprintln!("{}", words.get(args.lang.into()));
        return Ok(NO);
    };
    let lang: Lang = args.lang.into();
    let either = |en: &'static str, zh: &'static str| match lang {
        Lang::En => en,
        Lang::Zh => zh,
    };
    let mut out = std::io::stdout().lock();
    for offer in &book.catalogue.offers {
        let channels: Vec<Option<&Text>> = if offer.channels.is_empty() {
            vec![None]
        } else {
            offer.channels.iter().map(Some).collect()
        };
        for channel in channels {
            let fate = known.fate(&book, offer, channel, args.at);
            let way = channel.map_or(either("a team", "团队"), |channel| channel.as_str());
            let by = either("by", "渠道");
            writeln!(
                out,
                "{} {by} {way}: {}",
                offer.name,
                told(&fate, &known.zone, lang)
            )?;
        }
    }
    Ok(YES)
}

fn told(fate: &Fate, zone: &TimeZone, lang: Lang) -> String {
    let either = |en: &'static str, zh: &'static str| match lang {
        Lang::En => en,
        Lang::Zh => zh,
    };
    let why = |fate: &Fate| {
        let parts = fate.against.iter().map(|(code, by)| {
            let words = code.words();
            format!("{} {} ({by})", code.code(), words.get(lang))
        });
        parts.collect::<Vec<_>>().join("; ")
    };
    match (fate.against.is_empty(), fate.from) {
        (true, _) => either("may be sent now", "现在可发送").to_owned(),
        (false, Some(from)) => {
            format!(
                "{} {}: {}",
                either("from", "最早"),
                time_text_in(from, zone),
                why(fate)
            )
        }
        (false, None) => format!("{}: {}", either("may not be sent", "不可发送"), why(fate)),
    }
}

/// An engine that has taken everything up to the instant.
fn replayed(args: &PolicyArgs, book: &Arc<Book>) -> anyhow::Result<Engine> {
    let mut engine = Engine::new(Arc::clone(book), &Settings::default())?;
    let readers = args.events.iter().map(|path| open(path));
    let mut merge = Merge::new(readers.collect::<anyhow::Result<_>>()?)?;
    let mut records = Vec::with_capacity(BATCH);
    while let Some(record) = merge.next_record().context("cannot read the events")? {
        if engine::decode::peek_time(&record.bytes).is_some_and(|time| time > args.at) {
            continue;
        }
        records.push(record);
        if records.len() >= BATCH {
            engine.push(std::mem::take(&mut records))?;
        }
    }
    engine.push(records)?;
    engine.finish()?;
    engine.advance(args.at)?;
    Ok(engine)
}

fn open(path: &Path) -> anyhow::Result<Box<dyn BufRead>> {
    if path == Path::new("-") {
        return Ok(Box::new(BufReader::new(std::io::stdin())));
    }
    let file = File::open(path).with_context(|| {
        let path = path.display();
        format!(
            "cannot open `{path}`: name a file of events, one JSON object a line, or `-` for stdin"
        )
    })?;
    Ok(Box::new(BufReader::new(file)))
}
