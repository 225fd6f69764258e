//! Brokers behind TLS: who may come in comes in, who may not is told why, and a broker that shows the
//! wrong paper is not believed.

use std::thread;
use std::time::Duration;

use kit::kafka::{
    Authority, KEY_PASSWORD, PASSWORD, READER, Registry, Secure, Tokens, claim_with_tls, secure,
};
use kit::running::Running;
use kit::{Claimed, Failed, TempDir, Trial, deft, temp_dir, write};

use super::avro;
use super::scene::{Scene, caught_up, load, until};
use crate::oracle::Oracle;

/// The promises of this file.
pub(super) fn trials() -> Vec<Trial> {
    vec![
        claim_with_tls("kafka::tls::events_come_and_actions_go_over_scram", scram),
        claim_with_tls("kafka::tls::a_token_is_renewed_before_it_ends", renewed),
        claim_with_tls("kafka::tls::a_fleet_proves_itself_by_tokens", fleet),
        claim_with_tls("kafka::tls::a_token_may_come_of_a_file", token_file),
        claim_with_tls("kafka::tls::who_is_given_no_token_says_why", wrong_client),
        claim_with_tls(
            "kafka::tls::a_token_for_something_else_is_refused",
            wrong_scope,
        ),
        claim_with_tls("kafka::tls::tokens_come_from_behind_tls", tokens_behind_tls),
        claim_with_tls(
            "kafka::tls::a_giver_of_tokens_that_is_not_trusted_is_not_asked",
            untrusted_tokens,
        ),
        claim_with_tls(
            "kafka::tls::a_registry_that_is_not_trusted_is_not_asked",
            untrusted_registry,
        ),
        claim_with_tls(
            "kafka::tls::a_registry_with_the_certificate_of_another_host_is_not_asked",
            other_registry,
        ),
        claim_with_tls("kafka::tls::a_client_shows_its_certificate", mutual),
        claim_with_tls("kafka::tls::no_certificate_no_entry", no_certificate),
        claim_with_tls("kafka::tls::a_wrong_password_is_refused", wrong_password),
        claim_with_tls(
            "kafka::tls::an_unknown_authority_is_refused",
            unknown_authority,
        ),
        claim_with_tls(
            "kafka::tls::the_certificate_of_another_host_is_refused",
            other_host,
        ),
        claim_with_tls("kafka::tls::no_secret_turns_a_check_off", no_check_off),
        claim_with_tls("kafka::tls::gen_says_who_it_is", gen_with_secret),
    ]
}

/// The configuration of a scene at another door of its broker.
fn at(scene: &Scene<'_>, door: &str) -> String {
    let plain = format!("brokers = \"{}\"", scene.kafka.brokers());
    let guarded = format!("brokers = \"{door}\"\nsecret = {{ file = \"kafka.properties\" }}");
    scene.sections().replace(&plain, &guarded)
}

/// A folder with this secret.
fn holding(secret: &str) -> Result<TempDir, Failed> {
    let folder = temp_dir("tls")?;
    write(&folder.join("kafka.properties"), secret)?;
    Ok(folder)
}

/// Everything that is written is decided and out, once, by this door alone.
fn whole(id: &'static str, secure: &Secure, door: &str, secret: &str) -> Claimed {
    let scene = Scene::new(&secure.kafka, id, "exactly_once")?;
    let sections = at(&scene, door);
    let folder = holding(secret)?;
    doctor(&folder, &sections)?.expect_code(0)?;
    let service = Running::start_in(folder, &sections)?;
    scene.kafka.write(&scene.events(), &load("t", 0..120))?;
    caught_up(&service, &scene, 120)?;
    let shown = service.admin("/v1/config")?.expect(200)?.body;
    service.signal("TERM")?;
    let said = service.said();
    for hidden in [PASSWORD, KEY_PASSWORD] {
        if shown.contains(hidden) || said.contains(hidden) {
            return Err(format!("the secret is shown: {shown}{said}").into());
        }
    }
    let folder = service.left()?;
    let oracle = Oracle::of(&folder.join("data"))?;
    oracle.expect_inputs(&(0..120).map(|n| format!("t-{n}")).collect::<Vec<_>>())?;
    let lines = scene.actions(true)?.into_iter().filter_map(|one| one.value);
    oracle.expect_actions(&lines.collect::<Vec<_>>())
}

