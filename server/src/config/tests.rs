//! Whatever stands in `deft.toml` is taken or refused with its place; nothing is passed over.

use super::kafka::Grade;
use super::*;
use connectors::kafka::share::Share;
use connectors::kafka::source::Start;

fn findings(text: &str) -> Vec<(String, &'static str)> {
    let (_, findings) = parse("deft.toml", text, Path::new(""));
    let told = findings.iter().map(|f| (f.place.to_string(), f.code));
    told.collect()
}

#[test]
fn nothing_said_is_the_default_and_listens_on_loopback() {
    let (config, findings) = parse("deft.toml", "", Path::new(""));
    assert!(findings.is_empty());
    assert_eq!(config, Config::default());
    assert!(config.listen.public.ip().is_loopback() && config.listen.admin.ip().is_loopback());
}

#[test]
fn every_key_with_an_effect_is_taken() {
    let text = r#"
[node]
name = "deft-1"
project = "./my-bank"
data = "state"
shards = 3
[listen]
public = "0.0.0.0:8443"
admin = "[::1]:9443"
[auth]
tokens = { file = "tokens.toml" }
[limits]
body = "2MiB"
batch = 10
depth = 8
connections = 5
in_flight = 100
reserve_fraud = "30%"
[ack]
default = "received"
group = { wait = "2ms", bytes = "4KiB" }
[decide]
deadline = "20ms"
late = { fraud = "hold", commercial = "nothing" }
[store]
segment = "16MiB"
snapshot = { every = "1m", or_bytes = "1GiB", keep = 2 }
fsync = "always"
low_disk = "1GiB"
resume = "2GiB"
[keep]
decisions = "30d"
stream = "1h"
[[source]]
name = "http"
kind = "http"
rate = 20_000
[rules]
reload = "manual"
proof = true
shadow_first = false
[observe]
log = { format = "json", level = "warn", mask = true }
metrics = { customers = false, max_series = 1000 }
traces = { otlp = "" }
[stop]
drain = "5s"
"#;
    let (config, findings) = parse("deft.toml", text, Path::new("/etc/deft"));
    assert!(findings.is_empty(), "{findings:?}");
    let untouched = Config::default();
    assert_eq!(config.node.project, Path::new("/etc/deft/./my-bank"));
    assert_eq!(config.node.shards, Some(3));
    assert_eq!(config.limits.reserve_fraud, 30);
    assert_eq!(config.decide.late_fraud, Late::Hold);
    assert_eq!(config.rate, Some(20_000));
    assert_ne!(config.limits, untouched.limits);
    assert_ne!(config.ack, untouched.ack);
    assert_ne!(config.store, untouched.store);
    assert_ne!(config.keep, untouched.keep);
    assert_ne!(config.observe, untouched.observe);
    assert!(config.proof && config.drain == Duration::from_secs(5));
}

#[test]
fn an_unknown_key_is_told_with_its_place_and_the_nearest() {
    let (_, findings) = parse("deft.toml", "[limits]\n  bodi = 3\n", Path::new(""));
    let finding = findings.iter().next().unwrap();
    assert_eq!(finding.place.to_string(), "deft.toml:2:3");
    assert_eq!(finding.code, codes::UNKNOWN_KEY);
    assert!(finding.fix.as_ref().unwrap().en.contains("`body`"));
}

#[test]
fn what_is_not_built_is_refused_and_not_passed_over() {
    for text in [
        "[listen]\ntls = { cert = \"a\" }\n",
        "[node]\nmemory = \"16GiB\"\n",
        "[[sink]]\nname = \"s\"\nkind = \"webhook\"\n",
        "[rules]\nshadow_first = true\n",
        "[keep]\naudit = \"7y\"\n",
        "[observe]\ntraces = { otlp = \"http://x\" }\n",
    ] {
        let codes: Vec<&str> = findings(text).iter().map(|(_, code)| *code).collect();
        assert_eq!(codes, [codes::NOT_BUILT], "{text}");
    }
}

