//! The bundle `.pyromodel`: one file with everything that is needed to use a model elsewhere, and the proof that it works.
//!
//! A zip of readable parts (see [`parts`]), closed by a seal over all its bytes (see [`container`]).
//! The same model gives the same bytes; there is no time stamp in it.

mod card;
mod container;
mod parts;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use pg_base::{Trouble, files, say};
use pg_nn::Compute;

pub(crate) use card::purpose;
pub(crate) use parts::json;

use crate::golden::Golden;
use crate::model::Model;
use crate::score::{Scorer, check_consistent};

/// The name's ending.
pub const EXTENSION: &str = "pyromodel";
/// Raised when older programs can no longer read what is written.
pub const FORMAT_VERSION: u64 = 1;

/// Largest bundle on disk, in bytes.
const MAX_FILE_BYTES: u64 = 4 << 30;
/// Most layers of a network from a file.
const MAX_LAYERS: usize = 10_000;
/// Most trained numbers of a network from a file.
const MAX_PARAMS: u64 = 1 << 31;

/// A model with the project that made it and its golden rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Bundle {
    /// The model. Its `sample_rows` are the golden rows.
    pub model: Arc<Model>,
    /// The project document as it was when the model was made.
    pub graph_json: Option<String>,
    /// Rows with their answers.
    pub golden: Golden,
}

impl Bundle {
    /// Puts a bundle together: records the golden rows.
    pub fn new(
        model: &Model,
        graph_json: Option<&str>,
        compute: &dyn Compute,
    ) -> Result<Self, Trouble> {
        let mut model = model.clone();
        let mut scorer = Scorer::new(Arc::new(model.clone()), compute)?;
        let golden = Golden::record(&mut scorer)?;
        model.sample_rows.clone_from(&golden.rows);
        // JSON has no sign for infinite numbers; an epoch that diverged tells nothing more.
        if let Some(network) = model.network_mut() {
            network.history.epochs.retain(|epoch| {
                [epoch.training_loss, epoch.training_score, epoch.learning_rate, epoch.seconds]
                    .iter()
                    .all(|value| value.is_finite())
            });
        }
        model.metrics.retain(|_, value| value.is_finite());
        Ok(Self { model: Arc::new(model), graph_json: graph_json.map(str::to_owned), golden })
    }

    /// The file; the same bundle gives the same bytes.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Trouble> {
        container::pack(&parts::write(self)?)
    }

    /// Reads a file and checks everything that can be checked without a device.
    ///
    /// Errors: `bundle-damaged` naming the part, `bundle-newer`, `bundle-unknown-part`, `bundle-too-large`,
    /// `model-inconsistent`, and the troubles of a network that cannot be.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Trouble> {
        let bundle = parts::read(&container::unpack(bytes)?)?;
        if let Some(network) = bundle.model.network() {
            let n_layers = network.blueprint.layers.len();
            if n_layers > MAX_LAYERS {
                return Err(too_large(say!(
                    "the network has {n_layers} layers",
                    "网络有 {n_layers} 层"
                )));
            }
            let n_params = network.blueprint.summary()?.total.n_params;
            if n_params > MAX_PARAMS {
                return Err(too_large(say!(
                    "the network has {n_params} parameters",
                    "网络有 {n_params} 个参数"
                )));
            }
        }
        check_consistent(&bundle.model)?;
        Ok(bundle)
    }

    /// Reads a file; see [`Bundle::from_bytes`].
    pub fn read(path: &Path) -> Result<Self, Trouble> {
        let bytes = files::read_limited(path, MAX_FILE_BYTES)?;
        Self::from_bytes(&bytes).map_err(|trouble| trouble.path(path))
    }

    /// Writes the file whole or not at all.
    pub fn write(&self, path: &Path) -> Result<(), Trouble> {
        let bytes = self.to_bytes()?;
        // What cannot be read back must not be kept as a model: the trouble belongs here, not to a later load.
        Self::from_bytes(&bytes)?;
        files::write_atomic(path, &bytes)
    }

    /// Puts the model on a device and replays the golden rows.
    ///
    /// Errors: `bundle-disagrees`, and those of [`Scorer::new`].
    pub fn into_scorer(self, compute: &dyn Compute) -> Result<Scorer, Trouble> {
        let mut scorer = Scorer::new(self.model, compute)?;
        self.golden.replay(&mut scorer)?;
        Ok(scorer)
    }
}

/// Writes a model as a bundle.
pub fn save(
    model: &Model,
    graph_json: Option<&str>,
    path: &Path,
    compute: &dyn Compute,
) -> Result<(), Trouble> {
    Bundle::new(model, graph_json, compute)?.write(path)
}

/// Reads the model of a bundle without a device.
pub fn load(path: &Path) -> Result<Model, Trouble> {
    Bundle::read(path).map(|bundle| Arc::unwrap_or_clone(bundle.model))
}

/// Opens a bundle for predicting: reads, checks, loads and replays the golden rows. The scorer has the file's name.
pub fn open(path: &Path, compute: &dyn Compute) -> Result<Scorer, Trouble> {
    let scorer = Bundle::read(path)?.into_scorer(compute).map_err(|trouble| trouble.path(path))?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok(scorer.named(name))
}

fn too_large(found: pg_base::Words) -> Trouble {
    Trouble::new("bundle-too-large", found)
        .advice(say!("Use only bundles from people you trust.", "请只使用可信来源的模型包。"))
}
