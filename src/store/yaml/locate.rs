//! The line of a field, for messages about its value.

use std::fmt;

use serde::de::DeserializeSeed;
use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Tells the line, from 1, on which the value at `path` begins (list items by their number), if it is there.
pub fn line_of(text: &str, path: &[&str]) -> Option<usize> {
    let error = Search { path }.deserialize(serde_yaml::Deserializer::from_str(text)).err()?;
    (error.to_string().contains(FOUND))
        .then(|| error.location().map(|place| place.line()))
        .flatten()
}

const FOUND: &str = "brickform found the field";

#[derive(Clone, Copy)]
struct Search<'a> {
    path: &'a [&'a str],
}

impl<'de> DeserializeSeed<'de> for Search<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        match self.path {
            [] => Target.deserialize(deserializer),
            _ => deserializer.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for Search<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map or a list")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if self.path.first() == Some(&key.as_str()) {
                map.next_value_seed(Search { path: &self.path[1..] })?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let wanted: usize = self.path[0].parse().unwrap_or(usize::MAX);
        for _ in 0..wanted {
            if list.next_element::<IgnoredAny>()?.is_none() {
                return Ok(());
            }
        }
        list.next_element_seed(Search { path: &self.path[1..] })?;
        Ok(())
    }
}

/// Fails on whatever stands here, so that the error tells the place.
struct Target;

impl<'de> DeserializeSeed<'de> for Target {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

macro_rules! found {
    ($($name:ident: $type:ty),*) => {
        $(fn $name<E: serde::de::Error>(self, _: $type) -> Result<(), E> { Err(E::custom(FOUND)) })*
    };
}

impl<'de> Visitor<'de> for Target {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    found!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str);

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        Err(E::custom(FOUND))
    }

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        Err(A::Error::custom(FOUND))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        Err(A::Error::custom(FOUND))
    }
}

#[cfg(test)]
mod tests {
    use super::line_of;

    #[test]
    fn tells_the_line_of_a_field() {
        let text = "a: 1\nb:\n  - c: x\n  - c:\n      d: true\n";
        assert_eq!(line_of(text, &["a"]), Some(1));
        assert_eq!(line_of(text, &["b", "1", "c", "d"]), Some(5));
        assert_eq!(line_of(text, &["b", "7"]), None);
        assert_eq!(line_of(text, &["z"]), None);
    }
}
