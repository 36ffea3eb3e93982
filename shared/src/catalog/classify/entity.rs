//! The entities that are known, and what speaks for each.

use super::sign::Sign;

/// An entity.
#[derive(Debug)]
pub(crate) struct Entity {
    pub(crate) name: &'static str,
    pub(crate) is_sensitive: bool,
    /// What many of it are called.
    pub(crate) many: &'static str,
    /// What one of it is called.
    pub(crate) one: &'static str,
    /// Names that say it: words joined, several languages.
    pub(crate) names: &'static str,
    pub(crate) rules: &'static [Rule],
}

/// What speaks for an entity.
#[derive(Debug)]
pub(crate) enum Rule {
    /// Values that say themselves what they are.
    Pattern {
        signs: &'static [Sign],
        /// What has the same form; where given, nearly all of it has to be right.
        form: Option<Sign>,
        /// How sure a value is by itself.
        quality: f64,
    },
    /// Values with check digits.
    Checked {
        sign: Sign,
        forms: &'static [Sign],
        /// The share of random values that are right.
        chance: f64,
        quality: f64,
    },
    /// Values that are something only where the name says so.
    Named {
        signs: &'static [Sign],
        /// The least share.
        share: f64,
        confidence: f64,
        /// How many different values there have to be, if there are as many.
        distinct: f64,
        /// Names, if not those of the entity.
        names: &'static str,
    },
    /// Names of persons, which have a rule of their own.
    Person,
}

/// Names that say that a number is some state's.
pub(crate) const NATIONAL: &str = "nationalid nationalidentifier nationalinsurance nationalinsurancenumber nationalidentitynumber idnumber \
    identitynumber identity personalid personalnumber taxid taxnumber tin taxidentifier taxpayerid citizenid governmentid govid \
    idcard idcardnumber socialsecurity socialsecuritynumber personid documentnumber documentid document insurancenumber";

const fn checked(sign: Sign, forms: &'static [Sign], chance: f64, quality: f64) -> Rule {
    Rule::Checked { sign, forms, chance, quality }
}

const fn pattern(signs: &'static [Sign], quality: f64) -> Rule {
    Rule::Pattern { signs, form: None, quality }
}

const fn named(signs: &'static [Sign], share: f64, confidence: f64) -> Rule {
    Rule::Named { signs, share, confidence, distinct: 3.0, names: "" }
}

const fn listed(signs: &'static [Sign], share: f64, confidence: f64, names: &'static str) -> Rule {
    Rule::Named { signs, share, confidence, distinct: 1.0, names }
}

macro_rules! entity {
    ($name:literal, $is_sensitive:literal, $one:literal, $many:literal, $names:literal, [$($rule:expr),+ $(,)?]) => {
        Entity {
            name: $name,
            is_sensitive: $is_sensitive,
            one: $one,
            many: $many,
            names: $names,
            rules: &[$($rule),+],
        }
    };
}

