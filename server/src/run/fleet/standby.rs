//! A node that does not lead yet: it hears the changelog, keeps a copy of the store, and takes over when the
//! group gives it the lead.

use super::super::clock;
use super::super::library::Library;
use super::brokers::{look_over, open};
use super::parts::Parts;
use super::post::{Post, Role};
use super::seen::{Place, Seen};
use super::worth::worth;
use crate::config::Config;
use crate::config::fleet::Fleet;
use crate::config::kafka::Sink;
use anyhow::{Context as _, bail};
use connectors::kafka::candidate::Candidate;
use connectors::kafka::changelog::{Entry, Next, Reader, Stop, Term};
use connectors::kafka::producer::Producer;
use engine::log::{Disk, Footing, Frame, Log, StoreId, clear};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long an entry is waited for; the group is heard between two.
pub(super) const LOOK: Duration = Duration::from_millis(10);
/// How long it is rested when brokers do not answer.
pub(super) const REST: Duration = Duration::from_millis(200);
/// How often it is measured how far it is behind, and said why brokers do not answer.
const MEASURE: Duration = Duration::from_secs(1);
/// How often it is written down how far the copy is.
const WRITE: Duration = Duration::from_secs(5);
/// Bytes that a copy takes before they are synced.
const SYNC_BYTES: u64 = 1024 * 1024;

/// What was heard.
pub(crate) enum Heard {
    /// A batch that this copy did not have; the log has taken it.
    Batch(Frame),
    /// Nothing that changes the state.
    Nothing,
    /// All there is was read.
    End,
    /// There is no copy yet, and this is what one begins with.
    Begin(Frame),
    /// The same, where it does not begin with the first batch there ever was.
    Footing(Footing),
    /// What this copy has beyond the changelog was never true: it is to be made anew.
    Astray,
    /// This node leads, and has all there is.
    Lead,
}

/// A node that does not lead yet.
pub(crate) struct Standby {
    pub(super) fleet: Fleet,
    pub(super) sink: Sink,
    pub(super) node: String,
    pub(super) address: String,
    /// Where other nodes call it, where they do.
    pub(super) peers: Option<String>,
    pub(super) dir: PathBuf,
    pub(super) library: Library,
    pub(super) seen: Arc<Seen>,
    /// Its seat among those who may lead: it stands for the lead once its copy is whole, or can become so by
    /// leading alone.
    pub(super) candidate: Option<Candidate>,
    pub(super) reader: Reader,
    /// Whoever had this producer's id is fenced: nobody else writes any more.
    pub(super) fence: Option<Producer>,
    /// The one that will fence them.
    pub(super) ready: Option<Producer>,
    /// When the group gave it the lead.
    pub(super) given: Option<Instant>,
    pub(super) post: Post,
    /// The store that the changelog is of.
    pub(super) id: Option<StoreId>,
    pub(super) measured: Option<Instant>,
    pub(super) told: Option<Instant>,
    pub(super) unsynced: u64,
    pub(super) written: Option<Instant>,
    /// All that was there is read.
    pub(super) at_end: bool,
    /// Snapshots on their way.
    pub(super) parts: Parts,
    /// The copy is in memory; once the group has taken this node in as well, it stands by.
    pub(super) follows: bool,
}

impl Standby {
    /// Joins the fleet; nothing of it is known yet.
    pub(crate) fn join(config: &Config, seen: &Arc<Seen>) -> anyhow::Result<Option<Self>> {
        let (Some(fleet), Some(sink)) = (&config.fleet, &config.sink) else {
            return Ok(None);
        };
        let dir = config.node.data.clone().unwrap_or_default();
        let node = config.node.name.clone();
        let client = format!("deft-{}-{node}", fleet.name);
        look_over(sink, fleet)?;
        let (post, id) = worth(&dir)?;
        let knows = matches!(post.role, Role::Follows | Role::Leads);
        let from = knows.then_some(post.place);
        let reader = open(sink, &client, &fleet.changelog, from)?;
        let listens = seen.state().listens.unwrap_or(config.listen.public);
        let address = fleet.address.clone();
        let said = fleet.peers.as_ref().and_then(|peers| peers.address.clone());
        let peers = said.or_else(|| Some(seen.state().peers?.to_string()));
        seen.note(|state| {
            state.place = Place::Behind;
            state.leader.clone_from(&post.leader);
        });
        Ok(Some(Self {
            fleet: fleet.clone(),
            sink: sink.clone(),
            address: address.unwrap_or_else(|| format!("http://{listens}")),
            peers,
            node,
            library: Library::of(&dir),
            dir,
            seen: Arc::clone(seen),
            candidate: None,
            reader,
            fence: None,
            ready: None,
            given: None,
            post,
            id,
            measured: None,
            told: None,
            unsynced: 0,
            written: None,
            at_end: false,
            parts: Parts::new(
                config.store.snapshot_keep,
                config.keep.decisions.max(config.keep.stream),
            ),
            follows: false,
        }))
    }

