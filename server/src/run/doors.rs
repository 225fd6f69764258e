//! The doors: the listeners, open from the first moment on.

use super::fleet::Seen;
use super::forward::Forward;
use super::front::Front;
use super::progress::Progress;
use super::routes::Side;
use crate::config::Config;
use anyhow::Context as _;
use connectors::http::listener::{Bounds, Connections, Listener};
use connectors::http::peers::Guard;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// A head must be there so soon; an idle connection may be idle as long.
const HEAD_PATIENCE: Duration = Duration::from_secs(30);
/// A write may wait so long for its reader.
const WRITE_PATIENCE: Duration = Duration::from_secs(30);
/// Connections of the admin listener: probes, scrapes and a few people.
const ADMIN_CONNECTIONS: usize = 256;

/// A listener that is being served.
pub(crate) struct Door {
    pub(crate) address: SocketAddr,
    connections: Arc<Connections>,
    pub(crate) front: Front,
}

/// The listeners.
pub(crate) struct Doors {
    pub(crate) public: Door,
    pub(crate) admin: Door,
    /// For other nodes of the fleet, where they call each other.
    pub(crate) peers: Option<Door>,
    /// Told when no connection is to be taken any more.
    pub(crate) stop: watch::Sender<bool>,
}

impl Doors {
    /// All listeners, with nothing but probes behind them.
    pub(crate) async fn open(
        config: &Config,
        progress: &Arc<Progress>,
        fleet: Option<&Arc<Seen>>,
    ) -> anyhow::Result<Self> {
        let public = bind("[listen] public", config.listen.public).await?;
        let admin = bind("[listen] admin", config.listen.admin).await?;
        let peering = config.fleet.as_ref().and_then(|fleet| fleet.peers.as_ref());
        let peers = match peering {
            Some(peering) => {
                let name = "[fleet.peers] listen";
                let listener = bind(name, peering.listen).await?;
                Some(listener.guarded(Guard::new(&peering.papers)))
            }
            None => None,
        };
        let forward = Forward::of(config, fleet);
        let stop = watch::Sender::new(false);
        let door = |listener: Listener, side, connections| -> anyhow::Result<Door> {
            let door = Door {
                address: listener.address()?,
                connections: Arc::default(),
                front: Front::new(side, progress, fleet, forward.as_ref()),
            };
            let bounds = Bounds {
                connections,
                head: HEAD_PATIENCE,
                write: WRITE_PATIENCE,
            };
            let open = Arc::clone(&door.connections);
            tokio::spawn(listener.serve(door.front.router(), bounds, open, stop.subscribe()));
            Ok(door)
        };
        Ok(Self {
            public: door(public, Side::Public, config.limits.connections)?,
            admin: door(admin, Side::Admin, ADMIN_CONNECTIONS)?,
            peers: match peers {
                Some(peers) => Some(door(peers, Side::Peers, config.limits.connections)?),
                None => None,
            },
            stop,
        })
    }

    /// Takes note of where they are.
    pub(crate) fn note(&self, fleet: &Seen) {
        fleet.note(|state| {
            state.listens = Some(self.public.address);
            state.peers = self.peers.as_ref().map(|peers| peers.address);
        });
    }

    /// Of the public and of the admin listener.
    pub(crate) fn connections(&self) -> [Arc<Connections>; 2] {
        [&self.public, &self.admin].map(|door| Arc::clone(&door.connections))
    }
}

async fn bind(name: &str, address: SocketAddr) -> anyhow::Result<Listener> {
    let bound = Listener::bind(address).await;
    bound.with_context(|| format!("`{name}`: cannot listen on {address}"))
}
