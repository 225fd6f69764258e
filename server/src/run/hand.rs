//! A hand: a thread that works until it is told to stop, and is waited for within bounds.

use crossbeam::channel::{Receiver, RecvTimeoutError, Sender, bounded};
use std::thread::JoinHandle;
use std::time::Duration;

/// A thread that works beside the listeners.
pub(crate) struct Hand {
    /// Dropped when it is to stop.
    stop: Option<Sender<()>>,
    ended: Receiver<()>,
    thread: JoinHandle<()>,
}

impl Hand {
    /// Begins to work. What is received is told when it is to stop: nothing ever comes, and the other end goes.
    ///
    /// # Errors
    /// There is no thread to be had.
    pub(crate) fn begin(
        name: String,
        work: impl FnOnce(&Receiver<()>) + Send + 'static,
    ) -> std::io::Result<Self> {
        let (stop, stopped) = bounded(0);
        let (tell, ended) = bounded(0);
        let thread = std::thread::Builder::new().name(name).spawn(move || {
            work(&stopped);
            drop(tell);
        })?;
        Ok(Self {
            stop: Some(stop),
            ended,
            thread,
        })
    }

    /// It is to stop; nobody waits for it.
    pub(crate) fn tell(&mut self) {
        self.stop = None;
    }

    /// Ends it within this time; one that takes longer goes with the process.
    pub(crate) fn end(mut self, patience: Duration) {
        self.tell();
        if matches!(
            self.ended.recv_timeout(patience),
            Err(RecvTimeoutError::Disconnected)
        ) {
            let _ = self.thread.join();
        }
    }
}

/// Whether whoever works is to stop; waits for it so long.
pub(crate) fn is_over(stopped: &Receiver<()>, patience: Duration) -> bool {
    !matches!(
        stopped.recv_timeout(patience),
        Err(RecvTimeoutError::Timeout)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_works_until_it_is_told_to_stop() {
        let (told, hears) = bounded(1);
        let hand = Hand::begin("hand".to_owned(), move |stopped| {
            while !is_over(stopped, Duration::from_millis(1)) {}
            told.send(()).unwrap();
        });
        let hand = hand.unwrap();
        assert!(hears.try_recv().is_err());
        hand.end(Duration::from_secs(60));
        assert!(hears.try_recv().is_ok());
    }
}
