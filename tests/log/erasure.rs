//! What is erased is gone, and all else is as it was.

use std::sync::Arc;

use engine::log::{Fault, Files, Log, Loss, Section, verify};
use kit::{Claimed, Trial, claim};

use super::hand::{Named, expect, inputs, put, twin};
use super::truth::{dir, open, sound};

/// The promises of this file.
pub(crate) fn trials() -> Vec<Trial> {
    let claims: [Named; 2] = [
        ("what_is_erased_is_gone_and_the_rest_stays", erasure),
        (
            "an_interrupted_erasure_is_finished_when_asked_again",
            interrupted_erasure,
        ),
    ];
    let trial = |(name, proof)| claim(format!("log::{name}"), proof);
    claims.into_iter().map(trial).collect()
}

fn erasure() -> Claimed {
    let (twin, files) = twin();
    let (mut log, _) = open(&files)?;
    let long = format!("{{\"who\":\"secret\",\"x\":\"{}\"}}", "x".repeat(700));
    let texts = [
        "{\"who\":\"a\"}",
        &long,
        "{\"who\":\"b\"}",
        &long,
        &long,
        &long,
        &long,
        "{\"who\":\"secret\"}",
    ];
    put(&mut log, &texts)?;
    let erased = log.erase(&mut |section, item| {
        let payload = item.payload.unwrap_or_default();
        section == Section::Inputs && payload.windows(6).any(|window| window == b"secret")
    })?;
    expect(erased == 6, "six are erased")?;
    put(&mut log, &["{\"who\":\"c\"}"])?;
    log.close()?;
    for path in twin.names() {
        let left = twin
            .bytes(&path)
            .windows(6)
            .any(|window| window == b"secret");
        expect(!left, "what is erased is still there")?;
    }
    let verified = verify(&files, dir())?;
    expect(verified.problems.is_empty(), "an erased item is no damage")?;
    expect(
        (verified.overview.erased, verified.overview.inputs) == (6, 3),
        "they are counted",
    )?;
    twin.crash(Loss::Drop);
    let (log, _) = open(&files)?;
    let left: Vec<Option<String>> = inputs(&log)?;
    let told = left
        .iter()
        .flatten()
        .map(String::as_str)
        .collect::<Vec<_>>();
    expect(
        left.len() == 9 && told == ["{\"who\":\"a\"}", "{\"who\":\"b\"}", "{\"who\":\"c\"}"],
        "the rest stays",
    )?;
    let view = log.view();
    let first = view.export(1)?.next().transpose()?.unwrap_or_default();
    expect(
        first == r#"{"seq":2,"door":1000,"group":7,"erased":true}"#,
        &first,
    )
}

fn interrupted_erasure() -> Claimed {
    let (twin, files) = twin();
    let (mut log, _) = open(&files)?;
    let secret = format!("secret{}", "x".repeat(1_400));
    put(
        &mut log,
        &[&secret, "kept", &secret, &secret, "kept", &secret],
    )?;
    log.close()?;
    let erase = |log: &mut Log| {
        log.erase(&mut |_, item| {
            item.payload
                .is_some_and(|payload| payload.starts_with(b"secret"))
        })
    };
    let mut tried = 0;
    loop {
        let twin = twin.copy();
        let files: Arc<dyn Files> = Arc::new(twin.clone());
        let (mut log, _) = open(&files)?;
        twin.fail_at(twin.calls() + tried + 1, Fault::PowerLoss);
        if erase(&mut log).is_ok() {
            break;
        }
        drop(log);
        twin.crash(Loss::Tear);
        let (mut log, _) = open(&files)?;
        let whole = |item: &Option<String>| {
            item.as_ref()
                .is_none_or(|text| *text == secret || text == "kept")
        };
        let left = inputs(&log)?;
        expect(
            left.len() == 6 && left.iter().all(whole),
            "an item is half erased",
        )?;
        erase(&mut log)?;
        expect(
            inputs(&log)?.iter().flatten().all(|text| text == "kept"),
            "asked again, it is not done",
        )?;
        drop(log);
        sound(&files)?;
        let found = twin
            .names()
            .iter()
            .any(|path| twin.bytes(path).windows(6).any(|bytes| bytes == b"secret"));
        expect(!found, "what is erased is still there")?;
        tried += 1;
    }
    expect(tried > 15, "too little was tried")
}
