//! Somebody who answers on a port of its own, one question after the other, until it is let go of.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use libtest_mimic::Failed;

use super::door::{Door, Socket};

/// A listener and its thread.
pub(super) struct Served {
    at: SocketAddr,
    scheme: &'static str,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Served {
    /// Behind this door; `answer` reads one question and answers it.
    pub(super) fn start(
        door: Door,
        answer: impl Fn(Box<dyn Socket>) -> io::Result<()> + Send + 'static,
    ) -> Result<Self, Failed> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let at = listener.local_addr()?;
        let is_over = Arc::new(AtomicBool::new(false));
        let (own, scheme) = (Arc::clone(&is_over), door.scheme());
        let thread = thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                if own.load(Ordering::Acquire) {
                    return;
                }
                // Whoever asks may leave in between.
                let _ = door.let_in(socket).and_then(&answer);
            }
        });
        Ok(Self {
            at,
            scheme,
            is_over,
            thread: Some(thread),
        })
    }

    /// Where it is asked.
    pub(super) fn address(&self) -> String {
        format!("{}://{}", self.scheme, self.at)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Release);
        // It waits for somebody: here is one.
        let _ = TcpStream::connect(self.at);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
