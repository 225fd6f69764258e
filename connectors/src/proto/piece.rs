//! What stands in a field, and what its shape makes of it.

use super::schema::{Shape, Symbols};
use super::wire::Wire;
use crate::json::{Wrong, wrong};

/// What stands in the bytes of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// A number of seven bits a byte.
    Varint(u64),
    /// Eight bytes.
    Wide(u64),
    /// Four bytes.
    Narrow(u32),
    /// So many bytes.
    Bytes(&'a [u8]),
    /// What stands between a beginning and an end.
    Group(&'a [u8]),
}

pub(super) fn number(piece: Option<Piece<'_>>) -> u64 {
    match piece {
        Some(Piece::Varint(number) | Piece::Wide(number)) => number,
        Some(Piece::Narrow(number)) => u64::from(number),
        Some(Piece::Bytes(_) | Piece::Group(_)) | None => 0,
    }
}

pub(super) fn bytes(piece: Option<Piece<'_>>) -> &[u8] {
    match piece {
        Some(Piece::Bytes(bytes) | Piece::Group(bytes)) => bytes,
        Some(Piece::Varint(_) | Piece::Wide(_) | Piece::Narrow(_)) | None => b"",
    }
}

pub(super) fn utf8(bytes: &[u8]) -> Result<&str, Wrong> {
    std::str::from_utf8(bytes).or_else(|_| wrong("a text is not UTF-8"))
}

/// The low half: what has 32 bits is written with 64 where it is below zero.
pub(super) fn low(number: u64) -> u32 {
    u32::try_from(number & u64::from(u32::MAX)).unwrap_or_default()
}

/// A whole number as its shape has it.
pub(super) fn integer(shape: &Shape, number: u64) -> i128 {
    let back = |number: u64| (number >> 1).cast_signed() ^ -((number & 1).cast_signed());
    match shape {
        Shape::Int32 | Shape::Sfixed32 => i128::from(low(number).cast_signed()),
        Shape::Uint32 | Shape::Fixed32 => i128::from(low(number)),
        Shape::Sint32 => i128::from(back(u64::from(low(number)))),
        Shape::Int64 | Shape::Sfixed64 => i128::from(number.cast_signed()),
        Shape::Sint64 => i128::from(back(number)),
        _ => i128::from(number),
    }
}

pub(super) fn is_number(shape: &Shape) -> bool {
    !matches!(
        shape,
        Shape::Text | Shape::Bytes | Shape::Message(_) | Shape::Group(_)
    )
}

/// Whether a value of this shape is written as this piece is.
pub(super) fn fits(shape: &Shape, piece: Piece<'_>, is_many: bool) -> bool {
    match (shape, piece) {
        (Shape::Double | Shape::Fixed64 | Shape::Sfixed64, Piece::Wide(_))
        | (Shape::Float | Shape::Fixed32 | Shape::Sfixed32, Piece::Narrow(_))
        | (Shape::Text | Shape::Bytes | Shape::Message(_), Piece::Bytes(_))
        | (Shape::Group(_), Piece::Group(_)) => true,
        (
            Shape::Bool
            | Shape::Int32
            | Shape::Int64
            | Shape::Uint32
            | Shape::Uint64
            | Shape::Sint32
            | Shape::Sint64
            | Shape::Symbol(_),
            Piece::Varint(_),
        ) => true,
        (shape, Piece::Bytes(_)) => is_many && is_number(shape),
        _ => false,
    }
}

/// A number of a closed enum that has no name is as good as a field that is not known.
pub(super) fn is_unknown(shape: &Shape, piece: Piece<'_>) -> bool {
    let (Shape::Symbol(Symbols { names, is_closed }), Piece::Varint(number)) = (shape, piece)
    else {
        return false;
    };
    *is_closed && !names.contains_key(&low(number).cast_signed())
}

/// The next of numbers that stand together.
pub(super) fn unpacked<'a>(shape: &Shape, wire: &mut Wire<'a>) -> Result<Piece<'a>, Wrong> {
    Ok(match shape {
        Shape::Double | Shape::Fixed64 | Shape::Sfixed64 => Piece::Wide(wire.wide()?),
        Shape::Float | Shape::Fixed32 | Shape::Sfixed32 => Piece::Narrow(wire.narrow()?),
        _ => Piece::Varint(wire.varint()?),
    })
}
