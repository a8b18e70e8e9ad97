//! Networks for tables of numbers and categories.

use pg_base::{ParamValue, Trouble};

use super::{Chain, Mlp, int, text};
use crate::blueprint::Blueprint;
use crate::layers::{
    add, batch_norm, class_token, dense, embedding, feature_tokens, layer_norm, members,
    sequence_pool, transformer_block,
};

/// Dense layers with short cuts around them (Gorishniy et al. 2021, "ResNet" for tables).
#[derive(Clone, Debug, PartialEq)]
pub struct ResidualMlp {
    /// Numbers that flow from block to block.
    pub width: usize,
    /// Units inside a block.
    pub hidden: usize,
    /// Blocks.
    pub n_blocks: usize,
    /// Dropout inside each block; 0 for none.
    pub dropout: f64,
}

impl ResidualMlp {
    /// Adds the layers after `from`: a dense layer, the blocks, and a normalised end.
    pub fn push(
        &self,
        blueprint: &mut Blueprint,
        prefix: &str,
        from: &str,
    ) -> Result<String, Trouble> {
        let mut chain = Chain::new(blueprint, prefix, from);
        chain.flatten_if_needed()?;
        let dense = |units| [(dense::UNITS.spec.id, int(units))];
        chain.push(dense::SPEC.id, &dense(self.width))?;
        for _ in 0..self.n_blocks {
            let shortcut = chain.last.clone();
            chain.push(batch_norm::SPEC.id, &[])?;
            chain.push(dense::SPEC.id, &dense(self.hidden))?;
            chain.activation("relu")?;
            chain.dropout(self.dropout)?;
            chain.push(dense::SPEC.id, &dense(self.width))?;
            chain.join(add::SPEC.id, &[], shortcut)?;
        }
        chain.push(batch_norm::SPEC.id, &[])?;
        chain.activation("relu")?;
        Ok(chain.last)
    }
}

/// A transformer over the columns of a table (FT-Transformer, Gorishniy et al. 2021).
#[derive(Clone, Debug, PartialEq)]
pub struct TableTransformer {
    /// Numbers per column; a multiple of the heads.
    pub dim: usize,
    /// Attention heads.
    pub n_heads: usize,
    /// Blocks.
    pub n_blocks: usize,
    /// Width inside the feed-forward parts.
    pub feed_forward: usize,
    /// Dropout everywhere; 0 for none.
    pub dropout: f64,
    /// `linear` or `periodic`.
    pub tokens: String,
}

impl TableTransformer {
    /// Adds the layers after the inputs `starts`: number columns, or ids of one or more positions each.
    pub fn push(
        &self,
        blueprint: &mut Blueprint,
        prefix: &str,
        starts: &[String],
    ) -> Result<String, Trouble> {
        let mut tokens = Vec::with_capacity(starts.len());
        for start in starts {
            let mut chain = Chain::new(blueprint, prefix, start);
            if chain.signal()?.vocabulary.is_some() {
                chain.push(embedding::SPEC.id, &[(embedding::DIM.spec.id, int(self.dim))])?;
            } else {
                let kind = (feature_tokens::KIND.spec.id, text(&self.tokens));
                let dim = (feature_tokens::DIM.spec.id, int(self.dim));
                chain.push(feature_tokens::SPEC.id, &[dim, kind])?;
            }
            tokens.push(chain.last);
        }
        let mut chain = Chain::of_many(blueprint, prefix, tokens, "positions")?;
        chain.push(class_token::SPEC.id, &[])?;
        for _ in 0..self.n_blocks {
            chain.push(
                transformer_block::SPEC.id,
                &[
                    (transformer_block::HEADS.spec.id, int(self.n_heads)),
                    (transformer_block::FEED_FORWARD.spec.id, int(self.feed_forward)),
                    (transformer_block::DROPOUT.spec.id, ParamValue::Float(self.dropout)),
                    (transformer_block::NORM.spec.id, text("pre")),
                    (transformer_block::ACTIVATION.spec.id, text("gelu")),
                ],
            )?;
        }
        chain.push(layer_norm::SPEC.id, &[])?;
        chain.push(sequence_pool::SPEC.id, &[(sequence_pool::KIND.spec.id, text("first"))])?;
        chain.activation("relu")?;
        Ok(chain.last)
    }
}

/// One network that answers as many (TabM, Gorishniy et al. 2024, in its smallest form): copies of the row with scales of
/// their own, shared dense layers, the mean of all.
#[derive(Clone, Debug, PartialEq)]
pub struct MlpEnsemble {
    /// The shared layers; batch normalisation is not for members.
    pub mlp: Mlp,
    /// Members.
    pub n_members: usize,
}

