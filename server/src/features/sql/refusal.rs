//! Windows that no window of SQL says the same as.

use rules::catalogue::feature::{Feature, Span, Take};
use rules::finding::Words;

/// Why there is no SQL for a feature; `None` where there is.
pub(super) fn of(feature: &Feature) -> Option<Words> {
    let (en, zh) = match (feature.take, feature.span) {
        (Take::Decay(_), _) => (
            "weighs each row by its age at the current one, which no window function of SQL does: \
             join the table with itself",
            "按每行相对当前行的时间加权，SQL 窗口函数无法表达：请用自连接",
        ),
        (Take::Place(_), _) => (
            "is computed of places, and SQL has no words for that",
            "由位置计算，SQL 无法表达",
        ),
        (Take::HourShare, _) => (
            "compares each row's hour of the week with the current one's, which no window function of SQL \
             does: join the table with itself",
            "将每行所在的周内小时与当前行比较，SQL 窗口函数无法表达：请用自连接",
        ),
        (_, Span::Session(_)) => (
            "begins where the gaps of each key say, which a window of SQL cannot: number the sessions first",
            "从各键的会话间隔处开始，SQL 窗口无法表达：请先给会话编号",
        ),
        _ if feature.step.is_some() => (
            "counts whole panes: aggregate the table by pane first",
            "按整个窗格统计：请先按窗格汇总表",
        ),
        (_, Span::Tumbling(_) | Span::Calendar(_)) if feature.delay > 0 => (
            "looks at the pane of an earlier instant, which a window of SQL cannot: join the table with \
             itself",
            "查看较早时刻所在的窗格，SQL 窗口无法表达：请用自连接",
        ),
        _ => return None,
    };
    let name = &feature.name;
    Some(Words::new(
        format!("there is no SQL for `{name}`: it {en}"),
        format!("`{name}` 没有对应的 SQL：它{zh}"),
    ))
}
