//! Errors as brokers give them. The mock answers what it is told to; it knows nothing of transactions, and
//! nothing is concluded from it about them.

use super::*;
use crate::kafka::settings::{Cluster, Timing};
use rdkafka::mocking::MockCluster;
use rdkafka::types::{RDKafkaApiKey as Api, RDKafkaRespErr as Code};

/// Begins, sends one record and commits; the failure that comes of it.
fn failure(api: Api, code: Code, times: usize) -> Option<Failure> {
    let brokers = MockCluster::new(1).unwrap();
    brokers.create_topic("t", 1, 1).unwrap();
    let cluster = Cluster {
        brokers: brokers.bootstrap_servers(),
        ..Cluster::default()
    };
    let timing = Timing::of(Duration::from_secs(4));
    let settings = Settings::transactional(&cluster, "c", "id", timing);
    let producer = Producer::open(&settings, timing.transaction).unwrap();
    brokers.request_errors(api, &vec![code; times]);
    let out = Out {
        topic: "t".to_owned(),
        value: Some(b"x".to_vec()),
        ..Out::default()
    };
    let steps = || {
        producer.fence()?;
        producer.begin()?;
        producer.put(&out)?;
        producer.drain()?;
        producer.commit()
    };
    steps().err()
}

#[test]
fn each_error_of_a_broker_means_what_it_must() {
    use Code::*;
    let rows = [
        // Another has taken over.
        (
            Api::EndTxn,
            RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH,
            Class::Fatal,
        ),
        (Api::EndTxn, RD_KAFKA_RESP_ERR_PRODUCER_FENCED, Class::Fatal),
        // Not allowed: nothing goes on by itself.
        (
            Api::InitProducerId,
            RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
            Class::Fatal,
        ),
        (
            Api::Produce,
            RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE,
            Class::Fatal,
        ),
        // The transaction is lost, and nothing else.
        (
            Api::AddPartitionsToTxn,
            RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
            Class::Abort,
        ),
    ];
    for (api, code, class) in rows {
        let failure = failure(api, code, 1);
        let found = failure.as_ref().map(|failure| failure.class);
        assert!(found == Some(class), "{code:?}: {failure:?}");
    }
}

#[test]
fn what_a_broker_says_for_a_moment_is_no_failure() {
    use Code::*;
    for (api, code) in [
        (Api::Produce, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION),
        (Api::EndTxn, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE),
        (
            Api::InitProducerId,
            RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS,
        ),
    ] {
        assert_eq!(failure(api, code, 2), None, "{code:?}");
    }
}
