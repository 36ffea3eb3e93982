//! Makes metrics of what was kept of an attribute.

use serde_json::{Number as Json, Value};

use super::{
    cast::float,
    decimal::Decimal,
    finish::share,
    lengths::Lengths,
    number::{MOST_DIGITS, Number},
    numbers::Numbers,
    parser::Kind,
    quantiles::Quantiles,
    text::Cut,
    tree::Node,
};
use crate::catalog::native::{Cardinality, Frequent, Histogram, Profile};

/// How many frequent values are told.
const MOST_FREQUENT: usize = 10;

/// The most bins of a histogram.
const MOST_BINS: u32 = 100;

/// To how many digits means are told.
const MEAN_DIGITS: u32 = 17;

/// To how many digits deviations and skews are told: what floating point is sure of.
const FLOAT_DIGITS: usize = 15;

/// What stands for all values that are not among the most frequent.
const OTHERS: &str = "Others";

/// The metrics of a node's values, of which there could be so many.
pub(super) fn profile<S>(node: &Node<S>, possible: u64) -> Profile {
    let values = node.total() - node.kind_count(Kind::Null);
    let nulls = possible.saturating_sub(values);
    let (trues, booleans) = (node.trues, node.kind_count(Kind::Boolean));
    let booleans = [trues, booleans.saturating_sub(trues)];
    let counted = node.values.distinct(values - node.kind_count(Kind::Boolean));
    let distinct = counted + booleans.iter().filter(|count| **count > 0).count() as u64;
    let unique = node.values.unique(counted) + booleans.iter().filter(|count| **count == 1).count() as u64;
    let mut profile = Profile {
        values_count: values,
        null_count: nulls,
        null_proportion: share(nulls, values + nulls),
        distinct_count: distinct,
        distinct_proportion: share(distinct, values),
        unique_count: unique,
        unique_proportion: share(unique, values),
        duplicate_count: values.saturating_sub(distinct),
        ..Profile::default()
    };
    if !node.values.counts_all() {
        let names = ["distinctCount", "distinctProportion", "uniqueCount", "uniqueProportion", "duplicateCount"];
        profile.estimated.extend(names.map(str::to_owned));
    }
    add_frequent(&mut profile, node, booleans);
    let lengths = node.texts.as_deref().or(node.sizes.as_deref());
    if let Some(lengths) = lengths {
        profile.min_length = Some(lengths.min);
        profile.max_length = Some(lengths.max);
    }
    match (&node.numbers, lengths) {
        (Some(numbers), _) => add_numbers(&mut profile, node, numbers),
        (None, Some(lengths)) => add_lengths(&mut profile, node, lengths),
        (None, None) => {}
    }
    profile
}

fn add_frequent<S>(profile: &mut Profile, node: &Node<S>, booleans: [u64; 2]) {
    let mut values: Vec<(&Cut, u64)> = node.values.frequent();
    values.retain(|(text, count)| *count > 1 && text.is_number == node.numbers.is_some());
    values.sort_by(|one, two| two.1.cmp(&one.1).then_with(|| one.0.cmp(two.0)));
    let texts = values.iter().filter_map(|(text, count)| Some(Frequent { value: text.json()?, count: *count }));
    profile.top_values = texts.take(MOST_FREQUENT).collect();
    let has_scalars = node.numbers.is_some() || node.ends.is_some();
    if !has_scalars {
        let counts = [true, false].into_iter().zip(booleans).filter(|(_, count)| *count > 0);
        profile.top_values = counts.map(|(value, count)| Frequent { value: value.into(), count }).collect();
        profile.top_values.sort_by_key(|value| std::cmp::Reverse(value.count));
    } else if !node.values.is_exact() {
        profile.estimated.extend(["topValues", "cardinalityDistribution"].map(str::to_owned));
    }
    if has_scalars || !profile.top_values.is_empty() {
        profile.cardinality_distribution = Some(cardinality(profile));
    }
}

fn cardinality(profile: &Profile) -> Cardinality {
    let all_values_unique = profile.distinct_count == profile.values_count;
    let mut cardinality = Cardinality { all_values_unique, ..Cardinality::default() };
    if all_values_unique {
        return cardinality;
    }
    let name = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let frequent = profile.top_values.iter().map(|each| (name(&each.value), each.count));
    let told: u64 = profile.top_values.iter().map(|each| each.count).sum();
    let others = profile.values_count.saturating_sub(told);
    for (name, count) in frequent.chain((others > 0).then(|| (OTHERS.to_owned(), others))) {
        cardinality.categories.push(name);
        cardinality.counts.push(count);
        cardinality.percentages.push(share(count, profile.values_count) * 100.0);
    }
    cardinality
}

