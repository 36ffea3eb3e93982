//! Names of persons: the attribute's name and the form of the values, and given names that are common.

use super::{
    entity::Entity,
    judge::{Found, Sight, float, percent},
    name::Name,
    sign::Sign,
};

/// Names that say nothing else.
const STRONG: &str = "firstname lastname fullname surname givenname familyname middlename maidenname forename vorname nachname \
    familienname zuname prenom nomdefamille nomcomplet nomprenom apellido primerapellido segundoapellido nombrecompleto cognome \
    nomecompleto nomecognome personname patientname employeename cardholder cardholdername holdername \
    passengername guestname drivername studentname teachername doctorname mothername fathername spousename voornaam achternaam \
    imie nazwisko fornamn efternamn sobrenome namefirst namelast namegiven namefamily namefull legalname fname lname \
    contactperson ansprechpartner nickname";
/// Names for persons in maps around, or before `name`.
const PERSONS: &str = "customer user person people contact patient employee member owner author recipient sender guest passenger holder \
    student teacher parent driver signer beneficiary client buyer seller tenant candidate applicant subscriber participant attendee \
    manager assignee reviewer doctor spouse child lead profile kunde benutzer mitarbeiter cliente utilisateur usuario persona \
    personne empleado dipendente paciente";
/// Names that are often a person's, and often another thing's.
const VAGUE: &str = "kundenname nomclient nombrecliente accountholder name nom nombre nome displayname author owner assignee manager createdby updatedby assignedto approvedby reviewer \
    contact recipient sender signedby customer employee patient person driver teacher doctor attn careof guest passenger traveller \
    traveler cliente kunde autor auteur approver requester reporter";
const NAMES: &str = "name nom nombre nome";

/// Names which are of things.
const USER: &str = "username userid login loginname hostname filename";

/// Judges whether values are names of persons.
pub(crate) fn judge(entity: &Entity, name: &Name, sight: Sight<'_>) -> Option<Found> {
    let letters = sight.sum(&[Sign::Letters]);
    let share = sight.share(letters.whole);
    let given = sight.share(sight.sum(&[Sign::Given]).whole);
    let full = sight.share(sight.sum(&[Sign::Named]).whole);
    if share < 0.7 || letters.distinct + 0.5 < float(sight.values.min(3)) || name.is(USER) {
        return None;
    }
    let is_strong = name.says(STRONG);
    let is_person = name.says(NAMES) && name.is_of(PERSONS);
    let confidence = match () {
        () if is_strong => 0.87 + 0.11 * (given * 3.0).min(1.0),
        () if is_person && given >= 0.15 => 0.92,
        () if is_person && given >= 0.04 && full >= 0.5 => 0.62,
        () if name.says(VAGUE) && given >= 0.25 && full >= 0.5 => 0.86,
        () if given >= 0.5 && full >= 0.7 => 0.72,
        () => return None,
    };
    let mut evidence = vec![format!("{} of values are words such as names", percent(share))];
    if given > 0.0 {
        evidence.push(format!("{} of values have a common given name", percent(given)));
    }
    if is_strong || is_person || name.says(VAGUE) {
        evidence.push(format!("the name says {}", entity.one));
    }
    Some(Found { confidence, share, evidence })
}
