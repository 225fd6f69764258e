//! The sections of `deft.toml`, one function each.

use super::kafka::TRANSACTION;
use super::table::{Pen, Section};
use super::{Config, Grade, Late, codes, fleet, kafka};
use rules::finding::Words;
use std::path::Path;
use toml_edit::TableLike;

const SECOND: i64 = 1_000;
const DAY: i64 = 86_400 * SECOND;
const YEAR: i64 = 366 * DAY;
const KIB: u64 = 1024;
const GIB: u64 = 1024 * 1024 * KIB;

pub(super) fn read(pen: &mut Pen<'_>, root: &dyn TableLike, base: &Path, config: &mut Config) {
    let root = Section::root(root);
    root.only(
        pen,
        &[
            "node", "listen", "auth", "limits", "ack", "decide", "store", "keep", "source", "sink",
            "fleet", "rules", "observe", "stop",
        ],
    );
    node(pen, &root, base, config);
    listen(pen, &root, config);
    auth(pen, &root, base, config);
    limits(pen, &root, config);
    ack(pen, &root, config);
    decide(pen, &root, config);
    store(pen, &root, base, config);
    keep(pen, &root, config);
    sources(pen, &root, base, config);
    config.fleet = fleet::fleet(pen, &root, base);
    sinks(pen, &root, base, config);
    fleet::divide(config);
    rules(pen, &root, config);
    observe(pen, &root, config);
    if let Some(stop) = root.section(pen, "stop") {
        stop.only(pen, &["drain"]);
        set(
            &mut config.drain,
            stop.time(pen, "drain", SECOND..=10 * 60 * SECOND),
        );
    }
}

/// What was said replaces the default.
fn set<T>(place: &mut T, said: Option<T>) {
    if let Some(said) = said {
        *place = said;
    }
}

fn node(pen: &mut Pen<'_>, root: &Section<'_>, base: &Path, config: &mut Config) {
    let Some(node) = root.section(pen, "node") else {
        return;
    };
    node.only(
        pen,
        &["name", "project", "data", "shards", "memory", "on_full"],
    );
    for key in ["memory", "on_full"] {
        let instead = (
            "leave it out: nothing measures the memory of customers",
            "请删除：尚不计量客户内存",
        );
        node.not_built(pen, key, instead);
    }
    set(&mut config.node.name, node.text(pen, "name"));
    let path = |text: Option<String>| text.map(|text| base.join(text));
    set(&mut config.node.project, path(node.text(pen, "project")));
    config.node.data = path(node.text(pen, "data"));
    if node.has("shards") {
        let most = i64::try_from(engine::limits::SHARDS_MAX).unwrap_or(1);
        // The word, or a number.
        let mut aside = Pen::new("".into(), "");
        if node.word(&mut aside, "shards", &[("cores", ())]).is_none() {
            config.node.shards = node.whole(pen, "shards", 1..=most);
        }
    }
}

fn listen(pen: &mut Pen<'_>, root: &Section<'_>, config: &mut Config) {
    let Some(listen) = root.section(pen, "listen") else {
        return;
    };
    listen.only(pen, &["public", "admin", "tls"]);
    let instead = (
        "leave it out and put a proxy that speaks TLS before it, on the same machine",
        "请删除，并在同机前置 TLS 代理",
    );
    listen.not_built(pen, "tls", instead);
    for (key, place) in [
        ("public", &mut config.listen.public),
        ("admin", &mut config.listen.admin),
    ] {
        if let Some(address) = listen.socket(pen, key) {
            *place = address;
        }
    }
}

fn auth(pen: &mut Pen<'_>, root: &Section<'_>, base: &Path, config: &mut Config) {
    let Some(auth) = root.section(pen, "auth") else {
        return;
    };
    auth.only(pen, &["tokens"]);
    if let Some(tokens) = auth.section(pen, "tokens") {
        tokens.only(pen, &["file"]);
        config.tokens = tokens.text(pen, "file").map(|file| base.join(file));
    }
    if config.tokens.is_none() {
        pen.say(
            codes::WRONG_SHAPE,
            root.at("auth"),
            Words::new("`[auth]` names no tokens", "`[auth]` 未指定令牌文件"),
            Words::new(
                "write `tokens = { file = \"tokens.toml\" }`",
                "请写 `tokens = { file = \"tokens.toml\" }`",
            ),
        );
    }
}

