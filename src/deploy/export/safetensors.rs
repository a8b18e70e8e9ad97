//! Export `safetensors`: the weights in PyTorch's layout with the network as JSON.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use ::safetensors::{Dtype, View};
use pg_base::{Array, Elements, Trouble, t};

use super::{ExportFile, ExportFormat, network_of};
use crate::bundle::json;
use crate::model::{Model, TrainedNetwork};

pub(super) static FORMAT: ExportFormat = ExportFormat {
    id: "safetensors",
    title: t("Safetensors", "Safetensors"),
    summary: t(
        "The weights in PyTorch's layout (no pickle), with network, preparation and golden rows as JSON.",
        "按 PyTorch 布局保存的权重（不含 pickle），并附 JSON 格式的网络、预处理和校验行。",
    ),
    files: |bundle| {
        let model = &*bundle.model;
        let network = network_of(model)?;
        Ok(vec![
            ExportFile::new("model.safetensors", weights(network)?),
            ExportFile::new("blueprint.json", json(&network.blueprint)?),
            ExportFile::new("recipe.json", json(&model.recipe)?),
            ExportFile::new("encoder.json", json(&model.encoder)?),
            ExportFile::new("golden.json", json(&bundle.golden)?),
            ExportFile::new("README.md", readme(model)),
        ])
    },
};

const README: &str = "\
# Weights for PyTorch

`model.safetensors` holds one tensor per weight, named `LAYER.weight`, `LAYER.bias` and so on; `blueprint.json` lists the
layers with their kinds and parameters, each with the ids of the layers it takes its input from.

| kind in the blueprint | PyTorch | tensors |
|---|---|---|
| dense, output | `nn.Linear` | `weight` `[out, in]`, `bias` |
| conv2d | `nn.Conv2d` | `weight` `[out, in / groups, height, width]`, `bias` |
| conv_transpose2d | `nn.ConvTranspose2d` | `weight` `[in, out, height, width]`, `bias` |
| conv1d | `nn.Conv1d` | `weight` `[out, in / groups, window]`, `bias` |
| batch_norm | `nn.BatchNorm1d`, `nn.BatchNorm2d` | `weight`, `bias`, `running_mean`, `running_var` |
| layer_norm | `nn.LayerNorm` | `weight`, `bias` |
| group_norm | `nn.GroupNorm` | `weight`, `bias` |
| rms_norm | `nn.RMSNorm` | `weight` |
| recurrent | `nn.LSTM`, `nn.GRU`, `nn.RNN`, gates in their order | `onward.input` and `onward.hidden` (transposed: `[in, gates · hidden]`), `onward.input_bias`, `onward.hidden_bias`; `back.…` for the other direction |
| embedding | `nn.Embedding` | `weight` `[vocabulary, width]`; id 0 is padding, id 1 an unknown token |
| positions | added to the embedding | `weight` `[length, width]` where they are learnt |
| transformer_block | separate `nn.Linear` for `attention.query`, `.key`, `.value`, `.output`, `expand`, `shrink`; `nn.LayerNorm` for `norm_1`, `norm_2` | as above |

```python
from safetensors.torch import load_file
weights = load_file(\"model.safetensors\")
dense = torch.nn.Linear(n_in, n_out)
dense.load_state_dict({\"weight\": weights[\"dense_1.weight\"], \"bias\": weights[\"dense_1.bias\"]})
```

`recipe.json` holds the fitted steps from raw columns to features, `encoder.json` the order of the features, the class names or
the mean and deviation of a number target (`prediction * std + mean`).
`golden.json` holds raw rows with the answers that a correct port gives to 1e-4.
";

/// What is in several targets beyond one.
const SEVERAL: &str = "\
There are several targets: `encoder.json` lists them in the order of the outputs.
A number is `output * std + mean` of its own; of a label, the logistic function of the output tells how likely the second of its
two names is.
";

fn readme(model: &Model) -> String {
    let several = if model.encoder.targets.len() > 1 { SEVERAL } else { "" };
    format!("{README}{several}")
}

fn weights(network: &TrainedNetwork) -> Result<Vec<u8>, Trouble> {
    let arrays: BTreeMap<&str, Stored> = network
        .weights
        .arrays
        .iter()
        .map(|(name, array)| (name.as_str(), stored(network, name, array)))
        .collect();
    // One entry only: several would be written in no fixed order.
    let metadata = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    ::safetensors::serialize(arrays, Some(metadata)).map_err(Trouble::internal)
}

/// PyTorch keeps the weights of linear maps as `[out, in]`, ours are `[in, out]`.
fn stored(network: &TrainedNetwork, name: &str, array: &Array) -> Stored {
    let is_linear = network.blueprint.layers.iter().any(|layer| {
        matches!(layer.kind.as_str(), "dense" | "output" | "transformer_block")
            && name.strip_prefix(layer.id.as_str()).is_some_and(|rest| rest.starts_with('.'))
    });
    match (array.shape.as_slice(), &array.elements) {
        ([n_in, n_out], Elements::F32(values)) if is_linear => {
            let turned =
                (0..*n_out).flat_map(|column| values.iter().skip(column).step_by((*n_out).max(1)));
            Stored {
                shape: vec![*n_out, *n_in],
                bytes: turned.flat_map(|value| value.to_le_bytes()).collect(),
                dtype: Dtype::F32,
            }
        }
        (shape, Elements::F32(values)) => Stored {
            shape: shape.to_vec(),
            bytes: values.iter().flat_map(|value| value.to_le_bytes()).collect(),
            dtype: Dtype::F32,
        },
        (shape, Elements::I32(values)) => Stored {
            shape: shape.to_vec(),
            bytes: values.iter().flat_map(|value| value.to_le_bytes()).collect(),
            dtype: Dtype::I32,
        },
    }
}

struct Stored {
    shape: Vec<usize>,
    bytes: Vec<u8>,
    dtype: Dtype,
}

impl View for Stored {
    fn dtype(&self) -> Dtype {
        self.dtype
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.bytes)
    }

    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Bundle;
    use crate::testing::{self, Plain};

    #[test]
    fn linear_weights_are_turned() {
        let bundle = Bundle::new(&testing::flowers_model(), None, &Plain).expect("a bundle");
        let bytes = weights(bundle.model.network().expect("a network")).expect("bytes");
        let file = ::safetensors::SafeTensors::deserialize(&bytes).expect("safetensors");
        let weight = file.tensor("output.weight").expect("the weight");
        assert_eq!(weight.shape(), [2, 4]);
        let found: Vec<f32> = weight
            .data()
            .chunks(4)
            .map(|word| f32::from_le_bytes([word[0], word[1], word[2], word[3]]))
            .collect();
        assert_eq!(found, [-1.0, 0.25, 0.5, 0.0, 1.0, 0.0, 0.0, 0.125]);
        assert_eq!(file.tensor("output.bias").expect("the bias").shape(), [2]);
    }
}
