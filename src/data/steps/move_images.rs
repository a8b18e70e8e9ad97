//! Move images: shift, turn and zoom training pictures a little at random, so that a model learns not to mind.

use pg_base::{Trouble, Words, say};
use serde::{Deserialize, Serialize};

use super::{Fitted, augmented, decoded_images};
use crate::recipe::{Purpose, RecipeStep};
use crate::schema::Schema;
use crate::table::Rows;

/// Marks image columns as moved at random; batches for validation, test and prediction never are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MoveImages {
    /// Image columns of one size; empty for all image features.
    pub columns: Vec<String>,
    /// Largest shift as a share of the side, each way.
    pub max_shift: f32,
    /// Largest turn in degrees, each way.
    pub max_turn: f32,
    /// Largest enlargement or shrinking as a share of the size.
    pub max_zoom: f32,
    /// The columns marked.
    #[serde(default)]
    pub fitted: Vec<Fitted<()>>,
}

impl Default for MoveImages {
    fn default() -> Self {
        Self {
            columns: Vec::new(),
            max_shift: 0.1,
            max_turn: 12.0,
            max_zoom: 0.1,
            fitted: Vec::new(),
        }
    }
}

impl RecipeStep for MoveImages {
    fn refit(&self, training: &Rows) -> Result<Self, Trouble> {
        let fitted = decoded_images(training, &self.columns)?;
        Ok(Self { fitted, ..self.clone() })
    }

    fn apply(&self, rows: Rows, _purpose: Purpose) -> Result<Rows, Trouble> {
        augmented(rows, &self.fitted, |augment| {
            augment.max_shift = augment.max_shift.max(self.max_shift);
            augment.max_turn = augment.max_turn.max(self.max_turn);
            augment.max_zoom = augment.max_zoom.max(self.max_zoom);
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
        say!("Move training images at random", "随机移动训练图像")
    }
}