/// What `deft doctor` says.
fn doctor(folder: &TempDir, sections: &str) -> Result<kit::Said, Failed> {
    let file = folder.join("doctor.toml");
    write(&file, format!("[node]\n{sections}"))?;
    let args: [std::ffi::OsString; 3] = ["doctor".into(), "-c".into(), file.into_os_string()];
    deft(args)
}

/// Tokens end while the node runs: with its events, and while it has nothing to do.
fn renewed() -> Claimed {
    let lives = Duration::from_secs(12);
    let (secure, tokens) = (secure()?, Tokens::start(lives)?);
    let scene = Scene::new(&secure.kafka, "renewed", "exactly_once")?;
    let sections = at(&scene, &secure.bearer);
    let folder = holding(&secure.bearing(&tokens, PASSWORD))?;
    doctor(&folder, &sections)?.expect_code(0)?;
    let service = Running::start_in(folder, &sections)?;
    let (mut written, mut given) = (0, 0);
    for pause in [0, 5, 5, 6, 24, 4] {
        thread::sleep(Duration::from_secs(pause));
        let next = written + 20;
        scene
            .kafka
            .write(&scene.events(), &load("n", written..next))?;
        caught_up(&service, &scene, next)?;
        written = next;
        if written == 20 {
            given = tokens.given();
        }
    }
    // The member and the producer have each had three more at least.
    let more = tokens.given() - given;
    if more < 6 {
        return Err(format!("{given} tokens were given at first, and {more} since").into());
    }
    let said = service.said();
    if said.contains("turn it away") || said.contains(PASSWORD) {
        return Err(format!("something was refused or shown: {said}").into());
    }
    service.signal("TERM")?;
    let folder = service.left()?;
    let oracle = Oracle::of(&folder.join("data"))?;
    oracle.expect_inputs(&(0..written).map(|n| format!("n-{n}")).collect::<Vec<_>>())?;
    let lines = scene.actions(true)?.into_iter().filter_map(|one| one.value);
    oracle.expect_actions(&lines.collect::<Vec<_>>())
}

/// Whoever leads, its changelog and its seat ask the same way.
fn fleet() -> Claimed {
    let (secure, tokens) = (secure()?, Tokens::start(Duration::from_secs(60))?);
    let scene = Scene::of_fleet(&secure.kafka, "bearers")?;
    let sections = at(&scene, &secure.bearer);
    let service = Running::start_in(holding(&secure.bearing(&tokens, PASSWORD))?, &sections)?;
    scene.kafka.write(&scene.events(), &load("f", 0..40))?;
    caught_up(&service, &scene, 40)?;
    service.signal("TERM")?;
    service.left()?;
    Ok(())
}

fn token_file() -> Claimed {
    let (secure, tokens) = (secure()?, Tokens::start(Duration::from_secs(300))?);
    let folder = temp_dir("token")?;
    let file = folder.join("token.jwt");
    write(&file, tokens.token())?;
    let line = format!("sasl.oauthbearer.token.file = {}\n", file.display());
    whole(
        "token-file",
        secure,
        &secure.bearer,
        &secure.by_token(&line),
    )
}

/// The line that says who signs what is asked over HTTP.
fn signed_by(authority: &Authority) -> String {
    format!(
        "https.ca.location = {}\n",
        authority.certificate().display()
    )
}

fn tokens_behind_tls() -> Claimed {
    let secure = secure()?;
    let signs = Authority::new()?;
    let paper = signs.sign("tokens", "IP:127.0.0.1")?;
    let tokens = Tokens::start_showing(&paper, Duration::from_secs(60))?;
    let secret = secure.bearing(&tokens, PASSWORD) + signed_by(&signs).as_str();
    whole("token-https", secure, &secure.bearer, &secret)
}

/// Whoever signs the brokers' certificates signs nothing else.
fn untrusted_tokens() -> Claimed {
    let secure = secure()?;
    let paper = secure.authority.sign("tokens", "IP:127.0.0.1")?;
    let tokens = Tokens::start_showing(&paper, Duration::from_secs(60))?;
    let says = "its certificate is not trusted: `https.ca.location`";
    let secret = secure.bearing(&tokens, PASSWORD);
    refused("token-system", &secure.bearer, &secret, says)?;
    let other = Authority::new()?;
    let secret = secret + signed_by(&other).as_str();
    refused("token-other", &secure.bearer, &secret, says)?;
    match tokens.given() {
        0 => Ok(()),
        given => Err(format!("{given} tokens were given").into()),
    }
}

