//! Words that authors try and rules do not have, with what to write instead.

const HINTS: &[(&str, &str, &str)] = &[
    (
        "suppress",
        "suppressions are declared in policy.toml: `[[suppress]]`",
        "抑制在 policy.toml 中声明：`[[suppress]]`",
    ),
    (
        "refer",
        "refer is not a verdict; use `step_up`, `hold` or `block`",
        "refer 不是裁决；请用 `step_up`、`hold` 或 `block`",
    ),
    (
        "decline",
        "the verdict is called `block`",
        "该裁决称为 `block`",
    ),
    (
        "reject",
        "the verdict is called `block`",
        "该裁决称为 `block`",
    ),
    (
        "approve",
        "the verdict is called `allow`",
        "该裁决称为 `allow`",
    ),
    (
        "cap",
        "caps are declared in policy.toml: `[[cap]]`",
        "频次上限在 policy.toml 中声明：`[[cap]]`",
    ),
    (
        "print",
        "rules print nothing; `deft explain` shows the values a decision saw",
        "规则不打印；`deft explain` 可查看决策所见的值",
    ),
    (
        "debug",
        "rules print nothing; `deft explain` shows the values a decision saw",
        "规则不打印；`deft explain` 可查看决策所见的值",
    ),
    (
        "eval",
        "rules do not make rules; write the expression itself",
        "规则不能生成规则；请直接写表达式",
    ),
    (
        "timestamp",
        "time reaches a rule as `event.time`, `event.hour`, `event.since(…)`",
        "时间请用 `event.time`、`event.hour`、`event.since(…)`",
    ),
    (
        "now",
        "time reaches a rule as `event.time`, `event.hour`, `event.since(…)`",
        "时间请用 `event.time`、`event.hour`、`event.since(…)`",
    ),
    (
        "today",
        "the day of the event is `event.date`",
        "事件当日为 `event.date`",
    ),
    (
        "sleep",
        "rules do not wait; use `remind(\"name\", \"30m\")` in `always`",
        "规则不等待；请在 `always` 中用 `remind(\"名称\", \"30m\")`",
    ),
    (
        "rand",
        "rules draw no lots; use `rollout(10)`",
        "规则不掷骰；请用 `rollout(10)`",
    ),
    (
        "is_def_var",
        "ask `customer.has(\"name\")`",
        "请用 `customer.has(\"名称\")`",
    ),
    (
        "type_of",
        "types are known before a rule runs; `deft check` says them",
        "类型在运行前已知；`deft check` 会给出",
    ),
    (
        "send",
        "an action is sent by its verb: `serve(\"…\").channel(\"sms\")`",
        "发送由动作完成：`serve(\"…\").channel(\"sms\")`",
    ),
    (
        "when",
        "`when` is asked by the engine, not called",
        "`when` 由引擎调用，不能自行调用",
    ),
];

/// What to write instead of `word`: English and Chinese.
#[must_use]
pub fn hint(word: &str) -> Option<(&'static str, &'static str)> {
    let found = HINTS.iter().find(|(name, ..)| *name == word)?;
    Some((found.1, found.2))
}
