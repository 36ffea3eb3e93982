//! Whether items expire: what a row puts where the table looks for the second at which an item may go.
//!
//! DynamoDB deletes an item some time after the second since 1970 that its TTL attribute holds as a number; anything
//! else there, milliseconds above all, leaves it for ever and nobody is told.
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-before-you-start.html>

/// The last second of the year 9999, which many mean by never. As milliseconds it lies in January 1978.
const LAST_SECOND: &[u8] = b"253402300799";

/// How many rows put something else than seconds into the table's TTL attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Expiry {
    /// Numbers as large as milliseconds are.
    pub millis: u64,
    /// Values that are no number.
    pub no_number: u64,
}

impl Expiry {
    /// Counts a value in DynamoDB JSON; nothing where the row gives none.
    pub fn add(&mut self, value: &[u8]) {
        if let Some(number) = value.strip_prefix(br#"{"N":""#) {
            let digits = number.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let whole = number.get(..digits).unwrap_or_default();
            let longer = digits > LAST_SECOND.len() || digits == LAST_SECOND.len() && whole > LAST_SECOND;
            let large = longer || number.contains(&b'+') && !number.starts_with(b"-");
            self.millis += u64::from(large);
        } else if !value.is_empty() && !value.starts_with(br#"{"NULL""#) {
            self.no_number += 1;
        }
    }

    /// What a person should know, where there is something.
    #[must_use]
    pub fn notices(self, attribute: &str) -> Vec<String> {
        let told = |count: u64, what: &str, remedy: &str| {
            let (rows, items) = if count == 1 { ("row", "its item") } else { ("rows", "their items") };
            let message = format!(
                "{count} {rows} put {what} into `{attribute}`, by which items of the table expire; DynamoDB wants seconds there, and never deletes {items}; {remedy}"
            );
            (count > 0).then_some(message)
        };
        let millis = told(
            self.millis,
            "a number as large as milliseconds",
            "use `convert: epoch_seconds`, or divide by 1000 where the extract is made",
        );
        let other =
            told(self.no_number, "a value that is no number", "use `type: N`, with `convert: epoch_seconds` for times");
        millis.into_iter().chain(other).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: &str, millis: u64, no_number: u64) {
        let mut expiry = Expiry::default();
        expiry.add(value.as_bytes());
        assert_eq!(expiry, Expiry { millis, no_number }, "{value}");
    }

    #[test]
    fn tells_seconds_from_milliseconds_and_from_what_is_no_number() {
        check(r#"{"N":"1780000000"}"#, 0, 0);
        check(r#"{"N":"99999999999"}"#, 0, 0);
        check(r#"{"N":"253402300799"}"#, 0, 0);
        check(r#"{"N":"253402300800"}"#, 1, 0);
        check(r#"{"N":"1780000000000"}"#, 1, 0);
        check(r#"{"N":"1780000000000.5"}"#, 1, 0);
        check(r#"{"N":"1E+38"}"#, 1, 0);
        check(r#"{"N":"1E-100"}"#, 0, 0);
        check(r#"{"N":"0.178000000000"}"#, 0, 0);
        check(r#"{"N":"-1780000000000"}"#, 0, 0);
        check(r#"{"N":"-1E+38"}"#, 0, 0);
        check(r#"{"N":"0"}"#, 0, 0);
        check(r#"{"S":"1780000000"}"#, 0, 1);
        check(r#"{"S":"2026-01-31T12:00:00Z"}"#, 0, 1);
        check(r#"{"NULL":true}"#, 0, 0);
        check("", 0, 0);
    }
}