impl MlpEnsemble {
    /// Adds the layers after `from`.
    pub fn push(
        &self,
        blueprint: &mut Blueprint,
        prefix: &str,
        from: &str,
    ) -> Result<String, Trouble> {
        let mut chain = Chain::new(blueprint, prefix, from);
        chain.flatten_if_needed()?;
        chain.push(members::SPEC.id, &[(members::COUNT.spec.id, int(self.n_members))])?;
        for units in &self.mlp.hidden {
            chain.push(dense::SPEC.id, &[(dense::UNITS.spec.id, int(*units))])?;
            chain.activation(&self.mlp.activation)?;
            chain.dropout(self.mlp.dropout)?;
        }
        chain.push(sequence_pool::SPEC.id, &[(sequence_pool::KIND.spec.id, text("mean"))])?;
        Ok(chain.last)
    }
}

/// Joins all inputs of a table into one row of numbers: ids through embeddings of a fitting width (texts by their mean),
/// everything else flattened.
pub fn flat(blueprint: &mut Blueprint, prefix: &str, starts: &[String]) -> Result<String, Trouble> {
    let mut parts = Vec::with_capacity(starts.len());
    for start in starts {
        let mut chain = Chain::new(blueprint, prefix, start);
        let signal = chain.signal()?;
        if let Some(vocabulary) = signal.vocabulary {
            // The rule of thumb of fast.ai's tabular models.
            let dim = (1.6 * (vocabulary as f64).powf(0.56)).round().clamp(2.0, 64.0) as usize;
            chain.push(embedding::SPEC.id, &[(embedding::DIM.spec.id, int(dim))])?;
            chain.push(sequence_pool::SPEC.id, &[(sequence_pool::KIND.spec.id, text("mean"))])?;
        }
        chain.flatten_if_needed()?;
        parts.push(chain.last);
    }
    Ok(Chain::of_many(blueprint, prefix, parts, "features")?.last)
}

/// Puts two branches side by side.
pub fn side_by_side(
    blueprint: &mut Blueprint,
    prefix: &str,
    one: &str,
    other: &str,
) -> Result<String, Trouble> {
    let both = vec![one.to_owned(), other.to_owned()];
    Ok(Chain::of_many(blueprint, prefix, both, "features")?.last)
}

#[cfg(test)]
pub(crate) mod tests {
    use pg_base::ParamValues;

    use super::*;
    use crate::blueprint::Head;
    use crate::layers::{input, output};
    use crate::spec::Signal;

    /// A network for a table of four numbers and two columns of categories.
    fn of_table(
        push: impl FnOnce(&mut Blueprint, &[String]) -> Result<String, Trouble>,
    ) -> Blueprint {
        let mut blueprint =
            Blueprint::new(vec![Signal::numbers([4]), Signal::ids(1, 7), Signal::ids(1, 40)]);
        let starts = ["in_0", "in_1", "in_2"].map(str::to_owned);
        for (slot, start) in starts.iter().enumerate() {
            let slot = ParamValues::from([(input::SLOT.spec.id.to_owned(), int(slot))]);
            blueprint.push(start.clone(), input::SPEC.id, slot, &[]).expect("an input");
        }
        let last = push(&mut blueprint, &starts).expect("fits");
        let units = ParamValues::from([(output::UNITS.spec.id.to_owned(), int(3))]);
        blueprint.push("out", output::SPEC.id, units, &[last]).expect("an output");
        blueprint.head = Some(Head::Softmax { n_classes: 3 });
        blueprint
    }

    /// The networks for tables.
    pub(crate) fn tables() -> Vec<Blueprint> {
        let transformer = |tokens: &str| TableTransformer {
            dim: 8,
            n_heads: 2,
            n_blocks: 1,
            feed_forward: 16,
            dropout: 0.1,
            tokens: tokens.to_owned(),
        };
        let residual = ResidualMlp { width: 8, hidden: 16, n_blocks: 2, dropout: 0.1 };
        let mlp = Mlp {
            hidden: vec![8],
            activation: "relu".to_owned(),
            dropout: 0.0,
            has_batch_norm: false,
        };
        let ensemble = MlpEnsemble { mlp: mlp.clone(), n_members: 4 };
        vec![
            of_table(|b, starts| transformer("linear").push(b, "t", starts)),
            of_table(|b, starts| transformer("periodic").push(b, "t", starts)),
            of_table(|b, starts| {
                flat(b, "t", starts).and_then(|flat| residual.push(b, "t", &flat))
            }),
            of_table(|b, starts| {
                flat(b, "t", starts).and_then(|flat| ensemble.push(b, "t", &flat))
            }),
            of_table(|b, starts| {
                let wide = flat(b, "t", starts)?;
                let deep = mlp.push(b, "t", &wide)?;
                side_by_side(b, "t", &wide, &deep)
            }),
        ]
    }

    #[test]
    fn networks_for_tables_take_numbers_and_categories() {
        for blueprint in tables() {
            let signals = blueprint.signals().expect("fits");
            assert_eq!(signals["out"].shape, [3]);
        }
        // Six columns and the class token.
        let first = tables().remove(0);
        assert_eq!(first.signals().expect("fits")["t.class_token_1"].shape, [7, 8]);
    }
}
