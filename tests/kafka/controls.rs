//! Guards switched off one by one: without each of them a promise is broken, or the promises are worth nothing.
//!
//! In the suite it is looked that each guard is still where it is said to be. `DEFT_KAFKA_CONTROLS=1` makes a
//! copy of the sources without it, builds that and runs the promise, which must fail: some minutes each. Words of
//! a name instead of the 1 choose some of them.

use std::path::Path;
use std::process::Command;

use kit::{Claimed, Failed, Trial, claim, lay, read, root, write};

/// A guard, and what breaks without it.
struct Control {
    name: &'static str,
    file: &'static str,
    /// The guard as it stands there, once.
    guard: &'static str,
    /// What stands there without it.
    off: &'static str,
    /// The promise that is broken then.
    promise: &'static str,
}

const SINK: &str = "server/src/run/deliver.rs";
const SOURCE: &str = "connectors/src/kafka/source.rs";
const SETTINGS: &str = "connectors/src/kafka/settings.rs";

const CONTROLS: [Control; 24] = [
    Control {
        name: "the mark goes out with the actions",
        file: SINK,
        guard: "producer.put(&mark.out(&self.sink.marks, self.node.config.identity()))?;",
        off: "let _ = mark;",
        promise: "kafka::the_mark_in_the_transaction",
    },
    Control {
        name: "a start asks the mark",
        file: SINK,
        guard: "if !self.is_exact() {\n            return Ok(out);",
        off: "if looks < u32::MAX {\n            return Ok(out);",
        promise: "kafka::the_mark_in_the_transaction",
    },
    Control {
        name: "a mark of another store is none of ours",
        file: SINK,
        guard: "Some(mark) if mark.store != store => Err(",
        off: "Some(mark) if mark.store.is_empty() => Err(",
        promise: "kafka::another_store_under_a_name",
    },
    Control {
        name: "marks that say too little are minded",
        file: SINK,
        guard: "_ if looks == 0 => Ok(out),",
        off: "_ if looks < u32::MAX => Ok(out),",
        promise: "kafka::marks_that_were_made_anew",
    },
    Control {
        name: "a sending that failed is made again",
        file: SINK,
        guard: "from = self.ship(&producer, &shipment, from)?;",
        off: "from = self.ship(&producer, &shipment, from).unwrap_or(Out { seq: shipment.seq, ..from });",
        promise: "kafka::nothing_is_lost_and_nothing_twice",
    },
    Control {
        name: "topics are as they must be",
        file: SINK,
        guard: "if self.is_looked_over {",
        off: "if !self.is_looked_over {",
        promise: "kafka::the_doctor_finds_and_makes",
    },
    Control {
        name: "what is no event is sent",
        file: "server/src/run/deliver/lines.rs",
        guard: "self.records.push(quarantined(rejected, sink, node));",
        off: "let _ = quarantined(rejected, sink, node);",
        promise: "kafka::what_is_no_event_goes_to_quarantine",
    },
    Control {
        name: "the log knows how far a partition is read",
        file: SOURCE,
        guard: "self.consumer.context().known().places.put(partition, next);\n    }",
        off: "let _ = (partition, next);\n    }",
        promise: "kafka::a_node_goes_on_where_its_log_says",
    },
    Control {
        name: "the next record is the one behind the last",
        file: "server/src/run/pull/sort.rs",
        guard: "next.put(partition, one.offset.saturating_add(1));",
        off: "next.put(partition, one.offset.saturating_add(2));",
        promise: "kafka::a_node_goes_on_where_its_log_says",
    },
    Control {
        name: "a place that is gone is told",
        file: SETTINGS,
        guard: "// A place that is gone is told, never passed over.\n        settings.put(\"auto.offset.reset\", \"error\");",
        off: "settings.put(\"auto.offset.reset\", \"earliest\");",
        promise: "kafka::records_deleted_before_they_were_read",
    },
    Control {
        name: "what is not committed is not read",
        file: SETTINGS,
        guard: "settings.put(\"isolation.level\", \"read_committed\");",
        off: "settings.put(\"isolation.level\", \"read_uncommitted\");",
        promise: "kafka::what_is_not_committed",
    },
    Control {
        name: "keys lie where other clients put them",
        file: SETTINGS,
        guard: "settings.put(\"partitioner\", \"murmur2_random\");",
        off: "settings.put(\"partitioner\", \"consistent_random\");",
        promise: "kafka::keys_lie_where_the_java_client",
    },
    Control {
        name: "places are written down with what came of the records",
        file: "server/src/run/pull.rs",
        guard: "self.send(records, taken)?;",
        off: "let mut taken = taken;\n        \
              let next = std::mem::take(&mut taken.next);\n        \
              self.send(Vec::new(), Taken::of(&self.name, next))?;\n        \
              std::thread::sleep(Duration::from_millis(200));\n        \
              self.send(records, taken)?;",
        promise: "kafka::nothing_is_lost_and_nothing_twice",
    },
    Control {
        name: "fleet: what only a former leader has was never true",
        file: "server/src/run/fleet/standby.rs",
        guard: "let beyond = log.is_some_and(|log| log.durable() > self.post.seq);",
        off: "let beyond = log.is_some_and(|log| log.durable() == u64::MAX);",
        promise: "fleet::what_never_got_out",
    },
    Control {
        name: "fleet: nobody is answered before the others have it",
        file: "server/src/run/commit/afar.rs",
        guard: "if outbox.wait(batch.stand.seq) {",
        off: "if outbox.wait(0) {",
        promise: "fleet::one_leads_and_the_other",
    },
    Control {
        name: "fleet: a store of its own is kept",
        file: "server/src/run/fleet/standby.rs",
        guard: "return Err(self.is_not_ours());\n        }\n        match entry {",
        off: "}\n        match entry {",
        promise: "fleet::a_node_that_was_alone",
    },
    Control {
        name: "fleet: places come with the copy",
        file: "engine/src/log/copy.rs",
        guard: "self.offsets.put(source, offset);\n        }\n        self.next_seq",
        off: "let _ = (source, offset);\n        }\n        self.next_seq",
        promise: "log::a_copy_of_every_batch",
    },
    Control {
        name: "fleet: what lies before a footing is out",
        file: "server/src/run/fleet/standby.rs",
        guard: "self.post.seq = self.post.seq.max(footing.before());",
        off: "let _ = footing.before();",
        promise: "fleet::a_round_and_nothing",
    },
    Control {
        name: "divided: whose an event is decides who decides about it",
        file: "engine/src/engine.rs",
        guard: "self.divide(&mut batch);",
        off: "",
        promise: "division::the_sample_day",
    },
    Control {
        name: "divided: what came to the wrong one goes on to the right one",
        file: "server/src/run/pull/sort.rs",
        guard: "Some(self.node.config.division()?.owns(&customer))",
        off: "self.node.config.division().map(|one| one.owns(&customer)).filter(|owns| *owns)",
        promise: "divided::each_decides",
    },
    Control {
        name: "divided: what was told is told nobody",
        file: "server/src/run/store/told.rs",
        guard: ".is_some_and(|taken| &*taken.source == TOLD)",
        off: ".is_some_and(|taken| &*taken.source == TOLD && taken.source.is_empty())",
        promise: "divided::what_belongs_to_no_customer",
    },
    Control {
        name: "divided: what was turned off while nobody led is made good",
        file: "server/src/run/fleet/orders/turns.rs",
        guard: "if is_off == turn.on {",
        off: "if is_off == turn.on && turn.id.is_empty() {",
        promise: "divided::what_is_turned_off",
    },
    Control {
        name: "divided: a lead is handed over where that evens them out",
        file: "server/src/run/fleet/spread.rs",
        guard: "count(least) + 2 <= count(here)",
        off: "count(least) <= count(here)",
        promise: "divided::a_machine_that_joins",
    },
    Control {
        name: "divided: a book is taken up once all have said that they can",
        file: "server/src/run/fleet/ballot.rs",
        guard: "self.refused.is_none() && self.waits.is_empty()",
        off: "self.refused.is_none() && !self.ready.is_empty()",
        promise: "divided::a_book_waits",
    },
];