#[test]
fn wrong_values_are_told_each() {
    for (text, code) in [
        ("[node\n", codes::SYNTAX),
        ("[limits]\nbody = 3\n", codes::WRONG_SHAPE),
        ("[limits]\nbody = \"3 apples\"\n", codes::OUT_OF_RANGE),
        ("[limits]\nbatch = 0\n", codes::OUT_OF_RANGE),
        ("[limits]\nreserve_fraud = \"91%\"\n", codes::OUT_OF_RANGE),
        ("[decide]\ndeadline = \"0ms\"\n", codes::OUT_OF_RANGE),
        ("[ack]\ndefault = \"sometime\"\n", codes::UNKNOWN_WORD),
        ("[listen]\npublic = \"nowhere\"\n", codes::OUT_OF_RANGE),
        ("[auth]\n", codes::WRONG_SHAPE),
        ("node = 3\n", codes::WRONG_SHAPE),
        ("[nodes]\n", codes::UNKNOWN_KEY),
    ] {
        let codes: Vec<&str> = findings(text).iter().map(|(_, code)| *code).collect();
        assert_eq!(codes, [code], "{text}");
    }
}

#[test]
fn without_tokens_only_loopback_may_listen() {
    let told = findings("[listen]\npublic = \"0.0.0.0:80\"\nadmin = \"10.0.0.1:81\"\n");
    assert_eq!(told.len(), 2);
    assert!(told.iter().all(|(_, code)| *code == codes::OPEN_DOOR));
    let text = "[listen]\npublic = \"0.0.0.0:80\"\n[auth]\ntokens = { file = \"t\" }\n";
    assert_eq!(findings(text), []);
}

const TOPICS: &str = "[node]\ndata = \"d\"\n[[source]]\nname = \"core\"\nkind = \"kafka\"\nbrokers = \"k1:9092\"\n\
                      topics = [\"a.b\"]\n[[sink]]\nname = \"out\"\nkind = \"kafka\"\nbrokers = \"k1:9092,k2:9092\"\n";

#[test]
fn topics_have_defaults_and_every_key_is_read() {
    let (config, told) = parse("deft.toml", TOPICS, Path::new(""));
    assert!(told.is_empty(), "{told:?}");
    let (source, sink) = (&config.sources[0], config.sink.as_ref().unwrap());
    assert_eq!(
        (source.group.as_str(), source.start),
        ("deft", Start::Committed)
    );
    assert_eq!(
        (sink.topic_of("service"), sink.grade),
        ("deft.actions.service".to_owned(), Grade::ExactlyOnce)
    );
    let text = TOPICS.to_owned()
        + "topic = \"x\"\ngrade = \"at_least_once\"\nmarks = \"m\"\nquarantine = \"q\"\ntransaction = \"5s\"\nevery = \"1ms\"\n";
    let text = text.replace(
        "topics = [\"a.b\"]\n",
        "topics = \"^a\\\\..*\"\ngroup = \"g\"\ngrade = \"exactly_once\"\nstart = \"2026-03-01T00:00:00Z\"\nsession = \"6s\"\n",
    );
    let (config, told) = parse("deft.toml", &text, Path::new(""));
    assert!(told.is_empty(), "{told:?}");
    let (source, sink) = (&config.sources[0], config.sink.as_ref().unwrap());
    assert_eq!(source.topics, ["^a\\..*"]);
    assert_eq!(source.start, Start::At(1_772_323_200_000));
    assert_eq!((sink.topic.as_str(), sink.grade), ("x", Grade::AtLeastOnce));
}

