//! The `deft` child: this very binary, run again as the program it tests.

use std::ffi::{OsStr, OsString};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::Duration;

use libtest_mimic::Failed;

use crate::place::root;

/// The environment variable that makes the test binary behave as `deft`.
pub const CHILD: &str = "DEFT_CHILD";

/// How long a child may take, in milliseconds: far above any honest run, far below a hung build.
const CHILD_MS_MAX: u64 = 300_000;

/// How often a running child is looked at, in milliseconds.
const POLL_MS: u64 = 2;

/// True in a process that was started to be `deft`.
pub fn is_child() -> bool {
    let name = std::env::args_os().next().map(PathBuf::from);
    std::env::var_os(CHILD).is_some()
        || name.is_some_and(|path| path.file_name() == Some(OsStr::new("deft")))
}

/// What a child said before it ended.
#[derive(Debug)]
pub struct Said {
    /// The exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// Everything on standard output.
    pub stdout: String,
    /// Everything on standard error.
    pub stderr: String,
    asked: String,
}

impl Said {
    /// Holds the child to its exit code, and to having ended of its own will.
    pub fn expect_code(self, code: i32) -> Result<Self, Failed> {
        if self.stderr.contains("panicked at") || self.code == Some(101) {
            return Err(self.complaint("it panicked"));
        }
        if self.code != Some(code) {
            return Err(self.complaint(&format!("exit code {:?}, expected {code}", self.code)));
        }
        Ok(self)
    }

    /// A failure that shows what was asked and what was said.
    pub fn complaint(&self, what: &str) -> Failed {
        let tail = |text: &str| {
            let skipped = text.lines().count().saturating_sub(20);
            text.lines().skip(skipped).collect::<Vec<_>>().join("\n")
        };
        let (out, err) = (tail(&self.stdout), tail(&self.stderr));
        format!(
            "{what}: {}\n--- stdout\n{out}\n--- stderr\n{err}",
            self.asked
        )
        .into()
    }
}

/// One run of `deft`, being prepared.
#[derive(Debug)]
pub struct Deft {
    args: Vec<OsString>,
    folder: PathBuf,
    input: Vec<u8>,
    env: Vec<(String, OsString)>,
}

impl Deft {
    /// `deft` with these arguments, in the folder of the workspace.
    pub fn new<A: Into<OsString>>(args: impl IntoIterator<Item = A>) -> Self {
        Self {
            args: args.into_iter().map(Into::into).collect(),
            folder: root(),
            input: Vec::new(),
            env: Vec::new(),
        }
    }

    /// A variable of its environment.
    pub fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.env.push((name.to_owned(), value.into()));
        self
    }

    /// One more argument.
    pub fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Another folder to run in.
    pub fn folder(mut self, folder: &Path) -> Self {
        self.folder = folder.to_path_buf();
        self
    }

    /// What stands on standard input; nothing unless said.
    pub fn input(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.input = bytes.into();
        self
    }

    /// Runs it to its end, or ends it when it takes too long.
    pub fn run(self) -> Result<Said, Failed> {
        let asked: Vec<_> = self.args.iter().map(|arg| arg.to_string_lossy()).collect();
        let asked = format!("deft {}", asked.join(" "));
        let mut child = Command::new(std::env::current_exe()?)
            .args(&self.args)
            .current_dir(&self.folder)
            .env(CHILD, "1")
            .env("NO_COLOR", "1")
            .envs(self.env)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        // All three pipes at once: a child blocked on a full one would never end.
        let writer = child.stdin.take().map(|mut pipe| {
            thread::spawn(move || {
                // A child that does not read its input is free not to.
                let _ = pipe.write_all(&self.input);
            })
        });
        let stdout = child.stdout.take().map(drain);
        let stderr = child.stderr.take().map(drain);
        let status = wait(&mut child, &asked)?;
        if let Some(writer) = writer {
            let _ = writer.join();
        }
        Ok(Said {
            code: status.code(),
            stdout: stdout.map(join).unwrap_or_default(),
            stderr: stderr.map(join).unwrap_or_default(),
            asked,
        })
    }
}

/// Runs `deft` with these arguments in the folder of the workspace.
pub fn deft<A: Into<OsString>>(args: impl IntoIterator<Item = A>) -> Result<Said, Failed> {
    Deft::new(args).run()
}

fn drain(mut pipe: impl Read + Send + 'static) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What came before an error is still what was said.
        let _ = pipe.read_to_end(&mut bytes);
        bytes
    })
}

fn join(reader: thread::JoinHandle<Vec<u8>>) -> String {
    String::from_utf8_lossy(&reader.join().unwrap_or_default()).into_owned()
}

fn wait(child: &mut Child, asked: &str) -> Result<ExitStatus, Failed> {
    // Counting sleeps needs no clock; a loaded machine only makes the bound longer.
    for _ in 0..CHILD_MS_MAX / POLL_MS {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        thread::sleep(Duration::from_millis(POLL_MS));
    }
    child.kill()?;
    child.wait()?;
    Err(format!("not ended after {CHILD_MS_MAX} ms: {asked}").into())
}
