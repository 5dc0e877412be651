//! Objects that texts of other objects name, such as `{{secrets/prod/password}}`.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::kind::{Catalogue, Kind};
use crate::model::Address;

/// The objects that texts anywhere in a spec name.
///
/// Whoever names one can be there without it: a name orders steps, and holds nothing up.
pub(super) fn mentions(catalogue: &Catalogue, spec: &Value) -> BTreeSet<Address> {
    let named: Vec<(&'static Kind, _)> =
        catalogue.kinds().filter_map(|kind| Some((kind, kind.mention?))).collect();
    let mut found = BTreeSet::new();
    if !named.is_empty() {
        walk(spec, &named, &mut found);
    }
    found
}

fn walk(value: &Value, named: &[(&'static Kind, (&str, &str))], found: &mut BTreeSet<Address>) {
    match value {
        Value::String(text) => {
            for (kind, (before, after)) in named {
                let rest = text.split(before).skip(1);
                let keys =
                    rest.filter_map(|rest| rest.split_once(after)).map(|(key, _)| key.trim());
                found.extend(keys.map(|key| Address::new(kind.name, key)));
            }
        }
        Value::Array(items) => items.iter().for_each(|item| walk(item, named, found)),
        Value::Object(map) => map.values().for_each(|inner| walk(inner, named, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    static KIND: Kind = Kind { name: "toy", mention: Some(("{{toys/", "}}")), ..Kind::REGULAR };

    #[test]
    fn names_stand_anywhere_in_texts() {
        let spec = json!({
            "a": ["x{{toys/bear/left }}y{{toys/ball}}", "{{toys/", "toys/cube"],
            "{{toys/key}}": {"b": "{{other/thing}}"},
        });
        let found: Vec<String> =
            mentions(&Catalogue::new(&[&KIND]), &spec).iter().map(ToString::to_string).collect();
        assert_eq!(found, ["toy:ball", "toy:bear/left"]);
    }
}