/// All of them.
pub(crate) const ENTITIES: &[Entity] = &[
    entity!(
        "email",
        true,
        "an e-mail address",
        "e-mail addresses",
        "email mail emailaddress mailaddress mailadresse emailadresse correo correoelectronico courriel adressemail adresseemail \
         indirizzoemail posta postaelettronica epost sender recipient replyto cc bcc",
        [pattern(&[Sign::Email], 0.99)]
    ),
    entity!(
        "phone",
        false,
        "a telephone number",
        "telephone numbers",
        "phone phonenumber telephone telephonenumber tel mobile mobilenumber mobilephone cell cellphone cellnumber fax faxnumber \
         msisdn telefon telefonnummer handy handynummer mobil mobilnummer rufnummer telefono celular movil portable numerotelephone \
         numerodetelephone numerodetelefono numerotelefono cellulare whatsapp whatsappnumber contactnumber phoneno telefoon callerid",
        [
            pattern(&[Sign::Phone], 0.97),
            pattern(&[Sign::PhoneLocal], 0.7),
            named(&[Sign::Callable, Sign::PhoneLocal, Sign::Phone], 0.7, 0.9)
        ]
    ),
    entity!(
        "credit_card",
        true,
        "a card number",
        "card numbers",
        "card cardnumber creditcard creditcardnumber ccnumber cc ccnum pan kreditkarte kreditkartennummer kartennummer tarjeta \
         tarjetadecredito numerotarjeta cartebancaire cartedecredit numerocarte cartadicredito debitcard paymentcard",
        [checked(Sign::Card, &[Sign::CardForm], 0.1, 0.94)]
    ),
    entity!(
        "iban",
        true,
        "an IBAN",
        "IBANs",
        "iban ibannumber bankaccount accountnumber account kontonummer konto cuentabancaria comptebancaire contobancario payee",
        [checked(Sign::Iban, &[Sign::IbanForm], 0.0103, 0.98)]
    ),
    entity!(
        "ip_address",
        true,
        "an IP address",
        "IP addresses",
        "ip ipaddress ipaddr ipv4 ipv6 clientip remoteip sourceip srcip dstip hostip remoteaddr adresseip direccionip ipadresse \
         indirizzoip lastip",
        [pattern(&[Sign::Ipv4, Sign::Ipv6], 0.93)]
    ),
    entity!(
        "mac_address",
        true,
        "a MAC address",
        "MAC addresses",
        "mac macaddress macaddr macadresse hardwareaddress bssid ethernet wifimac adressemac direccionmac",
        [pattern(&[Sign::Mac], 0.94)]
    ),
    entity!(
        "url",
        false,
        "a URL",
        "URLs",
        "url uri link website homepage webpage webseite sitioweb siteweb sitoweb href",
        [pattern(&[Sign::Url], 0.97)]
    ),
    entity!(
        "us_ssn",
        true,
        "a US social security number",
        "US social security numbers",
        "ssn socialsecurity socialsecuritynumber usssn ssnumber",
        [
            Rule::Pattern { signs: &[Sign::Ssn], form: Some(Sign::SsnForm), quality: 0.72 },
            checked(Sign::Ssn, &[Sign::SsnForm], 0.88, 0.92),
            named(&[Sign::Digits9, Sign::Ssn], 0.9, 0.88)
        ]
    ),
    entity!(
        "au_tfn",
        true,
        "an Australian tax file number",
        "Australian tax file numbers",
        "tfn taxfilenumber",
        [checked(Sign::AuTfn, &[Sign::Digits9], 0.0909, 0.85)]
    ),
    entity!(
        "be_national_number",
        true,
        "a Belgian national number",
        "Belgian national numbers",
        "rijksregisternummer numeronational niss insz nationalnumber",
        [checked(Sign::BeNational, &[Sign::Digits11], 0.0206, 0.9)]
    ),
    entity!(
        "br_cpf",
        true,
        "a Brazilian CPF",
        "Brazilian CPFs",
        "cpf cpfnumber cadastro",
        [checked(Sign::BrCpf, &[Sign::Digits11], 0.01, 0.93)]
    ),
    entity!(
        "ca_sin",
        true,
        "a Canadian SIN",
        "Canadian SINs",
        "sin sinnumber socialinsurance socialinsurancenumber nas",
        [checked(Sign::CaSin, &[Sign::Digits9], 0.1, 0.83)]
    ),
    entity!(
        "ch_ahv",
        true,
        "a Swiss AHV number",
        "Swiss AHV numbers",
        "ahv ahvnummer avs numeroavs ahvnr oasi",
        [checked(Sign::ChAhv, &[Sign::Digits13], 0.01, 0.95)]
    ),
    entity!(
        "cl_rut",
        true,
        "a Chilean RUT",
        "Chilean RUTs",
        "rut run rutcliente",
        [checked(Sign::ClRut, &[Sign::RutForm], 0.0909, 0.9)]
    ),
    entity!(
        "cn_resident_id",
        true,
        "a Chinese resident id",
        "Chinese resident ids",
        "residentid residentidentity shenfenzheng idcard",
        [checked(Sign::CnId, &[Sign::CnForm], 0.0909, 0.95)]
    ),
    entity!(
        "de_tax_id",
        true,
        "a German tax id",
        "German tax ids",
        "steuerid steueridnr steueridentifikationsnummer idnr identifikationsnummer steuernummer",
        [checked(Sign::DeTax, &[Sign::Digits11], 0.1, 0.9)]
    ),
    entity!(
        "es_nie",
        true,
        "a Spanish NIE",
        "Spanish NIEs",
        "nie nif documento extranjero",
        [checked(Sign::EsNie, &[Sign::NieForm], 0.0435, 0.94)]
    ),
    entity!(
        "es_nif",
        true,
        "a Spanish NIF",
        "Spanish NIFs",
        "nif dni documento documentoidentidad numerodni nifcliente",
        [checked(Sign::EsNif, &[Sign::NifForm], 0.0435, 0.94)]
    ),
    entity!(
        "fi_hetu",
        true,
        "a Finnish henkilötunnus",
        "Finnish henkilötunnukset",
        "hetu henkilotunnus henkiloetunnus",
        [checked(Sign::FiHetu, &[Sign::HetuForm], 0.0323, 0.96)]
    ),
    entity!(
        "fr_nir",
        true,
        "a French NIR",
        "French NIRs",
        "nir insee numerosecu numerosecuritesociale securitesociale numeross secu",
        [checked(Sign::FrNir, &[Sign::Digits15], 0.0103, 0.95)]
    ),
    entity!(
        "in_aadhaar",
        true,
        "an Aadhaar number",
        "Aadhaar numbers",
        "aadhaar aadhar aadhaarnumber uidai uid",
        [checked(Sign::InAadhaar, &[Sign::Digits12], 0.1, 0.88)]
    ),
    entity!(
        "in_pan",
        true,
        "an Indian PAN",
        "Indian PANs",
        "pan pancard pannumber panno",
        [pattern(&[Sign::InPan], 0.8)]
    ),
    entity!(
        "it_codice_fiscale",
        true,
        "an Italian codice fiscale",
        "Italian codici fiscali",
        "codicefiscale codfiscale cf fiscalcode",
        [checked(Sign::ItFiscale, &[Sign::FiscaleForm], 0.0385, 0.98)]
    ),
    entity!(
        "mx_curp",
        true,
        "a Mexican CURP",
        "Mexican CURPs",
        "curp clavecurp",
        [checked(Sign::MxCurp, &[Sign::CurpForm], 0.1, 0.97)]
    ),
    entity!(
        "nl_bsn",
        true,
        "a Dutch BSN",
        "Dutch BSNs",
        "bsn burgerservicenummer sofinummer sofi bsnnummer",
        [checked(Sign::NlBsn, &[Sign::Digits9], 0.0909, 0.86)]
    ),
    entity!(
        "no_fodselsnummer",
        true,
        "a Norwegian fødselsnummer",
        "Norwegian fødselsnumre",
        "fodselsnummer foedselsnummer personnummer fnr",
        [checked(Sign::NoNumber, &[Sign::Digits11], 0.01, 0.93)]
    ),
    entity!(
        "pl_pesel",
        true,
        "a PESEL",
        "PESELs",
        "pesel numerpesel nrpesel",
        [checked(Sign::PlPesel, &[Sign::Digits11], 0.1, 0.9)]
    ),
    entity!(
        "ro_cnp",
        true,
        "a Romanian CNP",
        "Romanian CNPs",
        "cnp codnumericpersonal",
        [checked(Sign::RoCnp, &[Sign::Digits13], 0.0909, 0.9)]
    ),
    entity!(
        "se_personnummer",
        true,
        "a Swedish personnummer",
        "Swedish personnummer",
        "personnummer personnr pnr svenskpersonnummer",
        [checked(Sign::SePersonnummer, &[Sign::PersonnummerForm, Sign::Digits12, Sign::Digits10], 0.1, 0.92)]
    ),
    entity!(
        "sg_nric",
        true,
        "a Singaporean NRIC",
        "Singaporean NRICs",
        "nric fin nricfin",
        [checked(Sign::SgNric, &[Sign::NricForm], 0.0909, 0.94)]
    ),
    entity!(
        "tr_kimlik",
        true,
        "a Turkish kimlik number",
        "Turkish kimlik numbers",
        "tckn kimlik tckimlik kimlikno tckimlikno",
        [checked(Sign::TrKimlik, &[Sign::Digits11], 0.01, 0.93)]
    ),
    entity!(
        "uk_nhs_number",
        true,
        "an NHS number",
        "NHS numbers",
        "nhs nhsnumber nhsno nhsid",
        [checked(Sign::UkNhs, &[Sign::Digits10], 0.0909, 0.88)]
    ),
    entity!(
        "uk_nino",
        true,
        "a UK national insurance number",
        "UK national insurance numbers",
        "nino nationalinsurance nationalinsurancenumber ninumber",
        [pattern(&[Sign::UkNino], 0.75)]
    ),
    entity!(
        "za_id_number",
        true,
        "a South African id number",
        "South African id numbers",
        "said saidnumber rsaid southafricanid",
        [checked(Sign::ZaId, &[Sign::Digits13], 0.1, 0.9)]
    ),
    entity!(
        "passport",
        true,
        "a passport number",
        "passport numbers",
        "passport passportnumber passportno passportid passnummer reisepass reisepassnummer reisepassnr passeport numeropasseport \
         numerodepasseport pasaporte numeropasaporte numerodepasaporte passaporto numeropassaporto numerodipassaporto mrz \
         travel traveldocument traveldocumentnumber",
        [pattern(&[Sign::Mrz], 0.97), named(&[Sign::Code, Sign::Digits9, Sign::NieForm, Sign::NricForm], 0.7, 0.88)]
    ),
    entity!(
        "postal_address",
        true,
        "a postal address",
        "postal addresses",
        "address streetaddress street addressline addressline1 postaladdress mailingaddress shippingaddress billingaddress \
         homeaddress deliveryaddress adresse anschrift strasse strassenr strasseundhausnummer postanschrift rue adressepostale \
         direccion direccionpostal calle domicilio indirizzo via indirizzopostale residenza adres straat endereco",
        [pattern(&[Sign::Address], 0.8), named(&[Sign::Address, Sign::Numbered], 0.6, 0.9)]
    ),
    entity!(
        "date_of_birth",
        true,
        "a date of birth",
        "dates that may be of birth",
        "birthdate dateofbirth dob birthday birth born bornon birthdt geburtsdatum geburtstag gebdatum gebdat datedenaissance \
         datenaissance naissance fechadenacimiento fechanacimiento nacimiento datadinascita datanascita nascita \
         datadenascimento datanascimento geboortedatum fodselsdato foedselsdato dataurodzenia syntymaaika fodelsedatum",
        [
            named(&[Sign::Date], 0.7, 0.96),
            named(&[Sign::Epoch], 0.9, 0.84),
            Rule::Named {
                signs: &[Sign::Year],
                share: 0.9,
                confidence: 0.88,
                distinct: 3.0,
                names: "birthyear yearofbirth birthyr geburtsjahr anneedenaissance anneenaissance annonacimiento anodenacimiento annodinascita yob"
            }
        ]
    ),
    entity!("person_name", true, "a person's name", "names of persons", "", [Rule::Person]),
    entity!(
        "crypto_address",
        true,
        "an address of a cryptocurrency",
        "addresses of cryptocurrencies",
        "wallet walletaddress btc btcaddress bitcoin bitcoinaddress eth ethaddress ethereum ethereumaddress cryptoaddress",
        [pattern(&[Sign::Crypto], 0.99), pattern(&[Sign::CryptoPlain], 0.84)]
    ),
    entity!(
        "secret",
        true,
        "a secret",
        "secrets",
        "secret secretkey apikey apitoken accesstoken refreshtoken token authtoken sessiontoken idtoken bearertoken privatekey \
         clientsecret secretaccesskey accesskey signingkey encryptionkey webhooksecret authorization credential salt otpsecret \
         totpsecret passwordhash pwhash pwdhash hashedpassword password passwordresettoken resettoken csrftoken sessionkey",
        [
            pattern(&[Sign::Secret], 0.98),
            named(&[Sign::Token], 0.7, 0.9),
            Rule::Named {
                signs: &[Sign::Opaque],
                share: 0.8,
                confidence: 0.87,
                distinct: 3.0,
                names: "password passwd pwd pass passphrase passwort kennwort contrasena clave motdepasse wachtwoord senha"
            }
        ]
    ),
    entity!(
        "nationality",
        false,
        "a nationality",
        "nationalities",
        "nationality citizenship nationalitaet staatsangehoerigkeit staatsbuergerschaft nationalite citoyennete nacionalidad \
         ciudadania nazionalita cittadinanza nationaliteit nacionalidade ethnicity citizenof",
        [listed(&[Sign::Nation], 0.7, 0.92, "")]
    ),
    entity!(
        "gender",
        true,
        "a gender",
        "genders",
        "gender sex geschlecht sexe genre genero sexo sesso genere geslacht",
        [listed(&[Sign::Gender], 0.85, 0.9, "")]
    ),
    entity!(
        "location",
        false,
        "a place's coordinates",
        "coordinates",
        "coordinate latlng latlon geo geolocation location position gps geopoint lat lng lon long latitude longitude \
         breitengrad laengengrad latitud longitud latitudine longitudine koordinaten coordonnee coordenada",
        [pattern(&[Sign::Coordinates], 0.85), listed(&[Sign::Degrees, Sign::Coordinates], 0.6, 0.9, "")]
    ),
    entity!(
        "place",
        false,
        "a place",
        "names or codes of places",
        "",
        [
            listed(
                &[Sign::Letters],
                0.8,
                0.84,
                "city town cityname stadt ort wohnort ville ciudad localidad citta comune cidade placeofbirth \
            birthplace geburtsort lieudenaissance lugardenacimiento luogodinascita municipality hometown"
            ),
            listed(&[Sign::Nation], 0.7, 0.86, "country countrycode countryname land pays pais paese herkunftsland"),
            listed(
                &[Sign::Few, Sign::Code],
                0.8,
                0.83,
                "zip zipcode postcode postalcode plz postleitzahl codepostal codigopostal cap postnummer"
            )
        ]
    ),
];

/// The entity of a name.
pub(crate) fn find(name: &str) -> Option<&'static Entity> {
    ENTITIES.iter().find(|entity| entity.name == name)
}
