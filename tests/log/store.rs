//! What a store does when it is asked something it must refuse, and when all is well.

use std::path::Path;
use std::sync::Arc;

use engine::key::KeyGroup;
use engine::log::{
    Batch, Disk, Error, Files, Log, NameKind, Open, Options, Part, SnapshotWriter, StoreId, Twin,
    View, info, verify,
};
use kit::{Claimed, Trial, claim};

use super::hand::{Named, expect, file, inputs, place_of, put, snapshot, twin};
use super::life::{End, Life};
use super::truth::{Truth, dir, open, options, sound};

/// The promises of this file.
pub(crate) fn trials() -> Vec<Trial> {
    let claims: [Named; 12] = [
        ("the_format_is_what_it_was", format),
        (
            "names_that_were_durable_are_never_wiped_as_torn",
            lost_names,
        ),
        ("a_run_on_a_real_disk_comes_back", on_disk),
        ("a_store_in_use_is_refused", in_use),
        ("another_format_is_refused_with_a_sentence", other_format),
        (
            "a_torn_tail_is_cut_and_damage_before_a_commit_is_not",
            torn_or_damaged,
        ),
        ("a_full_disk_says_so_before_anything_is_taken", full_disk),
        ("names_keep_their_ids_through_trims_and_restarts", names),
        ("nothing_is_trimmed_that_a_part_needs", trim),
        (
            "an_older_snapshot_stands_in_for_a_damaged_one",
            damaged_snapshot,
        ),
        ("what_is_of_another_store_is_refused", foreign),
        ("a_batch_that_contradicts_itself_is_refused", bad_batches),
    ];
    let trial = |(name, proof)| claim(format!("log::{name}"), proof);
    claims.into_iter().map(trial).collect()
}

fn on_disk() -> Claimed {
    let temp = kit::temp_dir("log")?;
    let folder = temp.join("deep/store");
    let files: Arc<dyn Files> = Arc::new(Disk);
    let mut truth = Truth::default();
    for number in 1..=3 {
        let life = Life {
            folder: folder.clone(),
            number,
            seed: 40 + number,
            ..Life::new(&files)
        };
        expect(life.run(90, &mut truth)? == End::Done, "the disk failed")?;
        let verified = verify(&files, &folder)?;
        expect(verified.problems.is_empty(), "something is not sound")?;
    }
    expect(truth.durable > 200, "the run wrote next to nothing")?;
    let room = files.free_space(&folder)?;
    expect(room > 0, "the disk has no room, and yet it was written to")
}

fn in_use() -> Claimed {
    let (_, files) = twin();
    let (log, _) = open(&files)?;
    expect(
        matches!(open(&files), Err(Error::InUse { .. })),
        "two have it",
    )?;
    drop(log);
    open(&files)?;
    Ok(())
}

fn other_format() -> Claimed {
    for (bits, newer) in [(3, true), (1, false)] {
        let (twin, files) = twin();
        drop(open(&files)?);
        let path = file(&twin, "log")?;
        // Format 1 becomes 2, or 0; the head's checksum is made to agree.
        let before = twin.bytes(&path);
        twin.flip(&path, 8, bits);
        let damaged = View::open(Arc::clone(&files), dir());
        expect(
            matches!(damaged, Err(Error::Damaged { .. })),
            "a flipped format is damage",
        )?;
        let mut head: Vec<u8> = before.iter().take(124).copied().collect();
        head.iter_mut()
            .skip(8)
            .take(1)
            .for_each(|byte| *byte ^= bits);
        let sum = crc32c(&head).to_le_bytes();
        for ((at, old), new) in before.iter().enumerate().skip(124).take(4).zip(sum) {
            twin.flip(&path, at, old ^ new);
        }
        let opened = open(&files).err();
        let told = opened.as_ref().map(ToString::to_string).unwrap_or_default();
        let right = match opened {
            Some(Error::Newer { found: 2, .. }) => newer,
            Some(Error::Older { found: 0, .. }) => !newer,
            _ => false,
        };
        expect(
            right && told.contains("this release reads 1"),
            &format!("told: {told}"),
        )?;
    }
    Ok(())
}

