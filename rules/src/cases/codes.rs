//! The codes of findings about cases. A code never changes its meaning and is never reused.

/// Not TOML.
pub const SYNTAX: &str = "T001";
/// A key that means nothing here.
pub const UNKNOWN_KEY: &str = "T002";
/// A key that must be there is not.
pub const MISSING_KEY: &str = "T003";
/// A text where a list was expected, and the like.
pub const WRONG_SHAPE: &str = "T004";
/// Not an instant.
pub const NOT_INSTANT: &str = "T005";
/// Not a duration, or one that leads outside the calendar.
pub const NOT_DURATION: &str = "T006";
/// An event type that is not declared.
pub const UNKNOWN_EVENT: &str = "T007";
/// An event type that nobody can send.
pub const NOT_SENT: &str = "T008";
/// A data member that the event type does not have.
pub const UNKNOWN_FIELD: &str = "T009";
/// A data member that the event type needs is not there.
pub const MISSING_FIELD: &str = "T010";
/// A value that does not fit its type.
pub const NOT_OF_TYPE: &str = "T011";
/// A tag that is not declared.
pub const UNKNOWN_TAG: &str = "T012";
/// Consent for something that is no purpose and channel.
pub const UNKNOWN_CONSENT: &str = "T013";
/// A list that is not declared.
pub const UNKNOWN_LIST: &str = "T014";
/// An action that is no verb of the language.
pub const UNKNOWN_VERB: &str = "T015";
/// An offer, channel, team, method, process, group or reason that is not declared.
pub const UNKNOWN_NAME: &str = "T016";
/// A refusal that is none of the closed list.
pub const UNKNOWN_CODE: &str = "T017";
/// A rule that does not exist.
pub const UNKNOWN_RULE: &str = "T018";
/// A fact that cannot be read on that event.
pub const UNKNOWN_FACT: &str = "T019";
/// Two cases of one name.
pub const NAME_TWICE: &str = "T020";
/// Two events of one customer at one instant, and nothing tells them apart.
pub const AT_TWICE: &str = "T021";
/// An outcome of an action that is not expected.
pub const OF_NOTHING: &str = "T022";
/// A word that is no outcome.
pub const UNKNOWN_OUTCOME: &str = "T023";
/// An event without a customer.
pub const NO_CUSTOMER: &str = "T024";
/// A `$name` that no row sets, or that is set and stands nowhere.
pub const LOOSE_NAME: &str = "T025";
/// More of something than a case may have.
pub const TOO_MANY: &str = "T026";
/// Facts at an instant when nothing happens, or when too much does.
pub const NO_SUCH_EVENT: &str = "T027";
/// A file without cases, or a case without a name.
pub const EMPTY: &str = "T028";

/// All of them.
pub const ALL: [&str; 28] = [
    SYNTAX,
    UNKNOWN_KEY,
    MISSING_KEY,
    WRONG_SHAPE,
    NOT_INSTANT,
    NOT_DURATION,
    UNKNOWN_EVENT,
    NOT_SENT,
    UNKNOWN_FIELD,
    MISSING_FIELD,
    NOT_OF_TYPE,
    UNKNOWN_TAG,
    UNKNOWN_CONSENT,
    UNKNOWN_LIST,
    UNKNOWN_VERB,
    UNKNOWN_NAME,
    UNKNOWN_CODE,
    UNKNOWN_RULE,
    UNKNOWN_FACT,
    NAME_TWICE,
    AT_TWICE,
    OF_NOTHING,
    UNKNOWN_OUTCOME,
    NO_CUSTOMER,
    LOOSE_NAME,
    TOO_MANY,
    NO_SUCH_EVENT,
    EMPTY,
];
