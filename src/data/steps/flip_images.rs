//! Flip images: mirror training pictures at random, so that a model learns not to mind.

use pg_base::{Trouble, Words, say};
use serde::{Deserialize, Serialize};

use super::{Fitted, augmented, decoded_images};
use crate::recipe::{Purpose, RecipeStep};
use crate::schema::Schema;
use crate::table::Rows;

/// Marks image columns as mirrored at random; batches for validation, test and prediction never are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FlipImages {
    /// Image columns of one size; empty for all image features.
    pub columns: Vec<String>,
    /// Left to right.
    pub flips_horizontally: bool,
    /// Top to bottom.
    pub flips_vertically: bool,
    /// The columns marked.
    #[serde(default)]
    pub fitted: Vec<Fitted<()>>,
}

impl Default for FlipImages {
    fn default() -> Self {
        Self {
            columns: Vec::new(),
            flips_horizontally: true,
            flips_vertically: false,
            fitted: Vec::new(),
        }
    }
}

impl RecipeStep for FlipImages {
    fn refit(&self, training: &Rows) -> Result<Self, Trouble> {
        let fitted = decoded_images(training, &self.columns)?;
        Ok(Self { fitted, ..self.clone() })
    }

    fn apply(&self, rows: Rows, _purpose: Purpose) -> Result<Rows, Trouble> {
        augmented(rows, &self.fitted, |augment| {
            augment.flips_horizontally |= self.flips_horizontally;
            augment.flips_vertically |= self.flips_vertically;
        })
    }

    fn depends_on_parts(&self) -> bool {
        false
    }

    fn can_wait(&self) -> bool {
        true
    }

    fn learns_from(&self, _schema: &Schema) -> Vec<String> {
        Vec::new()
    }

    fn describe(&self) -> Words {
        say!("Flip training images at random", "随机翻转训练图像")
    }
}
