//! Pages of a service that is a model: whatever its items and pages, every item comes once, in order, and fits.

use proptest::{collection, prelude::*};

use super::*;

/// How many pages the service may be asked for until all has been answered.
const MOST_REQUESTS: usize = 3_000;

/// A table, as the service hands it out.
#[derive(Debug, Clone)]
struct Table {
    action: Action,
    /// How large each item is, and whether the filter lets it through.
    items: Vec<(usize, bool)>,
    /// How large a page may be.
    page: usize,
}

impl Table {
    /// The request of the action, without where it begins.
    fn body(&self) -> Map<String, Value> {
        let member = if self.action == Action::RawRequest { "Statement" } else { "FilterExpression" };
        let is_filtered = self.action == Action::RawRequest || self.items.iter().any(|(_, passes)| !passes);
        is_filtered.then(|| (member.to_owned(), "SELECT".into())).into_iter().collect()
    }

    fn item(&self, place: usize) -> Value {
        json!({"k": {"N": place.to_string()}, "v": {"S": "\u{1}".repeat(self.items[place].0)}})
    }

    /// One page: up to the limit, up to its size, one item at least; where the limit ends it, it tells of a next one,
    /// also where there is nothing more.
    fn page(&self, request: &Value) -> Value {
        let members = members(self.action);
        let begin = request[members.from].as_u64().map_or(0, |last| usize::try_from(last).unwrap() + 1);
        let limit = request["Limit"].as_u64().unwrap_or(u64::MAX);
        assert!(limit > 0, "a limit of nothing");
        let (mut place, mut size, mut looked, mut found) = (begin, 0, 0, Vec::new());
        while place < self.items.len() && looked < limit {
            size += self.items[place].0;
            if looked > 0 && size > self.page {
                break;
            }
            found.extend(self.items[place].1.then(|| self.item(place)));
            (looked, place) = (looked + 1, place + 1);
        }
        let next = (place < self.items.len() || looked == limit).then(|| place - 1);
        let mut page = json!({members.next: next, "Count": found.len(), "ScannedCount": looked, "Items": found});
        if self.action == Action::RawRequest {
            page.as_object_mut().unwrap().retain(|name, _| name != "Count" && name != "ScannedCount");
        }
        page
    }

    fn kept(&self) -> Vec<usize> {
        (0..self.items.len()).filter(|place| self.items[*place].1).collect()
    }
}

/// The answers to a request and to each of its tokens, until there is none.
fn answers(table: &Table, mut pages: Pages) -> Vec<Value> {
    let (body, mut answers, mut requests) = (table.body(), Vec::new(), 0);
    loop {
        let mut found = Found::new(table.action, Format::Typed, &body, &pages);
        loop {
            requests += 1;
            assert!(requests < MOST_REQUESTS, "it goes on for ever");
            if found.take(table.page(&found.request())) == Next::Answer {
                break;
            }
        }
        let answer = found.answer();
        let token = answer["nextToken"].as_str().map(str::to_owned);
        answers.push(answer);
        let Some(token) = token else { return answers };
        pages.from = Some(token::read(&token, table.action, &body).unwrap());
    }
}

fn bytes(items: &[Value]) -> usize {
    items.iter().map(|item| item.to_string().len() + 1).sum()
}

fn keys(items: &[Value]) -> Vec<usize> {
    items.iter().map(|item| item["k"]["N"].as_str().unwrap().parse().unwrap()).collect()
}

fn table() -> impl Strategy<Value = Table> {
    let size = prop_oneof![4 => 0..10_usize, 2 => 10..100_usize, 1 => 100..400_usize];
    let passes = prop_oneof![Just(0.02), Just(0.2), Just(1.0)].prop_flat_map(prop::bool::weighted);
    let action = prop::sample::select(vec![Action::ScanItems, Action::RawRequest]);
    (action, collection::vec((size, passes), 0..120), 1..2_000_usize).prop_map(|(action, items, page)| Table {
        action,
        items,
        page,
    })
}

fn pages() -> impl Strategy<Value = Pages> {
    let limit = prop_oneof![Just(None), (1..9_u64).prop_map(Some), (1..150_u64).prop_map(Some)];
    (any::<bool>(), limit, 1..4_000_usize).prop_map(|(all, limit, bytes)| Pages { from: None, all, limit, bytes })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn every_item_comes_once_and_in_order_in_answers_that_fit(table in table(), pages in pages()) {
        let answers: Vec<Vec<Value>> = answers(&table, pages.clone())
            .iter_mut()
            .map(|answer| answer["items"].as_array_mut().map(std::mem::take).unwrap())
            .collect();
        prop_assert_eq!(answers.iter().flat_map(|items| keys(items)).collect::<Vec<_>>(), table.kept());
        let fits = |items: &Vec<Value>| items.len() <= 1 || bytes(items) <= pages.bytes;
        prop_assert!(answers.iter().all(fits), "an answer is too large");
        if let Some(limit) = pages.limit {
            let limit = usize::try_from(limit).unwrap();
            prop_assert!(answers.iter().all(|items| items.len() <= limit), "an answer has more than the limit");
        }
        let all: Vec<Value> = table.kept().into_iter().map(|place| table.item(place)).collect();
        if pages.all && bytes(&all) <= pages.bytes {
            let limit = pages.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap());
            prop_assert_eq!(answers[0].len(), all.len().min(limit), "an answer ends before it has to");
        }
    }
}

#[test]
fn a_limit_amid_items_that_are_left_out_takes_few_pages() {
    for action in [Action::ScanItems, Action::RawRequest] {
        let items = (0..2_000).map(|place| (1, place >= 1_000)).collect();
        let table = Table { action, items, page: 10_000 };
        let pages = Pages { from: None, all: true, limit: Some(1), bytes: 1_000_000 };
        let body = table.body();
        let (mut found, mut asked) = (Found::new(action, Format::Typed, &body, &pages), 1);
        while found.take(table.page(&found.request())) == Next::Page {
            asked += 1;
        }
        assert_eq!(keys(found.answer()["items"].as_array().unwrap()), [1_000]);
        assert!(asked < 50, "{action:?}: {asked} pages");
    }
}
