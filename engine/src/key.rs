//! Keys and their groups: who owns what.

use crate::limits::KEY_GROUPS;
use rules::catalogue::{Catalogue, EventType};
use rules::value::{Text, Value};

/// A key group: the unit of ownership, snapshot and transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyGroup(pub u16);

impl KeyGroup {
    /// The group of a key: positive murmur2 modulo the number of groups, as Kafka's default
    /// partitioner places a key of these bytes.
    #[must_use]
    pub fn of(key: &str) -> Self {
        Self::of_bytes(key.as_bytes())
    }

    fn of_bytes(key: &[u8]) -> Self {
        let positive = murmur2(key) & 0x7fff_ffff;
        Self(u16::try_from(positive % u32::from(KEY_GROUPS)).unwrap_or(0))
    }

    /// The group of an entity: its key is `kind:id`.
    #[must_use]
    pub fn of_entity(kind: &str, id: &str) -> Self {
        let parts = [kind.as_bytes(), b":", id.as_bytes()];
        let mut room = [0u8; 512];
        let mut length = 0;
        for part in parts {
            let Some(place) = room.get_mut(length..length + part.len()) else {
                return Self::of(&format!("{kind}:{id}"));
            };
            place.copy_from_slice(part);
            length += part.len();
        }
        Self::of_bytes(room.get(..length).unwrap_or_default())
    }

    /// The shard that owns this group when there are so many.
    #[must_use]
    pub fn shard(self, shards: usize) -> usize {
        usize::from(self.0) % shards.max(1)
    }
}

/// Before the key of an event that belongs to no customer: no customer's id begins so.
const KEYLESS: char = '\u{1}';

/// The key by which an event of no customer is owned and ordered: its type, and what it refers to first.
#[must_use]
pub fn keyless(event: &EventType, fields: &[Value], catalogue: &Catalogue) -> Text {
    let refers = fields.iter().find_map(|value| match value {
        Value::Ref(key) => Some((catalogue.entity(key.kind)?, &key.id)),
        _ => None,
    });
    let name = &event.name;
    let key = match refers {
        Some((entity, id)) => format!("{KEYLESS}{name} {}:{id}", entity.name),
        None => format!("{KEYLESS}{name}"),
    };
    key.into()
}

/// True for the key of an event of no customer.
#[must_use]
pub fn is_keyless(key: &str) -> bool {
    key.starts_with(KEYLESS)
}

/// MurmurHash2, 32 bit, seed 0x9747b28c (Austin Appleby), as in Kafka's `Utils.murmur2`.
#[must_use]
pub fn murmur2(data: &[u8]) -> u32 {
    const M: u32 = 0x5bd1_e995;
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
    let mut h: u32 = 0x9747_b28c ^ length;
    let mut chunks = data.chunks_exact(4);
    for chunk in &mut chunks {
        let mut k = chunk
            .iter()
            .rev()
            .fold(0u32, |word, byte| (word << 8) | u32::from(*byte));
        k = k.wrapping_mul(M);
        k ^= k >> 24;
        h = h.wrapping_mul(M) ^ k.wrapping_mul(M);
    }
    let rest = chunks.remainder();
    if !rest.is_empty() {
        h ^= rest
            .iter()
            .rev()
            .fold(0u32, |word, byte| (word << 8) | u32::from(*byte));
        h = h.wrapping_mul(M);
    }
    h ^= h >> 13;
    h = h.wrapping_mul(M);
    h ^ (h >> 15)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vectors of Kafka's own `UtilsTest.testMurmur2`.
    #[test]
    fn murmur2_equals_kafkas() {
        let cases: [(&str, i32); 6] = [
            ("21", -973_932_308),
            ("foobar", -790_332_482),
            ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            (
                "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8",
                -58_897_971,
            ),
            ("abc", 479_470_107),
        ];
        for (key, expected) in cases {
            assert_eq!(murmur2(key.as_bytes()).cast_signed(), expected, "{key}");
        }
    }
}
