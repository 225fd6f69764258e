use super::*;
use std::path::Path;

fn cluster() -> Cluster {
    Cluster {
        brokers: "k1:9092,k2:9092".to_owned(),
        secret: Secret::default(),
    }
}

fn text(settings: &Settings) -> String {
    let all = settings.all();
    all.map(|(key, value)| format!("{key}={value}\n")).collect()
}

const OF_ALL: &str = "bootstrap.servers=k1:9092,k2:9092\n";

/// What is read, from where and how it is told: each of these has lost or doubled records for somebody.
#[test]
fn a_member_of_a_group_is_told_this_and_nothing_else() {
    let settings = Settings::member(&cluster(), "c", "g", Duration::from_secs(45));
    let expected = [
        "allow.auto.create.topics=false\n\
         auto.offset.reset=error\n",
        OF_ALL,
        "check.crcs=true\n\
         client.id=c\n\
         enable.auto.commit=false\n\
         enable.auto.offset.store=false\n\
         fetch.error.backoff.ms=100\n\
         fetch.queue.backoff.ms=20\n\
         fetch.wait.max.ms=100\n\
         group.id=g\n\
         group.instance.id=c\n\
         heartbeat.interval.ms=4500\n\
         isolation.level=read_committed\n\
         max.poll.interval.ms=300000\n\
         partition.assignment.strategy=cooperative-sticky\n\
         queued.max.messages.kbytes=32768\n\
         reconnect.backoff.max.ms=1000\n\
         reconnect.backoff.ms=50\n\
         session.timeout.ms=45000\n\
         socket.keepalive.enable=true\n\
         statistics.interval.ms=1000\n",
    ];
    assert_eq!(text(&settings), expected.concat());
}

/// Who leads keeps the lead when another comes, and who goes is missed at once or within the session.
#[test]
fn a_candidate_is_told_this_and_nothing_else() {
    let settings = Settings::candidate(&cluster(), "c", "g", Duration::from_secs(6));
    let expected = [
        "allow.auto.create.topics=false\n\
         auto.offset.reset=latest\n",
        OF_ALL,
        "client.id=c\n\
         enable.auto.commit=false\n\
         enable.auto.offset.store=false\n\
         group.id=g\n\
         heartbeat.interval.ms=50\n\
         max.poll.interval.ms=300000\n\
         partition.assignment.strategy=cooperative-sticky\n\
         reconnect.backoff.max.ms=1000\n\
         reconnect.backoff.ms=50\n\
         session.timeout.ms=6000\n\
         socket.keepalive.enable=true\n",
    ];
    assert_eq!(text(&settings), expected.concat());
}

#[test]
fn a_producer_is_told_this_and_nothing_else() {
    let timing = Timing::of(Duration::from_secs(10));
    let plain = [
        "acks=all\n",
        OF_ALL,
        "client.id=c\n\
         compression.type=lz4\n\
         enable.idempotence=true\n\
         linger.ms=1\n\
         message.timeout.ms=5000\n\
         partitioner=murmur2_random\n\
         reconnect.backoff.max.ms=1000\n\
         reconnect.backoff.ms=50\n\
         request.timeout.ms=5000\n\
         socket.keepalive.enable=true\n\
         statistics.interval.ms=0\n",
    ];
    let settings = Settings::producer(&cluster(), "c", timing);
    assert_eq!(text(&settings), plain.concat());
    let more = "transaction.timeout.ms=10000\ntransactional.id=deft-1\n";
    let settings = Settings::transactional(&cluster(), "c", "deft-1", timing);
    assert_eq!(text(&settings), plain.concat() + more);
}

#[test]
fn each_bound_of_time_ends_before_the_next() {
    for seconds in [1, 5, 10, 900] {
        let timing = Timing::of(Duration::from_secs(seconds));
        let settings = Settings::transactional(&cluster(), "c", "t", timing);
        let config = settings.config();
        let bound = |key: &str| -> u64 { config.get(key).unwrap().parse().unwrap() };
        // A request is given up no later than its record, and a record before its transaction.
        assert!(bound("request.timeout.ms") <= bound("message.timeout.ms"));
        assert!(bound("message.timeout.ms") < bound("transaction.timeout.ms"));
    }
    for session in [6, 45, 600] {
        let settings = Settings::member(&cluster(), "c", "g", Duration::from_secs(session));
        let config = settings.config();
        let bound = |key: &str| -> u64 { config.get(key).unwrap().parse().unwrap() };
        assert!(bound("heartbeat.interval.ms") * 3 <= bound("session.timeout.ms"));
        assert!(bound("session.timeout.ms") <= bound("max.poll.interval.ms"));
    }
}

/// Whoever shows a certificate is looked at, whatever a secret says.
#[cfg(feature = "kafka-tls")]
#[test]
fn certificates_and_host_names_are_always_checked() {
    let said = "security.protocol=SASL_SSL\nsasl.mechanism=SCRAM-SHA-512\nsasl.username=u\nsasl.password=p";
    let cluster = Cluster {
        secret: Secret::read(said, Path::new("")).unwrap(),
        ..cluster()
    };
    let config = Settings::admin(&cluster, "c").config();
    assert_eq!(
        config.get("enable.ssl.certificate.verification"),
        Some("true")
    );
    assert_eq!(
        config.get("ssl.endpoint.identification.algorithm"),
        Some("https")
    );
    assert!(config.create::<rdkafka::producer::BaseProducer>().is_ok());
}

/// What the library does not know it would refuse here, and not at a bank.
#[test]
fn the_client_takes_all_of_it() {
    let timing = Timing::of(Duration::from_secs(10));
    let session = Duration::from_secs(6);
    let said =
        "security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\nsasl.username=u\nsasl.password=p";
    let cluster = Cluster {
        brokers: "127.0.0.1:1".to_owned(),
        secret: Secret::read(said, Path::new("")).unwrap(),
    };
    for settings in [
        Settings::producer(&cluster, "c", timing),
        Settings::transactional(&cluster, "c", "t", timing),
        Settings::admin(&cluster, "c"),
    ] {
        assert!(
            settings
                .config()
                .create::<rdkafka::producer::BaseProducer>()
                .is_ok()
        );
    }
    for settings in [
        Settings::member(&cluster, "c", "g", session),
        Settings::reader(&cluster, "c", true),
    ] {
        assert!(
            settings
                .config()
                .create::<rdkafka::consumer::BaseConsumer>()
                .is_ok()
        );
    }
}
