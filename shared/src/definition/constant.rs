//! `value`: a constant, checked against the type of its field.

use std::collections::HashSet;

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{Constant, Encoding, Kind, Place};
use crate::{
    problem::{Problems, quoted},
    yaml::{Member, Node, Scalar, Style, Value, is_decimal},
};

/// How deep lists and maps may stand in each other:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-attributes>.
const DEEPEST: usize = 32;

/// Reads a constant as the type says; without one, as YAML says.
pub(super) fn read(node: &Node, kind: Option<Kind>, encoding: Encoding, problems: &mut Problems) -> Option<Constant> {
    if let Value::Scalar(scalar) = &node.value
        && scalar.is_absent()
    {
        problems.add(node.place, "`value` has no value; wanted one, or `null` for DynamoDB's NULL");
        return None;
    }
    match kind {
        None | Some(Kind::Auto) => any(node, DEEPEST, problems),
        Some(kind @ (Kind::L | Kind::M)) => match (kind, any(node, DEEPEST, problems)?) {
            (Kind::L, list @ Constant::List(_)) => Some(list),
            (Kind::M, map @ Constant::Map(_)) => Some(map),
            _ => unfit(node, kind, problems),
        },
        Some(Kind::Ss) => set(node, Kind::Ss, Kind::S, encoding, problems),
        Some(Kind::Ns) => set(node, Kind::Ns, Kind::N, encoding, problems),
        Some(Kind::Bs) => set(node, Kind::Bs, Kind::B, encoding, problems),
        Some(kind) => one(node, kind, encoding, problems),
    }
}

/// A scalar as the type says.
fn one(node: &Node, kind: Kind, encoding: Encoding, problems: &mut Problems) -> Option<Constant> {
    let Value::Scalar(scalar) = &node.value else { return unfit(node, kind, problems) };
    let text = &scalar.text;
    let constant = match kind {
        Kind::Null => scalar.is_null().then_some(Constant::Null),
        _ if scalar.is_null() => None,
        Kind::N if is_decimal(text) => return number(node.place, text, problems),
        Kind::S => Some(Constant::Text(text.clone())),
        Kind::B => bytes(text, encoding).map(|_| Constant::Text(text.clone())),
        Kind::Bool => boolean(text).map(Constant::Bool),
        _ => None,
    };
    constant.or_else(|| unfit(node, kind, problems))
}

fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "t" | "yes" | "y" | "1" => Some(true),
        "false" | "f" | "no" | "n" | "0" => Some(false),
        _ => None,
    }
}

fn bytes(text: &str, encoding: Encoding) -> Option<Vec<u8>> {
    match encoding {
        Encoding::Base64 => STANDARD.decode(text).ok(),
        Encoding::Hex => hex::decode(text).ok(),
        Encoding::Utf8 => Some(text.as_bytes().to_vec()),
    }
}

/// A list without equal members, each as the type says.
fn set(node: &Node, kind: Kind, of: Kind, encoding: Encoding, problems: &mut Problems) -> Option<Constant> {
    let Value::List(list) = &node.value else { return unfit(node, kind, problems) };
    if list.is_empty() {
        problems.add(node.place, "`value` is an empty list, and DynamoDB has no empty sets; give it a member");
    }
    let members: Vec<_> = list.iter().map(|node| Some((node.place, one(node, of, encoding, problems)?))).collect();
    let members: Vec<_> = members.into_iter().collect::<Option<_>>()?;
    let mut seen = HashSet::new();
    for (place, member) in &members {
        let (Constant::Text(text) | Constant::Number(text)) = member else { continue };
        let same = match of {
            Kind::N => Digits::of(text).map(Same::Number),
            Kind::B => bytes(text, encoding).map(Same::Bytes),
            _ => Some(Same::Bytes(text.as_bytes().to_vec())),
        };
        if same.is_some_and(|same| !seen.insert(same)) {
            problems.add(*place, format!("{} stands in the set twice; remove one", quoted(text)));
        }
    }
    Some(Constant::List(members.into_iter().map(|(_, member)| member).collect()))
}

/// What makes two members of a set the same.
#[derive(PartialEq, Eq, Hash)]
enum Same {
    Bytes(Vec<u8>),
    Number(Digits),
}

/// A number without the zeros that do not matter.
#[derive(PartialEq, Eq, Hash)]
struct Digits {
    is_negative: bool,
    significant: String,
    /// The power of ten of the first significant digit.
    magnitude: i64,
}

