//! What a value can look like. A sign says nothing yet of what the attribute holds: [`judge`](super::judge) does, of
//! how often signs were seen and of the attribute's name.

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

/// What a value looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Sign {
    // What says what it is.
    Email,
    Url,
    Ipv4,
    Ipv6,
    Mac,
    Iban,
    Card,
    Phone,
    PhoneLocal,
    Ssn,
    Mrz,
    Address,
    Crypto,
    CryptoPlain,
    Secret,
    Coordinates,
    // Numbers of persons whose check digits are right.
    AuTfn,
    BeNational,
    BrCpf,
    CaSin,
    ChAhv,
    ClRut,
    CnId,
    DeTax,
    EsNie,
    EsNif,
    FiHetu,
    FrNir,
    InAadhaar,
    InPan,
    ItFiscale,
    MxCurp,
    NlBsn,
    NoNumber,
    PlPesel,
    RoCnp,
    SePersonnummer,
    SgNric,
    TrKimlik,
    UkNhs,
    UkNino,
    ZaId,
    // What has the form of one of them, whatever its check digits.
    IbanForm,
    CardForm,
    SsnForm,
    CurpForm,
    FiscaleForm,
    HetuForm,
    NieForm,
    NifForm,
    NricForm,
    RutForm,
    CnForm,
    PersonnummerForm,
    Digits9,
    Digits10,
    Digits11,
    Digits12,
    Digits13,
    Digits15,
    // What is something only where the name says so.
    Callable,
    Code,
    Date,
    Degrees,
    Epoch,
    Few,
    Gender,
    Given,
    Letters,
    Named,
    Nation,
    Numbered,
    Opaque,
    Token,
    Year,
}

/// How often a sign was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark {
    pub(crate) sign: Sign,
    /// In how many values it is the whole value.
    #[serde(rename = "w")]
    pub(crate) whole: u64,
    /// In how many it stands within longer text.
    #[serde(rename = "p")]
    pub(crate) part: u64,
    /// A bit for each different value's hash: about how many there were, up to some hundreds.
    #[serde(rename = "b")]
    pub(crate) bits: [u64; 2],
}

impl Mark {
    pub(crate) fn new(sign: Sign) -> Self {
        Self { sign, whole: 0, part: 0, bits: [0; 2] }
    }

    /// Notes the sign of a text.
    pub(crate) fn note(&mut self, text: &[u8], is_whole: bool) {
        if is_whole {
            self.whole += 1;
        } else {
            self.part += 1;
        }
        let hash = xxh3_64(text);
        let [low, high] = &mut self.bits;
        let bits = if hash & 64 == 0 { low } else { high };
        *bits |= 1 << (hash & 63);
    }

    /// In how many values it was seen.
    pub(crate) fn count(&self) -> u64 {
        self.whole + self.part
    }

    /// About how many of them are different, by how many of 128 bits are set; at most 620, which means that or more.
    pub(crate) fn distinct(&self) -> f64 {
        let set = self.bits.iter().map(|bits| bits.count_ones()).sum::<u32>();
        -128.0 * (1.0 - f64::from(set.min(127)) / 128.0).ln()
    }
}

/// The signs of an attribute's values.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Marks(Vec<Mark>);

impl Marks {
    /// Notes a sign that is the whole value.
    pub(crate) fn whole(&mut self, sign: Sign, text: &[u8]) {
        self.change(sign, |mark| mark.note(text, true));
    }

    /// Notes a sign within a longer value.
    pub(crate) fn part(&mut self, sign: Sign, text: &[u8]) {
        self.change(sign, |mark| mark.note(text, false));
    }

    fn change(&mut self, sign: Sign, change: impl FnOnce(&mut Mark)) {
        if let Some(mark) = self.0.iter_mut().find(|mark| mark.sign == sign) {
            return change(mark);
        }
        let mut mark = Mark::new(sign);
        change(&mut mark);
        self.0.push(mark);
    }

    /// Adds what was seen of other values.
    pub(crate) fn join(&mut self, other: &Self) {
        for Mark { sign, whole, part, bits } in &other.0 {
            self.change(*sign, |own| {
                own.whole += whole;
                own.part += part;
                own.bits.iter_mut().zip(bits).for_each(|(own, bits)| *own |= bits);
            });
        }
    }

    /// The mark of a sign, if it was seen.
    pub(crate) fn get(&self, sign: Sign) -> Option<&Mark> {
        self.0.iter().find(|mark| mark.sign == sign)
    }
}
