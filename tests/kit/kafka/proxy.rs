//! A way to the brokers that breaks off at a word: the connection on which a request of one kind comes is cut,
//! before the broker has it or behind it, when the answer is on its way.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use libtest_mimic::Failed;

use super::{Kafka, own, ports};
use crate::place::temp_dir;

/// Kinds of requests, by the numbers of Kafka's protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i16)]
pub enum Request {
    /// Records.
    Produce = 0,
    /// Records are asked for.
    Fetch = 1,
    /// A member tells that it is there.
    Heartbeat = 12,
    /// A producer begins, and fences the one before.
    InitProducerId = 22,
    /// A partition becomes part of a transaction.
    AddPartitionsToTxn = 24,
    /// A transaction ends.
    EndTxn = 26,
    /// A group is told how far it is.
    OffsetCommit = 8,
}

/// Where it breaks off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// The broker never has the request.
    Before,
    /// The broker has it, and nobody hears what it says.
    Behind,
}

/// What is to be cut next; `None` when it was.
type Order = Arc<Mutex<Option<(Request, Cut)>>>;

/// A broker, and a way to it.
pub struct Proxied {
    /// The broker, by its own door.
    pub kafka: Kafka,
    /// The way.
    pub brokers: String,
    order: Order,
}

impl Proxied {
    /// A broker with a second door, to which the way leads.
    pub fn start() -> Result<Self, Failed> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let way = listener.local_addr()?.port();
        let [door] = ports()?;
        let properties = include_str!("../../kafka/server.properties")
            .replace(
                "\nlisteners=",
                &format!("\nlisteners=PROXIED://{},", own(door)),
            )
            .replace(
                "\nadvertised.listeners=",
                &format!("\nadvertised.listeners=PROXIED://{},", own(way)),
            )
            .replace("protocol.map=", "protocol.map=PROXIED:PLAINTEXT,");
        let kafka = Kafka::start_with(temp_dir("kafka")?, &properties, &[])?;
        let order = Order::default();
        let orders = Arc::clone(&order);
        thread::Builder::new()
            .name("proxy".to_owned())
            .spawn(move || {
                for client in listener.incoming().flatten() {
                    // A broker that is away turns the client away.
                    if let Ok(server) = TcpStream::connect(own(door)) {
                        let _ = connect(client, server, &orders);
                    }
                }
            })?;
        Ok(Self {
            kafka,
            brokers: own(way),
            order,
        })
    }

    /// Cuts the next request of this kind.
    pub fn cut(&self, request: Request, cut: Cut) {
        *self.order.lock().unwrap_or_else(PoisonError::into_inner) = Some((request, cut));
    }

    /// It was cut.
    pub fn is_cut(&self) -> bool {
        let order = self.order.lock().unwrap_or_else(PoisonError::into_inner);
        order.is_none()
    }
}

/// Two threads for one connection, which end with it.
fn connect(client: TcpStream, server: TcpStream, order: &Order) -> io::Result<()> {
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (mut from, mut to) = (server.try_clone()?, client.try_clone()?);
    thread::spawn(move || {
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Both);
        let _ = from.shutdown(Shutdown::Both);
    });
    let order = Arc::clone(order);
    thread::spawn(move || {
        let _ = forward(&client, &server, &order);
        let _ = client.shutdown(Shutdown::Both);
        let _ = server.shutdown(Shutdown::Both);
    });
    Ok(())
}

/// Hands requests on, each as a whole: four bytes say how long it is, the two behind them of which kind.
fn forward(mut client: &TcpStream, mut server: &TcpStream, order: &Order) -> io::Result<()> {
    loop {
        let mut length = [0; 4];
        client.read_exact(&mut length)?;
        let mut request = vec![0; usize::try_from(u32::from_be_bytes(length)).unwrap_or(0)];
        client.read_exact(&mut request)?;
        let kind = request.first_chunk().map(|kind| i16::from_be_bytes(*kind));
        let cut = {
            let mut order = order.lock().unwrap_or_else(PoisonError::into_inner);
            let is_due = |order: &mut (Request, Cut)| Some(order.0 as i16) == kind;
            order.take_if(is_due).map(|(_, cut)| cut)
        };
        if cut == Some(Cut::Before) {
            return Ok(());
        }
        if cut == Some(Cut::Behind) {
            // Nothing comes back any more.
            client.shutdown(Shutdown::Both)?;
        }
        server.write_all(&length)?;
        server.write_all(&request)?;
        if cut.is_some() {
            // The broker reads it to its end before it sees that nobody is there.
            server.shutdown(Shutdown::Write)?;
            let _ = io::copy(&mut server, &mut io::sink());
            return Ok(());
        }
    }
}
