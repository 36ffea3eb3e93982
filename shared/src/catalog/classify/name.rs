//! What an attribute's name says: its words, and those of the maps that it lies in.

use super::decision::names;

/// What may stand after what a name says, without changing it: `phone_number`, `email_2`, `correo_del_cliente`.
const NEUTRAL: &str = "number no nr num value text raw str string home work office business private primary secondary main old new \
    current original first second alt alternate default normalized formatted clean plain de del du des la le el di do da of the \
    client cliente customer kunde user usuario utilisateur utente contact contacto contatto list set line line1 line2 1 2 3 full \
    movil fijo particular casa trabajo personal personnel personale electronico portable fixe principal";

/// What makes of a name a question or a count when it stands first.
const ASKS: &str = "is has have can should must may needs requires require allow allows enable enabled disable show hide send sent use \
    num number count total max min avg anzahl cantidad verify validate";

/// The words of an attribute's path.
#[derive(Debug)]
pub(crate) struct Name {
    /// The words of all segments, small, without accents.
    words: Vec<String>,
    /// Where the last segment's begin.
    last: usize,
}

fn has(list: &str, word: &str) -> bool {
    list.split_ascii_whitespace().any(|each| each == word)
}

impl Name {
    /// The words of a path; what stands there for elements and values is left out.
    pub(crate) fn new(path: &[&str]) -> Self {
        let segments: Vec<_> = names(path).collect();
        let (mut words, mut last) = (Vec::new(), 0);
        for segment in segments.iter().rev().take(4).rev() {
            last = words.len();
            split(segment, &mut words);
        }
        Self { words, last }
    }

    /// Whether the name ends with one of some phrases, words joined, neutral words after it left out.
    pub(crate) fn says(&self, phrases: &str) -> bool {
        if self.asks() {
            return false;
        }
        let count = self.words.len();
        (0..count).any(|end| {
            let rest = self.words.get(end + 1..).unwrap_or_default();
            let ends_last = end >= self.last || rest.len() == count - self.last;
            ends_last && rest.iter().all(|word| has(NEUTRAL, word)) && self.ends(end, phrases)
        })
    }

    /// Whether some words up to one are a phrase.
    fn ends(&self, end: usize, phrases: &str) -> bool {
        (end.saturating_sub(3)..=end).any(|begin| {
            let phrase = self.words.get(begin..=end).unwrap_or_default().concat();
            let singular = phrase.strip_suffix('s').filter(|phrase| phrase.len() > 2);
            has(phrases, &phrase) || singular.is_some_and(|phrase| has(phrases, phrase))
        })
    }

    /// Whether the last segment has one of some words.
    pub(crate) fn has_word(&self, list: &str) -> bool {
        self.words.get(self.last..).unwrap_or_default().iter().any(|word| has(list, word))
    }

    /// Whether one of some words stands before the last segment's last word.
    pub(crate) fn is_of(&self, list: &str) -> bool {
        let before = self.words.split_last().map(|(_, before)| before).unwrap_or_default();
        before.iter().any(|word| has(list, word) || word.strip_suffix('s').is_some_and(|word| has(list, word)))
    }

    /// Whether the last segment is one of some names, its words joined.
    pub(crate) fn is(&self, list: &str) -> bool {
        has(list, &self.words.get(self.last..).unwrap_or_default().concat())
    }

    fn asks(&self) -> bool {
        let first = self.words.get(self.last);
        self.words.len() > self.last + 1 && first.is_some_and(|word| has(ASKS, word))
    }
}

/// Splits a name at what is no letter or digit, before a capital after a small letter, and before the last of several capitals.
fn split(name: &str, words: &mut Vec<String>) {
    let mut word = String::new();
    let characters: Vec<_> = name.chars().take(200).collect();
    for (place, each) in characters.iter().enumerate() {
        let before = place.checked_sub(1).and_then(|place| characters.get(place)).copied().unwrap_or('_');
        let after = characters.get(place + 1).copied().unwrap_or('_');
        let is_begin = each.is_uppercase()
            && (before.is_lowercase() || before.is_ascii_digit() || before.is_uppercase() && after.is_lowercase())
            || each.is_ascii_digit() != before.is_ascii_digit() && before.is_alphanumeric() && each.is_ascii_digit();
        if (is_begin || !each.is_alphanumeric()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if each.is_alphanumeric() {
            each.to_lowercase().for_each(|each| plain(each, &mut word));
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
}

/// A small letter without its accent.
fn plain(letter: char, word: &mut String) {
    match letter {
        'ä' | 'æ' => word.push_str("ae"),
        'ö' | 'ø' => word.push_str("oe"),
        'ü' => word.push_str("ue"),
        'ß' => word.push_str("ss"),
        'á' | 'à' | 'â' | 'ã' | 'å' => word.push('a'),
        'é' | 'è' | 'ê' | 'ë' => word.push('e'),
        'í' | 'ì' | 'î' | 'ï' => word.push('i'),
        'ó' | 'ò' | 'ô' | 'õ' => word.push('o'),
        'ú' | 'ù' | 'û' => word.push('u'),
        'ñ' => word.push('n'),
        'ç' => word.push('c'),
        'ł' => word.push('l'),
        other => word.push(other),
    }
}

#[cfg(test)]
mod tests;