/// A registry behind TLS that is not believed is waited for; believed, it is asked.
fn registry_behind_tls(id: &'static str, hosts: &str, wrong: &str, signs: &Authority) -> Claimed {
    let schemas = avro::schemas();
    let known: Vec<(u32, &str)> = schemas
        .iter()
        .map(|(id, text)| (*id, text.as_str()))
        .collect();
    let registry = Registry::start_showing(&signs.sign("registry", hosts)?, &known)?;
    let right = format!("{READER}{}", signed_by(signs));
    let says = "the registry does not answer: its certificate is not trusted";
    avro::waited(id, &registry, [wrong, &right], says)
}

fn untrusted_registry() -> Claimed {
    let (signs, other) = (Authority::new()?, Authority::new()?);
    registry_behind_tls("registry-system", "IP:127.0.0.1", READER, &signs)?;
    let wrong = format!("{READER}{}", signed_by(&other));
    registry_behind_tls("registry-other", "IP:127.0.0.1", &wrong, &signs)
}

/// Its certificate is signed by whom it must be, and for another host.
fn other_registry() -> Claimed {
    let signs = Authority::new()?;
    let paper = signs.sign("registry", "DNS:registry.elsewhere.bank")?;
    let registry = Registry::start_showing(&paper, &[])?;
    let folder = holding(&format!("{READER}{}", signed_by(&signs)))?;
    let scene = Scene::new(&secure()?.kafka, "registry-host", "exactly_once")?;
    let keys = format!(
        "registry = \"{}\"\nsecret = {{ file = \"kafka.properties\" }}\ngroup =",
        registry.address()
    );
    let said = doctor(&folder, &scene.sections().replacen("group =", &keys, 1))?.expect_code(1)?;
    let says = "or it is for another host (IP address mismatch)";
    if said.stdout.contains(says) && registry.asked().is_empty() {
        return Ok(());
    }
    Err(said.complaint("it is believed"))
}

fn wrong_client() -> Claimed {
    let (secure, tokens) = (secure()?, Tokens::start(Duration::from_secs(60))?);
    let secret = secure.bearing(&tokens, "not the one");
    let says =
        "it does not know `sasl.oauthbearer.client.id` with this `sasl.oauthbearer.client.secret`";
    refused("client", &secure.bearer, &secret, says)
}

fn wrong_scope() -> Claimed {
    let (secure, tokens) = (secure()?, Tokens::start(Duration::from_secs(60))?);
    let secret = secure.bearing(&tokens, PASSWORD);
    let secret = secret.replace("scope = kafka", "scope = offers");
    let says = "`sasl.oauthbearer.scope` asks for another scope than it wants";
    refused("scope", &secure.bearer, &secret, says)
}

fn scram() -> Claimed {
    let secure = secure()?;
    for (id, mechanism) in [
        ("scram-512", "SCRAM-SHA-512"),
        ("scram-256", "SCRAM-SHA-256"),
    ] {
        whole(
            id,
            secure,
            &secure.scram,
            &secure.secret(mechanism, PASSWORD),
        )?;
    }
    Ok(())
}

/// The key may be locked: its password is of the secret as well.
fn mutual() -> Claimed {
    let secure = secure()?;
    let [certificate, key, locked] = secure.authority.sign("client", "DNS:deft")?;
    for (id, key, more) in [
        ("mutual", key, String::new()),
        (
            "mutual-locked",
            locked,
            format!("ssl.key.password = {KEY_PASSWORD}\n"),
        ),
    ] {
        let secret = format!(
            "security.protocol = ssl\nssl.ca.location = {}\nssl.certificate.location = {}\n\
             ssl.key.location = {}\n{more}",
            secure.authority.certificate().display(),
            certificate.display(),
            key.display(),
        );
        whole(id, secure, &secure.mutual, &secret)?;
    }
    Ok(())
}

