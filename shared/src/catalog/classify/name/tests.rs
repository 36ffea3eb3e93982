use super::*;

fn words(path: &[&str]) -> String {
    Name::new(path).words.join(" ")
}

#[test]
fn splits_names_into_words() {
    assert_eq!(words(&["emailAddress"]), "email address");
    assert_eq!(words(&["customer_email"]), "customer email");
    assert_eq!(words(&["customer.e-mail"]), "customer e mail");
    assert_eq!(words(&["userIPAddress"]), "user ip address");
    assert_eq!(words(&["line1"]), "line 1");
    assert_eq!(words(&["Straße", "Añadir"]), "strasse anadir");
    assert_eq!(words(&["contacts", "[]", "phone"]), "contacts phone");
    assert_eq!(words(&["DOB"]), "dob");
}

#[track_caller]
fn says(path: &[&str], phrases: &str, expected: bool) {
    assert_eq!(Name::new(path).says(phrases), expected, "{path:?} says {phrases}");
}

#[test]
fn a_name_says_what_it_ends_with() {
    let email = "email emailaddress correo correoelectronico";
    says(&["email"], email, true);
    says(&["billing_email"], email, true);
    says(&["emails"], email, true);
    says(&["email2"], email, true);
    says(&["emailAddress"], email, true);
    says(&["email", "value"], email, true);
    says(&["emails", "[]"], email, true);
    says(&["correo_electronico_del_cliente"], email, true);
    says(&["CORREO"], email, true);
    says(&["card", "number"], "cardnumber", true);
}

#[test]
fn a_name_of_something_about_it_does_not_say_it() {
    for name in
        ["email_verified", "is_email", "emailCount", "email_template_id", "has_email", "num_emails", "email_hash"]
    {
        says(&[name], "email", false);
    }
    says(&["phone_type"], "phone", false);
    says(&["card_count"], "card", false);
    says(&["address_id"], "address", false);
    says(&["ip_allowed"], "ip", false);
    says(&["ship"], "ip", false);
    says(&["email", "verified"], "email", false);
    says(&["email", "id"], "email", false);
}
