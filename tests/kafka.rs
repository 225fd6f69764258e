//! Topics in, topics out, on Apache Kafka itself: what was read is decided once, what was decided is out
//! once, whatever dies in between.

mod asking;
mod avro;
mod controls;
mod divided;
mod fates;
mod faults;
mod fleet;
mod guards;
mod orders;
mod peers;
mod poison;
mod proto;
mod scene;
mod spread;
mod tls;
mod two;
mod whole;

use kit::Trial;

/// The promises of this file.
pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = whole::trials();
    trials.extend(poison::trials());
    trials.extend(guards::trials());
    trials.extend(faults::trials());
    trials.extend(controls::trials());
    trials.extend(tls::trials());
    trials.extend(peers::trials());
    trials.extend(avro::trials());
    trials.extend(proto::trials());
    trials.extend(fleet::trials());
    trials.extend(fates::trials());
    trials.extend(divided::trials());
    trials.extend(orders::trials());
    trials.extend(spread::trials());
    trials
}
