//! The people of Acme.

use serde_json::json;

use super::super::SeedError;
use super::super::site::Site;

/// One person, as hired.
pub(super) struct Person {
    pub(super) given: &'static str,
    pub(super) family: &'static str,
    pub(super) email: &'static str,
    pub(super) team: &'static str,
}

/// A person with their identifier and the user name which the workspace gave them.
pub(super) struct Member {
    pub(super) person: &'static Person,
    pub(super) id: String,
    pub(super) user_name: String,
}

const fn person(
    given: &'static str,
    family: &'static str,
    email: &'static str,
    team: &'static str,
) -> Person {
    Person { given, family, email, team }
}

/// Everybody: mixed-case addresses, accents, two domains.
pub(super) const PEOPLE: &[Person] = &[
    person("Ana", "Silva", "ana.silva@acme.example", "platform"),
    person("Björn", "Ångström", "bjorn.angstrom@acme.example", "platform"),
    person("Chidi", "Okafor", "chidi.okafor@acme.example", "platform"),
    person("Deirdre", "O'Brien", "Deirdre.OBrien@acme.example", "platform"),
    person("Emre", "Yılmaz", "emre.yilmaz@acme.example", "platform"),
    person("Fatima", "Al-Sayed", "fatima.alsayed@acme.example", "data-engineering"),
    person("Grzegorz", "Brzęczyszczykiewicz", "grzegorz.b@acme.example", "data-engineering"),
    person("Hanna", "Müller", "hanna.mueller@acme.example", "data-engineering"),
    person("Ian", "MacDonald", "Ian.MacDonald@ACME.example", "data-engineering"),
    person("Jana", "Nováková", "jana.novakova@acme.example", "data-engineering"),
    person("Kenji", "Tanaka", "kenji.tanaka@acme.example", "data-engineering"),
    person("Laura", "García López", "laura.garcia@acme.example", "data-engineering"),
    person("Matteo", "Rossi", "matteo.rossi@acme.example", "data-engineering"),
    person("Ngozi", "Eze", "ngozi.eze@acme.example", "data-engineering"),
    person("Oskar", "Lindqvist", "oskar.lindqvist@acme.example", "data-engineering"),
    person("Priya", "Natarajan", "priya.natarajan@acme.example", "data-engineering"),
    person("Quentin", "Lefèvre", "quentin.lefevre@acme.example", "data-science"),
    person("Rania", "Haddad", "rania.haddad@acme.example", "data-science"),
    person("Søren", "Kjærgaard", "soren.kjaergaard@acme.example", "data-science"),
    person("Tomasz", "Wójcik", "tomasz.wojcik@acme.example", "data-science"),
    person("Uma", "Krishnan", "uma.krishnan@acme.example", "data-science"),
    person("Valentina", "Popescu", "valentina.popescu@acme.example", "data-science"),
    person("Wei", "Zhang", "wei.zhang@acme.example", "data-science"),
    person("Ximena", "Muñoz", "ximena.munoz@acme.example", "data-science"),
    person("Yusuf", "Demir", "yusuf.demir@acme.example", "data-science"),
    person("Zoé", "Martin", "Zoe.Martin@acme.example", "analytics"),
    person("Adrian", "Keller", "adrian.keller@acme.example", "analytics"),
    person("Beatriz", "Costa", "beatriz.costa@acme.example", "analytics"),
    person("Cormac", "Byrne", "cormac.byrne@acme.example", "analytics"),
    person("Dana", "Levy", "dana.levy@acme.example", "analytics"),
    person("Elif", "Şahin", "elif.sahin@acme.example", "analytics"),
    person("Farid", "Rahimi", "farid.rahimi@acme.example", "analytics"),
    person("Greta", "Jónsdóttir", "greta.jonsdottir@acme.example", "analytics"),
    person("Hugo", "Dubois", "hugo.dubois@acme.example", "analytics"),
    person("Irina", "Petrova", "irina.petrova@acme.example", "finance"),
    person("Jonas", "Weiß", "jonas.weiss@acme.example", "finance"),
    person("Katarzyna", "Zielińska", "katarzyna.zielinska@acme.example", "finance"),
    person("Liam", "Walsh", "liam.walsh@acme.example", "finance"),
    person("Mei", "Lin", "mei.lin@acme.example", "finance"),
    person("Nikos", "Papadopoulos", "nikos.papadopoulos@acme.example", "logistics"),
    person("Olga", "Ivanova", "olga.ivanova@acme.example", "logistics"),
    person("Pedro", "Gonçalves", "pedro.goncalves@acme.example", "logistics"),
    person("Rosa", "Jiménez", "rosa.jimenez@acme.example", "logistics"),
    person("Stefan", "Đorđević", "stefan.djordjevic@acme.example", "logistics"),
    person("Tuulikki", "Mäkinen", "tuulikki.makinen@acme.example", "marketing"),
    person("Ulrich", "Groß", "ulrich.gross@acme.example", "marketing"),
    person("Violeta", "Ilieva", "violeta.ilieva@acme.example", "marketing"),
    person("William", "Turner", "WTurner@acme.example", "marketing"),
    person("Yara", "Mansour", "yara.mansour@acme.example", "marketing"),
    person("Zdeněk", "Dvořák", "zdenek.dvorak@acme.example", "support"),
    person("Amélie", "Fontaine", "amelie.fontaine@acme.example", "support"),
    person("Bruno", "Ferreira", "bruno.ferreira@acme.example", "support"),
    person("Carla", "De Vries", "carla.devries@acme.example", "support"),
    person("Dmitri", "Sokolov", "dmitri.sokolov@acme.example", "support"),
    person("Eszter", "Nagy", "eszter.nagy+dbx@contractor.example", "contractors"),
    person("Finn", "O'Connor", "finn_oconnor@contractor.example", "contractors"),
    person("Gita", "Sharma", "gita.sharma@contractor.example", "contractors"),
    person("Håkon", "Bergstrøm", "hakon@bergstrom-consulting.example", "contractors"),
    person("Ingrid", "Larsen", "ingrid.larsen@acme.example", "left"),
    person("Jorge", "Vega", "jorge.vega@acme.example", "left"),
];

/// Plants everybody, each with their home; who has left is not active any more.
pub(super) async fn plant(site: &Site) -> Result<Vec<Member>, SeedError> {
    const CALL: &str = "/api/2.0/preview/scim/v2/Users";
    let mut members = Vec::new();
    for (index, person) in PEOPLE.iter().enumerate() {
        let mut body = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": person.email,
            "displayName": format!("{} {}", person.given, person.family),
            "name": {"givenName": person.given, "familyName": person.family},
        });
        if person.team == "left" {
            body["active"] = json!(false);
        }
        if person.team == "contractors" {
            body["externalId"] = json!(format!("ext-{index:04}"));
        }
        if person.family == "Kjærgaard" {
            body["entitlements"] = json!([{"value": "allow-cluster-create"}]);
        }
        let answer = site.post(CALL, body).await?;
        let text = |field: &'static str| {
            answer[field].as_str().map(str::to_owned).ok_or(SeedError::Answer { call: CALL, field })
        };
        members.push(Member { person, id: text("id")?, user_name: text("userName")? });
    }
    Ok(members)
}
