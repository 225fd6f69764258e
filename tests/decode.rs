//! JSON as RFC 8259 has it, inside an event: what is broken is rejected, what is right is read past.

use std::fs;
use std::path::Path;

use engine::decode::decode;
use engine::reject::{Code, Reject};
use kit::{Claimed, Failed, Trial, claim_on_shared};
use rules::catalogue::Catalogue;

/// The promises of this file.
pub(crate) fn trials() -> Vec<Trial> {
    vec![
        claim_on_shared(
            "decode::broken_json_in_an_event_is_rejected",
            broken_json_is_rejected,
        ),
        claim_on_shared(
            "decode::right_json_in_a_member_nobody_reads_harms_no_event",
            right_json_harms_no_event,
        ),
    ]
}

/// A look at a terminal with `member` among its data.
fn event(member: &[u8], name: &str) -> Vec<u8> {
    let mut bytes = br#"{"id":"e","type":"channel.look","customer":"c","time":1,"#.to_vec();
    bytes.extend(format!("\"{name}\":").into_bytes());
    bytes.extend(member);
    bytes.extend(br#"}"#);
    bytes
}

/// A file's name, its text as `data`, and its text as a further member of `data`.
type Case = (String, [Vec<u8>; 2]);

/// The files that begin so.
fn cases(shared: &Path, prefix: &str) -> Result<Vec<Case>, Failed> {
    let mut cases = Vec::new();
    for entry in fs::read_dir(shared.join("data/badinput/json"))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with(prefix) {
            let case = fs::read(&path)?;
            let within = [br#"{"terminal":"t","more":"#, &*case, b"}"].concat();
            cases.push((
                name.into_owned(),
                [event(&case, "data"), event(&within, "data")],
            ));
        }
    }
    if cases.len() < 90 {
        return Err(format!("only {} cases begin with `{prefix}`", cases.len()).into());
    }
    Ok(cases)
}

fn catalogue() -> Result<Catalogue, Failed> {
    let project = rules::project::Project::read(&kit::root().join("tests/projects/windows"))?;
    Ok(rules::catalogue::load::load(&project).0)
}

fn broken_json_is_rejected(shared: &Path) -> Claimed {
    let catalogue = catalogue()?;
    for (name, events) in cases(shared, "n_")? {
        for bytes in events {
            if let Ok(read) = decode(&bytes, &catalogue) {
                return Err(format!("{name} was read as {read:?}").into());
            }
        }
    }
    Ok(())
}

fn right_json_harms_no_event(shared: &Path) -> Claimed {
    let catalogue = catalogue()?;
    let plain = decode(&event(br#"{"terminal":"t"}"#, "data"), &catalogue)?;
    for (name, [_, within]) in cases(shared, "y_")? {
        let read = decode(&within, &catalogue);
        // RFC 8259 lets a member stand twice; two readers of such a record need not agree on it.
        let right = match &read {
            Ok(read) => *read == plain && !name.contains("duplicated_key"),
            Err(Reject { code, .. }) => {
                *code == Code::DuplicateMember && name.contains("duplicated_key")
            }
        };
        if !right {
            return Err(format!("{name}: {read:?}").into());
        }
    }
    Ok(())
}