impl Digits {
    /// Of a decimal number; `None` where its exponent is past any range.
    fn of(text: &str) -> Option<Self> {
        let unsigned = text.trim_start_matches(['-', '+']);
        let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}");
        let significant = digits.trim_start_matches('0');
        if significant.is_empty() {
            return Some(Self { is_negative: false, significant: String::new(), magnitude: 0 });
        }
        let zeros = digits.len() - significant.len();
        let magnitude = i64::try_from(whole.len()).ok()? - i64::try_from(zeros).ok()? - 1;
        Some(Self {
            is_negative: text.starts_with('-'),
            significant: significant.trim_end_matches('0').into(),
            magnitude: magnitude.checked_add(exponent.parse().ok()?)?,
        })
    }
}

/// A number that DynamoDB holds exactly:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html>.
fn number(place: Place, text: &str, problems: &mut Problems) -> Option<Constant> {
    let found = match Digits::of(text) {
        Some(digits) if digits.significant.len() > 38 => format!("has {} significant digits", digits.significant.len()),
        Some(digits) if (-130..=125).contains(&digits.magnitude) => return Some(Constant::Number(text.into())),
        _ => format!("is {}", quoted(text)),
    };
    let message = format!(
        "`value` {found}; wanted at most 38 of them, from 1E-130 to 9.9E+125, or the number in quotes and \
                           `type: S`"
    );
    problems.add(place, message);
    None
}

fn unfit(node: &Node, kind: Kind, problems: &mut Problems) -> Option<Constant> {
    let found = match &node.value {
        Value::Unreadable => return None,
        Value::List(_) => "a list".into(),
        Value::Map(_) => "a map".into(),
        Value::Scalar(scalar) => quoted(&scalar.text),
    };
    let wanted = match kind {
        Kind::S => "a text of type S",
        Kind::N => "a number of type N",
        Kind::B => "bytes of type B in the field's `encoding`",
        Kind::Bool => "`true` or `false` of type BOOL",
        Kind::Null => "`null` of type NULL",
        Kind::L => "a list of type L",
        Kind::M => "a map of type M",
        Kind::Ss => "a list of texts of type SS",
        Kind::Ns => "a list of numbers of type NS",
        Kind::Bs => "a list of bytes of type BS in the field's `encoding`",
        Kind::Auto => "another value",
    };
    problems.add(node.place, format!("`value` is {found}; wanted {wanted}, so change one of them"));
    None
}

/// A node as YAML says.
fn any(node: &Node, deepest: usize, problems: &mut Problems) -> Option<Constant> {
    match &node.value {
        Value::Unreadable => None,
        Value::Scalar(scalar) => plain(node.place, scalar, problems),
        _ if deepest == 0 => {
            let message = format!("`value` is nested too deep; DynamoDB takes {DEEPEST} levels, so flatten it");
            problems.add(node.place, message);
            None
        }
        Value::List(list) => {
            let list: Vec<_> = list.iter().map(|node| any(node, deepest - 1, problems)).collect();
            list.into_iter().collect::<Option<_>>().map(Constant::List)
        }
        Value::Map(map) => {
            let mut member =
                |Member { name, node, .. }: &Member| Some((name.clone(), any(node, deepest - 1, problems)?));
            let map: Vec<_> = map.iter().map(&mut member).collect();
            map.into_iter().collect::<Option<_>>().map(Constant::Map)
        }
    }
}

fn plain(place: Place, scalar: &Scalar, problems: &mut Problems) -> Option<Constant> {
    let text = &scalar.text;
    if scalar.is_null() {
        return Some(Constant::Null);
    }
    if let Some(boolean) = scalar.boolean() {
        return Some(Constant::Bool(boolean));
    }
    if scalar.is_number() {
        return number(place, text, problems);
    }
    if scalar.style == Style::Plain && is_other_number(text) {
        let message = format!(
            "`value` is {}, a number that DynamoDB lacks; write it in decimal digits, or in quotes if \
                               it is text",
            quoted(text)
        );
        problems.add(place, message);
        return None;
    }
    Some(Constant::Text(text.clone()))
}

/// Whether YAML takes a text for a number that has no decimal digits.
fn is_other_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let digits = |prefix: &str, radix: u32| {
        text.strip_prefix(prefix)
            .is_some_and(|rest| !rest.is_empty() && rest.chars().all(|digit| digit.is_digit(radix)))
    };
    let named = [".inf", ".Inf", ".INF"].contains(&unsigned) || [".nan", ".NaN", ".NAN"].contains(&text);
    named || digits("0x", 16) || digits("0o", 8)
}