#[test]
fn what_is_wrong_with_topics_is_told_with_its_key() {
    for (from, to, code) in [
        ("k1:9092\"\ntopics", "k1\"\ntopics", codes::WRONG_SHAPE),
        (
            "topics = [\"a.b\"]",
            "topics = [\"a b\"]",
            codes::OUT_OF_RANGE,
        ),
        ("topics = [\"a.b\"]", "topics = \"^(\"", codes::OUT_OF_RANGE),
        ("topics = [\"a.b\"]", "topics = 3", codes::WRONG_SHAPE),
        (
            "topics = [\"a.b\"]",
            "topics = \"a\"\nstart = \"now\"",
            codes::UNKNOWN_WORD,
        ),
        (
            "topics = [\"a.b\"]",
            "topics = \"a\"\ngrade = \"at_least_once\"",
            codes::UNKNOWN_WORD,
        ),
        (
            "topics = [\"a.b\"]",
            "topics = \"a\"\nlag = { warn = \"5s\" }",
            codes::NOT_BUILT,
        ),
        (
            "topics = [\"a.b\"]",
            "topics = \"a\"\nacks = 0",
            codes::UNKNOWN_KEY,
        ),
        (
            "topics = [\"a.b\"]",
            "topics = \"a\"\nsession = \"10s\"",
            codes::OUT_OF_RANGE,
        ),
        (
            "topics = [\"a.b\"]",
            "topics = \"a\"\nsecret = { env = \"DEFT_NO_SUCH\" }",
            codes::OUT_OF_RANGE,
        ),
        (
            "topics = [\"a.b\"]",
            "topics = \"a\"\nregistry = \"ftp://r:8081\"",
            codes::OUT_OF_RANGE,
        ),
        (
            "topics = [\"a.b\"]",
            "topics = \"a\"\nregistry = \"http://u:p@r:8081\"",
            codes::OUT_OF_RANGE,
        ),
        ("\"out\"", "\"core\"", codes::OUT_OF_RANGE),
        ("\"out\"", "\"two words\"", codes::WRONG_SHAPE),
        (
            "\"out\"",
            "\"out\"\nmarks = \"{kind}\"",
            codes::OUT_OF_RANGE,
        ),
        ("data = \"d\"", "", codes::WRONG_SHAPE),
        (
            "data = \"d\"",
            "data = \"d\"\nname = \"一号\"",
            codes::OUT_OF_RANGE,
        ),
    ] {
        let text = TOPICS.replacen(from, to, 1);
        assert_ne!(text, TOPICS);
        let codes: Vec<&str> = findings(&text).iter().map(|(_, code)| *code).collect();
        assert_eq!(codes, [code], "{text}");
    }
    let two = TOPICS.to_owned() + "[[sink]]\nname = \"b\"\nkind = \"kafka\"\nbrokers = \"k:1\"\n";
    assert_eq!(findings(&two).len(), 1);
}

#[test]
fn a_fleet_is_taken_whole_or_refused_with_its_place() {
    let fleet = "[fleet]\nname = \"f\"\nsession = \"20s\"\naddress = \"http://deft-1:8080\"\n";
    let text = TOPICS.to_owned() + fleet;
    let (config, told) = parse("deft.toml", &text, Path::new(""));
    assert!(told.is_empty(), "{told:?}");
    let expected = fleet::Fleet {
        divided: None,
        peers: None,
        name: "f".to_owned(),
        changelog: "deft.changelog".to_owned(),
        session: Duration::from_secs(20),
        address: Some("http://deft-1:8080".to_owned()),
    };
    assert_eq!(config.fleet, Some(expected));
    assert_eq!(
        (config.identity(), config.node.name.as_str()),
        ("f", "deft")
    );
    for (from, to, code) in [
        ("name = \"f\"\n", "", codes::OUT_OF_RANGE),
        ("name = \"f\"", "name = \"f g\"", codes::OUT_OF_RANGE),
        ("http://deft-1:8080", "deft-1:8080", codes::OUT_OF_RANGE),
        ("http://deft-1:8080", "http://deft-1/x", codes::OUT_OF_RANGE),
        ("address =", "adress =", codes::UNKNOWN_KEY),
        (
            "name = \"out\"",
            "name = \"out\"\ntransaction = \"20s\"",
            codes::WRONG_SHAPE,
        ),
        (
            "name = \"out\"",
            "name = \"out\"\ngrade = \"at_least_once\"",
            codes::WRONG_SHAPE,
        ),
    ] {
        let wrong = text.replace(from, to);
        assert_ne!(wrong, text);
        let codes: Vec<&str> = findings(&wrong).iter().map(|(_, code)| *code).collect();
        assert_eq!(codes, [code], "{wrong}");
    }
}

