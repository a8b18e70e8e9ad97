//! Lists that files write without brackets where they hold one thing: `null`, the thing, or a list.
//!
//! For `#[serde(with = "pg_base::one_or_many")]`.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany<T> {
    Many(Vec<T>),
    One(T),
    None(()),
}

/// Writes the list.
///
/// Errors: those of the serializer.
pub fn serialize<T: Serialize, S: Serializer>(
    list: &[T],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match list {
        [] => serializer.serialize_none(),
        [one] => one.serialize(serializer),
        many => many.serialize(serializer),
    }
}

/// Reads the list.
///
/// Errors: those of the deserializer, where it is none of the three.
pub fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    Ok(match OneOrMany::deserialize(deserializer)? {
        OneOrMany::Many(many) => many,
        OneOrMany::One(one) => vec![one],
        OneOrMany::None(()) => Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Holder {
        #[serde(with = "super")]
        list: Vec<u8>,
    }

    #[test]
    fn one_thing_has_no_brackets() {
        let check = |list: Vec<u8>, expected: &str| {
            let holder = Holder { list };
            let json = serde_json::to_string(&holder).expect("plain data");
            assert_eq!(json, expected);
            assert_eq!(serde_json::from_str::<Holder>(&json).expect("reads back"), holder);
        };
        check(vec![], r#"{"list":null}"#);
        check(vec![3], r#"{"list":3}"#);
        check(vec![3, 4], r#"{"list":[3,4]}"#);
        assert!(serde_json::from_str::<Holder>(r#"{"list":"x"}"#).is_err());
    }
}
