use std::sync::Arc;

use crate::row::Shape;

/// What the values of a column mean.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    /// One value.
    Leaf(Leaf),
    /// Several values.
    List(Box<Kind>),
    /// Named values.
    Struct(Vec<Member>),
    /// Values by key.
    Map(Box<Kind>, Box<Kind>),
    /// A type that is not taken; its name.
    Unsupported(Arc<str>),
}

/// A member of a struct.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Member {
    pub(crate) name: Arc<str>,
    pub(crate) kind: Kind,
}

/// What the physical values of one leaf mean.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Leaf {
    /// Always NULL, whatever is stored.
    Null,
    /// A bit.
    Bool,
    /// A signed integer of 4 bytes.
    Int32,
    /// An unsigned integer of 4 bytes.
    UInt32,
    /// Days since 1970 in 4 bytes.
    Date,
    /// Milliseconds since midnight in 4 bytes.
    TimeMillis,
    /// An unscaled value in 4 bytes, and its scale.
    Decimal32(i8),
    /// A signed integer of 8 bytes.
    Int64,
    /// An unsigned integer of 8 bytes.
    UInt64,
    /// So many nanoseconds each, since midnight, in 8 bytes.
    Time(i64),
    /// So many a second, since 1970, in 8 bytes.
    Timestamp {
        /// How many are a second.
        per_second: i64,
        /// Whether it is adjusted to UTC.
        utc: bool,
    },
    /// An unscaled value in 8 bytes, and its scale.
    Decimal64(i8),
    /// A half-precision float in 2 bytes, little-endian.
    Float16,
    /// A float of 4 bytes.
    Float32,
    /// A float of 8 bytes.
    Float64,
    /// Bytes that are text.
    Text,
    /// Bytes that are text that is JSON.
    Json,
    /// Bytes.
    Bytes,
    /// 16 bytes.
    Uuid,
    /// An unscaled value in bytes, big-endian, and its scale.
    Decimal(i8),
    /// 12 bytes: nanoseconds of the day, Julian day, little-endian.
    Int96,
}

impl Kind {
    pub(crate) fn shape(&self) -> Shape {
        match self {
            Self::List(_) => Shape::List,
            Self::Struct(_) => Shape::Struct,
            Self::Map(..) => Shape::Map,
            Self::Unsupported(name) => Shape::Unsupported(name.to_string()),
            Self::Leaf(leaf) => match leaf {
                Leaf::Null => Shape::Null,
                Leaf::Bool => Shape::Bool,
                Leaf::Date | Leaf::TimeMillis | Leaf::Time(_) | Leaf::Timestamp { .. } | Leaf::Int96 => Shape::Time,
                Leaf::Text => Shape::Text,
                Leaf::Json => Shape::Json,
                Leaf::Bytes => Shape::Binary,
                Leaf::Uuid => Shape::Uuid,
                Leaf::Int32
                | Leaf::UInt32
                | Leaf::Int64
                | Leaf::UInt64
                | Leaf::Decimal32(_)
                | Leaf::Decimal64(_)
                | Leaf::Decimal(_)
                | Leaf::Float16
                | Leaf::Float32
                | Leaf::Float64 => Shape::Number,
            },
        }
    }
}
