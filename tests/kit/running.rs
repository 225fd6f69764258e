//! A running `deft run`, on ports of its own.

use std::io::{BufRead, BufReader, Read as _};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use libtest_mimic::Failed;
use serde_json::{Value, json};

use crate::child::CHILD;
use crate::http::{Answer, ask};
use crate::place::{TempDir, root, temp_dir, write};

/// How long a service may take to end, in looks of 5 ms: far above any honest drain.
const LOOKS_MAX: u32 = 12_000;

/// A running service.
pub struct Running {
    child: Child,
    /// The public listener.
    pub public: SocketAddr,
    /// The admin listener.
    pub admin: SocketAddr,
    said: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
    /// Its configuration, and whatever stands beside it.
    pub folder: TempDir,
}

impl Running {
    /// Starts the retail bank with these sections in its configuration.
    pub fn start(sections: &str) -> Result<Self, Failed> {
        let folder = temp_dir("service")?;
        Self::start_in(folder, sections)
    }

    /// The same, with files beside the configuration; a folder `project` among them is run instead.
    pub fn start_in(folder: TempDir, sections: &str) -> Result<Self, Failed> {
        let service = Self::start_red(folder, sections)?;
        service.until_ready()?;
        Ok(service)
    }

    /// The same, whether it becomes ready or not.
    pub fn start_red(folder: TempDir, sections: &str) -> Result<Self, Failed> {
        let own = folder.join("project");
        let project = if own.is_dir() {
            own
        } else {
            root().join("rules/retail-bank")
        };
        // Keys of `[node]` come before the first section of their own.
        let (node, sections) = sections.split_at(sections.find('[').unwrap_or(sections.len()));
        let text = format!(
            "[node]\nproject = {}\nshards = 2\n{node}[listen]\npublic = \"127.0.0.1:0\"\nadmin = \"127.0.0.1:0\"\n{sections}\n",
            Value::from(project.display().to_string())
        );
        write(&folder.join("deft.toml"), text)?;
        let mut child = Command::new(std::env::current_exe()?)
            .args(["run", "-c"])
            .arg(folder.join("deft.toml"))
            .current_dir(root())
            .env(CHILD, "1")
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let stderr = child.stderr.take().ok_or("no stderr")?;
        let mut lines = BufReader::new(stderr);
        let mut all = String::new();
        let addresses = loop {
            let mut line = String::new();
            if lines.read_line(&mut line)? == 0 {
                return Err(format!("it did not start: {all}").into());
            }
            all.push_str(&line);
            if let Some(addresses) = addresses(&line) {
                break addresses;
            }
        };
        let said = Arc::new(Mutex::new(all));
        let to = Arc::clone(&said);
        let reader = thread::spawn(move || {
            let mut bytes = [0u8; 4096];
            while let Ok(read @ 1..) = lines.read(&mut bytes) {
                let text = String::from_utf8_lossy(bytes.get(..read).unwrap_or(&[])).into_owned();
                to.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push_str(&text);
            }
        });
        let service = Self {
            child,
            public: addresses.0,
            admin: addresses.1,
            said,
            reader: Some(reader),
            folder,
        };
        Ok(service)
    }

    fn until_ready(&self) -> Result<(), Failed> {
        for _ in 0..LOOKS_MAX {
            if ask(self.admin, "GET", "/readyz", &[], b"").is_ok_and(|a| a.status == 200) {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(5));
        }
        Err(format!("it was never ready: {}", self.said()).into())
    }

