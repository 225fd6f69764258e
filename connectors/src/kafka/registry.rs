//! A registry of schemas, as Confluent's: a record's value begins with a zero and the number of the schema
//! that it was written by. What a schema says is asked once; a registry that does not answer is asked
//! again, and nothing is said of the record meanwhile.

use super::record::Pulled;
use super::secret::Secret;
use crate::http::client::{Address, Client};
use crate::http::envelopes::Item;
use crate::json::Wrong;
use crate::{avro, proto};
use answer::{Answer, Reference};
use engine::reject::{Code, Reject};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

mod answer;

/// Schemas that are kept; records of one look name fewer.
pub const SCHEMAS_MAX: usize = 1_024;
/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long it is believed that there is no schema of a number.
const DOUBT: Duration = Duration::from_secs(10);

/// A registry and what is known of its schemas.
pub struct Registry {
    client: Client,
    secret: Secret,
    known: BTreeMap<u32, Known>,
}

/// What is known of a number.
enum Known {
    Schema(Schema),
    /// There is no such schema, or none of what it refers to, as it was said at this moment.
    Absent(Instant, String),
    /// There is one, and no value of it is read.
    Unfit(String),
}

/// What values are written by.
enum Schema {
    Avro(avro::Schema),
    Proto(proto::Schema),
}

impl Schema {
    fn json(&self, bytes: &[u8]) -> Result<String, Wrong> {
        match self {
            Self::Avro(schema) => schema.json(bytes),
            Self::Proto(schema) => schema.json(bytes),
        }
    }
}

impl Registry {
    /// A registry that was not asked anything yet.
    ///
    /// # Errors
    /// A sentence that says what an address looks like.
    pub fn new(address: &str, secret: &Secret) -> Result<Self, String> {
        if address.contains('@') {
            let says = "a registry's address has no password in it: `registry.username` and `registry.password` of the \
                        secret say who asks";
            return Err(says.to_owned());
        }
        Ok(Self {
            client: Client::new(Address::read(address)?)
                .patient(PATIENCE)
                .trusting(secret.trust()),
            secret: secret.clone(),
            known: BTreeMap::new(),
        })
    }

    /// Learns the schemas that these records name; no more of them than are kept.
    ///
    /// # Errors
    /// Why the registry says nothing of one of them. What it said of the others is kept.
    pub fn learn(&mut self, records: &[Pulled], now: Instant) -> Result<(), String> {
        let needed = records.iter().filter_map(|one| framed(one).ok());
        let mut needed: Vec<u32> = needed.map(|(id, _)| id).collect();
        needed.sort_unstable();
        needed.dedup();
        self.known.retain(|_, known| {
            !matches!(known, Known::Absent(since, _) if now.duration_since(*since) >= DOUBT)
        });
        if self.known.len() + needed.len() > SCHEMAS_MAX {
            self.known.retain(|id, _| needed.binary_search(id).is_ok());
        }
        for id in needed {
            if !self.known.contains_key(&id) {
                let known = self.ask(id, now)?;
                self.known.insert(id, known);
            }
        }
        Ok(())
    }

    /// Asks for a schema that there hardly is: whether it answers, and lets one in.
    ///
    /// # Errors
    /// Why it does not.
    pub fn look(&mut self, now: Instant) -> Result<(), String> {
        // The greatest number that a registry gives.
        self.ask(i32::MAX.unsigned_abs(), now).map(drop)
    }

    /// What the registry says of a number.
    fn ask(&mut self, id: u32, now: Instant) -> Result<Known, String> {
        let path = format!("/schemas/ids/{id}");
        let Some(answer) = self.said(&path, &format!("schema {id}"))? else {
            let what = format!("the registry has no schema {id}");
            return Ok(Known::Absent(now, what));
        };
        let schema = match answer.kind() {
            "AVRO" => avro::Schema::read(&answer.schema).map(Schema::Avro),
            "PROTOBUF" => match self.files(answer)? {
                Gathered::Whole(files) => files.schema().map(Schema::Proto),
                Gathered::Unfit(what) => Err(what),
                Gathered::Absent(what) => {
                    let what = format!("schema {id} cannot be used: {what}");
                    return Ok(Known::Absent(now, what));
                }
            },
            other => {
                let kind: String = other.escape_default().take(40).collect();
                let what =
                    format!("schema {id} is of kind {kind}, and only AVRO and PROTOBUF are read");
                return Ok(Known::Unfit(what));
            }
        };
        Ok(match schema {
            Ok(schema) => Known::Schema(schema),
            Err(what) => Known::Unfit(format!("schema {id} cannot be used: {what}")),
        })
    }