/// The checksum of the format, bit by bit: written down once more, so that the format cannot move unnoticed.
fn crc32c(bytes: &[u8]) -> u32 {
    let step = |sum: u32| (sum >> 1) ^ (0x82f6_3b78 & 0u32.wrapping_sub(sum & 1));
    !bytes.iter().fold(!0u32, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| step(sum))
    })
}

fn torn_or_damaged() -> Claimed {
    let (twin, files) = twin();
    let (mut log, _) = open(&files)?;
    put(&mut log, &["first", "second", "third"])?;
    drop(log);
    let path = file(&twin, "log")?;
    let (second, third) = (
        place_of(&twin, &path, b"second")?,
        place_of(&twin, &path, b"third")?,
    );
    let torn = twin.copy();
    torn.flip(&path, third, 1);
    let torn: Arc<dyn Files> = Arc::new(torn);
    let (log, recovery) = open(&torn)?;
    let cut = recovery.torn.as_ref().is_some_and(|torn| torn.bytes > 64);
    expect(
        cut && log.durable() == 2,
        "the last batch is torn: it is cut off, and that is said",
    )?;
    expect(inputs(&log)?.len() == 2, "two are left")?;
    drop(log);
    sound(&torn)?;

    let damaged = twin.copy();
    damaged.flip(&path, second, 1);
    let damaged: Arc<dyn Files> = Arc::new(damaged);
    let told = open(&damaged).err();
    let placed = matches!(told, Some(Error::Damaged { at, .. }) if at < second as u64);
    expect(
        placed,
        "a commit stands behind: it is damage, with its place",
    )?;

    // Closed in good order, nothing can be torn.
    let (log, _) = open(&files)?;
    log.close()?;
    twin.flip(&path, third, 1);
    expect(
        matches!(open(&files), Err(Error::Damaged { .. })),
        "closed: it is damage",
    )
}

fn full_disk() -> Claimed {
    let (twin, files) = twin();
    twin.set_room(Some(2 * 4096 + 100));
    let (mut log, _) = open(&files)?;
    let long = "x".repeat(900);
    let mut taken = 0;
    let refused = loop {
        if let Err(error) = log.reserve(2_000) {
            break error;
        }
        put(&mut log, &[&long])?;
        taken += 1;
        if taken > 100 {
            return Err("the disk is never full".into());
        }
    };
    let told = refused.is_full() && matches!(refused, Error::NoRoom { bytes: 4096 });
    expect(
        told && log.room()?.ahead == 0,
        "it says that there is no room",
    )?;
    // What was accepted before still finds its place.
    put(&mut log, &["last"])?;
    twin.set_room(None);
    log.reserve(2_000)?;
    put(&mut log, &[&long, &long, &long, &long, &long])?;
    expect(log.close()? == taken + 6, "all that was taken is there")?;
    sound(&files)?;
    expect(
        open(&files)?.0.durable() == taken + 6,
        "and after opening too",
    )
}

fn names() -> Claimed {
    let (_, files) = twin();
    let (mut log, _) = open(&files)?;
    let ids = [
        log.define(NameKind::Tag, "vip"),
        log.define(NameKind::Feature, "金额_7天"),
        log.define(NameKind::Tag, "vip"),
    ];
    expect(ids == [0, 1, 0], "one name, one id")?;
    let long = "x".repeat(800);
    for round in 0..5 {
        put(&mut log, &[&long, &long, &long])?;
        log.define(NameKind::Rule, &format!("rule_{round}"));
    }
    put(&mut log, &["last"])?;
    Part::all().try_for_each(|part| snapshot(&log, part))?;
    expect(log.trim(u64::MAX)? >= 2, "segments are removed")?;
    log.close()?;
    let (mut log, _) = open(&files)?;
    expect(
        log.view().first_seq() > 1,
        "the batch that told of the first name is gone",
    )?;
    expect(
        log.names().id(NameKind::Tag, "vip") == Some(0),
        "and its id is not",
    )?;
    expect(
        log.names().name(1) == Some((NameKind::Feature, "金额_7天")),
        "nor the second",
    )?;
    expect(
        log.names().id(NameKind::Rule, "rule_4") == Some(6),
        "nor the last",
    )?;
    expect(log.define(NameKind::Tag, "new") == 7, "the next is new")?;
    drop(log);
    expect(
        info(&files, dir())?.names == 7,
        "what no batch told is not there",
    )
}

