//! Words about persons: given names, peoples and countries, genders; passports.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
};

use super::{base36, has_form};

/// Given names that are common in Europe, the Americas, India, the Arab world and East Asia; of words that are other things
/// as often (Rose, Max, Florence) none.
const GIVEN: &str = "aaron adam adrian agnes ahmed aisha akira alan albert alejandra alejandro alex alexander alexandra alexandre \
    alfred ali alice alicia alison amanda amelia amina amit amy ana anastasia anders andre andrea andreas andrew andrzej angela \
    anil anita anja ann anna anne annette antoine anton antonia antonio arjun arthur arun astrid barbara bart beatrice beatriz \
    benjamin bernard bernd birgit bjorn brandon brenda brian bruno camille carl carla carlos carmen carol caroline catherine \
    cecilia charles charlotte chiara chloe christian christina christine christoph christopher clara claire claudia claudio \
    clement craig cristina daniel daniela daniele david deborah deepak dennis diana diego dieter dirk dmitri dominik donald \
    donna dorothy eduardo edward elena eleanor elisabeth elizabeth ella ellen emilia emilie emily emma emmanuel enrique eric \
    erica erik erika ernst esther eva evelyn fabian fatima federica federico felipe felix fernanda fernando francesca francesco \
    francisco francois françois frank franz frederic frieda friedrich gabriel gabriela gabriele georg george gerard gerhard \
    giorgio giovanni giulia giuseppe gonzalo grace greta guillaume gunther gustav günther hannah hans harald harold harry hassan \
    heather heidi heike heinz helen helena helga henri henrik henry hiroshi hugo ian ibrahim ines ingrid irene iris isabel \
    isabella ivan jack jacob jacques jakob jakub james jan jane janet jason javier jean jeanne jeffrey jennifer jens jeremy \
    jessica jesus jiri joachim joan joanna joao joão johan johann johanna johannes john jonas jonathan jorge jose josef josé \
    joseph joshua juan judith julia julian julie julien jun jürgen justin karen karin karl karolina katarzyna katharina \
    katherine kathleen katja keith kelly kenneth kenji kevin khalid klaus krzysztof kumar lars laura lauren laurent lea leila \
    lena leon leonardo lina linda lisa lorenzo louis louise luca lucas lucia lucie lucy luis luisa lukas magdalena malgorzata \
    manuel manuela marc marcel marcin marco marcos marek margaret margarita maria mariam marie marina mario marion markus marta \
    martha martin martina mary mateo mathieu matteo matthew matthias maurice mehmet melissa michael michel michelle miguel mike \
    mikhail milan mohamed mohammed monica monika monique muhammad mustafa nadia nancy natalia natalie nathalie nicholas nicola \
    nicolas nicole niels nikhil nina noah nora olaf olga oliver olivia olivier omar oscar otto pablo pamela paola paolo patricia \
    patrick paul paula pavel pedro peter petra philip philipp philippe pierre pilar piotr priya rachel rafael rahul rajesh ralf \
    raquel raul rebecca regina renate renata ricardo richard rita robert roberta roberto roger roland rolf roman ronald rosa \
    ruben ruth ryan sabine salma samantha samuel sandra sanjay sara sarah satoshi scott sebastian sergei sergio sharon silvia \
    simon simone sofia sofie sonia sophia sophie stefan stefania stefano stephan stephanie stephen steven sunil susan susanne \
    suresh sven sylvie takashi tatiana teresa theo theresa thomas thorsten tim timothy tobias tomas tomasz tom tyler ulrich ursula \
    uwe valentina vanessa vera veronika victor vijay vikram vincent virginia vladimir walter wei werner wilhelm william wolfgang \
    xavier yasmin yoko yuki yusuf yves yvonne zoe";

/// Peoples and countries, in English and their own words of some.
const NATIONS: &str = "afghan albanian algerian american argentine argentinian armenian australian austrian azerbaijani bangladeshi \
    belarusian belgian bolivian bosnian brazilian british bulgarian cambodian cameroonian canadian chilean chinese colombian \
    congolese croatian cuban cypriot czech danish dominican dutch ecuadorian egyptian english eritrean estonian ethiopian \
    filipino finnish french georgian german ghanaian greek guatemalan haitian honduran hungarian icelandic indian indonesian \
    iranian iraqi irish israeli italian ivorian jamaican japanese jordanian kazakh kenyan korean kosovar kuwaiti latvian \
    lebanese libyan lithuanian luxembourger macedonian malaysian maltese mexican moldovan moroccan nepalese nepali nigerian \
    norwegian omani pakistani palestinian paraguayan peruvian polish portuguese qatari romanian russian saudi scottish \
    senegalese serbian singaporean slovak slovenian somali spanish sudanese swedish swiss syrian taiwanese tanzanian thai \
    tunisian turkish ugandan ukrainian uruguayan venezuelan vietnamese welsh yemeni zambian zimbabwean deutsch deutsche \
    österreichisch schweizerisch französisch italienisch spanisch türkisch polnisch française français allemand allemande \
    espagnol italienne italien belge suisse española español alemana alemán francesa mexicana mexicano italiana italiano \
    tedesca tedesco francese spagnola afghanistan albania algeria argentina australia austria belgium bolivia brazil bulgaria \
    canada chile china colombia croatia cuba cyprus denmark ecuador egypt estonia ethiopia finland france germany ghana greece \
    hungary iceland india indonesia iran iraq ireland israel italy japan kenya latvia lebanon lithuania luxembourg malaysia \
    malta mexico morocco nepal netherlands nigeria norway pakistan peru philippines poland portugal qatar romania russia serbia \
    singapore slovakia slovenia spain sweden switzerland syria taiwan thailand tunisia turkey ukraine uruguay venezuela vietnam \
    deutschland österreich schweiz frankreich italien spanien polen españa francia italia alemania allemagne suisse espagne";

