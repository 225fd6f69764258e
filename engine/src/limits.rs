//! Every bound, with its unit and its reason.

/// Bytes of one record. A record is a decision's worth of facts, not a document.
pub const RECORD_BYTES_MAX: usize = 256 * 1024;
/// Levels of nesting in one record.
pub const DEPTH_MAX: usize = 16;
/// Members of one event's `data`.
pub const MEMBERS_MAX: usize = 512;
/// Bytes of an event id, a customer id, a source and an entity id.
pub const ID_BYTES_MAX: usize = 256;
/// Bytes of a text value without a `max` of its own.
pub const TEXT_BYTES_MAX: usize = 4 * 1024;
/// Items of a list value.
pub const LIST_ITEMS_MAX: usize = 256;
/// Key groups: the unit of ownership. Fixed for the life of a log.
pub const KEY_GROUPS: u16 = 64;
/// Threads that own key groups.
pub const SHARDS_MAX: usize = 64;
/// Events in one micro-batch of a replay: large ones amortise the barriers, and nobody waits.
pub const BATCH_DEFAULT: usize = 4096;
/// Timers that one tick fires per key group; the rest wait for the next tick. With all groups on one
/// thread a tick is over in some tens of ms: so long a live event may have to wait.
pub const TIMERS_PER_TICK_MAX: usize = 64;
/// Timers of a customer that fire before one of its events.
pub const TIMERS_PER_EVENT_MAX: usize = 1_000;
/// Customers that one tick tells of events of no customer, over all rounds; the rest wait for the next tick.
pub const TOLD_PER_TICK_MAX: u64 = 4_096;
/// Customers of one key group that a tick looks at for each it may tell: some refer elsewhere by now.
pub const LOOKED_PER_TOLD_MAX: u64 = 4;
/// Customers of a key group that a round has still to come to are counted up to here.
pub const SURELY_WAITING_MAX: usize = 64;
/// How long a tick lasts while nothing but rounds is waited for, ms.
pub const ROUND_TICK_MS: i64 = 100;
/// Rounds on their way at once. What begins beyond that is told to nobody.
pub const ROUNDS_MAX: usize = 1_024;
/// Rounds that are remembered, those that have ended included: an older event begins none anew.
pub const ROUNDS_KEPT_MAX: usize = 16_384;
/// Tags of entities, over all entities: every shard has them.
pub const ENTITY_TAGS_MAX: usize = 100_000;
/// How far steps may bring about steps by the segments that their marks change.
pub const CASCADE_DEPTH_MAX: u32 = 4;
/// Steps that one input may bring about so.
pub const CASCADE_STEPS_MAX: u32 = 32;
/// Timers one customer may have pending.
pub const TIMERS_PER_CUSTOMER_MAX: usize = 64;
/// Ticks that a drain gives to timers, and timers that set timers.
pub const DRAIN_ROUNDS_MAX: usize = 100_000;
/// Event ids remembered per customer for duplicate suppression, within the horizon.
pub const SEEN_PER_CUSTOMER_MAX: usize = 4_096;
/// Records held back while `order = event_time` waits for the watermark.
pub const HELD_MAX: usize = 4_000_000;
/// Entries of one slice of a snapshot: a fraction of a millisecond. Windows of a customer or an entity are
/// parted; what else is known of a customer is not, and is bounded by the limits above and below.
pub const SLICE_ENTRIES: usize = 512;
/// Entities one customer's pair windows may know.
pub const PAIRS_PER_CUSTOMER_MAX: usize = 10_000;
/// How often a key group is searched for silent entities, ms of door time: at least, and at most.
pub const SWEEP_MS_MIN: i64 = 60_000;
/// See [`SWEEP_MS_MIN`]: of those that are kept for weeks, a few hours more are no matter.
pub const SWEEP_MS_MAX: i64 = 21_600_000;
/// Events that one stream keeps of one key: the newest. A window that reaches further back is truncated.
/// Some thirty megabytes, for a terminal of a hundred thousand payments a day.
pub const ENTRIES_PER_TRACK_MAX: usize = 1 << 18;
/// Events of a window that are looked at to tell whether one of them came late.
pub const LATE_LOOKED_MAX: usize = 1_024;
/// Conditions of features on one stream: bits of a mask.
pub const FILTERS_PER_TRACK_MAX: usize = 32;

/// Instances of patterns one customer may have, over all patterns.
pub const PATTERN_LIVES_PER_CUSTOMER_MAX: usize = 256;
/// Events that a pattern keeps of a customer to put a late one at its place; one that would come
/// before them is too late for the pattern.
pub const PATTERN_RECENT_MAX: usize = 64;

const _: () = assert!(
    KEY_GROUPS as usize >= SHARDS_MAX,
    "a shard owns at least one key group"
);
const _: () = assert!(TEXT_BYTES_MAX < RECORD_BYTES_MAX, "a text fits its record");
const _: () = assert!(BATCH_DEFAULT <= HELD_MAX, "a batch can be held");
