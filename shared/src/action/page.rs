//! Answers that come in pages: how large the next may be, and what has been found.

use serde_json::{Map, Value, json};

use super::{Action, Format, plain, token};

/// What an answer holds at most, with room for what stands around: Lambda answers with 6 MB.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
pub const ANSWER_BYTES: usize = 6_000_000;

/// How an action reads its pages.
#[derive(Debug, Clone, PartialEq)]
pub struct Pages {
    /// Where to begin.
    pub from: Option<Value>,
    /// Whether to go on after the first page.
    pub all: bool,
    /// How many to find; of one page, how many to look at.
    pub limit: Option<u64>,
    /// The most bytes that what is found may have.
    pub bytes: usize,
}

/// The members of DynamoDB's requests and answers that are about pages.
struct Members {
    /// The request's, where a page begins.
    from: &'static str,
    /// The answer's, where the next one begins.
    next: &'static str,
    /// The answer's, what was found.
    found: &'static str,
}

fn members(action: Action) -> Members {
    match action {
        Action::ListTables => {
            Members { from: "ExclusiveStartTableName", next: "LastEvaluatedTableName", found: "TableNames" }
        }
        Action::RawRequest => Members { from: "NextToken", next: "NextToken", found: "Items" },
        _ => Members { from: "ExclusiveStartKey", next: "LastEvaluatedKey", found: "Items" },
    }
}

impl Pages {
    /// What a payload says of pages; it is taken out of the body.
    pub(super) fn read(
        action: Action,
        given: &Map<String, Value>,
        body: &mut Map<String, Value>,
        problems: &mut Vec<String>,
    ) -> Self {
        let limit = body.shift_remove("Limit").or_else(|| given.get("limit").cloned());
        let mut from = body.shift_remove(members(action).from);
        if let Some(token) = given.get("nextToken").and_then(Value::as_str) {
            match token::read(token, action, body) {
                Ok(_) if from.is_some() => problems
                    .push("`nextToken` stands beside the same in `queryParameters`; leave one of them out".into()),
                Ok(read) => from = Some(read),
                Err(problem) => problems.push(problem),
            }
        }
        let all = given.get("fetchAll").and_then(Value::as_bool).unwrap_or(false);
        Self { from, all, limit: limit.as_ref().and_then(Value::as_u64), bytes: ANSWER_BYTES }
    }
}

/// What has been found so far, and where it goes on.
#[derive(Debug)]
pub struct Found<'a> {
    action: Action,
    format: Format,
    body: &'a Map<String, Value>,
    pages: &'a Pages,
    items: Vec<Value>,
    bytes: usize,
    count: u64,
    scanned: u64,
    from: Option<Value>,
    has_begun: bool,
    /// How many DynamoDB is to look at for the next page, where a page was too large.
    smaller: Option<u64>,
}

/// What becomes of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Another page is to be read.
    Page,
    /// The answer is complete, or as large as it may be.
    Answer,
}

impl<'a> Found<'a> {
    /// Nothing yet.
    #[must_use]
    pub fn new(action: Action, format: Format, body: &'a Map<String, Value>, pages: &'a Pages) -> Self {
        let (items, from) = (Vec::new(), pages.from.clone());
        Self {
            action,
            format,
            body,
            pages,
            items,
            bytes: 0,
            count: 0,
            scanned: 0,
            from,
            has_begun: false,
            smaller: None,
        }
    }

    /// Whether there is something to answer with.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.has_begun
    }

    /// The body of the request for the next page.
    #[must_use]
    pub fn request(&self) -> Value {
        let mut body = self.body.clone();
        body.extend(self.from.clone().map(|from| (members(self.action).from.to_owned(), from)));
        body.extend(self.look_at().map(|limit| ("Limit".to_owned(), limit.into())));
        body.into()
    }

    /// How many DynamoDB is to look at. Where some are left out, it has to look at more than are wanted.
    fn look_at(&self) -> Option<u64> {
        let some_are_left_out = ["FilterExpression", "QueryFilter", "ScanFilter", "Statement"]
            .iter()
            .any(|name| self.body.contains_key(*name));
        let most = if self.action == Action::ListTables { Some(100) } else { None };
        let wanted = self.pages.limit.map(|limit| limit - self.count.min(limit));
        let wanted = wanted.filter(|_| !self.pages.all || !some_are_left_out);
        [self.smaller, most, wanted].into_iter().flatten().min()
    }

    /// Takes a page, or asks for a smaller one in its place.
    pub fn take(&mut self, mut page: Value) -> Next {
        let members = members(self.action);
        let next = page.get_mut(members.next).map(Value::take).filter(|next| !next.is_null());
        let found = match page.get_mut(members.found).map(Value::take) {
            Some(Value::Array(found)) => found,
            _ => Vec::new(),
        };
        let of = |name: &str| page.get(name).and_then(Value::as_u64);
        let count = of("Count").unwrap_or(found.len() as u64);
        let scanned = of("ScannedCount").unwrap_or(count);
        let found: Vec<Value> = found.into_iter().map(|item| plain::from_item(item, self.format)).collect();
        let bytes: usize = found.iter().map(|item| item.to_string().len() + 1).sum();
        let left = self.pages.limit.filter(|_| self.pages.all).map(|limit| limit - self.count.min(limit));
        if let Some(left) = left.filter(|left| *left < count) {
            // As many as should hold the wanted ones; it comes down to as many as are wanted, which cannot hold more.
            self.smaller = Some((scanned.saturating_mul(left) / count.max(1)).max(left));
            return Next::Page;
        }
        if !self.items.is_empty() && self.bytes + bytes > self.pages.bytes {
            return Next::Answer;
        }
        if found.len() > 1 && bytes > self.pages.bytes {
            let share =
                u64::try_from(self.pages.bytes).unwrap_or(u64::MAX).saturating_mul(scanned) / (bytes as u64 + 1);
            self.smaller = Some((share * 9 / 10).clamp(1, scanned - 1));
            return Next::Page;
        }
        self.items.extend(found);
        self.bytes += bytes;
        self.count += count;
        self.scanned += scanned;
        self.from = next;
        self.has_begun = true;
        // A page after a small one may be larger again: what is wanted may be far.
        self.smaller = self.smaller.map(|looked_at| looked_at.saturating_mul(2));
        let is_enough = self.pages.limit.is_some_and(|limit| self.count >= limit);
        if self.from.is_none() || !self.pages.all || is_enough { Next::Answer } else { Next::Page }
    }

    /// The answer.
    #[must_use]
    pub fn answer(self) -> Value {
        let next = self.from.map(|from| token::write(self.action, self.body, &from));
        match self.action {
            Action::ListTables => json!({"tableNames": self.items, "nextToken": next}),
            action => {
                let scanned = (action != Action::RawRequest).then_some(self.scanned);
                json!({"items": self.items, "count": self.count, "scannedCount": scanned, "nextToken": next})
            }
        }
    }
}

#[cfg(test)]
mod tests;
