//! Secrets that say what they are.

use memchr::{memchr, memmem};

/// What secrets begin with, which bytes follow, and how many at least.
const PREFIXES: [(&[u8], usize); 22] = [
    (b"AKIA", 16),
    (b"ASIA", 16),
    (b"AIza", 35),
    (b"ghp_", 36),
    (b"gho_", 36),
    (b"ghs_", 36),
    (b"github_pat_", 40),
    (b"glpat-", 20),
    (b"xoxb-", 20),
    (b"xoxp-", 20),
    (b"xoxa-", 20),
    (b"sk_live_", 16),
    (b"rk_live_", 16),
    (b"sk_test_", 16),
    (b"whsec_", 20),
    (b"SG.", 40),
    (b"npm_", 36),
    (b"pypi-", 40),
    (b"hvs.", 20),
    (b"sk-ant-", 30),
    (b"sk-proj-", 30),
    (b"dop_v1_", 60),
];

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}

/// Whether a secret that stands within a text may begin so.
pub(crate) fn begins(byte: u8) -> bool {
    byte == b'e'
        || byte == b'-'
        || byte == b'B'
        || byte == b'b'
        || PREFIXES.iter().any(|(prefix, _)| prefix.first() == Some(&byte))
}

/// Whether a text begins with a token of a known maker.
fn is_known(text: &[u8]) -> bool {
    let begins = |prefix: &[u8]| prefix.first() == text.first() && text.starts_with(prefix);
    let Some((prefix, least)) = PREFIXES.iter().find(|(prefix, _)| begins(prefix)) else { return false };
    let rest = text.get(prefix.len()..).unwrap_or_default();
    let rest = rest.get(..rest.iter().take_while(|byte| is_token(**byte)).count()).unwrap_or_default();
    if matches!(*prefix, b"AKIA" | b"ASIA") {
        return rest.len() == 16 && rest.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    }
    rest.len() >= *least
}

/// Whether a text begins with a JSON web token: three parts of base 64, the first two of which are JSON.
fn is_jwt(text: &[u8]) -> bool {
    if !text.starts_with(b"eyJ") {
        return false;
    }
    let token = text.iter().take_while(|byte| is_token(**byte)).count();
    let mut parts = text.get(..token).unwrap_or_default().split(|byte| *byte == b'.');
    let (head, body, signature) = (parts.next(), parts.next(), parts.next());
    head.is_some_and(|part| part.len() > 10) && body.is_some_and(|part| part.starts_with(b"eyJ")) && signature.is_some()
}

/// Whether a text begins with a hash of a password as crypt, argon2 and LDAP write them.
fn is_hash(text: &[u8]) -> bool {
    let bcrypt = |text: &[u8]| text.len() == 60 && text.get(3) == Some(&b'$') && text.get(6) == Some(&b'$');
    match text {
        [b'$', b'2', b'a' | b'b' | b'x' | b'y', ..] => bcrypt(text),
        [b'$', b'1' | b'5' | b'6' | b'y', b'$', ..] => text.len() > 20,
        _ => {
            let begins = [&b"$argon2"[..], b"$pbkdf2", b"pbkdf2_", b"$scrypt", b"scrypt:", b"{SSHA", b"{SHA"];
            text.len() > 30 && begins.iter().any(|begin| text.starts_with(begin))
        }
    }
}

/// Whether a text begins with the credentials of a request, a scheme before them.
fn is_bearer(text: &[u8]) -> bool {
    let begins = |scheme: &[u8]| text.get(..scheme.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(scheme));
    let rest = if begins(b"bearer ") {
        7
    } else if begins(b"basic ") {
        6
    } else {
        return false;
    };
    let token =
        text.get(rest..).unwrap_or_default().iter().take_while(|byte| is_token(**byte) || b"+/=~".contains(byte));
    let (mut count, mut digits) = (0, 0);
    token.for_each(|byte| {
        count += 1;
        digits += usize::from(byte.is_ascii_digit());
    });
    count >= 16 && digits > 0
}

/// Whether a text is a URL with a password before the host.
fn has_password(text: &[u8]) -> bool {
    let Some(place) =
        memchr(b':', text).filter(|place| text.get(*place..).is_some_and(|rest| rest.starts_with(b"://")))
    else {
        return false;
    };
    let rest = text.get(place + 3..).unwrap_or_default();
    let authority = rest.split(|byte| b"/?# ".contains(byte)).next().unwrap_or_default();
    let Some(at) = memchr(b'@', authority) else { return false };
    let user = authority.get(..at).unwrap_or_default();
    memchr(b':', user).is_some_and(|colon| colon + 1 < user.len())
}

/// Whether a text without spaces, or with a scheme before, is a secret.
pub(crate) fn is_secret(text: &[u8]) -> bool {
    match text.first() {
        Some(b'e') => is_jwt(text),
        Some(b'$' | b'{') => is_hash(text),
        Some(b'-') => is_key(text),
        Some(b'B' | b'b') if is_bearer(text) => true,
        Some(_) => is_known(text) || is_hash(text) || has_password(text),
        None => false,
    }
}

/// Whether a text begins with a private key.
fn is_key(text: &[u8]) -> bool {
    text.starts_with(b"-----BEGIN") && memmem::find(text.get(..50).unwrap_or(text), b"PRIVATE KEY").is_some()
}

/// Whether a secret that may stand within a text begins here.
pub(crate) fn is_token_of(text: &[u8]) -> bool {
    is_known(text) || is_jwt(text) || is_key(text) || is_bearer(text)
}