    /// Hears what comes next. With a log, it takes what it does not have.
    pub(crate) fn hear(&mut self, mut log: Option<&mut Log>) -> anyhow::Result<Heard> {
        let candidate = self.candidate.as_ref();
        let leads = candidate.is_some_and(|candidate| candidate.leads(Duration::ZERO));
        if leads && self.fence.is_none() {
            self.take_over()?;
        } else if !leads && self.fence.take().is_some() {
            self.seen.note(|state| state.place = Place::Standby);
        }
        let candidate = self.candidate.as_ref();
        if self.follows && candidate.is_some_and(Candidate::has_joined) {
            self.stands_by();
        }
        self.measure(log.as_deref());
        match self.reader.next(LOOK) {
            Ok(Next::Entry(entry)) => {
                self.at_end = false;
                self.take(entry, log)
            }
            Ok(Next::Nothing) => Ok(Heard::Nothing),
            Ok(Next::End) => {
                if let Some(log) = &mut log {
                    self.sync(log)?;
                }
                self.at_end = true;
                self.seen.note(|state| state.behind = 0);
                let leads = self.fence.is_some();
                Ok(if leads { Heard::Lead } else { Heard::End })
            }
            Err(Stop::Later(what)) => {
                self.tell(&what);
                std::thread::sleep(REST);
                Ok(Heard::Nothing)
            }
            Err(Stop::Gone) => Ok(Heard::Astray),
            Err(Stop::Wrong(what)) => bail!("the changelog cannot be followed: {what}"),
        }
    }

    fn take(&mut self, entry: Entry, log: Option<&mut Log>) -> anyhow::Result<Heard> {
        if self.post.role == Role::Alone {
            return Err(self.is_not_ours());
        }
        match entry {
            Entry::Term(term) => self.term(term, log.as_deref()),
            Entry::Batch(bytes) => {
                let frame =
                    Frame::of_copy(self.known()?, &bytes).context("a batch of the changelog")?;
                self.post.seq = frame.last_seq();
                match log {
                    None => Ok(Heard::Begin(frame)),
                    Some(log) if frame.last_seq() < log.next_seq() => Ok(Heard::Nothing),
                    Some(log) => {
                        log.adopt(&frame)?;
                        self.unsynced += frame.bytes();
                        self.parts.mark(frame.door(), frame.first_seq());
                        if self.unsynced >= SYNC_BYTES {
                            self.sync(log)?;
                        }
                        Ok(Heard::Batch(frame))
                    }
                }
            }
            Entry::Book(hash, sources) => {
                self.library.keep_bytes(&hash, &sources)?;
                Ok(Heard::Nothing)
            }
            Entry::Footing(bytes) => {
                let id = self.known()?;
                let footing = Footing::read(id, &bytes).context("a footing of the changelog")?;
                if log.is_none() {
                    // What lies before it is out, though it is not heard here.
                    self.post.seq = self.post.seq.max(footing.before());
                    return Ok(Heard::Footing(footing));
                }
                if self.post.role != Role::Builds {
                    self.parts.begin();
                }
                Ok(Heard::Nothing)
            }
            // These stand on the topic of orders.
            Entry::Proposal(_) | Entry::Vote(_) | Entry::Turn(_) => Ok(Heard::Nothing),
            Entry::Slice(slice, bytes) => {
                if let Some(log) = log {
                    self.slice(&slice, &bytes, log)?;
                }
                Ok(Heard::Nothing)
            }
        }
    }

    /// A store of somebody's own is never given up for what others have.
    fn is_not_ours(&self) -> anyhow::Error {
        anyhow::anyhow!(
            "`{}` holds the store of a node that was alone, and the changelog `{}` is begun: give this node an \
             empty folder, or a changelog of its own",
            self.dir.display(),
            self.fleet.changelog
        )
    }