    /// What stands at a path; `None`: the registry has nothing of this name.
    fn said(&mut self, path: &str, what: &str) -> Result<Option<Answer>, String> {
        let reply = self.client.get(path, self.secret.registry());
        let reply = reply.map_err(|error| format!("the registry does not answer: {error}"))?;
        match reply.status {
            200 => {}
            404 if answer::is_absent(&reply.body) => return Ok(None),
            401 | 403 => {
                return Err(format!(
                    "the registry turns it away ({}): `registry.username` and `registry.password` of the secret say \
                     who asks",
                    reply.status
                ));
            }
            other => {
                return Err(format!(
                    "the registry answers {other} when asked for {what}"
                ));
            }
        }
        let answer = Answer::read(&reply.body);
        let answer =
            answer.ok_or_else(|| format!("what the registry answers for {what} is no schema"));
        answer.map(Some)
    }

    /// The text of a schema and of all that it refers to.
    fn files(&mut self, answer: Answer) -> Result<Gathered, String> {
        let mut files = match proto::Files::new(answer.schema) {
            Ok(files) => files,
            Err(what) => return Ok(Gathered::Unfit(what)),
        };
        let deeper = |references: Vec<Reference>, depth: usize| {
            references.into_iter().map(move |one| (one, depth + 1))
        };
        let mut open: Vec<(Reference, usize)> = deeper(answer.references, 0).collect();
        while let Some((reference, depth)) = open.pop() {
            if files.has(&reference.name) {
                continue;
            }
            if depth > proto::IMPORTS_DEEP_MAX {
                let deep = proto::IMPORTS_DEEP_MAX;
                let what = format!("its references are nested deeper than {deep}");
                return Ok(Gathered::Unfit(what));
            }
            let Some(found) = self.said(&reference.path(), &reference.to_string())? else {
                let what = format!("it refers to {reference}, which the registry does not have");
                return Ok(Gathered::Absent(what));
            };
            if found.kind() != "PROTOBUF" {
                let what = format!("it refers to {reference}, which is no Protobuf");
                return Ok(Gathered::Unfit(what));
            }
            if let Err(what) = files.add(reference.name, found.schema) {
                return Ok(Gathered::Unfit(what));
            }
            open.extend(deeper(found.references, depth));
        }
        Ok(Gathered::Whole(files))
    }

    /// A record as a file would have it, once its schema was learnt.
    ///
    /// # Errors
    /// It can be no event.
    pub fn event(&self, record: &Pulled) -> Item {
        let (id, bytes) = framed(record)?;
        let malformed = |what: String| Reject::new(Code::Malformed, "", what);
        match self.known.get(&id) {
            Some(Known::Schema(schema)) => {
                let json = schema.json(bytes).map_err(|wrong| match wrong {
                    Wrong::Bytes(what) => malformed(format!("no value of schema {id}: {what}")),
                    Wrong::Deep => {
                        let what = "it is nested deeper than an event may be";
                        Reject::new(Code::TooDeep, "", what)
                    }
                    Wrong::Large => {
                        Reject::new(Code::TooLarge, "", "it is larger than an event may be")
                    }
                })?;
                record.event_of(json)
            }
            Some(Known::Unfit(what)) => Err(malformed(what.clone())),
            Some(Known::Absent(_, what)) => Err(malformed(what.clone())),
            None => Err(malformed(format!("schema {id} was not asked for"))),
        }
    }
}

/// What became of looking for all texts of a schema.
enum Gathered {
    Whole(proto::Files),
    /// One of them is not there.
    Absent(String),
    /// They are no schema.
    Unfit(String),
}

/// The number of a record's schema, and what was written by it.
fn framed(record: &Pulled) -> Result<(u32, &[u8]), Reject> {
    let value = record.said()?;
    match value.split_at_checked(5) {
        Some((&[0, a, b, c, d], bytes)) => Ok((u32::from_be_bytes([a, b, c, d]), bytes)),
        _ => {
            let cause = "it does not begin with a zero and the number of a schema, as what a registry knows does";
            Err(Reject::new(Code::Malformed, "", cause))
        }
    }
}