#[test]
fn nodes_call_each_other_by_papers_that_are_there() {
    let peers = "[fleet]\nname = \"f\"\n[fleet.peers]\nlisten = \"0.0.0.0:8443\"\naddress = \"deft-1:8443\"\n\
                 authority = \"ca.pem\"\ncertificate = \"a.pem\"\nkey = \"a.key\"\n";
    let text = TOPICS.to_owned() + peers;
    // A build without TLS says so, and one with it that there are no such files.
    for (from, to, code, says) in [
        ("", "", codes::WRONG_SHAPE, "cannot be used"),
        (
            "key = \"a.key\"\n",
            "",
            codes::WRONG_SHAPE,
            "does not say `key`",
        ),
        (
            "\"deft-1:8443\"",
            "\"http://deft-1:8443\"",
            codes::OUT_OF_RANGE,
            "no address",
        ),
        (
            "\"deft-1:8443\"",
            "\"deft-1\"",
            codes::OUT_OF_RANGE,
            "no address",
        ),
        (
            "0.0.0.0:8443",
            "8443",
            codes::OUT_OF_RANGE,
            "no address and port",
        ),
        ("authority =", "authorty =", codes::UNKNOWN_KEY, "authorty"),
    ] {
        let wrong = text.replacen(from, to, usize::from(!from.is_empty()));
        let (_, told) = parse("deft.toml", &wrong, Path::new(""));
        let is_said = |f: &Finding| f.code == code && f.cause.en.contains(says);
        assert!(told.iter().any(is_said), "{says}: {told:?}");
    }
}

#[test]
fn a_division_has_names_and_sources_of_its_own() {
    let fleet = "[fleet]\nname = \"f\"\ndivision = \"1/4\"\ninbox = \"in\"\n";
    let text = TOPICS.to_owned() + fleet;
    let (config, told) = parse("deft.toml", &text, Path::new(""));
    assert!(told.is_empty(), "{told:?}");
    let fleet = config.fleet.as_ref().unwrap();
    let division = "1/4".parse().unwrap();
    assert_eq!(fleet.division(), Some(division));
    assert_eq!(
        (config.identity(), fleet.changelog.as_str()),
        ("f.1", "deft.changelog.1")
    );
    assert_eq!(config.sink.as_ref().unwrap().marks, "deft.marks.1");
    let sources = config.sources.iter();
    let sources: Vec<_> = sources
        .map(|s| (s.name.as_str(), s.topics.join(","), s.share))
        .collect();
    let expected = [
        ("core", "a.b".to_owned(), Share::Of(division)),
        ("deft.inbox", "in".to_owned(), Share::Own(division)),
        ("deft.told", "deft.told".to_owned(), Share::Others(division)),
    ];
    assert_eq!(sources, expected);
    for (from, to, code) in [
        ("\"1/4\"", "\"4/4\"", codes::OUT_OF_RANGE),
        ("\"1/4\"", "\"1/3\"", codes::OUT_OF_RANGE),
        ("\"1/4\"", "1", codes::WRONG_SHAPE),
        ("division = \"1/4\"\n", "", codes::WRONG_SHAPE),
        ("\"in\"", "\"i n\"", codes::OUT_OF_RANGE),
        ("\"in\"", "\"in\"\nmachine = \"m@1\"", codes::OUT_OF_RANGE),
        ("\"core\"", "\"deft.told\"", codes::OUT_OF_RANGE),
    ] {
        let wrong = text.replacen(from, to, 1);
        assert_ne!(wrong, text);
        let codes: Vec<&str> = findings(&wrong).iter().map(|(_, code)| *code).collect();
        assert_eq!(codes, [code], "{wrong}");
    }
}

#[test]
fn a_transaction_of_a_fleet_is_over_before_another_leads() {
    for (session, transaction) in [
        ("", 5_000),
        ("session = \"20s\"\n", 10_000),
        ("session = \"3s\"\n", 2_500),
    ] {
        let text = format!("{TOPICS}[fleet]\nname = \"f\"\n{session}");
        let (config, told) = parse("deft.toml", &text, Path::new(""));
        assert!(told.is_empty(), "{told:?}");
        let sink = config.sink.unwrap();
        assert_eq!(sink.transaction, Duration::from_millis(transaction));
    }
}

#[test]
fn the_nodes_of_the_compose_file_are_sound() {
    for node in ["deft-1", "deft-2"] {
        let file = format!("../deploy/kafka/{node}.toml");
        let (config, told) = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
        assert!(told.is_empty(), "{told:?}");
        assert_eq!(config.node.name, node);
        assert!(config.fleet.is_some());
    }
}
