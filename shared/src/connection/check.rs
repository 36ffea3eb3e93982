//! The shape of each key of a connection.
//!
//! The limits of roles and sessions are those of <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>.

use super::file::ConnectionKeys;
use crate::{
    problem::{Problems, quoted},
    yaml::read::{Entry, Text},
};

/// Adds a problem for each key whose text cannot be right.
pub(super) fn all(keys: &ConnectionKeys, problems: &mut Problems) {
    if !keys.role_arn.is_given() {
        let of_a_role = [
            (&keys.external_id, "external_id"),
            (&keys.role_session_name, "role_session_name"),
            (&keys.source_identity, "source_identity"),
        ];
        for (entry, name) in of_a_role.iter().filter(|(entry, _)| entry.is_given()) {
            problems
                .add(entry.place(), format!("`{name}` has no effect without `role_arn`; remove it, or name the role"));
        }
    }
    let mut check = |entry: &Entry<Text>, name: &str, wanted: &str, fits: &dyn Fn(&str) -> bool| {
        if let Some((place, Text(text))) = entry.located()
            && !fits(text)
        {
            problems.add(place, format!("`{name}` is {}; wanted {wanted}", quoted(text)));
        }
    };
    if keys.endpoint_url.is_given() {
        check(&keys.region, "region", "small letters, digits and hyphens, such as `us-east-1`", &is_label);
    } else {
        check(&keys.region, "region", "a region such as `eu-west-1`", &is_region);
    }
    check(&keys.endpoint_url, "endpoint_url", "a URL such as `https://dynamodb.eu-west-1.amazonaws.com`", &is_url);
    check(&keys.role_arn, "role_arn", "the ARN of a role, such as `arn:aws:iam::123456789012:role/writer`", &is_role);
    let wanted = "2 to 64 letters, digits and `_+=,.@-`";
    check(&keys.role_session_name, "role_session_name", wanted, &|text| consists_of(text, 2..=64, "_+=,.@-"));
    let wanted = "2 to 64 letters, digits and `_+=,.@-`, not beginning with `aws:`";
    check(&keys.source_identity, "source_identity", wanted, &|text| consists_of(text, 2..=64, "_+=,.@-"));
    let wanted = "2 to 1224 letters, digits and `_+=,.@:/-`";
    check(&keys.external_id, "external_id", wanted, &|text| consists_of(text, 2..=1224, "_+=,.@:/-"));
    let wanted = "the name or ARN of a Secrets Manager secret";
    check(&keys.access_key_secret, "access_key_secret", wanted, &is_secret);
}

fn consists_of(text: &str, lengths: std::ops::RangeInclusive<usize>, others: &str) -> bool {
    lengths.contains(&text.len())
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || others.contains(letter))
}

/// Whether a text can be a region's name: any endpoint may have one of its own.
pub(crate) fn is_label(text: &str) -> bool {
    let fits = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    (1..=63).contains(&text.len()) && text.chars().all(fits)
}

/// Words of letters and a number: `us-gov-west-1`.
fn is_region(text: &str) -> bool {
    let (words, number) = text.rsplit_once('-').unwrap_or(("", ""));
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
    words.contains('-') && words.split('-').all(is_word) && (1..=2).contains(&number.len()) && is_digits(number)
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A scheme, a host, perhaps a port and a path; no user, query or fragment.
fn is_url(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")) else { return false };
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port),
        _ => (authority, "443"),
    };
    let is_host = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => consists_of(host, 1..=253, ".-_"),
    };
    let is_path = path.chars().all(|letter| letter.is_ascii_graphic() && !"?#".contains(letter));
    is_host && is_digits(port) && port.parse::<u16>().is_ok_and(|port| port > 0) && is_path
}

fn is_role(text: &str) -> bool {
    match text.split(':').collect::<Vec<_>>().as_slice() {
        ["arn", partition, "iam", "", account, resource] => {
            let name = resource.strip_prefix("role/").unwrap_or("");
            (20..=2048).contains(&text.len())
                && partition.starts_with("aws")
                && is_label(partition)
                && account.len() == 12
                && is_digits(account)
                && consists_of(name, 1..=2048, "_+=,.@/-")
                && !name.ends_with('/')
        }
        _ => false,
    }
}

fn is_secret(text: &str) -> bool {
    let name = match text.split(':').collect::<Vec<_>>().as_slice() {
        ["arn", _partition, "secretsmanager", _region, account, "secret", name] if is_digits(account) => name,
        _ => text,
    };
    consists_of(name, 1..=512, "/_+=.@-")
}