/// Countries' codes of two letters, then of three.
const CODES: &str = "ad ae af al am ao ar at au az ba bd be bg bh bo br by ca cd ch ci cl cm cn co cr cu cy cz de dk do dz ec ee eg \
    es et fi fr gb ge gh gr gt hk hn hr hu id ie il in iq ir is it jm jo jp ke kr kw kz lb li lk lt lu lv ly ma mc md me mk mt \
    mx my ng nl no np nz om pa pe ph pk pl pt py qa ro rs ru sa se sg si sk sn sv sy th tn tr tw tz ua ug uk us uy uz ve vn ye \
    za zm zw aut aus bel bgr bra can che chl chn col cze deu dnk egy esp est fin fra gbr grc hrv hun idn ind irl isr ita jpn ken \
    kor ltu lux lva mar mex nga nld nor nzl pak per phl pol prt rou rus sau srb svk svn swe tha tun tur ukr usa vnm zaf";

/// Words for genders.
const GENDERS: &str = "m f w d x u male female man woman men women nonbinary non-binary diverse divers other unknown männlich weiblich \
    mann frau homme femme masculin féminin masculino femenino hombre mujer maschio femmina man vrouw";

const IS_GIVEN: u8 = 1;
const IS_NATION: u8 = 2;
const IS_CODE: u8 = 4;
const IS_GENDER: u8 = 8;

/// FNV-1a: the words are short, and nobody else chooses what is kept.
#[derive(Debug)]
struct Short(u64);

impl Default for Short {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Short {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// The words, and what they are.
#[derive(Debug)]
pub(crate) struct Words(HashMap<&'static [u8], u8, BuildHasherDefault<Short>>);

/// What a text of letters is.
#[expect(clippy::struct_excessive_bools, reason = "a text may be any of them at once")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Kind {
    /// A people, a country or a country's code.
    pub(crate) nation: bool,
    /// A word for a gender.
    pub(crate) gender: bool,
    /// It begins with a given name, or one stands after its comma.
    pub(crate) given: bool,
    /// Two to four words that begin with capitals.
    pub(crate) named: bool,
}

impl Words {
    pub(crate) fn new() -> Self {
        let mut words = HashMap::default();
        for (list, is) in [(GIVEN, IS_GIVEN), (NATIONS, IS_NATION), (CODES, IS_CODE), (GENDERS, IS_GENDER)] {
            for word in list.split_ascii_whitespace() {
                *words.entry(word.as_bytes()).or_default() |= is;
            }
        }
        Self(words)
    }

    fn of(&self, word: &[u8]) -> u8 {
        let mut lower = [0; 16];
        let Some(lower) = lower.get_mut(..word.len()) else { return 0 };
        lower.copy_from_slice(word);
        lower.make_ascii_lowercase();
        self.0.get(&*lower).copied().unwrap_or_default()
    }

    /// Looks at a text of letters, spaces, hyphens, apostrophes, dots and commas.
    pub(crate) fn kind(&self, text: &[u8]) -> Kind {
        let is_upper = |word: &[u8]| word.first().is_some_and(|byte| byte.is_ascii_uppercase() || *byte >= 0x80);
        let (mut count, mut capitals, mut particles, mut given) = (0, 0, 0, false);
        for word in text.split(|byte| b" ,".contains(byte)).filter(|word| !word.is_empty()).take(7) {
            let first = word.split(|byte| b"-.'".contains(byte)).next().unwrap_or_default();
            given |= count < 3 && !given && is_upper(word) && self.of(first) & IS_GIVEN > 0;
            count += 1;
            capitals += usize::from(is_upper(word));
            particles += usize::from(word.len() < 4 && !is_upper(word));
        }
        let whole = self.of(text);
        let is_code = whole & IS_CODE > 0 && text.iter().all(u8::is_ascii_uppercase);
        let named = (2..=5).contains(&count) && capitals >= 2 && capitals + particles == count;
        Kind { nation: is_code || whole & IS_NATION > 0, gender: whole & IS_GENDER > 0, given, named }
    }
}

/// Whether a text may be a passport's number, if a name says so: up to two letters and six to nine digits or letters.
pub(crate) fn may_be_passport(text: &[u8]) -> bool {
    let digits = text.iter().filter(|byte| byte.is_ascii_digit()).count();
    let is_upper = text.iter().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
    is_upper && (7..=9).contains(&text.len()) && digits >= 5
}

/// Whether a text is the second line of a passport that machines read, by its check digits.
pub(crate) fn is_mrz(text: &[u8]) -> bool {
    let Some(line) = text.get(text.len().saturating_sub(44)..).filter(|line| line.len() == 44) else { return false };
    let is_right = |from: usize, to: usize| {
        let field = line.get(from..to).unwrap_or_default();
        let value = |byte: &u8| if *byte == b'<' { Some(0) } else { base36(*byte) };
        let sum = field
            .iter()
            .zip([7, 3, 1].into_iter().cycle())
            .map(|(byte, weight)| value(byte).unwrap_or(99) * weight)
            .sum::<u32>();
        line.get(to).and_then(|byte| base36(*byte)) == Some(sum % 10)
    };
    is_right(0, 9) && is_right(13, 19) && is_right(21, 27) && has_form(line.get(13..20).unwrap_or_default(), b"9999999")
}
