//! Records in Avro with a registry of schemas: the same event decides the same as it does in JSON, what is
//! no value goes to quarantine, and a registry that is away costs nothing but time.

use apache_avro::types::Value as Avro;
use apache_avro::writer::datum::GenericDatumWriter;
use apache_avro::{Decimal, Schema};
use kit::kafka::{READER, Registry, Sent, claim_with_kafka, shared};
use kit::running::{Running, complaint};
use kit::{Claimed, Failed, Trial, deft, write};
use serde_json::Value;

use super::asking::{asking, decides_alike, quarantines};
use super::scene::{Scene, caught_up, nth, until};
use crate::oracle::{Oracle, text};

/// The promises of this file.
pub(super) fn trials() -> Vec<Trial> {
    vec![
        claim_with_kafka("kafka::avro::an_event_decides_as_its_json_does", same),
        claim_with_kafka(
            "kafka::avro::what_is_no_value_goes_to_quarantine",
            quarantined,
        ),
        claim_with_kafka("kafka::avro::a_registry_that_is_away_is_waited_for", away),
        claim_with_kafka(
            "kafka::avro::a_registry_that_does_not_know_the_node_is_waited_for",
            unknown,
        ),
    ]
}

/// The number of the schema of complaints, and of withdrawals.
const COMPLAINT: u32 = 7;
const WITHDRAWAL: u32 = 70_000;

/// A schema of events with these fields in `data`.
fn schema(data: &str) -> String {
    format!(
        r#"{{"type":"record","name":"Event","namespace":"bank","fields":[
            {{"name":"id","type":"string"}},{{"name":"type","type":"string"}},
            {{"name":"customer","type":["null","string"],"default":null}},
            {{"name":"time","type":{{"type":"long","logicalType":"timestamp-micros"}}}},
            {{"name":"source","type":"string"}},
            {{"name":"data","type":{{"type":"record","name":"Data","fields":[{data}]}}}}]}}"#
    )
}

pub(super) fn schemas() -> [(u32, String); 2] {
    let level = r#"{"name":"severity","type":{"type":"enum","name":"Level","symbols":["low","medium","high"]}},
        {"name":"complaint","type":"string"}"#;
    let amount = r#"{"name":"amount","type":{"type":"bytes","logicalType":"decimal","precision":12,"scale":2}},
        {"name":"card","type":"string"}"#;
    [(COMPLAINT, schema(level)), (WITHDRAWAL, schema(amount))]
}

fn registry(other: &[(u32, &str)]) -> Result<Registry, Failed> {
    let schemas = schemas();
    let known: Vec<(u32, &str)> = schemas
        .iter()
        .map(|(id, text)| (*id, text.as_str()))
        .collect();
    Registry::start(&known, other)
}

/// An event in Avro, its frame before it.
fn framed(event: &Value) -> Result<Vec<u8>, Failed> {
    let of = |pointer: &str| Avro::String(text(event, pointer));
    let is_complaint = text(event, "/type") == "channel.complaint";
    let data = if is_complaint {
        vec![
            ("severity", Avro::Enum(2, text(event, "/data/severity"))),
            ("complaint", of("/data/complaint")),
        ]
    } else {
        // 600.00
        let amount = Decimal::from(vec![0x00u8, 0xea, 0x60]);
        vec![
            ("amount", Avro::Decimal(amount)),
            ("card", of("/data/card")),
        ]
    };
    let record = |fields: Vec<(&str, Avro)>| {
        let fields = fields.into_iter();
        Avro::Record(
            fields
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        )
    };
    let at = event.get("time").and_then(Value::as_i64);
    let value = record(vec![
        ("id", of("/id")),
        ("type", of("/type")),
        ("customer", Avro::Union(1, Box::new(of("/customer")))),
        (
            "time",
            Avro::TimestampMicros(at.ok_or("no time")? * 1_000 + 999),
        ),
        ("source", of("/source")),
        ("data", record(data)),
    ]);
    let id = if is_complaint { COMPLAINT } else { WITHDRAWAL };
    let schemas = schemas();
    let text = schemas.iter().find(|(known, _)| *known == id);
    let schema = Schema::parse_str(&text.ok_or("no schema")?.1)?;
    let mut bytes = vec![0];
    bytes.extend(id.to_be_bytes());
    let writer = GenericDatumWriter::builder(&schema).build()?;
    bytes.extend(writer.write_value_to_vec(value)?);
    Ok(bytes)
}

/// Sixty events as JSON between one pair of topics, and as Avro between another.
fn same() -> Claimed {
    decides_alike(["plain", "avro"], &registry(&[])?, framed)
}