fn limits(pen: &mut Pen<'_>, root: &Section<'_>, config: &mut Config) {
    let Some(section) = root.section(pen, "limits") else {
        return;
    };
    section.only(
        pen,
        &[
            "body",
            "batch",
            "depth",
            "connections",
            "in_flight",
            "reserve_fraud",
        ],
    );
    let limits = &mut config.limits;
    let body = section.bytes(pen, "body", KIB..=64 * 1024 * KIB);
    set(&mut limits.body, body.and_then(|b| usize::try_from(b).ok()));
    set(&mut limits.batch, section.whole(pen, "batch", 1..=100_000));
    let deepest = i64::try_from(engine::limits::DEPTH_MAX).unwrap_or(1);
    set(&mut limits.depth, section.whole(pen, "depth", 2..=deepest));
    set(
        &mut limits.connections,
        section.whole(pen, "connections", 1..=100_000),
    );
    set(
        &mut limits.in_flight,
        section.whole(pen, "in_flight", 1..=10_000_000),
    );
    set(
        &mut limits.reserve_fraud,
        section.percent(pen, "reserve_fraud"),
    );
}

fn ack(pen: &mut Pen<'_>, root: &Section<'_>, config: &mut Config) {
    let Some(ack) = root.section(pen, "ack") else {
        return;
    };
    ack.only(pen, &["default", "group"]);
    let grades = [("durable", Grade::Durable), ("received", Grade::Received)];
    set(&mut config.ack.default, ack.word(pen, "default", &grades));
    if let Some(group) = ack.section(pen, "group") {
        group.only(pen, &["wait", "bytes"]);
        set(&mut config.ack.wait, group.time(pen, "wait", 0..=SECOND));
        let bytes = group.bytes(pen, "bytes", KIB..=64 * 1024 * KIB);
        set(
            &mut config.ack.bytes,
            bytes.and_then(|b| usize::try_from(b).ok()),
        );
    }
}

fn decide(pen: &mut Pen<'_>, root: &Section<'_>, config: &mut Config) {
    let Some(decide) = root.section(pen, "decide") else {
        return;
    };
    decide.only(pen, &["deadline", "late"]);
    set(
        &mut config.decide.deadline,
        decide.time(pen, "deadline", 1..=30 * SECOND),
    );
    if let Some(late) = decide.section(pen, "late") {
        late.only(pen, &["fraud", "commercial"]);
        let verdicts = [
            ("nothing", Late::Nothing),
            ("allow", Late::Allow),
            ("step_up", Late::StepUp),
            ("hold", Late::Hold),
            ("block", Late::Block),
        ];
        set(
            &mut config.decide.late_fraud,
            late.word(pen, "fraud", &verdicts),
        );
        let nothing = [("nothing", Late::Nothing)];
        set(
            &mut config.decide.late_commercial,
            late.word(pen, "commercial", &nothing),
        );
    }
}

fn store(pen: &mut Pen<'_>, root: &Section<'_>, base: &Path, config: &mut Config) {
    let Some(section) = root.section(pen, "store") else {
        return;
    };
    let known = [
        "segment", "snapshot", "fsync", "backups", "low_disk", "resume",
    ];
    section.only(pen, &known);
    let store = &mut config.store;
    let segment = section.bytes(pen, "segment", 16 * 1024 * KIB..=GIB);
    set(&mut store.segment, segment);
    if let Some(snapshot) = section.section(pen, "snapshot") {
        snapshot.only(pen, &["every", "or_bytes", "keep"]);
        let every = snapshot.time(pen, "every", SECOND..=DAY);
        set(&mut store.snapshot_every, every);
        let bytes = snapshot.bytes(pen, "or_bytes", 64 * KIB..=1024 * GIB);
        set(&mut store.snapshot_bytes, bytes);
        set(
            &mut store.snapshot_keep,
            snapshot.whole(pen, "keep", 1..=100),
        );
    }
    // Every commit reaches the disk before it is answered; the word may say so.
    section.word(pen, "fsync", &[("always", ())]);
    store.backups = section.text(pen, "backups").map(|folder| base.join(folder));
    let disk = 0..=1024 * 1024 * GIB;
    set(
        &mut store.low_disk,
        section.bytes(pen, "low_disk", disk.clone()),
    );
    set(&mut store.resume, section.bytes(pen, "resume", disk));
}

fn keep(pen: &mut Pen<'_>, root: &Section<'_>, config: &mut Config) {
    let Some(keep) = root.section(pen, "keep") else {
        return;
    };
    keep.only(
        pen,
        &["decisions", "audit", "quarantine", "dead_letter", "stream"],
    );
    for key in ["audit", "quarantine", "dead_letter"] {
        let instead = (
            "leave it out: a reject is answered to its sender and not kept",
            "请删除：拒收只回给发送方，不留存",
        );
        keep.not_built(pen, key, instead);
    }
    set(
        &mut config.keep.decisions,
        keep.time(pen, "decisions", SECOND..=10 * YEAR),
    );
    set(
        &mut config.keep.stream,
        keep.time(pen, "stream", SECOND..=30 * DAY),
    );
}

