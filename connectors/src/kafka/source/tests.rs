//! What becomes of records beside errors, and where partitions begin. The mock's groups and records are
//! enough for that.

use super::super::settings::Cluster;
use super::super::share::Share;
use super::*;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{BaseProducer, BaseRecord, DefaultProducerContext, Producer as _};

/// Brokers with these topics of one partition, and so many records on the last of them.
fn brokers(topics: &[&str], records: u8) -> (MockCluster<'static, DefaultProducerContext>, Source) {
    let brokers = MockCluster::new(1).unwrap();
    for topic in topics {
        brokers.create_topic(topic, 1, 1).unwrap();
    }
    let cluster = Cluster {
        brokers: brokers.bootstrap_servers(),
        ..Cluster::default()
    };
    let timing = super::super::settings::Timing::of(Duration::from_secs(10));
    let settings = Settings::producer(&cluster, "p", timing);
    let producer: BaseProducer = settings.config().create().unwrap();
    for n in 0..records {
        let payload = [n];
        let record = BaseRecord::<(), [u8]>::to(topics[topics.len() - 1]).payload(&payload);
        producer.send(record.partition(0)).unwrap();
    }
    producer.flush(Duration::from_secs(20)).unwrap();
    let settings = Settings::member(&cluster, "c", "g", Duration::from_secs(6));
    (brokers, Source::open(&settings).unwrap())
}

#[test]
fn an_error_beside_records_costs_none_of_them() {
    let (_brokers, mut source) = brokers(&["t"], 3);
    let topics = Topics::Named(vec!["t".to_owned()]);
    source
        .join(&topics, &[], Start::Earliest, Share::Given)
        .unwrap();
    let (mut offsets, mut errors) = (Vec::new(), 0);
    for _ in 0..300 {
        source.consumer.context().known().troubles.push(Trouble {
            code: Some(RDKafkaErrorCode::TopicAuthorizationFailed),
            what: "not this one".to_owned(),
        });
        // The one that is told the error, and the one that reads on.
        for _ in 0..2 {
            match source.next(Duration::from_millis(50)) {
                Ok(Some(one)) => offsets.push(one.offset),
                Ok(None) => {}
                Err(Stop::Later(_)) => errors += 1,
                Err(stop) => panic!("{stop:?}"),
            }
        }
        if offsets.len() == 3 {
            break;
        }
    }
    assert!(errors > 0);
    assert_eq!(offsets, [0, 1, 2]);
}

#[test]
fn what_comes_later_is_read_from_its_first_record() {
    let topics = Topics::Like(Regex::new("^[ab]$").unwrap());
    let place = |places: &Places, topic| places.get(&Partition::new(topic, 0));
    let (_brokers, mut source) = brokers(&["a", "b"], 1);
    let news = source
        .join(&topics, &[], Start::Latest, Share::Given)
        .unwrap();
    assert_eq!((place(&news, "a"), place(&news, "b")), (Some(0), Some(1)));
    // In an earlier life only one of them was there.
    let (_brokers, mut source) = brokers(&["a", "b"], 1);
    source.know(Partition::new("a", 0), 0);
    let news = source
        .join(&topics, &[], Start::Latest, Share::Given)
        .unwrap();
    assert_eq!((place(&news, "a"), place(&news, "b")), (None, Some(0)));
}