fn trim() -> Claimed {
    let (_, files) = twin();
    let (mut log, _) = open(&files)?;
    let long = "x".repeat(900);
    put(&mut log, &[long.as_str(); 20])?;
    for part in Part::all().skip(1) {
        snapshot(&log, part)?;
    }
    expect(
        log.trim(u64::MAX)? == 0,
        "one part has no snapshot: all is needed",
    )?;
    Part::all().try_for_each(|part| snapshot(&log, part))?;
    expect(log.trim(1)? == 0, "the caller keeps from the first on")?;
    let segments = verify(&files, dir())?.overview.segments;
    let removed = log.trim(u64::MAX)?;
    expect(removed + 1 == segments, "all but the one written to")?;
    let view = log.view();
    let asked = view.frames_since(0).err();
    expect(
        matches!(asked, Some(Error::Trimmed { asked: 1, .. })),
        "what is removed is not there",
    )?;
    put(&mut log, &["more"])?;
    log.close()?;
    sound(&files)?;
    let (log, recovery) = open(&files)?;
    expect(
        recovery.replay_after() == 20 && log.durable() == 21,
        "from the snapshots on",
    )?;
    let frames = log.view().frames_since(recovery.replay_after())?.count();
    expect(frames == 1, "one batch to replay")
}

fn damaged_snapshot() -> Claimed {
    let (twin, files) = twin();
    let (mut log, _) = open(&files)?;
    let part = Part::Group(KeyGroup(5));
    for text in ["one", "two"] {
        put(&mut log, &[text])?;
        snapshot(&log, part)?;
    }
    drop(log);
    let newest = dir().join(format!("group-05-{:020}.snapshot", 2));
    twin.flip(&newest, 70, 1);
    let (log, recovery) = open(&files)?;
    let older = recovery
        .snapshots
        .first()
        .map(|found| (found.part(), found.seq()));
    expect(
        older == Some((part, 1)) && recovery.damaged.len() == 1,
        "the older stands in, and it is counted",
    )?;
    let ahead = SnapshotWriter::begin(log.store(), part, 9)?.finish(log.durable(), 2);
    expect(
        matches!(ahead, Err(Error::Ahead { seq: 9, end: 2, .. })),
        "ahead of its log",
    )?;
    drop(log);
    expect(verify(&files, dir())?.problems.len() == 1, "it is told")?;
    // With its log removed behind it, a part without a whole snapshot cannot be rebuilt.
    let (mut log, _) = open(&files)?;
    let long = "x".repeat(900);
    put(&mut log, &[long.as_str(); 20])?;
    for _ in 0..2 {
        put(&mut log, &["more"])?;
        Part::all().try_for_each(|part| snapshot(&log, part))?;
    }
    expect(log.trim(u64::MAX)? > 0, "the beginning is removed")?;
    drop(log);
    for path in twin.names() {
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        if name.starts_with("group-05") {
            twin.flip(&path, 70, 1);
        }
    }
    let told = open(&files).err();
    expect(
        matches!(told, Some(Error::Uncovered { part: found, .. }) if found == part),
        "uncovered",
    )
}

