//! Makes the native form of a tree.

use super::{
    Finished, Limits, Profiler,
    cast::float,
    collapse, metrics,
    parser::Kind,
    text::Cut,
    tree::{Data, Members, Named, Node, Room},
};
use crate::catalog::{
    native::{Attribute, MapOf, Type},
    watch::Watch,
};

/// What stands in a path for the elements of a list or set.
pub const ELEMENT: &str = "[]";

/// What stands in a path for the values of a map whose keys are data.
pub const VALUE: &str = "{}";

/// A tree on its way to the native form.
struct Finish<'a, W, J> {
    watch: &'a W,
    limits: &'a Limits,
    samples: bool,
    judge: J,
}

/// What leads to a node from the one above it.
#[derive(Clone, Copy)]
enum Step<'a> {
    Name(&'a str),
    Element,
    Value,
}

pub(super) fn finish<W, J>(profiler: Profiler<W>, samples: bool, judge: J) -> Finished
where
    W: Watch,
    J: FnMut(&[&str], &W::Seen, &mut Attribute),
{
    let Profiler { watch, keys, limits, items, attributes, room } = profiler;
    let mut finish = Finish { watch: &watch, limits: &limits, samples, judge };
    let mut attributes: Vec<Attribute> = attributes
        .members
        .into_iter()
        .map(|member| finish.attribute(&[], Step::Name(&member.name), member.node, items))
        .collect();
    let rank = |name: &str| keys.iter().position(|key| key.attribute == name).unwrap_or(usize::MAX);
    attributes.sort_by(|one, two| rank(&one.name).cmp(&rank(&two.name)).then_with(|| one.name.cmp(&two.name)));
    for attribute in attributes.iter_mut().filter(|attribute| attribute.types.is_empty()) {
        // Only a key may be there without a value: what it is the table says.
        let kind = keys.iter().find(|key| key.attribute == attribute.name).map(|key| key.kind.clone());
        attribute.types.extend(kind.map(|kind| Type { kind, count: 0, share: 1.0 }));
    }
    Finished { items, attributes, left_out: room.left_out }
}

impl<W: Watch, J: FnMut(&[&str], &W::Seen, &mut Attribute)> Finish<'_, W, J> {
    /// Makes an attribute of a node, of which there could be so many.
    fn attribute(&mut self, above: &[&str], step: Step<'_>, mut node: Node<W::Seen>, possible: u64) -> Attribute {
        let (name, step) = match step {
            Step::Name(name) => (name, name),
            Step::Element => ("", ELEMENT),
            Step::Value => ("", VALUE),
        };
        let path = [above, &[step]].concat();
        let total = node.total();
        let mut attribute = Attribute {
            name: name.to_owned(),
            count: total,
            presence: share(total, possible),
            types: types(&node),
            profile: Some(metrics::profile(&node, possible)),
            ..Attribute::default()
        };
        let maps = node.kind_count(Kind::Map);
        match node.members.take().map(|members| *members) {
            Some(Members::Named(named)) if collapse::is_data(&named, maps) => {
                let data = collapse::to_data(named, self.watch, self.limits, &mut Room::new(self.limits));
                attribute.map_of = Some(self.map_of(&path, data, &mut node.seen));
            }
            Some(Members::Named(named)) => attribute.children = self.children(&path, named, maps),
            Some(Members::Data(data)) => attribute.map_of = Some(self.map_of(&path, *data, &mut node.seen)),
            None => {}
        }
        if let Some(element) = node.element.take() {
            let count = element.total();
            attribute.element = Some(Box::new(self.attribute(&path, Step::Element, *element, count)));
        }
        if self.samples {
            attribute.samples = node.samples.iter().filter_map(Cut::json).collect();
        }
        (self.judge)(&path, &node.seen, &mut attribute);
        attribute
    }

    fn children(&mut self, path: &[&str], named: Named<W::Seen>, maps: u64) -> Vec<Attribute> {
        let mut members = named.members;
        members.sort_by(|one, two| one.name.cmp(&two.name));
        members.into_iter().map(|member| self.attribute(path, Step::Name(&member.name), member.node, maps)).collect()
    }

    /// What was seen of the keys is told of the map.
    fn map_of(&mut self, path: &[&str], data: Data<W::Seen>, seen: &mut W::Seen) -> MapOf {
        self.watch.join(seen, &data.key_seen);
        let count = data.value.total();
        MapOf {
            keys: data.keys.distinct(data.key_count),
            estimated: !data.keys.counts_all(),
            value: Box::new(self.attribute(path, Step::Value, data.value, count)),
        }
    }
}

/// The types of a node's values, the most common first.
fn types<S>(node: &Node<S>) -> Vec<Type> {
    let total = node.total();
    let kinds = Kind::ALL.iter().map(|(kind, name)| (node.kind_count(*kind), *name)).filter(|(count, _)| *count > 0);
    let mut types: Vec<Type> =
        kinds.map(|(count, kind)| Type { kind: kind.to_owned(), count, share: share(count, total) }).collect();
    types.sort_by_key(|each| std::cmp::Reverse(each.count));
    types
}

/// The share that a count has in a total, at most one.
pub(super) fn share(count: u64, total: u64) -> f64 {
    if total == 0 { 0.0 } else { (float(count) / float(total)).min(1.0) }
}
