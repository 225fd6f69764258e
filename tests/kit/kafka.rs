//! Apache Kafka itself: one node on ports of its own, started and stopped by whoever tests with it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use libtest_mimic::{Completion, Failed, Trial};

use crate::claim::Claimed;
use crate::place::{TempDir, read, root, temp_dir, write};

mod authority;
mod client;
mod cluster;
mod door;
mod proxy;
mod registry;
mod secure;
mod served;
mod tokens;

pub use authority::{Authority, KEY_PASSWORD};
pub use client::{Got, Sent, Transaction};
pub use cluster::Cluster;
pub use proxy::{Cut, Proxied, Request};
pub use registry::{READER, Registry};
pub use secure::{PASSWORD, Secure, claim_with_tls, secure};
pub use tokens::Tokens;

/// The environment variable that says where Kafka's jars lie.
pub const KAFKA: &str = "DEFT_TEST_KAFKA";
/// The environment variable that turns "left out, Kafka is absent" into a failure.
pub const KAFKA_REQUIRED: &str = "DEFT_REQUIRE_KAFKA";

/// How long a broker may take to begin or to end, in looks of 20 ms.
const LOOKS_MAX: u32 = 6_000;

/// Starts what it is told and ends it when nobody listens any more: a test that is killed leaves no
/// broker behind.
const LEASH: &str =
    "\"$@\" >\"$LOG\" 2>&1 & it=$!; echo $it; read -r word; kill -TERM $it; wait $it";

/// A promise that needs Kafka: left out with the reason when it is absent, unless it is asked for.
pub fn claim_with_kafka(
    name: impl Into<String>,
    proof: impl FnOnce() -> Claimed + Send + 'static,
) -> Trial {
    let required = || std::env::var(KAFKA_REQUIRED).is_ok_and(|value| value == "1");
    Trial::ignorable_test(name, move || match missing() {
        None => proof().map(|()| Completion::Completed),
        Some(what) if required() => {
            Err(format!("{what}, and {KAFKA_REQUIRED}=1 asks for it").into())
        }
        Some(what) => Ok(Completion::ignored_with(what)),
    })
}

/// The folder of Kafka's jars.
fn jars() -> PathBuf {
    let said = std::env::var_os(KAFKA).map(|path| root().join(path));
    said.unwrap_or_else(|| root().join("target/kafka"))
}

/// What is missing for a broker, if anything.
fn missing() -> Option<String> {
    let java = Command::new("java").arg("-version").output();
    if !java.is_ok_and(|said| said.status.success()) {
        return Some("there is no `java`: install a JDK 17".to_owned());
    }
    let files = std::fs::read_dir(jars()).ok();
    let mut files = files.into_iter().flatten().flatten();
    let is_broker = |name: &str| name.starts_with("kafka_2.13");
    if files.any(|file| file.file_name().to_str().is_some_and(is_broker)) {
        return None;
    }
    Some(format!(
        "Kafka's jars are absent: `mvn -f tests/kafka/pom.xml dependency:copy-dependencies`, or set {KAFKA}"
    ))
}

/// A command of Java with Kafka's jars.
fn java(class: &str, megabytes: u32) -> Command {
    let mut command = Command::new("java");
    command
        .arg(format!("-Xmx{megabytes}m"))
        // It lives for a minute: the second compiler never pays, nor do several collectors.
        .args(["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp"])
        .arg(jars().join("*"))
        .arg(class);
    command
}

/// One node of Kafka.
pub struct Kafka {
    folder: TempDir,
    port: u16,
    /// Whom clients ask: it, and those it is one of.
    brokers: String,
    /// How many of them have a topic.
    copies: u16,
    leash: Mutex<Option<Leash>>,
}

/// The node that promises share as long as none of them ends it.
static SHARED: OnceLock<Result<Kafka, String>> = OnceLock::new();

/// The node that promises share.
pub fn shared() -> Result<&'static Kafka, Failed> {
    let start =
        || Kafka::start().map_err(|failed| failed.message().unwrap_or("no words").to_owned());
    SHARED.get_or_init(start).as_ref().map_err(Failed::from)
}

/// Ends the nodes that promises shared, if any did.
pub fn end_shared() {
    if let Some(Ok(kafka)) = SHARED.get() {
        kafka.drop_it();
    }
    secure::end();
}

/// A broker that runs.
struct Leash {
    shell: Child,
    broker: String,
}

impl Kafka {
    /// A node with an empty log.
    pub fn start() -> Result<Self, Failed> {
        let properties = include_str!("../kafka/server.properties");
        Self::start_with(temp_dir("kafka")?, properties, &[])
    }

    /// The same with these properties and words to the tool that makes its folder.
    fn start_with(folder: TempDir, properties: &str, more: &[&str]) -> Result<Self, Failed> {
        let [port, controller] = ports()?;
        let properties = properties.replace("VOTES", &controller.to_string());
        let words = [&["--standalone"], more].concat();
        let kafka = Self::made(folder, port, &properties, &words)?;
        kafka.begin()?;
        Ok(kafka)
    }

