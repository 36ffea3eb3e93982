//! Decisions that fit nothing, such as one with a misspelt path: who made it believes that it counts.

use std::collections::HashSet;

use super::decision::{Decision, Decisions, dotted};
use crate::catalog::{
    coverage::Filter,
    native::{Attribute, Manifest, Table, Unmet},
    profile::{ELEMENT, VALUE},
};

impl Decisions {
    /// The decisions on attributes that a table was not seen to have. Of a table of which nothing was read nothing is told.
    #[must_use]
    pub fn without_attribute(&self, table: &Table) -> Vec<Unmet> {
        let of = |decision: &&Decision| is_on(decision, &table.account, &table.region, &table.table);
        let mut decisions = self.0.iter().filter(of).peekable();
        if table.items_read == 0 || decisions.peek().is_none() {
            return Vec::new();
        }
        let mut paths = HashSet::new();
        for attribute in &table.attributes {
            gather(attribute, &mut vec![attribute.name.as_str()], &mut paths);
        }
        let lost = decisions.filter(|decision| !paths.contains(&decision.attribute));
        lost.map(|decision| unmet(decision, "no such attribute was seen; look at the path")).collect()
    }

    /// The decisions on tables that were looked for and are not there.
    #[must_use]
    pub fn without_table(&self, manifest: &Manifest, filter: &Filter) -> Vec<Unmet> {
        let is_there = |decision: &Decision| {
            let skipped = manifest.skipped.iter().any(|each| {
                let same = each.account.as_ref().is_none_or(|account| *account == decision.account);
                same && each.region == decision.region && each.table == decision.table
            });
            skipped || manifest.tables.iter().any(|each| is_on(decision, &each.account, &each.region, &each.table))
        };
        let is_covered = |decision: &Decision| {
            let mut asked =
                manifest.accounts.iter().filter(|each| each.error.is_none() && each.region == decision.region);
            filter.takes(&decision.table) && asked.any(|each| each.account.as_ref() == Some(&decision.account))
        };
        let lost = self.0.iter().filter(|decision| is_covered(decision) && !is_there(decision));
        lost.map(|decision| unmet(decision, "there is no such table")).collect()
    }
}

fn is_on(decision: &Decision, account: &str, region: &str, table: &str) -> bool {
    (decision.account.as_str(), decision.region.as_str(), decision.table.as_str()) == (account, region, table)
}

fn unmet(decision: &Decision, reason: &str) -> Unmet {
    let Decision { account, region, table, attribute, entity, .. } = decision.clone();
    Unmet { account, region, table, attribute, entity, reason: reason.to_owned() }
}

/// Gathers the paths of an attribute and of all that lies in it.
fn gather<'a>(attribute: &'a Attribute, path: &mut Vec<&'a str>, paths: &mut HashSet<String>) {
    paths.insert(dotted(path));
    let members = attribute.children.iter().map(|child| (child.name.as_str(), child));
    let elements = attribute.element.iter().map(|element| (ELEMENT, &**element));
    let values = attribute.map_of.iter().map(|map| (VALUE, &*map.value));
    for (name, inner) in members.chain(elements).chain(values) {
        path.push(name);
        gather(inner, path, paths);
        path.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{
        coverage, decision,
        native::{Account, Entry},
    };

    /// A decision on an attribute of a table, as a line of classification.yaml.
    fn line(account: &str, table: &str, attribute: &str) -> String {
        let attribute = serde_json::Value::from(attribute);
        format!(
            "- {{ account: \"{account}\", region: eu-west-1, table: {table}, attribute: {attribute}, entity: email, decision: rejected }}\n"
        )
    }

    #[test]
    fn a_decision_on_a_path_that_no_attribute_has_is_told() {
        let attributes = serde_json::json!([
            {"name": "a.b", "children": [{"name": "mail"}]},
            {"name": "lines", "element": {"name": "", "children": [{"name": "code"}]}},
            {"name": "by", "map_of": {"keys": 3, "estimated": false, "value": {"name": ""}}},
        ]);
        let mut table = Table {
            account: "111122223333".to_owned(),
            region: "eu-west-1".to_owned(),
            table: "orders".to_owned(),
            items_read: 1,
            attributes: serde_json::from_value(attributes).unwrap(),
            ..Table::default()
        };
        let paths = ["\"a.b\"", "\"a.b\".mail", "lines[].code", "by.*", "a.b.mail", "lines.code", "gone"];
        let text: String = paths.iter().map(|path| line("111122223333", "orders", path)).collect();
        let decisions = decision::parse(&(text + &line("111122223333", "others", "gone"))).unwrap();
        let told: Vec<_> = decisions.without_attribute(&table).into_iter().map(|each| each.attribute).collect();
        assert_eq!(told, ["a.b.mail", "lines.code", "gone"]);
        table.items_read = 0;
        assert_eq!(decisions.without_attribute(&table), []);
    }

    #[test]
    fn a_decision_on_a_table_that_is_looked_for_and_not_there_is_told() {
        let lines =
            [("111122223333", "orders"), ("111122223333", "ordres"), ("111122223333", "tmp"), ("444455556666", "x")];
        let text: String = lines.iter().map(|(account, table)| line(account, table, "mail")).collect();
        let decisions = decision::parse(&text).unwrap();
        let (account, region) = ("111122223333".to_owned(), "eu-west-1".to_owned());
        let entry =
            Entry { account: account.clone(), region: region.clone(), table: "orders".to_owned(), ..Entry::default() };
        let asked = Account { account: Some(account), region, ..Account::default() };
        let mut manifest = Manifest { tables: vec![entry], accounts: vec![asked], ..Manifest::default() };
        let filter = coverage::parse("exclude: [tmp]", "").unwrap().filter;
        let told = |manifest: &Manifest| -> Vec<String> {
            decisions.without_table(manifest, &filter).into_iter().map(|each| each.table).collect()
        };
        assert_eq!(told(&manifest), ["ordres"]);
        manifest.accounts[0].error = Some("denied".to_owned());
        assert_eq!(told(&manifest), [""; 0]);
    }
}
