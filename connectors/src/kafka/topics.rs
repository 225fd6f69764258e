//! The topics a node needs: whether they are there and as they must be, and how to make them. One that
//! is there is never made anew.

use super::bearer::Quiet;
use super::settings::{Cluster, Settings};
use super::trouble::why;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use std::time::Duration;

/// How long a question to the brokers may take.
const PATIENCE: Duration = Duration::from_secs(15);
/// Looks until a topic is absent, and between them.
const LOOKS_MAX: u32 = 5;
const REST: Duration = Duration::from_millis(200);

/// A topic as it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Its name.
    pub name: String,
    /// How many partitions it is made with.
    pub partitions: i32,
    /// It may have no other number of them.
    pub exactly: bool,
    /// What it is made with, and what of that may not be otherwise.
    pub settings: Vec<(&'static str, &'static str, bool)>,
}

/// What became of one topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// It is there and as it must be.
    Sound,
    /// It is not there.
    Absent,
    /// It was made.
    Made,
    /// It is there and is otherwise: what, and the command that mends it.
    Other(String),
}

/// Looks at topics; makes those that are absent when it is told to, so often copied.
///
/// # Errors
/// The brokers do not answer, or do not allow it.
pub async fn look(
    cluster: &Cluster,
    wanted: &[Wanted],
    make: Option<i32>,
) -> Result<Vec<(String, Found)>, String> {
    let told =
        |error: KafkaError| format!("the brokers `{}` do not answer: {error}", cluster.brokers);
    let settings = Settings::admin(cluster, "deft-admin");
    let admin = settings.admin_of(&cluster.brokers)?;
    let options = AdminOptions::new()
        .request_timeout(Some(PATIENCE))
        .operation_timeout(Some(PATIENCE));
    // What was made a moment ago is not known everywhere at once.
    let first = seen(&admin, wanted, LOOKS_MAX);
    let mut there = first.map_err(|error| match why(cluster) {
        Some(why) => format!("the brokers `{}` do not answer: {why}", cluster.brokers),
        None => told(error),
    })?;
    let mut all = Vec::with_capacity(wanted.len());
    if let Some(copies) = make {
        let absent = wanted.iter().zip(&there).filter(|(_, count)| **count == 0);
        let absent: Vec<&Wanted> = absent.map(|(one, _)| one).collect();
        for one in &absent {
            create(&admin, &options, one, copies).await?;
            all.push((one.name.clone(), Found::Made));
        }
        if !absent.is_empty() {
            there = seen(&admin, wanted, LOOKS_MAX * 10).map_err(told)?;
        }
    }
    for (one, count) in wanted.iter().zip(there) {
        if all.iter().any(|(name, _)| *name == one.name) {
            continue;
        }
        let found = match count {
            0 => Found::Absent,
            count => compare(&admin, &options, one, count).await?,
        };
        all.push((one.name.clone(), found));
    }
    Ok(all)
}

/// All topics that there are, with their partitions.
///
/// # Errors
/// The brokers do not answer, or do not let one in.
pub fn all(cluster: &Cluster) -> Result<Vec<(String, usize)>, String> {
    let told = |error: KafkaError| match why(cluster) {
        Some(why) => format!("the brokers `{}` do not answer: {why}", cluster.brokers),
        None => format!("the brokers `{}` do not answer: {error}", cluster.brokers),
    };
    let settings = Settings::admin(cluster, "deft-admin");
    let admin = settings.admin_of(&cluster.brokers)?;
    let metadata = admin.inner().fetch_metadata(None, PATIENCE).map_err(told)?;
    let topics = metadata.topics().iter();
    let there = topics.filter(|topic| topic.error().is_none() && !topic.partitions().is_empty());
    Ok(there
        .map(|topic| (topic.name().to_owned(), topic.partitions().len()))
        .collect())
}

/// Partitions of each topic, once all are there or it was looked so often.
fn seen(admin: &Admin, wanted: &[Wanted], looks: u32) -> Result<Vec<usize>, KafkaError> {
    let mut last = Vec::new();
    for look in 0..looks {
        if look > 0 {
            std::thread::sleep(REST);
        }
        let metadata = admin.inner().fetch_metadata(None, PATIENCE)?;
        let partitions = |one: &Wanted| {
            let there = metadata
                .topics()
                .iter()
                .find(|topic| topic.name() == one.name);
            there.map_or(0, |topic| topic.partitions().len())
        };
        last = wanted.iter().map(partitions).collect();
        if last.iter().all(|count| *count > 0) {
            break;
        }
    }
    Ok(last)
}

/// Lets go of the records of a topic's first partition that lie before this offset.
///
/// # Errors
/// The brokers do not answer, or do not allow it.
pub async fn delete_before(cluster: &Cluster, topic: &str, before: i64) -> Result<(), String> {
    let told = |error: KafkaError| format!("`{topic}` keeps what lies before {before}: {error}");
    let settings = Settings::admin(cluster, "deft-admin");
    let admin = settings.admin_of(&cluster.brokers)?;
    let mut upto = TopicPartitionList::new();
    upto.add_partition_offset(topic, 0, Offset::Offset(before))
        .map_err(told)?;
    let options = AdminOptions::new()
        .request_timeout(Some(PATIENCE))
        .operation_timeout(Some(PATIENCE));
    let done = admin.delete_records(&upto, &options).await.map_err(told)?;
    match done.elements().first().map(|one| one.error()) {
        Some(Err(error)) => Err(told(error)),
        _ => Ok(()),
    }
}

type Admin = AdminClient<Quiet>;

async fn create(
    admin: &Admin,
    options: &AdminOptions,
    one: &Wanted,
    copies: i32,
) -> Result<(), String> {
    let mut topic = NewTopic::new(&one.name, one.partitions, TopicReplication::Fixed(copies));
    for (key, value, _) in &one.settings {
        topic = topic.set(key, value);
    }
    let made = admin.create_topics([&topic], options).await;
    let made = made.map_err(|error| format!("`{}` cannot be made: {error}", one.name))?;
    match made.into_iter().next() {
        // Somebody else may have been faster.
        Some(Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists))) => Ok(()),
        Some(Err((_, code))) => Err(format!("`{}` cannot be made: {code}", one.name)),
        None => Err(format!("`{}` cannot be made: no answer", one.name)),
    }
}

async fn compare(
    admin: &Admin,
    options: &AdminOptions,
    one: &Wanted,
    count: usize,
) -> Result<Found, String> {
    if one.exactly && usize::try_from(one.partitions) != Ok(count) {
        return Ok(Found::Other(format!(
            "it has {count} partitions and must have {}: it was made by another hand",
            one.partitions
        )));
    }
    let asked = [ResourceSpecifier::Topic(&one.name)];
    let said = admin.describe_configs(&asked, options).await;
    let told =
        |error: &dyn std::fmt::Display| format!("`{}` cannot be looked at: {error}", one.name);
    let said = said.map_err(|error| told(&error))?;
    let said = said
        .into_iter()
        .next()
        .transpose()
        .map_err(|code| told(&code))?;
    for (key, value, must) in &one.settings {
        let is = said
            .as_ref()
            .and_then(|said| said.get(key))
            .and_then(|entry| entry.value.as_deref());
        if *must && is != Some(*value) {
            let is = is.unwrap_or("not set");
            let name = &one.name;
            return Ok(Found::Other(format!(
                "its `{key}` is {is} and must be {value}: `kafka-configs.sh --alter --entity-type topics \
                 --entity-name {name} --add-config {key}={value}`"
            )));
        }
    }
    Ok(Found::Sound)
}
