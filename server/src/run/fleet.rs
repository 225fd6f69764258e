//! A fleet: several nodes of which one leads. The others follow what it commits, batch by batch, until the
//! lead is theirs. Who leads is said by a group of Kafka; that nobody else writes any more, by the fence of
//! a transactional producer; what is true, by the changelog alone.

mod ballot;
mod brokers;
mod follow;
mod leaders;
mod orders;
mod parts;
mod post;
mod seat;
mod seen;
mod spread;
mod standby;
mod takeover;
mod worth;

pub(crate) use ballot::Standing;
pub(crate) use leaders::hear as hear_leaders;
pub(crate) use orders::hear as hear_orders;
pub(crate) use post::lead_on;
pub(crate) use seat::hold;
pub(crate) use seen::{Place, Seen};
pub(crate) use standby::{Heard, Standby};
pub(crate) use takeover::Lead;