fn sources(pen: &mut Pen<'_>, root: &Section<'_>, base: &Path, config: &mut Config) {
    let mut rates = 0;
    for source in root.sections(pen, "source") {
        let kinds = [("http", true), ("kafka", false)];
        if source.word(pen, "kind", &kinds) == Some(false) {
            let found = kafka::source(pen, &source, base);
            config.sources.extend(found);
            continue;
        }
        source.only(pen, &["name", "kind", "rate"]);
        source.text(pen, "name");
        if let Some(rate) = source.whole(pen, "rate", 1..=100_000_000) {
            config.rate = u32::try_from(rate).ok();
        }
        rates += 1;
        if rates > 1 {
            pen.say(
                codes::OUT_OF_RANGE,
                source.at("kind"),
                Words::new(
                    "there is one public listener, and so one source of kind `http`",
                    "只有一个公共监听，因此只有一个 `http` 来源",
                ),
                Words::new("leave this one out", "请删除此项"),
            );
        }
    }
}

fn sinks(pen: &mut Pen<'_>, root: &Section<'_>, base: &Path, config: &mut Config) {
    let usual = config.fleet.as_ref().map_or(TRANSACTION, |fleet| {
        // It has to be over before another leads.
        TRANSACTION.min(fleet.session * 5 / 6)
    });
    for sink in root.sections(pen, "sink") {
        let kinds = [("kafka", true), ("webhook", false)];
        match sink.word(pen, "kind", &kinds) {
            Some(true) if config.sink.is_none() => {
                config.sink = kafka::sink(pen, &sink, base, usual);
            }
            Some(true) => pen.say(
                codes::OUT_OF_RANGE,
                sink.at("kind"),
                Words::new(
                    "actions go to the topics of one cluster",
                    "动作只发往一个集群的主题",
                ),
                Words::new("leave this one out", "请删除此项"),
            ),
            Some(false) => {
                let instead = (
                    "leave it out: actions leave on `GET /v1/stream` and on topics",
                    "请删除：动作经 `GET /v1/stream` 与主题送出",
                );
                sink.not_built(pen, "kind", instead);
            }
            None => {}
        }
    }
}

fn rules(pen: &mut Pen<'_>, root: &Section<'_>, config: &mut Config) {
    let Some(rules) = root.section(pen, "rules") else {
        return;
    };
    rules.only(pen, &["reload", "proof", "shadow_first"]);
    let ways = [("manual", false), ("watch", true)];
    set(&mut config.watch, rules.word(pen, "reload", &ways));
    if rules.truth(pen, "shadow_first") == Some(true) {
        let instead = (
            "write `mode(\"shadow\")` in the rule",
            "请在规则中写 `mode(\"shadow\")`",
        );
        rules.not_built(pen, "shadow_first", instead);
    }
    set(&mut config.proof, rules.truth(pen, "proof"));
}

fn observe(pen: &mut Pen<'_>, root: &Section<'_>, config: &mut Config) {
    let Some(observe) = root.section(pen, "observe") else {
        return;
    };
    observe.only(pen, &["log", "metrics", "traces"]);
    if let Some(log) = observe.section(pen, "log") {
        log.only(pen, &["format", "level", "mask"]);
        let formats = [("json", true), ("pretty", false)];
        set(&mut config.observe.json, log.word(pen, "format", &formats));
        let levels = ["error", "warn", "info", "debug", "trace"].map(|level| (level, level));
        let level = log.word(pen, "level", &levels).map(str::to_owned);
        set(&mut config.observe.level, level);
        if log.truth(pen, "mask") == Some(false) {
            let instead = (
                "leave it out: personal data is never logged",
                "请删除：日志从不含个人数据",
            );
            log.not_built(pen, "mask", instead);
        }
    }
    if let Some(metrics) = observe.section(pen, "metrics") {
        metrics.only(pen, &["customers", "max_series"]);
        if metrics.truth(pen, "customers") == Some(true) {
            let instead = (
                "leave it out: no label carries a customer",
                "请删除：标签不含客户",
            );
            metrics.not_built(pen, "customers", instead);
        }
        set(
            &mut config.observe.max_series,
            metrics.whole(pen, "max_series", 500..=1_000_000),
        );
    }
    if let Some(traces) = observe.section(pen, "traces") {
        traces.only(pen, &["otlp"]);
        if traces.text(pen, "otlp").is_some_and(|to| !to.is_empty()) {
            traces.not_built(pen, "otlp", ("write `otlp = \"\"`", "请写 `otlp = \"\"`"));
        }
    }
}