/// The promises of this file.
pub(super) fn trials() -> Vec<Trial> {
    vec![claim(
        "kafka::each_guard_that_is_switched_off_is_missed",
        controls,
    )]
}

fn controls() -> Claimed {
    for control in &CONTROLS {
        let text = read(&root().join(control.file))?;
        let found = text.matches(control.guard).count();
        if found != 1 {
            let (name, file) = (control.name, control.file);
            return Err(format!("\"{name}\": its guard stands {found} times in `{file}`").into());
        }
    }
    let Ok(asked) = std::env::var("DEFT_KAFKA_CONTROLS") else {
        return Ok(());
    };
    let named = CONTROLS.iter();
    let named: Vec<&Control> = named
        .filter(|one| asked == "1" || one.name.contains(&asked))
        .collect();
    run(&named)
}

/// Switches off one after the other.
fn run(controls: &[&Control]) -> Claimed {
    let place = root().join("target/controls");
    let mut unnoticed = Vec::new();
    for control in controls {
        copy(&place.join("tree"))?;
        let file = place.join("tree").join(control.file);
        let text = read(&file)?.replace(control.guard, control.off);
        write(&file, text)?;
        let built = cargo(&place, &["--no-run"])?;
        if !built.0 {
            return Err(format!("\"{}\" does not build: {}", control.name, built.1).into());
        }
        let (is_green, said) = cargo(&place, &["--", control.promise])?;
        let is_red = !is_green && said.contains("0 passed; 1 failed");
        println!(
            "{}: {}",
            control.name,
            if is_red { "missed" } else { "NOT MISSED" }
        );
        if !is_red {
            unnoticed.push(control.name);
        }
    }
    if unnoticed.is_empty() {
        return Ok(());
    }
    Err(format!("nothing is broken without: {unnoticed:?}").into())
}