/// Every way not to be a value, and what is said of it.
fn wrong() -> Result<Vec<(&'static str, Vec<u8>)>, Failed> {
    let good = framed(&complaint("w", "C1"))?;
    let at = |id: u32| {
        let frame = [vec![0], id.to_be_bytes().to_vec()].concat();
        [frame.as_slice(), good.get(5..).unwrap_or_default()].concat()
    };
    let cut = good.get(..good.len() - 3).unwrap_or_default().to_vec();
    Ok(vec![
        (
            "does not begin with a zero",
            complaint("w", "C1").to_string().into_bytes(),
        ),
        ("does not begin with a zero", vec![0, 0, 0]),
        (
            "does not begin with a zero",
            [vec![1], good.get(1..).unwrap_or_default().to_vec()].concat(),
        ),
        ("the registry has no schema 99", at(99)),
        ("the bytes end before the value does", cut),
        ("1 bytes follow the value", [good.clone(), vec![0]].concat()),
        ("no value of schema 70000", at(WITHDRAWAL)),
        ("of kind JSON", at(3)),
        ("types of other schemas are not read", at(4)),
        (
            "nested deeper",
            [
                at(5).get(..5).unwrap_or_default().to_vec(),
                vec![2; 100_000],
                vec![0],
            ]
            .concat(),
        ),
    ])
}

fn quarantined() -> Claimed {
    let other = [
        (3, r#"{"schemaType":"JSON","schema":"{}"}"#),
        (
            4,
            r#"{"schema":"{\"type\":\"array\",\"items\":\"bank.Other\"}"}"#,
        ),
        (
            5,
            r#"{"schema":
                "{\"type\":\"record\",\"name\":\"L\",\"fields\":[{\"name\":\"n\",\"type\":[\"null\",\"L\"]}]}"}"#,
        ),
    ];
    let registry = registry(&other)?;
    let good = |number: usize| framed(&complaint(&format!("g-{number}"), &format!("C{number}")));
    quarantines("avro-poison", &registry, &wrong()?, good)
}

/// What the doctor says of the source's registry.
fn doctored(service: &Running, code: i32, says: &str) -> Claimed {
    let file = service.folder.join("deft.toml").into_os_string();
    let said = deft(["doctor".into(), "-c".into(), file])?.expect_code(code)?;
    if said.stdout.contains(says) {
        return Ok(());
    }
    Err(said.complaint("the registry is not told of"))
}

/// While a registry says nothing, nothing is decided of its source, nothing is in quarantine, and nothing is
/// lost: neither when it comes back nor when the node goes down meanwhile.
pub(super) fn waited(
    id: &'static str,
    registry: &Registry,
    [wrong, right]: [&str; 2],
    says: &str,
) -> Claimed {
    // Who it is is right: it is the registry that does not answer.
    let away = wrong == right;
    registry.set_away(away);
    let scene = Scene::new(shared()?, id, "exactly_once")?;
    let (sections, folder) = asking(&scene, registry, wrong)?;
    let sent = |numbers: std::ops::Range<usize>| {
        let one = |number| {
            let (customer, event) = nth("a", number);
            Ok(Sent::new(&customer, framed(&event)?))
        };
        numbers.map(one).collect::<Result<Vec<Sent>, Failed>>()
    };
    let service = Running::start_in(folder, &sections)?;
    scene.kafka.write(&scene.events(), &sent(0..20)?)?;
    until(says, || Ok(service.said().contains(says)))?;
    scene.kafka.write(&scene.events(), &sent(20..40)?)?;
    until("it was asked again", || {
        Ok(service.said().matches(says).count() >= 3)
    })?;
    if service.metric("deft_source_paused{source=\"core\"}")? != 1.0 {
        return Err("it does not say that it waits".into());
    }
    doctored(&service, 1, says)?;
    // Who pushes is not held up. It is of a customer of its own: nobody's records are late behind it.
    service
        .post("/v1/events", &complaint("pushed", "C77"))?
        .expect(200)?;
    // It goes down in good order, and begins where it was.
    service.signal("TERM")?;
    let folder = service.left()?;
    Oracle::of(&folder.join("data"))?.expect_inputs(&["pushed".to_owned()])?;
    let service = Running::start_in(folder, &sections)?;
    until("it waits again", || Ok(service.said().contains(says)))?;
    let folder = if away {
        registry.set_away(false);
        caught_up(&service, &scene, 40)?;
        doctored(&service, 0, "the registry `")?;
        service.signal("TERM")?;
        service.left()?
    } else {
        // Who it is was mended.
        let folder = service.killed()?;
        write(&folder.join("kafka.properties"), right)?;
        let service = Running::start_in(folder, &sections)?;
        caught_up(&service, &scene, 40)?;
        doctored(&service, 0, "the registry `")?;
        service.signal("TERM")?;
        service.left()?
    };
    let ids = (0..40).map(|n| format!("a-{n}"));
    let ids: Vec<String> = ids.chain(["pushed".to_owned()]).collect();
    let oracle = Oracle::of(&folder.join("data"))?;
    oracle.expect_inputs(&ids)?;
    let lines = scene.actions(true)?.into_iter().filter_map(|one| one.value);
    oracle.expect_actions(&lines.collect::<Vec<_>>())?;
    let quarantine = scene.kafka.read(&scene.topic("quarantine"), true)?;
    if quarantine.is_empty() {
        return Ok(());
    }
    Err(format!("good records are in quarantine: {quarantine:?}").into())
}

fn away() -> Claimed {
    waited(
        "avro-away",
        &registry(&[])?,
        [READER, READER],
        "the registry answers 503",
    )
}

fn unknown() -> Claimed {
    let wrong = "registry.username = reader\nregistry.password = close sesame\n";
    waited(
        "avro-unknown",
        &registry(&[])?,
        [wrong, READER],
        "the registry turns it away (401)",
    )
}
