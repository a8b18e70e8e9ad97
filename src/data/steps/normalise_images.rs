//! Normalise images: centre and scale the brightness of each channel.

use pg_base::{Trouble, Words, say};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Fitted, chosen, learn, n_channels, present};
use crate::recipe::{Purpose, RecipeStep};
use crate::schema::{ColumnKind, ImageForm, Schema};
use crate::table::{Rows, polars_trouble};

/// `(pixel / 255 - mean) / std` per channel; done when a batch is made, so the pixels stay bytes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NormaliseImages {
    /// Image columns of one size; empty for all image features.
    pub columns: Vec<String>,
    /// Where mean and deviation come from.
    pub method: ImageScale,
    /// What the training rows taught.
    #[serde(default)]
    pub fitted: Vec<Fitted<ChannelScale>>,
}

/// Where the mean and the standard deviation of the channels come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImageScale {
    /// The training pixels.
    #[default]
    Learnt,
    /// Mean 0.5 and deviation 0.5: values from -1 to 1.
    Half,
}

/// Centre and spread of the channels, in values from 0 to 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChannelScale {
    /// Mean per channel.
    pub mean: Vec<f32>,
    /// Population standard deviation per channel; 1 for a constant one.
    pub std: Vec<f32>,
}

impl NormaliseImages {
    fn learn_column(&self, training: &Rows, name: &str) -> Result<ChannelScale, Trouble> {
        let channels = n_channels(&training.schema, name)?;
        if self.method == ImageScale::Half {
            return Ok(ChannelScale { mean: vec![0.5; channels], std: vec![0.5; channels] });
        }
        let pixels = training.column(name)?.binary().map_err(polars_trouble)?.rechunk();
        let sums = (0..pixels.len())
            .into_par_iter()
            .filter_map(|row| pixels.get(row))
            .fold(|| vec![Sums::default(); channels], add_picture)
            .reduce(
                || vec![Sums::default(); channels],
                |a, b| a.into_iter().zip(b).map(|(a, b)| a.plus(b)).collect(),
            );
        let (mean, std) = sums.iter().map(Sums::scale).unzip();
        Ok(ChannelScale { mean, std })
    }
}

impl RecipeStep for NormaliseImages {
    fn refit(&self, training: &Rows) -> Result<Self, Trouble> {
        let fitted =
            learn(training, &self.columns, &["image"], |name| self.learn_column(training, name))?;
        Ok(Self { fitted, ..self.clone() })
    }

    fn apply(&self, mut rows: Rows, _purpose: Purpose) -> Result<Rows, Trouble> {
        for fitted in present(&rows, &self.fitted)? {
            let kind = rows.schema.get_mut(&fitted.column).map(|column| &mut column.kind);
            if let Some(ColumnKind::Image(ImageForm::Pixels { mean, std, .. })) = kind {
                (*mean, *std) = (fitted.learnt.mean.clone(), fitted.learnt.std.clone());
            }
        }
        Ok(rows)
    }

    fn depends_on_parts(&self) -> bool {
        self.method == ImageScale::Learnt
    }

    fn can_wait(&self) -> bool {
        true
    }

    fn learns_from(&self, schema: &Schema) -> Vec<String> {
        if self.method == ImageScale::Half {
            Vec::new()
        } else {
            chosen(schema, &self.columns, &["image"])
        }
    }

    fn describe(&self) -> Words {
        match self.method {
            ImageScale::Learnt => {
                say!("Normalise images by their training pixels", "按训练像素归一化图像")
            }
            ImageScale::Half => say!("Normalise images to -1…1", "将图像归一化到 -1…1"),
        }
    }
}

/// Whole-number sums of one channel, so that the order of adding does not matter.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    n: u64,
    sum: u64,
    squares: u128,
}

impl Sums {
    fn plus(self, other: Self) -> Self {
        Self {
            n: self.n + other.n,
            sum: self.sum + other.sum,
            squares: self.squares + other.squares,
        }
    }

    /// Mean and deviation of the values divided by 255.
    fn scale(&self) -> (f32, f32) {
        if self.n == 0 {
            return (0.0, 1.0);
        }
        let n = self.n as f64;
        // n² · variance as a whole number: exact, where a difference of floats would not be.
        let spread =
            u128::from(self.n) * self.squares - u128::from(self.sum) * u128::from(self.sum);
        let std = (spread as f64).sqrt() / n / 255.0;
        ((self.sum as f64 / n / 255.0) as f32, if std == 0.0 { 1.0 } else { std as f32 })
    }
}

fn add_picture(mut sums: Vec<Sums>, picture: &[u8]) -> Vec<Sums> {
    let channels = sums.len().max(1);
    for (channel, total) in sums.iter_mut().enumerate() {
        let (mut n, mut sum, mut squares) = (0_u64, 0_u64, 0_u64);
        for &value in picture.iter().skip(channel).step_by(channels) {
            n += 1;
            sum += u64::from(value);
            squares += u64::from(value) * u64::from(value);
        }
        *total = total.plus(Sums { n, sum, squares: u128::from(squares) });
    }
    sums
}
