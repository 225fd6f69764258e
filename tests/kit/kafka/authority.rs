//! Who signs certificates, made for one test by `openssl`: nothing of it lies in the repository.

use std::path::PathBuf;
use std::process::Command;

use libtest_mimic::Failed;

use crate::claim::Claimed;
use crate::place::{TempDir, read, temp_dir, write};

/// The password of keys that have one.
pub const KEY_PASSWORD: &str = "a key of its own";

/// An authority with a folder of its own.
pub struct Authority {
    folder: TempDir,
}

impl Authority {
    /// One that nobody knows yet.
    pub fn new() -> Result<Self, Failed> {
        let authority = Self {
            folder: temp_dir("authority")?,
        };
        authority.openssl(
            "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=authority -keyout ca.key -out ca.pem",
        )?;
        Ok(authority)
    }

    /// Its own certificate.
    pub fn certificate(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    /// A certificate under this name for these hosts (`DNS:…`, `IP:…`), beside its key; a second copy of
    /// the key is under `KEY_PASSWORD`.
    pub fn sign(&self, name: &str, hosts: &str) -> Result<[PathBuf; 3], Failed> {
        write(
            &self.folder.join("hosts"),
            format!("subjectAltName={hosts}\n"),
        )?;
        self.openssl(&format!(
            "req -newkey rsa:2048 -nodes -subj /CN={name} -keyout {name}.key -out {name}.csr"
        ))?;
        self.openssl(&format!(
            "x509 -req -in {name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile hosts -out {name}.pem"
        ))?;
        let mut command = Command::new("openssl");
        command.args(["pkcs8", "-topk8", "-in", &format!("{name}.key")]);
        command.args(["-passout", &format!("pass:{KEY_PASSWORD}")]);
        command.args(["-out", &format!("{name}.locked.key")]);
        self.run(command)?;
        Ok(["pem", "key", "locked.key"].map(|kind| self.folder.join(&format!("{name}.{kind}"))))
    }

    /// Key and certificate in one file, as a broker reads them.
    pub fn keystore(&self, name: &str, hosts: &str) -> Result<PathBuf, Failed> {
        let [certificate, key, _] = self.sign(name, hosts)?;
        let both = [read(&key)?, read(&certificate)?].concat();
        let path = self.folder.join(&format!("{name}.both.pem"));
        write(&path, both)?;
        Ok(path)
    }

    fn openssl(&self, words: &str) -> Claimed {
        let mut command = Command::new("openssl");
        command.args(words.split(' '));
        self.run(command)
    }

    fn run(&self, mut command: Command) -> Claimed {
        let said = command.current_dir(self.folder.path()).output()?;
        if said.status.success() {
            return Ok(());
        }
        let words = String::from_utf8_lossy(&said.stderr).into_owned();
        Err(format!("{command:?}: {words}").into())
    }
}
