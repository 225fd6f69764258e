//! Every call of a run fails once, in every way; the power goes at every call.

use std::sync::Arc;

use engine::log::{Fault, Files, Loss, Twin};
use kit::{Claimed, Failed, Trial, claim};

use super::life::{Care, End, Life};
use super::truth::{Truth, sound};

/// Operations of the run whose every call fails.
const OPERATIONS: u64 = 70;
/// Operations of the life after.
const AFTER: u64 = 20;
/// Fewer calls than this would show little.
const CALLS_MIN: u64 = 500;

/// The promises of this file.
pub(crate) fn trials() -> Vec<Trial> {
    let ways = [
        ("a_device_that_fails", Fault::Device, Loss::Drop),
        (
            "a_device_that_fails_and_power_that_tears",
            Fault::Device,
            Loss::Tear,
        ),
        ("a_full_disk", Fault::Full, Loss::Drop),
        ("a_full_disk_and_power_that_tears", Fault::Full, Loss::Tear),
        ("power_lost_with_all_unsynced", Fault::PowerLoss, Loss::Drop),
        ("power_lost_with_torn_writes", Fault::PowerLoss, Loss::Tear),
        ("a_short_write", Fault::Short, Loss::Tear),
    ];
    let trial = |(name, fault, loss)| {
        claim(format!("log::every_call_survives_{name}"), move || {
            every_call(fault, loss)
        })
    };
    ways.into_iter().map(trial).collect()
}

fn every_call(fault: Fault, loss: Loss) -> Claimed {
    let calls = calls()?;
    if calls < CALLS_MIN {
        return Err(format!("the run makes {calls} calls, {CALLS_MIN} are wanted").into());
    }
    let mut stopped = 0;
    for call in 1..=calls {
        let twin = Twin::new(call);
        let files: Arc<dyn Files> = Arc::new(twin.clone());
        let told = |error: String| format!("call {call}: {error}");
        let end = one_fault(&twin, &files, Care::Full, (call, fault), loss).map_err(told)?;
        stopped += u64::from(end == End::Stopped);
    }
    // Faults that stop nobody were not there. A device may fail under a snapshot, and the log goes on.
    let least = match fault {
        Fault::PowerLoss => calls,
        Fault::Device => calls / 10,
        _ => 0,
    };
    if stopped < least {
        return Err(
            format!("{stopped} of {calls} faults stopped the log, {least} are wanted").into(),
        );
    }
    Ok(())
}

/// How many calls the run makes when none fails.
pub(crate) fn calls() -> Result<u64, Failed> {
    let twin = Twin::new(0);
    let files: Arc<dyn Files> = Arc::new(twin.clone());
    let life = Life::new(&files);
    life.run(OPERATIONS, &mut Truth::default())?;
    let calls = twin.calls();
    sound(&files)?;
    Ok(calls)
}

/// A run with one fault, and what comes after it: a second life, a loss of power, a third.
pub(crate) fn one_fault(
    twin: &Twin,
    files: &Arc<dyn Files>,
    care: Care,
    fault: (u64, Fault),
    loss: Loss,
) -> Result<End, String> {
    let mut truth = Truth::default();
    let mut life = Life {
        care,
        ..Life::new(files)
    };
    twin.fail_at(fault.0, fault.1);
    let end = life.run(OPERATIONS, &mut truth)?;
    if end == End::Stopped && fault.1 == Fault::PowerLoss {
        twin.crash(loss);
    } else {
        twin.restart();
    }
    (life.number, life.seed) = (2, 23);
    if life.run(AFTER, &mut truth)? == End::Stopped {
        return Err("the second life was stopped by nothing".to_owned());
    }
    twin.crash(loss);
    (life.number, life.seed) = (3, 5);
    if life.run(AFTER, &mut truth)? == End::Stopped {
        return Err("the third life was stopped by nothing".to_owned());
    }
    sound(files)?;
    Ok(end)
}
