//! The codes of catalogue findings. A code never changes its meaning and is never reused.

/// A file of `catalog/` with a name that means nothing.
pub const UNKNOWN_FILE: &str = "C001";
/// Not UTF-8, or with a byte order mark.
pub const NOT_UTF8: &str = "C002";
/// A file, a folder or a list longer than its bound.
pub const TOO_LARGE: &str = "C003";
/// A rule, a case file or something else where it cannot stand.
pub const STRAY_FILE: &str = "C004";
/// Not TOML.
pub const SYNTAX: &str = "C005";
/// A key that the table does not have.
pub const UNKNOWN_KEY: &str = "C006";
/// A key that the table must have is not there.
pub const MISSING_KEY: &str = "C007";
/// A text where a number was expected, and the like.
pub const WRONG_SHAPE: &str = "C008";
/// A key that says nothing beside the others.
pub const MISPLACED_KEY: &str = "C009";
/// A word that is none of a closed list.
pub const UNKNOWN_WORD: &str = "C010";
/// Not a duration.
pub const NOT_DURATION: &str = "C011";
/// A number or a duration outside its bounds.
pub const OUT_OF_RANGE: &str = "C012";
/// Not a type.
pub const NOT_TYPE: &str = "C013";
/// No currency, or none that exists.
pub const NOT_CURRENCY: &str = "C014";
/// A value that does not fit its type.
pub const NOT_OF_TYPE: &str = "C015";
/// More digits than the currency has.
pub const TOO_MANY_DIGITS: &str = "C016";
/// A name with characters that no name may have.
pub const BAD_NAME: &str = "C017";
/// A name that is not in normal form: full-width letters and the like.
pub const NOT_NORMAL: &str = "C018";
/// A name that mixes scripts inside a word.
pub const MIXED_SCRIPT: &str = "C019";
/// A name that the rule language keeps for itself.
pub const RESERVED_NAME: &str = "C020";
/// A name that would hide a word of `event.` or `customer.`.
pub const SHADOWING_NAME: &str = "C021";
/// One name for two things.
pub const NAME_TWICE: &str = "C022";
/// An event type that is not `family.name` of a known family.
pub const BAD_EVENT_NAME: &str = "C023";
/// An event type that is built in.
pub const BUILT_IN: &str = "C024";
/// A time zone that does not exist.
pub const UNKNOWN_ZONE: &str = "C025";
/// An event type that is not declared.
pub const UNKNOWN_EVENT: &str = "C026";
/// An entity that is not declared.
pub const UNKNOWN_ENTITY: &str = "C027";
/// A shape that is not declared.
pub const UNKNOWN_SHAPE: &str = "C028";
/// A stream that is not declared.
pub const UNKNOWN_STREAM: &str = "C029";
/// A field that an event type of the stream does not have.
pub const UNKNOWN_FIELD: &str = "C030";
/// A field with two types among the event types of the stream.
pub const TWO_TYPES: &str = "C031";
/// A window that cannot be computed of such a field.
pub const WRONG_FIELD_TYPE: &str = "C032";
/// An event type that does not carry the key of the window, or carries it twice.
pub const NO_SUCH_KEY: &str = "C033";
/// A channel that is not declared.
pub const UNKNOWN_CHANNEL: &str = "C034";
/// A group that no offer has.
pub const UNKNOWN_GROUP: &str = "C035";
/// A list that is not declared.
pub const UNKNOWN_LIST: &str = "C036";
/// A rule that does not exist.
pub const UNKNOWN_RULE: &str = "C037";
/// A form of the language that this build does not have.
pub const NOT_SUPPORTED: &str = "C038";
/// A pattern that is no regular expression.
pub const BAD_PATTERN: &str = "C039";
/// A validity that is no pair of days or instants.
pub const BAD_VALIDITY: &str = "C040";
/// Not an hour of the day.
pub const BAD_HOUR: &str = "C041";
/// `?` beside a default, or neither.
pub const HALF_OPTIONAL: &str = "C042";
/// Empty where something is needed.
pub const EMPTY: &str = "C043";
/// The law of silence cannot be changed.
pub const SILENCE_IS_LAW: &str = "C044";
/// State would be freed that a window can still reach.
pub const IDLE_TOO_SHORT: &str = "C045";
/// A former name that is still in use, or that two lay claim to.
pub const NOT_FORMER: &str = "C046";
/// A window that counts whole panes.
pub const COARSE: &str = "C047";
/// An event type that says no place where one is needed.
pub const NOT_LOCATED: &str = "C081";
/// Not a length in metres or kilometres.
pub const NOT_LENGTH: &str = "C082";
/// A fence around nothing, or around more than one thing.
pub const BAD_AREA: &str = "C083";
/// Edges of a polygon that cross or touch.
pub const CROSSED_EDGES: &str = "C084";
/// No cell of the H3 grid.
pub const NOT_CELL: &str = "C085";
/// No stream and no haunt to measure from.
pub const UNKNOWN_ORIGIN: &str = "C086";
/// A pattern of which something would be kept for ever.
pub const UNBOUNDED: &str = "C060";
/// A step that the pattern does not have.
pub const UNKNOWN_STEP: &str = "C061";
/// A timer that is not by the date of a tag.
pub const NOT_A_DATE: &str = "C071";
/// A span that is not of whole days.
pub const NOT_WHOLE_DAYS: &str = "C072";
/// A tag that is not declared.
pub const UNKNOWN_TAG: &str = "C073";
/// A look at a past that is not kept.
pub const NO_HISTORY: &str = "C074";

/// All of them.
pub const ALL: [&str; 59] = [
    UNKNOWN_FILE,
    NOT_UTF8,
    TOO_LARGE,
    STRAY_FILE,
    SYNTAX,
    UNKNOWN_KEY,
    MISSING_KEY,
    WRONG_SHAPE,
    MISPLACED_KEY,
    UNKNOWN_WORD,
    NOT_DURATION,
    OUT_OF_RANGE,
    NOT_TYPE,
    NOT_CURRENCY,
    NOT_OF_TYPE,
    TOO_MANY_DIGITS,
    BAD_NAME,
    NOT_NORMAL,
    MIXED_SCRIPT,
    RESERVED_NAME,
    SHADOWING_NAME,
    NAME_TWICE,
    BAD_EVENT_NAME,
    BUILT_IN,
    UNKNOWN_ZONE,
    UNKNOWN_EVENT,
    UNKNOWN_ENTITY,
    UNKNOWN_SHAPE,
    UNKNOWN_STREAM,
    UNKNOWN_FIELD,
    TWO_TYPES,
    WRONG_FIELD_TYPE,
    NO_SUCH_KEY,
    UNKNOWN_CHANNEL,
    UNKNOWN_GROUP,
    UNKNOWN_LIST,
    UNKNOWN_RULE,
    NOT_SUPPORTED,
    BAD_PATTERN,
    BAD_VALIDITY,
    BAD_HOUR,
    HALF_OPTIONAL,
    EMPTY,
    SILENCE_IS_LAW,
    IDLE_TOO_SHORT,
    NOT_FORMER,
    COARSE,
    NOT_LOCATED,
    NOT_LENGTH,
    BAD_AREA,
    CROSSED_EDGES,
    NOT_CELL,
    UNKNOWN_ORIGIN,
    NOT_A_DATE,
    NOT_WHOLE_DAYS,
    UNKNOWN_TAG,
    NO_HISTORY,
    UNBOUNDED,
    UNKNOWN_STEP,
];
