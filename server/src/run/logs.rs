//! Logs: one line per thing worth knowing, on stderr, for people or as JSON. No event, no customer
//! and no token is ever in one.

use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::{Layer, Registry, fmt, reload};

/// The level of the logs, changeable while they run.
#[derive(Clone)]
pub(crate) struct Level {
    filter: reload::Handle<LevelFilter, Registry>,
}

impl Level {
    /// Changes the level; false when there is no such level.
    pub(crate) fn set(&self, word: &str) -> bool {
        level(word).is_some_and(|level| self.filter.reload(level).is_ok())
    }
}

fn level(word: &str) -> Option<LevelFilter> {
    Some(match word {
        "error" => LevelFilter::ERROR,
        "warn" => LevelFilter::WARN,
        "info" => LevelFilter::INFO,
        "debug" => LevelFilter::DEBUG,
        "trace" => LevelFilter::TRACE,
        _ => return None,
    })
}

/// Begins to log.
pub(crate) fn start(json: bool, word: &str) -> Level {
    let (filter, handle) = reload::Layer::new(level(word).unwrap_or(LevelFilter::INFO));
    let lines: Box<dyn Layer<_> + Send + Sync> = if json {
        Box::new(
            fmt::layer()
                .json()
                .flatten_event(true)
                .with_writer(std::io::stderr),
        )
    } else {
        Box::new(
            fmt::layer()
                // Colour is a feature of that crate which is not taken: asking for it on a terminal panics.
                .with_ansi(false)
                .with_target(false)
                .with_writer(std::io::stderr),
        )
    };
    let subscriber = tracing_subscriber::registry().with(filter).with(lines);
    // A second start in one process keeps the logs of the first.
    let _ = tracing::subscriber::set_global_default(subscriber);
    Level { filter: handle }
}
