//! Numbers that states give to persons.

use super::{Entity, Rule, checked, entity, named, pattern};
use crate::catalog::classify::sign::Sign;

pub(super) const ALL: &[Entity] = &[
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
];