fn foreign() -> Claimed {
    let (twin, files) = twin();
    let (mut log, _) = open(&files)?;
    put(&mut log, &["ours"])?;
    snapshot(&log, Part::Shared)?;
    drop(log);
    let other = Options {
        id: StoreId(*b"another store!!!"),
        ..options()
    };
    let (theirs, there) = self::twin();
    let (mut log, _) = Log::open(Arc::clone(&there), dir(), &other)?;
    expect(log.store().id() == other.id, "it has its own id")?;
    put(&mut log, &["theirs", "too"])?;
    snapshot(&log, Part::Shared)?;
    drop(log);
    let name = dir().join(format!("shared-{:020}.snapshot", 2));
    bring(&theirs, &name, &files, &name)?;
    let told = open(&files).err();
    expect(
        matches!(told, Some(Error::Foreign { .. })),
        "a snapshot of another store",
    )?;
    let (log, _) = Log::open(there, dir(), &options())?;
    expect(
        log.store().id() == other.id,
        "a store keeps its id, whatever is asked for",
    )?;
    files.remove(&name)?;
    let path = file(&theirs, "log")?;
    bring(
        &theirs,
        &path,
        &files,
        &dir().join(format!("{:020}.log", 2)),
    )?;
    expect(open(&files).is_err(), "a segment of another store")?;
    drop(twin);
    Ok(())
}

/// Copies a file from one machine to another.
fn bring(from: &Twin, path: &Path, to: &Arc<dyn Files>, name: &Path) -> Claimed {
    let bytes = from.bytes(path);
    let file = to.open(name, Open::Create)?;
    expect(
        file.write_at(&bytes, 0)? == bytes.len(),
        "it was not copied",
    )
}

fn bad_batches() -> Claimed {
    let (_, files) = twin();
    let (mut log, _) = open(&files)?;
    let refused = |done: Result<(), Error>| matches!(done, Err(Error::Batch(_)));
    expect(
        refused(log.append(&Batch::new(1, 0, 0))),
        "without a number",
    )?;
    let mut outside = Batch::new(1, 2, 0);
    outside.decision(3, None, |_| ());
    expect(refused(log.append(&outside)), "an item that is not of it")?;
    let mut twice = Batch::new(1, 2, 0);
    twice.input(2, None, b"");
    twice.input(2, None, b"");
    expect(refused(log.append(&twice)), "two inputs of one number")?;
    let gap = log.append(&Batch::new(2, 2, 0));
    expect(
        matches!(
            gap,
            Err(Error::OutOfOrder {
                expected: 1,
                found: 2
            })
        ),
        "a gap",
    )?;
    let mut large = Batch::new(1, 1, 0);
    large.input(1, None, &[0; 4096]);
    expect(
        matches!(log.append(&large), Err(Error::TooLarge { .. })),
        "more than a segment",
    )?;
    expect(
        matches!(log.reserve(4096), Err(Error::TooLarge { .. })),
        "nor can it be reserved",
    )?;
    put(&mut log, &["fits"])?;
    expect(
        log.durable() == 1 && log.names().count() == 0,
        "nothing of them was taken",
    )
}

/// Every byte of a small store. Another checksum is another format: give it another number.
fn format() -> Claimed {
    let (twin, files) = twin();
    let (mut log, _) = open(&files)?;
    log.define(NameKind::Tag, "vip");
    let mut batch = Batch::new(1, 2, 1_700_000_000_000);
    batch.input(1, None, b"tick");
    batch.input(2, Some(KeyGroup(3)), b"{}");
    batch.change(2, KeyGroup(3), b"changed");
    batch.shared(2, b"shared");
    batch.decision(2, Some(KeyGroup(3)), |out| out.extend(b"decided"));
    batch.action(2, Some(KeyGroup(3)), |out| out.extend(b"act"));
    batch.command(1, b"pause");
    batch.offset("topic-0", b"17");
    log.append(&batch)?;
    log.commit()?;
    snapshot(&log, Part::Shared)?;
    log.close()?;
    let found =
        [file(&twin, "log")?, file(&twin, "snapshot")?].map(|path| crc32c(&twin.bytes(&path)));
    expect(
        found == [0x8815_529f, 0xdab3_1e76],
        &format!("the checksums are {found:x?}"),
    )
}

/// A segment whose first frame is lost, with nothing behind it.
fn lost_names() -> Claimed {
    let (twin, files) = twin();
    drop(open(&files)?);
    let path = file(&twin, "log")?;
    twin.flip(&path, 130, 1);
    expect(
        matches!(open(&files), Err(Error::Damaged { at: 128, .. })),
        "taken for a torn write",
    )?;
    expect(verify(&files, dir())?.problems.len() == 1, "and it is told")
}
