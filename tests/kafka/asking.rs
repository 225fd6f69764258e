//! A node that asks a registry what its records say.

use std::collections::BTreeSet;

use kit::kafka::{READER, Registry, Sent, shared};
use kit::running::Running;
use kit::{Claimed, Failed, TempDir, temp_dir, write};
use serde_json::Value;

use super::scene::{Scene, caught_up, nth};
use crate::oracle::Oracle;

/// A node that asks this registry, and a folder with who it is.
pub(super) fn asking(
    scene: &Scene<'_>,
    registry: &Registry,
    secret: &str,
) -> Result<(String, TempDir), Failed> {
    let keys = format!(
        "registry = \"{}\"\nsecret = {{ file = \"kafka.properties\" }}\ngroup =",
        registry.address()
    );
    let folder = temp_dir("asking")?;
    write(&folder.join("kafka.properties"), secret)?;
    Ok((scene.sections().replacen("group =", &keys, 1), folder))
}

/// Sixty events as JSON between one pair of topics, and as `framed` has them between another.
pub(super) fn decides_alike(
    ids: [&'static str; 2],
    registry: &Registry,
    framed: impl Fn(&Value) -> Result<Vec<u8>, Failed>,
) -> Claimed {
    let events: Vec<(String, Value)> = (0..60).map(|number| nth("v", number)).collect();
    let mut all = Vec::new();
    for (id, is_framed) in [(ids[0], false), (ids[1], true)] {
        let scene = Scene::new(shared()?, id, "exactly_once")?;
        let (mut sections, folder) = asking(&scene, registry, READER)?;
        let sent = |(customer, event): &(String, Value)| {
            let value = if is_framed {
                framed(event)?
            } else {
                event.to_string().into_bytes()
            };
            Ok(Sent::new(customer, value))
        };
        if !is_framed {
            sections = scene.sections();
        }
        let service = Running::start_in(folder, &sections)?;
        let sent: Vec<Sent> = events.iter().map(sent).collect::<Result<_, Failed>>()?;
        scene.kafka.write(&scene.events(), &sent)?;
        caught_up(&service, &scene, events.len())?;
        let shown = service.admin("/v1/config")?.expect(200)?.body;
        if shown.contains("sesame") || shown.contains(&registry.address()) != is_framed {
            return Err(format!("this is shown: {shown}").into());
        }
        service.signal("TERM")?;
        let folder = service.left()?;
        let oracle = Oracle::of(&folder.join("data"))?;
        let ids: Vec<String> = (0..events.len()).map(|n| format!("v-{n}")).collect();
        oracle.expect_inputs(&ids)?;
        let lines = scene.actions(true)?.into_iter().filter_map(|one| one.value);
        let lines: Vec<String> = lines.collect();
        oracle.expect_actions(&lines)?;
        all.push(lines.into_iter().collect::<BTreeSet<String>>());
    }
    // Each of the two schemas was asked for once, however many records name it.
    let asked = registry.asked();
    if asked.len() != 2 {
        return Err(format!("the registry was asked for {asked:?}").into());
    }
    let [plain, framed] = all.as_slice() else {
        return Err("not two".into());
    };
    if plain.len() < 40 || plain != framed {
        let (more, less) = (
            framed.difference(plain).next(),
            plain.difference(framed).next(),
        );
        let (plain, framed) = (plain.len(), framed.len());
        return Err(format!("{plain} actions and {framed}: {more:?} {less:?}").into());
    }
    Ok(())
}

/// Each of these goes to quarantine as it came, for what is said of it, and the good ones between them do not.
pub(super) fn quarantines(
    id: &'static str,
    registry: &Registry,
    wrong: &[(&str, Vec<u8>)],
    good: impl Fn(usize) -> Result<Vec<u8>, Failed>,
) -> Claimed {
    let scene = Scene::new(shared()?, id, "exactly_once")?;
    let (sections, folder) = asking(&scene, registry, READER)?;
    let service = Running::start_in(folder, &sections)?;
    let mut all = Vec::new();
    for (number, (_, bytes)) in wrong.iter().enumerate() {
        for value in [good(number)?, bytes.clone()] {
            let mut one = Sent::new("k", value);
            one.partition = Some(1);
            all.push(one);
        }
    }
    scene.kafka.write(&scene.events(), &all)?;
    caught_up(&service, &scene, all.len())?;
    let got = scene.kafka.read(&scene.topic("quarantine"), true)?;
    let sent = scene.kafka.read(&scene.events(), true)?;
    for (number, (says, _)) in wrong.iter().enumerate() {
        let offset = (2 * number + 1).to_string();
        let of = |one: &&kit::kafka::Got| one.headers.get("deft_offset") == Some(&offset);
        let one = got
            .iter()
            .find(of)
            .ok_or_else(|| format!("{says}: it is not there"))?;
        let cause = one.headers.get("deft_cause").cloned().unwrap_or_default();
        let came = sent
            .iter()
            .find(|one| one.partition == 1 && one.offset.to_string() == offset);
        if !cause.contains(says) || came.map(|came| &came.value) != Some(&one.value) {
            return Err(format!("{says}: {one:?}").into());
        }
    }
    if got.len() != wrong.len() {
        return Err(format!("{} in quarantine", got.len()).into());
    }
    service.signal("TERM")?;
    let folder = service.left()?;
    let ids: Vec<String> = (0..wrong.len()).map(|n| format!("g-{n}")).collect();
    Oracle::of(&folder.join("data"))?.expect_inputs(&ids)
}
