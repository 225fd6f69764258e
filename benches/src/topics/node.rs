//! A node between topics: its configuration, and the topics it needs.

use crate::live::child::lay_out;
use std::path::Path;
use std::process::Command;

/// A node between topics.
#[derive(Clone, Debug)]
pub struct Node<'a> {
    /// What its topics begin with.
    pub id: &'a str,
    /// Its own name.
    pub name: &'a str,
    /// Whom it asks.
    pub brokers: &'a str,
    /// Where it keeps what it keeps.
    pub dir: &'a Path,
    /// The bank it is of.
    pub project: &'a Path,
    /// Between two transactions, ms; 0: it sends at least once.
    pub every: u64,
    /// It is of a fleet that has its topics' name: of which division, of how many; of 0 of 1 where customers
    /// are not divided.
    pub fleet: Option<(u16, u16)>,
}

impl Node<'_> {
    /// Writes its configuration down.
    ///
    /// # Errors
    /// The disk fails: said as text.
    pub fn configure(&self) -> Result<String, String> {
        let text = |error: std::io::Error| error.to_string();
        std::fs::create_dir_all(self.dir).map_err(text)?;
        let config = lay_out(self.dir, &[], &self.sections()).map_err(text)?;
        Ok(config.display().to_string())
    }

    fn sections(&self) -> String {
        let (id, brokers, project) = (self.id, self.brokers, self.project);
        let (grade, more) = match self.every {
            0 => ("at_least_once", String::new()),
            ms => (
                "exactly_once",
                format!("marks = \"{id}.marks\"\ntransaction = \"5s\"\nevery = \"{ms}ms\"\n"),
            ),
        };
        let fleet = self.fleet.map(|(number, of)| {
            let divided = if of > 1 {
                format!(
                    "division = \"{number}/{of}\"\ninbox = \"{id}.inbox\"\ntold = \"{id}.told\"\n\
                     leaders = \"{id}.leaders\"\norders = \"{id}.orders\"\n"
                )
            } else {
                String::new()
            };
            format!(
                "[fleet]\nname = \"{id}\"\nchangelog = \"{id}.changelog\"\nsession = \"6s\"\n{divided}"
            )
        });
        let fleet = fleet.unwrap_or_default();
        format!(
            "[node]\nname = \"{name}\"\nproject = {project:?}\ndata = {data:?}\n\
             [listen]\npublic = \"127.0.0.1:0\"\nadmin = \"127.0.0.1:0\"\n\
             [rules]\nproof = false\n[store]\nlow_disk = \"1MiB\"\nresume = \"1MiB\"\n{fleet}\
             [[source]]\nname = \"in\"\nkind = \"kafka\"\nbrokers = \"{brokers}\"\n\
             topics = [\"{id}.events\"]\ngroup = \"{id}\"\nstart = \"earliest\"\nsession = \"30s\"\n\
             [[sink]]\nname = \"out\"\nkind = \"kafka\"\nbrokers = \"{brokers}\"\n\
             topic = \"{id}.actions.{{kind}}\"\nquarantine = \"{id}.quarantine\"\ngrade = \"{grade}\"\n{more}",
            name = self.name,
            data = self.dir.join("data"),
        )
    }
}

/// Makes the topics that a configuration asks for; `mark` makes this program `deft`.
///
/// # Errors
/// What `deft doctor` says.
pub fn make_topics(mark: &str, config: &str) -> Result<(), String> {
    let text = |error: std::io::Error| error.to_string();
    let made = Command::new(std::env::current_exe().map_err(text)?)
        .args(["doctor", "-c", config, "--create-topics"])
        .args(["--partitions", "4", "--copies", "1"])
        .env(mark, "1")
        .output()
        .map_err(text)?;
    if made.status.success() {
        return Ok(());
    }
    let words = [made.stdout, made.stderr].concat();
    Err(String::from_utf8_lossy(&words).into_owned())
}