/// The sources as they are, those of the last control put right again.
fn copy(tree: &Path) -> Claimed {
    let listed = Command::new("git")
        .args(["ls-files", "-z"])
        .current_dir(root())
        .output()?;
    let listed = String::from_utf8(listed.stdout)?;
    for path in listed.split('\0').filter(|path| !path.is_empty()) {
        let (from, to) = (root().join(path), tree.join(path));
        let Ok(bytes) = std::fs::read(&from) else {
            continue;
        };
        // What has not changed is not built again.
        if std::fs::read(&to).is_ok_and(|there| there == bytes) {
            continue;
        }
        lay(&to, bytes)?;
    }
    Ok(())
}

/// The promises of the copy: whether all is well, and what was said.
fn cargo(place: &Path, args: &[&str]) -> Result<(bool, String), Failed> {
    let jars = std::env::var_os(kit::kafka::KAFKA);
    let jars = jars.unwrap_or_else(|| root().join("target/kafka").into_os_string());
    let said = Command::new("cargo")
        .args(["test", "--workspace", "--test", "promises", "--locked"])
        .args(args)
        .current_dir(place.join("tree"))
        .env("CARGO_TARGET_DIR", place.join("build"))
        .env(kit::kafka::KAFKA, jars)
        .env(kit::kafka::KAFKA_REQUIRED, "1")
        .env_remove("DEFT_KAFKA_CONTROLS")
        .output()?;
    let words = [said.stdout, said.stderr].concat();
    Ok((
        said.status.success(),
        String::from_utf8_lossy(&words).into_owned(),
    ))
}