fn add_numbers<S>(profile: &mut Profile, node: &Node<S>, numbers: &Numbers) {
    let json = |number: Number| Decimal::from(number).json().map(Value::Number);
    profile.min = json(numbers.min);
    profile.max = json(numbers.max);
    let sum = numbers.sum();
    profile.sum = sum.json();
    let values = if let Some(values) = node.values.numbers() {
        cumulative(values.into_iter().map(|(number, count)| (number.into(), count)))
    } else {
        let ranks = node.values.quantiles().map(Quantiles::ranks).unwrap_or_default();
        ranks.into_iter().filter_map(|(value, rank)| Some((Decimal::shortest(value)?, rank))).collect()
    };
    let ends = (numbers.min.into(), numbers.max.into());
    let is_exact = node.values.is_exact();
    Spread { values, count: numbers.count, ends, is_exact }.add(profile, &sum, numbers.deviation());
}

fn add_lengths<S>(profile: &mut Profile, node: &Node<S>, lengths: &Lengths) {
    if let Some(ends) = &node.ends {
        profile.min = ends.min.json();
        profile.max = ends.max.json();
    }
    let sum = Decimal::from(lengths.sum);
    let deviation = Decimal::deviation(lengths.count, &sum, &Decimal::new(lengths.squares, 0));
    let values = cumulative(lengths.counted().map(|(length, count)| (length.into(), count)));
    let ends = (lengths.min.into(), lengths.max.into());
    let spread = Spread { values, count: lengths.count, ends, is_exact: !lengths.is_coarse() };
    spread.add(profile, &sum, deviation);
}

/// How values lie: each with how many stand up to and with it.
struct Spread {
    values: Vec<(Decimal, u64)>,
    count: u64,
    ends: (Decimal, Decimal),
    is_exact: bool,
}

impl Spread {
    fn add(&self, profile: &mut Profile, sum: &Decimal, deviation: f64) {
        let round = |number: &Decimal| number.to_digits(MOST_DIGITS).json();
        let mean = sum.over(self.count, MEAN_DIGITS);
        let [first, median, third] = [1, 2, 3].map(|quarter| self.quartile(quarter));
        let apart = third.minus(&first);
        profile.mean = mean.json();
        profile.stddev = Decimal::rounded(deviation, FLOAT_DIGITS).and_then(|number| number.json());
        profile.first_quartile = round(&first);
        profile.median = round(&median);
        profile.third_quartile = round(&third);
        profile.inter_quartile_range = round(&apart);
        if deviation > 0.0 {
            let skew = sum.over(self.count, MOST_DIGITS).minus(&median).float() / deviation;
            profile.non_parametric_skew = Decimal::rounded(skew, FLOAT_DIGITS).and_then(|number| number.json());
        }
        profile.histogram = self.histogram(apart.float());
        if !self.is_exact {
            let names =
                ["median", "firstQuartile", "thirdQuartile", "interQuartileRange", "nonParametricSkew", "histogram"];
            profile.estimated.extend(names.map(str::to_owned));
        }
    }

    /// So many quarters lie below: between two values, as far from the one to the other.
    fn quartile(&self, quarters: u64) -> Decimal {
        let last = self.count.saturating_sub(1);
        let (before, rest) = (last / 4 * quarters + last % 4 * quarters / 4, last % 4 * quarters % 4);
        match (self.nth(before), self.nth(before + 1)) {
            (Some(one), Some(two)) => one.between(two, rest),
            _ => Decimal::default(),
        }
    }

    fn nth(&self, place: u64) -> Option<&Decimal> {
        let at = self.values.partition_point(|(_, rank)| *rank <= place);
        self.values.get(at).or(self.values.last()).map(|(value, _)| value)
    }

    /// Freedman and Diaconis; where that takes over a hundred bins, or the quarters lie together, Sturges.
    fn histogram(&self, apart: f64) -> Option<Histogram> {
        let (min, max) = (self.ends.0.float(), self.ends.1.float());
        let count = float(self.count);
        let most = f64::from(MOST_BINS);
        let mut bins = ((max - min) / (2.0 * apart / count.cbrt())).ceil();
        if !(1.0..=most).contains(&bins) {
            bins = (count.log2().ceil() + 1.0).min(most);
        }
        if min >= max {
            bins = 1.0;
        }
        let inner =
            (1..MOST_BINS).map(f64::from).take_while(|bin| *bin < bins).map(|bin| min + (max - min) * bin / bins);
        let inner: Vec<f64> = inner.collect();
        let mut frequencies = vec![0; inner.len() + 1];
        let mut before = 0;
        for (value, rank) in &self.values {
            let value = value.float();
            if let Some(frequency) = frequencies.get_mut(inner.partition_point(|boundary| *boundary <= value)) {
                *frequency += rank - before;
            }
            before = *rank;
        }
        let mut boundaries: Vec<Json> = vec![self.ends.0.json()?];
        boundaries.extend(inner.into_iter().filter_map(|boundary| Decimal::shortest(boundary)?.json()));
        boundaries.push(self.ends.1.json()?);
        Some(Histogram { boundaries, frequencies })
    }
}

fn cumulative(values: impl Iterator<Item = (Decimal, u64)>) -> Vec<(Decimal, u64)> {
    let mut rank = 0;
    values
        .map(|(value, count)| {
            rank += count;
            (value, rank)
        })
        .collect()
}
