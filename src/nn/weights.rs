//! Weights as plain named arrays, and their safetensors form.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use pg_base::{Array, Elements, Fingerprint, StableHasher, Trouble, say};
use safetensors::{Dtype, SafeTensors, View};
use serde::{Deserialize, Serialize};

/// Key of the one entry of the file's metadata: the JSON of ours.
/// One entry only, because the format's library writes several in no fixed order.
const METADATA_KEY: &str = "pyrograph";

/// Arrays by name (`dense_1.weight`); dense weights are `[in, out]` as in burn.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Weights {
    /// All of them, running statistics included.
    pub arrays: BTreeMap<String, Array>,
}

impl Weights {
    /// A safetensors file; equal weights and metadata give equal bytes.
    pub fn to_safetensors(&self, metadata: &BTreeMap<String, String>) -> Result<Vec<u8>, Trouble> {
        let json = serde_json::to_string(metadata).map_err(Trouble::internal)?;
        let entries = HashMap::from([(METADATA_KEY.to_owned(), json)]);
        safetensors::serialize(
            self.arrays.iter().map(|(name, array)| (name, Stored(array))),
            Some(entries),
        )
        .map_err(Trouble::internal)
    }

    /// Reads a safetensors file with our metadata (empty where another program wrote it).
    pub fn from_safetensors(bytes: &[u8]) -> Result<(Self, BTreeMap<String, String>), Trouble> {
        let file = SafeTensors::deserialize(bytes).map_err(|error| damaged(&error.to_string()))?;
        let mut arrays = BTreeMap::new();
        for (name, view) in file.iter() {
            let words = view.data().as_chunks::<4>().0.iter();
            let elements = match view.dtype() {
                Dtype::F32 => Elements::F32(words.map(|word| f32::from_le_bytes(*word)).collect()),
                Dtype::I32 => Elements::I32(words.map(|word| i32::from_le_bytes(*word)).collect()),
                other => {
                    return Err(Trouble::new(
                        "weights-type",
                        say!(
                            "`{name}` holds numbers of type {other:?}",
                            "`{name}` 的数字类型为 {other:?}"
                        ),
                    )
                    .expected(say!("F32 or I32", "F32 或 I32")));
                }
            };
            arrays.insert(name.to_owned(), Array { shape: view.shape().to_vec(), elements });
        }
        let (_, header) =
            SafeTensors::read_metadata(bytes).map_err(|error| damaged(&error.to_string()))?;
        let metadata =
            match header.metadata().as_ref().and_then(|entries| entries.get(METADATA_KEY)) {
                Some(json) => {
                    serde_json::from_str(json).map_err(|error| damaged(&error.to_string()))?
                }
                None => BTreeMap::new(),
            };
        Ok((Self { arrays }, metadata))
    }

    /// A stable key of names, shapes and numbers.
    pub fn fingerprint(&self) -> Fingerprint {
        let mut hasher = StableHasher::new();
        hasher.text("weights");
        for (name, array) in &self.arrays {
            hasher.text(name).number(array.shape.len() as u64);
            for size in &array.shape {
                hasher.number(*size as u64);
            }
            hasher
                .text(if array.as_f32().is_some() { "f32" } else { "i32" })
                .bytes(&array_bytes(array));
        }
        hasher.finish()
    }

    /// Numbers in all arrays.
    pub fn n_numbers(&self) -> usize {
        self.arrays.values().map(|array| array.shape.iter().product::<usize>()).sum()
    }

    /// The numbers of one array.
    pub fn f32(&self, name: &str) -> Result<&[f32], Trouble> {
        self.arrays.get(name).and_then(Array::as_f32).ok_or_else(|| Self::missing(name))
    }

    /// The trouble of weights that lack an array.
    pub(crate) fn missing(name: &str) -> Trouble {
        Trouble::new("weights-missing", say!("the weights lack `{name}`", "权重中缺少 `{name}`"))
            .advice(say!(
                "Train the network again: it has changed since.",
                "网络已更改，请重新训练。"
            ))
    }
}

struct Stored<'a>(&'a Array);

impl View for Stored<'_> {
    fn dtype(&self) -> Dtype {
        match self.0.elements {
            Elements::F32(_) => Dtype::F32,
            Elements::I32(_) => Dtype::I32,
        }
    }

    fn shape(&self) -> &[usize] {
        &self.0.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Owned(array_bytes(self.0))
    }

    fn data_len(&self) -> usize {
        self.0.n_bytes()
    }
}

fn array_bytes(array: &Array) -> Vec<u8> {
    match &array.elements {
        Elements::F32(numbers) => numbers.iter().flat_map(|number| number.to_le_bytes()).collect(),
        Elements::I32(ids) => ids.iter().flat_map(|id| id.to_le_bytes()).collect(),
    }
}

fn damaged(reason: &str) -> Trouble {
    Trouble::new(
        "weights-damaged",
        say!("the weights cannot be read: {reason}", "无法读取权重：{reason}"),
    )
    .expected(say!("a whole safetensors file", "完整的 safetensors 文件"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Weights {
        let mut arrays = BTreeMap::new();
        arrays.insert(
            "dense_1.weight".to_owned(),
            Array::f32([2, 2], vec![1.0, -0.0, f32::MIN_POSITIVE, 3.5]),
        );
        arrays.insert("ids".to_owned(), Array::i32([3], vec![1, -2, 3]));
        arrays.insert("空".to_owned(), Array::f32([0], vec![]));
        Weights { arrays }
    }

    #[test]
    fn weights_and_metadata_survive_a_file_and_bytes_repeat() {
        let weights = sample();
        let metadata =
            BTreeMap::from([("b".to_owned(), "2".to_owned()), ("a".to_owned(), "1".to_owned())]);
        let bytes = weights.to_safetensors(&metadata).expect("writable");
        assert_eq!(bytes, weights.to_safetensors(&metadata).expect("writable"));
        let (read, read_metadata) = Weights::from_safetensors(&bytes).expect("readable");
        assert_eq!(read, weights);
        assert_eq!(read_metadata, metadata);
        assert_eq!(read.fingerprint(), weights.fingerprint());
    }

    #[test]
    fn every_cut_file_is_refused() {
        let bytes = sample().to_safetensors(&BTreeMap::new()).expect("writable");
        for length in 0..bytes.len() {
            let found = Weights::from_safetensors(&bytes[..length]).expect_err("cut");
            assert_eq!(found.code, "weights-damaged", "{length}");
        }
    }

    #[test]
    fn fingerprints_see_names_shapes_and_numbers() {
        let weights = sample();
        let mut renamed = weights.clone();
        let array = renamed.arrays.remove("ids").expect("present");
        renamed.arrays.insert("idz".to_owned(), array);
        let mut reshaped = weights.clone();
        reshaped.arrays.get_mut("dense_1.weight").expect("present").shape = vec![4];
        for other in [renamed, reshaped] {
            assert_ne!(other.fingerprint(), weights.fingerprint());
        }
    }
}
