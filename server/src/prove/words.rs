//! Small words of a proof.

use rules::cases::model::Sent;
use rules::duration;
use rules::finding::{Lang, Words};

/// An instant of a case, as its author writes it.
pub(super) fn at_text(ms: i64) -> String {
    duration::format(ms)
}

/// The event at some instant.
pub(super) fn event_words(sent: Option<&Sent>) -> Words {
    match sent {
        Some(sent) => {
            let at = at_text(sent.at);
            Words::new(format!("the event at {at}"), format!("{at} 的事件"))
        }
        None => Words::new("an outcome", "一个结果"),
    }
}

/// `en` or `zh`.
pub(super) fn pick<'a>(lang: Lang, en: &'a str, zh: &'a str) -> &'a str {
    match lang {
        Lang::En => en,
        Lang::Zh => zh,
    }
}

/// How many columns of a terminal a text takes: wide signs take two.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(rules::finding::render::cells).sum()
}

/// The text with blanks behind it up to `columns`.
pub(super) fn padded(text: &str, columns: usize) -> String {
    let blanks = columns.saturating_sub(width(text));
    format!("{text}{}", " ".repeat(blanks))
}