    /// The store that the changelog is of.
    fn known(&self) -> anyhow::Result<StoreId> {
        self.id
            .context("the changelog lost its beginning: nobody says which store it is of")
    }

    /// Somebody leads from here on.
    fn term(&mut self, term: Term, log: Option<&Log>) -> anyhow::Result<Heard> {
        let id = read_id(&term.store)
            .with_context(|| format!("`{}` is the id of no store", term.store))?;
        if self.id.is_some_and(|own| own != id) {
            bail!(
                "the copy in `{}` is of another store than the changelog `{}` is of: empty the folder, or name \
                 the changelog of its own fleet",
                self.dir.display(),
                self.fleet.changelog
            );
        }
        self.id = Some(id);
        let is_new = term.term > self.post.term;
        self.post.term = self.post.term.max(term.term);
        self.post.leader = Some(term.clone());
        self.seen.note(|state| state.leader = Some(term));
        if is_new && self.post.role == Role::Leads {
            let beyond = log.is_some_and(|log| log.durable() > self.post.seq);
            if beyond {
                return Ok(Heard::Astray);
            }
            self.post.role = Role::Follows;
        }
        Ok(Heard::Nothing)
    }

    /// Makes what the copy has taken durable, and writes down from where on there is more.
    pub(super) fn sync(&mut self, log: &mut Log) -> anyhow::Result<()> {
        self.unsynced = 0;
        log.commit()?;
        if self.post.role == Role::Follows && self.written.is_none_or(|at| at.elapsed() >= WRITE) {
            self.write_down()?;
        }
        Ok(())
    }

    /// Writes down that all before this place is in the copy, and durable.
    pub(super) fn write_down(&mut self) -> anyhow::Result<()> {
        self.written = Some(clock::moment());
        self.post.place = self.reader.place();
        self.post.write(&self.dir)
    }

    /// Lets go of the copy: it is made anew from the beginning of the changelog.
    pub(super) fn begin_anew(&mut self) -> anyhow::Result<()> {
        if self.post.role == Role::Alone {
            return Err(self.is_not_ours());
        }
        tracing::warn!("the copy here is let go of, and made anew from the changelog");
        self.post = Post::nothing();
        self.post.write(&self.dir)?;
        clear(&Disk, &self.dir)?;
        self.id = None;
        self.parts.begin();
        let client = format!("deft-{}-{}", self.fleet.name, self.node);
        self.reader = open(&self.sink, &client, &self.fleet.changelog, None)?;
        Ok(())
    }

    /// Nothing of what this node has is on the changelog yet.
    pub(crate) fn was_alone(&self) -> bool {
        self.post.role == Role::Alone
    }

    /// The next start makes the copy anew.
    pub(crate) fn let_go(&self) -> anyhow::Result<()> {
        Post::nothing().write(&self.dir)
    }

    fn measure(&mut self, log: Option<&Log>) {
        if self.measured.is_some_and(|at| at.elapsed() < MEASURE) {
            return;
        }
        self.measured = Some(clock::moment());
        let seq = log.map_or(0, |log| log.next_seq().saturating_sub(1));
        let behind = self.left();
        self.seen.note(|state| {
            state.seq = seq;
            state.behind = behind.unwrap_or(state.behind);
        });
        if let Some(what) = self.candidate.as_ref().and_then(Candidate::trouble) {
            self.tell(&what);
        }
    }

    /// Records of the changelog that were not read yet, markers among them; `None`: there are none, or brokers do
    /// not say.
    pub(super) fn left(&self) -> Option<u64> {
        // Markers of transactions stand behind the last entry: at the end there is nothing to measure.
        if self.at_end {
            return None;
        }
        let (_, end) = self.reader.ends().ok()?;
        u64::try_from(end - self.reader.place()).ok()
    }

    pub(super) fn tell(&mut self, what: &str) {
        if self.told.is_none_or(|at| at.elapsed() >= MEASURE * 10) {
            self.told = Some(clock::moment());
            tracing::warn!(what, "the fleet is not heard");
        }
    }
}

fn read_id(text: &str) -> Option<StoreId> {
    let mut id = [0; 16];
    if text.len() != 32 || !text.is_ascii() {
        return None;
    }
    for (byte, at) in id.iter_mut().zip((0..32).step_by(2)) {
        *byte = u8::from_str_radix(text.get(at..at + 2)?, 16).ok()?;
    }
    Some(StoreId(id))
}
