//! What an error of a producer means. There are four answers, and what is not known is the worst of
//! them.

use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use std::fmt;

/// What is to be done about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Nothing was done and it may be asked again.
    Again,
    /// The transaction is lost as a whole: nothing of it is seen.
    Abort,
    /// Nobody knows whether it was done: this producer may not be asked anything more. One that begins
    /// anew under the same id settles it.
    Unknown,
    /// Nothing goes on by itself: another has taken over, or what was asked is not allowed.
    Fatal,
}

impl Class {
    /// Its word in metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Again => "again",
            Self::Abort => "abort",
            Self::Unknown => "unknown",
            Self::Fatal => "fatal",
        }
    }
}

/// What a producer was asked when it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// To be made.
    Open,
    /// To fence whoever was there before.
    Init,
    /// To begin a transaction.
    Begin,
    /// To take a record.
    Send,
    /// To have a record acknowledged.
    Deliver,
    /// To commit a transaction.
    Commit,
}

impl Call {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Open,
        Self::Init,
        Self::Begin,
        Self::Send,
        Self::Deliver,
        Self::Commit,
    ];

    /// Its word in messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Init => "init",
            Self::Begin => "begin",
            Self::Send => "send",
            Self::Deliver => "deliver",
            Self::Commit => "commit",
        }
    }
}

/// An error with what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What is to be done about it.
    pub class: Class,
    /// What was asked.
    pub call: Call,
    /// What the client said.
    pub what: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.call.name(), self.what)
    }
}

impl std::error::Error for Failure {}

impl Failure {
    /// What this error means when it answers this call.
    pub(super) fn of(call: Call, error: &KafkaError) -> Self {
        let class = match error {
            KafkaError::Transaction(error) => {
                let flags = Flags {
                    fatal: error.is_fatal(),
                    abort: error.txn_requires_abort(),
                    retriable: error.is_retriable(),
                };
                flags.class(call)
            }
            error => error
                .rdkafka_error_code()
                .map_or(Class::Fatal, |code| plain(call, code)),
        };
        Self {
            class,
            call,
            what: error.to_string(),
        }
    }
}

/// What the client says of an error of a transaction.
#[derive(Clone, Copy, Debug)]
struct Flags {
    fatal: bool,
    abort: bool,
    retriable: bool,
}

impl Flags {
    /// A call that is to be asked again may have been done: only one that did nothing yet is safe.
    fn class(self, call: Call) -> Class {
        match (self.fatal, self.abort, self.retriable) {
            (true, ..) => Class::Fatal,
            (_, true, _) => Class::Abort,
            (.., true) if matches!(call, Call::Init | Call::Commit) => Class::Unknown,
            (.., true) => Class::Again,
            _ => Class::Fatal,
        }
    }
}

/// What a code means outside the calls of transactions.
fn plain(call: Call, code: RDKafkaErrorCode) -> Class {
    use RDKafkaErrorCode as Code;
    match (call, code) {
        (Call::Send, Code::QueueFull) => Class::Again,
        (
            Call::Send | Call::Deliver,
            Code::Fenced | Code::Fatal | Code::ProducerFenced | Code::InvalidProducerEpoch,
        ) => Class::Fatal,
        // Given up, or thrown away because its transaction is lost.
        (Call::Send, Code::State) | (Call::Deliver, Code::PurgeQueue | Code::PurgeInflight) => {
            Class::Abort
        }
        (
            Call::Deliver,
            Code::MessageTimedOut
            | Code::TimedOutQueue
            | Code::RequestTimedOut
            | Code::OperationTimedOut
            | Code::BrokerTransportFailure
            | Code::AllBrokersDown
            | Code::NetworkException
            | Code::LeaderNotAvailable
            | Code::NotLeaderForPartition
            | Code::NotEnoughReplicas
            | Code::NotEnoughReplicasAfterAppend,
        ) => Class::Unknown,
        _ => Class::Fatal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_fatal() {
        let flags = |fatal, abort, retriable| Flags {
            fatal,
            abort,
            retriable,
        };
        for call in Call::ALL {
            assert_eq!(flags(false, false, false).class(call), Class::Fatal);
            assert_eq!(flags(true, true, true).class(call), Class::Fatal);
            assert_eq!(flags(false, true, true).class(call), Class::Abort);
            assert_eq!(
                plain(call, RDKafkaErrorCode::TopicAuthorizationFailed),
                Class::Fatal
            );
            assert_eq!(
                plain(call, RDKafkaErrorCode::UnknownTopicOrPartition),
                Class::Fatal
            );
            assert_eq!(
                plain(call, RDKafkaErrorCode::MessageSizeTooLarge),
                Class::Fatal
            );
        }
    }

    #[test]
    fn a_commit_that_may_have_been_done_is_never_asked_again() {
        let retriable = Flags {
            fatal: false,
            abort: false,
            retriable: true,
        };
        assert_eq!(retriable.class(Call::Commit), Class::Unknown);
        assert_eq!(retriable.class(Call::Init), Class::Unknown);
        assert_eq!(retriable.class(Call::Begin), Class::Again);
    }
}
