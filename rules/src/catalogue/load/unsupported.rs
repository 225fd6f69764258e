//! Forms of the catalogue that this build does not have: each is refused with one sentence, and with
//! what can be used instead.

use super::codes;
use super::node::Node;
use super::report::Report;
use crate::finding::{Finding, Words};

/// What is not supported, and what can be used instead, each in English and Chinese.
pub(super) struct Unsupported {
    what: [&'static str; 2],
    instead: [&'static str; 2],
}

pub(super) const ORDER: Unsupported = Unsupported {
    what: ["an order declared here", "`order = \"event_time\"`"],
    instead: [
        "give `--order event_time` to `deft replay`",
        "请在 `deft replay` 中使用 `--order event_time`",
    ],
};
pub(super) const TAKE: Unsupported = Unsupported {
    what: ["windows with this `take`", "此 `take`"],
    instead: [
        "take one of `count`, `sum`, `avg`, `min`, `max`, `distinct`, `first`, `last`, `nth_last`, `new`, \
         `stddev`, `zscore`, `quantile`, `decay`, `hour_share`",
        "请使用 `count`、`sum`、`avg`、`min`、`max`、`distinct`、`first`、`last`、`nth_last`、`new`、\
         `stddev`、`zscore`、`quantile`、`decay`、`hour_share` 之一",
    ],
};
pub(super) const WAKE: Unsupported = Unsupported {
    what: ["an alarm at the end of quiet hours", "`then = \"wake\"`"],
    instead: ["write `then = \"refuse\"`", "请写 `then = \"refuse\"`"],
};
pub(super) const STOCK: Unsupported = Unsupported {
    what: ["stocks of offers", "优惠库存"],
    instead: [
        "limit it with a `[[cap]]` in `policy.toml`",
        "请在 `policy.toml` 中用 `[[cap]]` 限制",
    ],
};
pub(super) const MODEL: Unsupported = Unsupported {
    what: ["propensity models", "倾向模型"],
    instead: [
        "write `propensity = { prior = 0.04 }`",
        "请写 `propensity = { prior = 0.04 }`",
    ],
};
pub(super) const PLACEMENT: Unsupported = Unsupported {
    what: ["placements that are pushed", "主动推送的展位"],
    instead: [
        "write `ask = true`: `POST /v1/decide` fills it",
        "请写 `ask = true`，由 `POST /v1/decide` 填充",
    ],
};
pub(super) const CONTROL: Unsupported = Unsupported {
    what: ["control groups", "对照组"],
    instead: [
        "write `percent = 0`, or `rollout(…)` in the rules",
        "请写 `percent = 0`，或在规则中使用 `rollout(…)`",
    ],
};
pub(super) const COUNTS: Unsupported = Unsupported {
    what: [
        "caps that count deliveries or what was shown",
        "按送达或展示计数的上限",
    ],
    instead: [
        "write `counts = \"enacted\"`",
        "请写 `counts = \"enacted\"`",
    ],
};

/// Says that the value is of a form that is not supported.
pub(super) fn say(r: &mut Report, node: &Node, form: &Unsupported) {
    let path = &node.path;
    r.push(
        Finding::error(
            codes::NOT_SUPPORTED,
            node.place.clone(),
            Words::new(
                format!("`{path}`: this build does not have {}", form.what[0]),
                format!("`{path}`：本版本不支持{}", form.what[1]),
            ),
        )
        .fix(form.instead[0], form.instead[1]),
    );
}