    /// One that does not run yet, with a folder made for it.
    fn made(folder: TempDir, port: u16, properties: &str, more: &[&str]) -> Result<Self, Failed> {
        let data = folder.join("data").display().to_string();
        let properties = properties
            .replace("PORT", &port.to_string())
            .replace("DATA", &data);
        write(&folder.join("server.properties"), properties)?;
        let said = java("kafka.tools.StorageTool", 128)
            .args(["format", "-t", "ZGVmdC1hLWNsdXN0ZXItMQ", "-c"])
            .arg(folder.join("server.properties"))
            .args(more)
            .output()?;
        if !said.status.success() {
            let (out, err) = (said.stdout, said.stderr);
            let words = [String::from_utf8_lossy(&out), String::from_utf8_lossy(&err)].concat();
            return Err(format!("the broker's folder cannot be made: {words}").into());
        }
        Ok(Self {
            folder,
            port,
            brokers: own(port),
            copies: 1,
            leash: Mutex::new(None),
        })
    }

    /// The addresses clients ask.
    pub fn brokers(&self) -> String {
        self.brokers.clone()
    }

    /// How many brokers have a topic.
    pub fn copies(&self) -> u16 {
        self.copies
    }

    fn log(&self) -> PathBuf {
        self.folder.join("broker.log")
    }

    /// Starts it where it was left.
    pub fn begin(&self) -> Claimed {
        self.launch()?;
        self.awake()
    }

    /// Starts it, and does not wait.
    fn launch(&self) -> Claimed {
        // What the one before said says nothing of this one.
        write(&self.log(), "")?;
        let broker = java("kafka.Kafka", 512);
        let mut shell = Command::new("sh")
            .args(["-c", LEASH, "sh"])
            .arg(broker.get_program())
            .args(broker.get_args())
            .arg(self.folder.join("server.properties"))
            .env("LOG", self.log())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let stdout = shell.stdout.take().ok_or("no stdout")?;
        let mut broker = String::new();
        BufReader::new(stdout).read_line(&mut broker)?;
        let broker = broker.trim().to_owned();
        *self.leash.lock().unwrap_or_else(PoisonError::into_inner) = Some(Leash { shell, broker });
        Ok(())
    }

    /// Waits until it serves.
    fn awake(&self) -> Claimed {
        for _ in 0..LOOKS_MAX {
            let said = read(&self.log()).unwrap_or_default();
            if said.contains("Kafka Server started") && TcpStream::connect(own(self.port)).is_ok() {
                return Ok(());
            }
            if said.contains("shutting down") || said.contains("shut down completed") {
                break;
            }
            thread::sleep(Duration::from_millis(20));
        }
        let said = read(&self.log()).unwrap_or_default();
        let from = said.len().saturating_sub(2_000);
        Err(format!(
            "the broker did not start: {}",
            said.get(from..).unwrap_or(&said)
        )
        .into())
    }

    /// Ends it in good order.
    pub fn end(&self) -> Claimed {
        self.signal("TERM")?;
        self.over()
    }

    /// Kills it, as a power cut would.
    pub fn kill(&self) -> Claimed {
        self.signal("KILL")?;
        self.over()
    }

    fn signal(&self, name: &str) -> Claimed {
        let leash = self.leash.lock().unwrap_or_else(PoisonError::into_inner);
        let leash = leash.as_ref().ok_or("the broker does not run")?;
        let status = Command::new("kill")
            .args([&format!("-{name}"), &leash.broker])
            .status()?;
        status
            .success()
            .then_some(())
            .ok_or_else(|| format!("kill -{name}: {status}").into())
    }

    /// Waits until the process is gone.
    fn over(&self) -> Claimed {
        let mut place = self.leash.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(mut leash) = place.take() else {
            return Ok(());
        };
        for _ in 0..LOOKS_MAX {
            let looked = Command::new("kill")
                .args(["-0", &leash.broker])
                .stderr(Stdio::null())
                .status()?;
            // One that is dead and not buried is gone too: the shell buries it.
            let state = std::fs::read_to_string(format!("/proc/{}/stat", leash.broker));
            if !looked.success() || state.is_ok_and(|state| state.contains(") Z ")) {
                drop(leash.shell.stdin.take());
                leash.shell.wait()?;
                return Ok(());
            }
            thread::sleep(Duration::from_millis(20));
        }
        Err("the broker does not end".into())
    }

    /// What one of Kafka's own tools says on standard output, with these words on standard input.
    pub fn tool(&self, class: &str, args: &[&str], input: &str) -> Result<String, Failed> {
        let mut child = java(class, 128)
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(input.as_bytes())?;
        }
        let said = child.wait_with_output()?;
        if !said.status.success() {
            let words = String::from_utf8_lossy(&said.stderr).into_owned();
            return Err(format!("{class}: {}: {words}", said.status).into());
        }
        Ok(String::from_utf8_lossy(&said.stdout).into_owned())
    }
}

impl Kafka {
    /// Nothing is kept: there is no need to go down in good order.
    fn drop_it(&self) {
        let mut leash = self.leash.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(mut leash) = leash.take() {
            let _ = Command::new("kill").args(["-KILL", &leash.broker]).status();
            drop(leash.shell.stdin.take());
            let _ = leash.shell.wait();
        }
        let _ = std::fs::remove_dir_all(self.folder.path());
    }
}

impl Drop for Kafka {
    fn drop(&mut self) {
        self.drop_it();
    }
}

fn own(port: u16) -> String {
    format!("127.0.0.1:{port}")
}

/// Ports that nobody listens on, one for each.
fn ports<const N: usize>() -> Result<[u16; N], Failed> {
    let held: Vec<TcpListener> = (0..N)
        .map(|_| TcpListener::bind("127.0.0.1:0"))
        .collect::<Result<_, _>>()?;
    let mut ports = [0; N];
    for (port, listener) in ports.iter_mut().zip(&held) {
        *port = listener.local_addr()?.port();
    }
    Ok(ports)
}
