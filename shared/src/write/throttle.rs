//! The names of what throttles.

use crate::dynamodb::{Refusal, Throttle};

/// The names of a refusal's causes: `table`, `hot_key`, `account` or `on_demand_maximum`, with `:<index>` behind it
/// where it is an index that is short.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ThrottlingReason.html>
pub(crate) fn causes(refusal: &Refusal) -> Vec<String> {
    if refusal.throttles.is_empty() {
        let cause = if refusal.name == "RequestLimitExceeded" { "account" } else { "table" };
        return vec![cause.to_owned()];
    }
    refusal.throttles.iter().map(cause).collect()
}

fn cause(throttle: &Throttle) -> String {
    let reason = throttle.reason.as_str();
    let name = if reason.ends_with("KeyRangeThroughputExceeded") {
        "hot_key"
    } else if reason.ends_with("AccountLimitExceeded") {
        "account"
    } else if reason.ends_with("MaxOnDemandThroughputExceeded") {
        "on_demand_maximum"
    } else if reason.starts_with("Index") {
        "index"
    } else {
        "table"
    };
    match throttle.resource.split_once("/index/") {
        Some((_, index)) => format!("{name}:{index}"),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(reason: &str, resource: &str, expected: &str) {
        assert_eq!(cause(&Throttle { reason: reason.into(), resource: resource.into() }), expected);
    }

    #[test]
    fn names_each_cause() {
        let table = "arn:aws:dynamodb:us-east-1:1:table/t";
        let index = "arn:aws:dynamodb:us-east-1:1:table/t/index/by_email";
        check("TableWriteProvisionedThroughputExceeded", table, "table");
        check("TableWriteKeyRangeThroughputExceeded", table, "hot_key");
        check("TableWriteAccountLimitExceeded", table, "account");
        check("TableWriteMaxOnDemandThroughputExceeded", table, "on_demand_maximum");
        check("IndexWriteProvisionedThroughputExceeded", index, "index:by_email");
        check("IndexWriteKeyRangeThroughputExceeded", index, "hot_key:by_email");
    }
}