    /// Everything it said on standard error so far.
    pub fn said(&self) -> String {
        self.said
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// It runs; if not, what it said.
    pub fn still_runs(&mut self) -> Result<(), Failed> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => Err(format!("it ended, {status}: {}", self.said()).into()),
        }
    }

    /// Sends JSON to the public listener.
    pub fn post(&self, path: &str, body: &Value) -> Result<Answer, Failed> {
        let kind = [("content-type", "application/json")];
        ask(
            self.public,
            "POST",
            path,
            &kind,
            body.to_string().as_bytes(),
        )
    }

    /// Asks the public listener.
    pub fn get(&self, path: &str) -> Result<Answer, Failed> {
        ask(self.public, "GET", path, &[], b"")
    }

    /// Asks the admin listener.
    pub fn admin(&self, path: &str) -> Result<Answer, Failed> {
        ask(self.admin, "GET", path, &[], b"")
    }

    /// The value of a metric, labels and all as they stand in the text; 0 when it is absent.
    pub fn metric(&self, name: &str) -> Result<f64, Failed> {
        let text = self.admin("/metrics")?.expect(200)?.body;
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        Ok(line.map_or(Ok(0.0), str::parse)?)
    }

    /// Sends it a signal, `TERM` or `HUP`.
    pub fn signal(&self, name: &str) -> Result<(), Failed> {
        let id = self.child.id().to_string();
        let status = Command::new("kill")
            .args([&format!("-{name}"), &id])
            .status()?;
        if status.success() {
            return Ok(());
        }
        Err(format!("kill -{name}: {status}").into())
    }

    /// Kills it, as a power cut would; gives its folder.
    pub fn killed(mut self) -> Result<TempDir, Failed> {
        self.child.kill()?;
        self.child.wait()?;
        self.take_folder()
    }

    /// Waits for its end, which must be in good order; gives its folder.
    pub fn left(mut self) -> Result<TempDir, Failed> {
        for _ in 0..LOOKS_MAX {
            if let Some(status) = self.child.try_wait()? {
                if status.success() {
                    return self.take_folder();
                }
                return Err(format!("{status}: {}", self.said()).into());
            }
            thread::sleep(Duration::from_millis(5));
        }
        Err(format!("it did not end: {}", self.said()).into())
    }

    /// Waits for its end, which it says is another node's lead; gives its folder.
    pub fn put_out(mut self) -> Result<TempDir, Failed> {
        for _ in 0..LOOKS_MAX {
            if let Some(status) = self.child.try_wait()? {
                if status.code() == Some(3) {
                    return self.take_folder();
                }
                return Err(format!("{status}: {}", self.said()).into());
            }
            thread::sleep(Duration::from_millis(5));
        }
        Err(format!("it did not end: {}", self.said()).into())
    }

    fn take_folder(&mut self) -> Result<TempDir, Failed> {
        let other = temp_dir("left")?;
        Ok(std::mem::replace(&mut self.folder, other))
    }

    /// Waits for its end; gives the exit code and what it said.
    pub fn ended(mut self) -> Result<(Option<i32>, String), Failed> {
        for _ in 0..LOOKS_MAX {
            if let Some(status) = self.child.try_wait()? {
                if let Some(reader) = self.reader.take() {
                    let _ = reader.join();
                }
                return Ok((status.code(), self.said()));
            }
            thread::sleep(Duration::from_millis(5));
        }
        Err(format!("it did not end: {}", self.said()).into())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn addresses(line: &str) -> Option<(SocketAddr, SocketAddr)> {
    let mut words = line.split("http://").skip(1);
    let mut next = || words.next()?.split(' ').next()?.trim().parse().ok();
    line.starts_with("public ")
        .then(|| Some((next()?, next()?)))?
}

/// Milliseconds since 1970.
pub fn now() -> u64 {
    #[expect(
        clippy::disallowed_methods,
        reason = "a running service compares events with the wall clock"
    )]
    let now = std::time::SystemTime::now();
    let since = now.duration_since(std::time::UNIX_EPOCH);
    u64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(u64::MAX)
}

/// An event of now.
pub fn event(id: &str, kind: &str, customer: &str, data: &Value) -> Value {
    json!({
        "id": id, "type": kind, "customer": customer, "time": now(), "source": "test", "data": data,
    })
}

/// A complaint that a team is told to answer: one action, every time.
pub fn complaint(id: &str, customer: &str) -> Value {
    let data = json!({ "severity": "high", "complaint": id });
    event(id, "channel.complaint", customer, &data)
}

/// A withdrawal; the third within ten minutes blocks the card.
pub fn withdrawal(id: &str, customer: &str) -> Value {
    let data = json!({ "amount": "600.00", "card": format!("CARD{customer}") });
    event(id, "transaction.cash_withdrawal", customer, &data)
}

/// The SHA-256 of these bytes, in hex digits.
pub fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    let hash = sha2::Sha256::digest(bytes);
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