/// The node says why, is not ready, shows no secret, and so does the doctor.
fn refused(id: &'static str, door: &str, secret: &str, says: &str) -> Claimed {
    let secure = secure()?;
    let scene = Scene::new(&secure.kafka, id, "exactly_once")?;
    scene.kafka.write(&scene.events(), &load("r", 0..10))?;
    let sections = at(&scene, door);
    let folder = holding(secret)?;
    let doctored = doctor(&folder, &sections)?;
    let doctored = doctored.expect_code(3)?;
    if !doctored.stderr.contains(says) {
        return Err(doctored.complaint(&format!("the doctor does not say `{says}`")));
    }
    let service = Running::start_red(folder, &sections)?;
    // The source says it, and so does the sink.
    until(says, || {
        let said = service.said();
        let of = |who: &str| {
            said.lines()
                .any(|line| line.contains(says) && line.contains(who))
        };
        Ok(of("source") && of("sink"))
    })
    .map_err(|failed| format!("{failed:?}: {}", service.said()))?;
    let ready = service.admin("/readyz")?;
    if ready.status != 503 || !ready.body.contains("sources_joined") {
        return Err(format!("{}: {}", ready.status, ready.body).into());
    }
    if service.metric("deft_events_settled_total{result=\"decided\"}")? > 0.0 {
        return Err("something was read all the same".into());
    }
    let said = service.said();
    if said.contains(PASSWORD) || said.contains("not the one") {
        return Err(format!("the secret is shown: {said}").into());
    }
    // It goes down in good order all the same.
    service.signal("TERM")?;
    service.left()?;
    Ok(())
}

fn no_certificate() -> Claimed {
    let secure = secure()?;
    let secret = format!(
        "security.protocol = ssl\nssl.ca.location = {}\n",
        secure.authority.certificate().display()
    );
    refused(
        "nobody",
        &secure.mutual,
        &secret,
        "it asks for a certificate",
    )
}

fn wrong_password() -> Claimed {
    let secure = secure()?;
    let secret = secure.secret("SCRAM-SHA-512", "not the one");
    let says = "it does not know `sasl.username` with this `sasl.password`";
    refused("password", &secure.scram, &secret, says)
}

fn unknown_authority() -> Claimed {
    let secure = secure()?;
    let other = Authority::new()?;
    let known = secure.authority.certificate().display().to_string();
    let secret = secure.secret("SCRAM-SHA-512", PASSWORD);
    let secret = secret.replace(&known, &other.certificate().display().to_string());
    refused(
        "unknown",
        &secure.scram,
        &secret,
        "its certificate is not trusted",
    )
}

fn other_host() -> Claimed {
    let secure = secure()?;
    let secret = secure.secret("SCRAM-SHA-512", PASSWORD);
    refused(
        "otherhost",
        &secure.other,
        &secret,
        "or it is for another host",
    )
}

/// What would turn checks off elsewhere is no key of a secret.
fn no_check_off() -> Claimed {
    let secure = secure()?;
    let scene = Scene::new(&secure.kafka, "unchecked", "exactly_once")?;
    for key in [
        "enable.ssl.certificate.verification = false",
        "ssl.endpoint.identification.algorithm = none",
    ] {
        let secret = secure.secret("SCRAM-SHA-512", PASSWORD) + key;
        let said = doctor(&holding(&secret)?, &at(&scene, &secure.other))?.expect_code(3)?;
        if !said.stderr.contains("is not one of") || said.stderr.contains(PASSWORD) {
            return Err(said.complaint("it is not refused"));
        }
    }
    Ok(())
}

/// `deft gen` writes to a topic behind a password.
fn gen_with_secret() -> Claimed {
    let secure = secure()?;
    let scene = Scene::new(&secure.kafka, "gen-secret", "exactly_once")?;
    let written = |door: &str, secret: &str| {
        let folder = holding(secret)?;
        let file = folder.join("kafka.properties").into_os_string();
        let to = format!("kafka://{door}/{}", scene.events());
        let args = ["gen", "--customers", "20", "--events", "60", "--to", &to];
        let mut args: Vec<std::ffi::OsString> = args.map(Into::into).to_vec();
        args.extend(["--secret".into(), file]);
        deft(args)
    };
    let secret = secure.secret("SCRAM-SHA-512", PASSWORD);
    let said = written(&secure.scram, &(secret.clone() + "\nuser = x\n"))?.expect_code(3)?;
    if !said.stderr.contains("`user` is not one of") || said.stderr.contains(PASSWORD) {
        return Err(format!("it is refused by: {}", said.stderr).into());
    }
    written(&secure.scram, &secret)?.expect_code(0)?;
    let tokens = Tokens::start(Duration::from_secs(60))?;
    written(&secure.bearer, &secure.bearing(&tokens, PASSWORD))?.expect_code(0)?;
    let found = secure.kafka.read(&scene.events(), false)?.len();
    if found != 120 {
        return Err(format!("{found} events of 120").into());
    }
    Ok(())
}
