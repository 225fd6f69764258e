//! A server as a process of its own: what it takes of the machine is its own, and it can be killed.

use crate::clock;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A start that takes longer has failed.
const START_S: u64 = 600;

/// A running server.
pub struct Server {
    child: Child,
    /// Where requests go.
    pub public: SocketAddr,
    /// Where probes go.
    pub admin: SocketAddr,
    said: Arc<Mutex<String>>,
    /// Seconds from its start until it was ready.
    pub ready_s: f64,
}

impl Server {
    /// Runs this program again with these arguments, and waits until it is ready; `mark` is the
    /// environment variable that makes it a server.
    ///
    /// # Errors
    /// It does not start: said as text.
    pub fn start(mark: &str, args: &[&str]) -> Result<Self, String> {
        let began = clock::moment();
        let mut server = Self::begin(mark, args)?;
        server.until_ready(began)?;
        Ok(server)
    }

    /// The same; it is not waited for.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub fn begin(mark: &str, args: &[&str]) -> Result<Self, String> {
        let exe = std::env::current_exe().map_err(|e| e.to_string())?;
        let mut child = Command::new(exe)
            .args(args)
            .env(mark, "1")
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|e| e.to_string())?;
        let mut lines = BufReader::new(child.stderr.take().ok_or("no stderr")?);
        let mut all = String::new();
        let (public, admin) = loop {
            let mut line = String::new();
            if lines.read_line(&mut line).map_err(|e| e.to_string())? == 0 {
                return Err(format!("it did not start: {all}"));
            }
            all.push_str(&line);
            if let Some(found) = addresses(&line) {
                break found;
            }
        };
        let said = Arc::new(Mutex::new(all));
        let to = Arc::clone(&said);
        std::thread::spawn(move || {
            let mut bytes = [0; 4_096];
            while let Ok(read @ 1..) = lines.read(&mut bytes) {
                let text = String::from_utf8_lossy(bytes.get(..read).unwrap_or_default());
                to.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push_str(&text);
            }
        });
        Ok(Self {
            child,
            public,
            admin,
            said,
            ready_s: 0.0,
        })
    }

    fn until_ready(&mut self, began: Instant) -> Result<(), String> {
        while !self.is_ready() {
            if began.elapsed() > Duration::from_secs(START_S) {
                return Err(format!("it was never ready: {}", self.said()));
            }
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(format!("{status}: {}", self.said()));
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        self.ready_s = began.elapsed().as_secs_f64();
        Ok(())
    }

    /// Tells it to end; whether it did so in good order.
    ///
    /// # Errors
    /// It cannot be told, or waited for: said as text.
    pub fn told_to_end(mut self) -> Result<bool, String> {
        let text = |error: std::io::Error| error.to_string();
        let told = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status();
        told.map_err(text)?;
        Ok(self.child.wait().map_err(text)?.success())
    }

    /// It takes events.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        get(self.admin, "/readyz").is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
    }

    /// What it said on standard error so far.
    #[must_use]
    pub fn said(&self) -> String {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.clone()
    }

    /// CPU time it has used, ns: all threads, by the kernel's ticks of 10 ms.
    #[must_use]
    pub fn cpu_ns(&self) -> u64 {
        cpu_ns(self.child.id())
    }

    /// Memory it has resident, bytes.
    #[must_use]
    pub fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        kib.unwrap_or(0) * 1024
    }

    /// The sum of a counter's series, as `/metrics` tells it; 0 where nobody counts.
    #[must_use]
    pub fn counted(&self, name: &str) -> f64 {
        let text = get(self.admin, "/metrics").unwrap_or_default();
        let series = text.lines().filter(|line| line.starts_with(name));
        let values = series.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok());
        values.sum()
    }

    /// Ends it at once, as a power cut would.
    pub fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

/// CPU time a process has used, ns: all threads, by the kernel's ticks of 10 ms.
#[must_use]
pub fn cpu_ns(process: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"));
    let stat = stat.unwrap_or_default();
    // Behind the name in brackets: user time and system time are the 12th and 13th.
    let behind = stat.rsplit(')').next().unwrap_or_default();
    let numbers = behind.split_whitespace().skip(11).take(2);
    let ticks: u64 = numbers.filter_map(|n| n.parse::<u64>().ok()).sum();
    ticks * 10_000_000
}

fn addresses(line: &str) -> Option<(SocketAddr, SocketAddr)> {
    let mut words = line.split("http://").skip(1);
    let mut next = || words.next()?.split(' ').next()?.trim().parse().ok();
    line.starts_with("public ")
        .then(|| Some((next()?, next()?)))?
}

/// The whole answer to a `GET`, head and body.
///
/// # Errors
/// Nobody answers.
pub fn get(to: SocketAddr, path: &str) -> std::io::Result<String> {
    let mut socket = TcpStream::connect(to)?;
    socket.set_read_timeout(Some(Duration::from_secs(5)))?;
    write!(
        socket,
        "GET {path} HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n\r\n"
    )?;
    let mut answer = String::new();
    socket.read_to_string(&mut answer)?;
    Ok(answer)
}

/// Writes the files of a project, and its configuration: what `run -c` takes.
///
/// # Errors
/// The disk fails.
pub fn lay_out(
    dir: &Path,
    files: &[(String, String)],
    sections: &str,
) -> std::io::Result<std::path::PathBuf> {
    for (path, text) in files {
        let path = dir.join("project").join(path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(path, text)?;
    }
    let config = dir.join("deft.toml");
    std::fs::write(&config, sections)?;
    Ok(config)
}
