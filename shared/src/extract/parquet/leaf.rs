//! What a leaf's physical type and annotation mean together.

use parquet::{
    basic::{ConvertedType, LogicalType, TimeUnit, Type},
    schema::types::ColumnDescriptor,
};

use crate::row::columns::Leaf;

/// More than this no item can hold; the parquet crate makes room for whole batches of such values.
const FIXED_BYTES: i32 = 1 << 20;
const MILLIS: i64 = 1_000;
const MICROS: i64 = 1_000_000;
const NANOS: i64 = 1_000_000_000;

/// The meaning of a leaf; the name of its type where it is not taken.
pub(super) fn meaning(leaf: &ColumnDescriptor) -> Result<Leaf, String> {
    let physical = leaf.physical_type();
    if physical == Type::FIXED_LEN_BYTE_ARRAY && !(1..=FIXED_BYTES).contains(&leaf.type_length()) {
        return Err(format!("FIXED_LEN_BYTE_ARRAY({})", leaf.type_length()));
    }
    let meaning = match leaf.logical_type_ref() {
        Some(logical) => by_logical(leaf, logical),
        None => by_converted(leaf, leaf.converted_type()),
    };
    meaning.ok_or_else(|| name(leaf))
}

fn by_logical(leaf: &ColumnDescriptor, logical: &LogicalType) -> Option<Leaf> {
    Some(match (leaf.physical_type(), logical) {
        (_, LogicalType::Unknown) => Leaf::Null,
        (Type::INT32, LogicalType::Integer(int)) if int.bit_width <= 32 => {
            if int.is_signed {
                Leaf::Int32
            } else {
                Leaf::UInt32
            }
        }
        (Type::INT64, LogicalType::Integer(int)) => {
            if int.is_signed {
                Leaf::Int64
            } else {
                Leaf::UInt64
            }
        }
        (_, LogicalType::Decimal(decimal)) => return decimal_of(leaf, decimal.scale),
        (Type::INT32, LogicalType::Date) => Leaf::Date,
        (Type::INT32, LogicalType::Time(time)) if time.unit == TimeUnit::MILLIS => Leaf::TimeMillis,
        (Type::INT64, LogicalType::Time(time)) => Leaf::Time(NANOS / per_second(time.unit)),
        (Type::INT64, LogicalType::Timestamp(timestamp)) => {
            Leaf::Timestamp { per_second: per_second(timestamp.unit), utc: timestamp.is_adjusted_to_u_t_c }
        }
        (Type::BYTE_ARRAY, LogicalType::String | LogicalType::Enum) => Leaf::Text,
        (Type::BYTE_ARRAY, LogicalType::Json) => Leaf::Json,
        (Type::BYTE_ARRAY, LogicalType::Bson) => Leaf::Bytes,
        (Type::FIXED_LEN_BYTE_ARRAY, LogicalType::Uuid) if leaf.type_length() == 16 => Leaf::Uuid,
        (Type::FIXED_LEN_BYTE_ARRAY, LogicalType::Float16) if leaf.type_length() == 2 => Leaf::Float16,
        _ => return None,
    })
}

fn by_converted(leaf: &ColumnDescriptor, converted: ConvertedType) -> Option<Leaf> {
    use ConvertedType as C;
    Some(match (leaf.physical_type(), converted) {
        (Type::BOOLEAN, C::NONE) => Leaf::Bool,
        (Type::INT32, C::NONE | C::INT_8 | C::INT_16 | C::INT_32) => Leaf::Int32,
        (Type::INT32, C::UINT_8 | C::UINT_16 | C::UINT_32) => Leaf::UInt32,
        (Type::INT32, C::DATE) => Leaf::Date,
        (Type::INT32, C::TIME_MILLIS) => Leaf::TimeMillis,
        (Type::INT64, C::NONE | C::INT_64) => Leaf::Int64,
        (Type::INT64, C::UINT_64) => Leaf::UInt64,
        (Type::INT64, C::TIME_MICROS) => Leaf::Time(NANOS / MICROS),
        (Type::INT64, C::TIMESTAMP_MILLIS) => Leaf::Timestamp { per_second: MILLIS, utc: true },
        (Type::INT64, C::TIMESTAMP_MICROS) => Leaf::Timestamp { per_second: MICROS, utc: true },
        (Type::INT96, C::NONE) => Leaf::Int96,
        (Type::FLOAT, C::NONE) => Leaf::Float32,
        (Type::DOUBLE, C::NONE) => Leaf::Float64,
        (Type::BYTE_ARRAY, C::UTF8 | C::ENUM) => Leaf::Text,
        (Type::BYTE_ARRAY, C::JSON) => Leaf::Json,
        (Type::BYTE_ARRAY, C::NONE | C::BSON) | (Type::FIXED_LEN_BYTE_ARRAY, C::NONE) => Leaf::Bytes,
        (_, C::DECIMAL) => return decimal_of(leaf, leaf.type_scale()),
        _ => return None,
    })
}

fn decimal_of(leaf: &ColumnDescriptor, scale: i32) -> Option<Leaf> {
    let scale = i8::try_from(scale).ok().filter(|scale| *scale >= 0)?;
    Some(match leaf.physical_type() {
        Type::INT32 => Leaf::Decimal32(scale),
        Type::INT64 => Leaf::Decimal64(scale),
        Type::BYTE_ARRAY | Type::FIXED_LEN_BYTE_ARRAY => Leaf::Decimal(scale),
        _ => return None,
    })
}

fn per_second(unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::MILLIS => MILLIS,
        TimeUnit::MICROS => MICROS,
        TimeUnit::NANOS => NANOS,
    }
}

fn name(leaf: &ColumnDescriptor) -> String {
    let annotation = match leaf.logical_type_ref() {
        Some(LogicalType::Geometry(_)) => return "GEOMETRY".to_owned(),
        Some(LogicalType::Geography(_)) => return "GEOGRAPHY".to_owned(),
        Some(logical) => format!("{logical:?}"),
        None if leaf.converted_type() == ConvertedType::INTERVAL => return "INTERVAL".to_owned(),
        None => leaf.converted_type().to_string(),
    };
    format!("{} annotated as {annotation}", leaf.physical_type())
}
