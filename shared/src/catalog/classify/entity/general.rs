//! What is alike in all countries.

use super::{Entity, Rule, checked, entity, listed, named, pattern};
use crate::catalog::classify::sign::Sign;

pub(super) const ALL: &[Entity] = &[
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
         numerodetelephone numerodetelefono numerotelefono cellulare whatsapp whatsappnumber contactnumber phoneno telefoon caller callee callerid",
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
