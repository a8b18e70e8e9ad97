//! Checkpoints: one safetensors file from which a training goes on bit for bit.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{fs, io};

use pg_base::files::{read_limited, write_atomic};
use pg_base::{Array, Fingerprint, Trouble, say};
use serde::{Deserialize, Serialize};

use super::schedule::Plateau;
use super::score::Tally;
use super::{History, Signs};
use crate::weights::Weights;

/// Raised when the meaning of a checkpoint changes; older ones are not resumed.
const FORMAT: u32 = 1;
/// No checkpoint of ours is larger; a damaged length must not ask for all memory.
const MAX_BYTES: u64 = 1 << 36;

/// Everything of a running training that is not in an array.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// Steps done.
    pub n_steps: usize,
    /// Epochs done.
    pub n_epochs: usize,
    /// Batches done in the epoch under way.
    pub n_batches: usize,
    /// Sums over the epoch under way.
    pub tally: Tally,
    /// Wall time of the epoch under way.
    pub epoch_seconds: f64,
    /// Steps that the optimizer made.
    pub n_optimizer_steps: u64,
    /// Best of what is monitored so far; lower is better.
    #[serde(alias = "best_loss")]
    pub best_value: Option<f64>,
    /// What it must fall below by the least improvement; none where that is the best.
    pub reference_value: Option<f64>,
    /// Epochs since it did.
    pub n_epochs_since_best: usize,
    /// How far the step size was lowered because nothing became better.
    pub plateau: Plateau,
    /// What was noted of the epoch under way.
    pub signs: Signs,
    /// The story so far; its seconds count the time of all runs.
    pub history: History,
}

/// A training at rest.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    /// Where it stands.
    pub progress: Progress,
    /// The network's weights.
    pub weights: Weights,
    /// The optimizer's state.
    pub optimizer: BTreeMap<String, Array>,
    /// The weights of the best epoch, where they are kept.
    pub best: Option<Weights>,
    /// The running average of the weights, where there is one.
    pub average: BTreeMap<String, Array>,
}

/// How often checkpoints are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckpointPace {
    /// Least time between two at the ends of epochs.
    pub epoch_secs: u64,
    /// Least time between two within an epoch.
    pub step_secs: u64,
    /// Time between two, as a multiple of what the last one took to write.
    pub cost_factor: u32,
}

impl Default for CheckpointPace {
    fn default() -> Self {
        Self { epoch_secs: 1, step_secs: 10, cost_factor: 50 }
    }
}

impl CheckpointPace {
    /// After every step; for tests.
    pub const EVERY_STEP: Self = Self { epoch_secs: 0, step_secs: 0, cost_factor: 0 };
}

/// The files of one training's checkpoints: the newest and the one before it.
#[derive(Debug)]
pub struct CheckpointStore {
    newest: PathBuf,
    previous: PathBuf,
    key: Fingerprint,
    pace: CheckpointPace,
    last_written: Instant,
    last_cost: Duration,
}

#[derive(Serialize, Deserialize)]
struct Header {
    format: u32,
    key: Fingerprint,
    progress: Progress,
    has_best: bool,
}

impl CheckpointStore {
    /// The checkpoints of the training with this key in a folder, which is made when the first is written.
    pub fn new(folder: &Path, key: Fingerprint, pace: CheckpointPace) -> Self {
        Self {
            newest: folder.join(format!("{key}.checkpoint")),
            previous: folder.join(format!("{key}.previous.checkpoint")),
            key,
            pace,
            last_written: Instant::now(),
            last_cost: Duration::ZERO,
        }
    }

    /// The newest checkpoint that is whole, and what is wrong with those that are not.
    pub fn load(&self) -> (Option<Checkpoint>, Vec<Trouble>) {
        let mut warnings = Vec::new();
        for path in [&self.newest, &self.previous] {
            match self.read(path) {
                Ok(checkpoint) => return (Some(checkpoint), warnings),
                Err(trouble) if trouble.code == "file-missing" => {}
                Err(trouble) => warnings.push(trouble),
            }
        }
        (None, warnings)
    }

    /// Whether it is time for the next one.
    pub fn is_due(&self, is_epoch_end: bool) -> bool {
        let secs = if is_epoch_end { self.pace.epoch_secs } else { self.pace.step_secs };
        self.last_written.elapsed()
            >= Duration::from_secs(secs).max(self.last_cost * self.pace.cost_factor)
    }

    /// Writes a checkpoint; the one before it stays beside it.
    pub fn save(&mut self, checkpoint: Checkpoint) -> Result<(), Trouble> {
        let started = Instant::now();
        let bytes = self.to_bytes(checkpoint)?;
        match fs::rename(&self.newest, &self.previous) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(Trouble::io(&error, &self.newest));
            }
            _ => {}
        }
        write_atomic(&self.newest, &bytes)?;
        self.last_written = Instant::now();
        self.last_cost = started.elapsed();
        Ok(())
    }

    /// Lets the pace begin anew after a failure.
    pub fn wait_again(&mut self) {
        self.last_written = Instant::now();
    }

    /// Removes both files; one that cannot be removed does no harm.
    pub fn remove(&self) {
        for path in [&self.newest, &self.previous] {
            let _ = fs::remove_file(path);
        }
    }

    fn to_bytes(&self, checkpoint: Checkpoint) -> Result<Vec<u8>, Trouble> {
        let Checkpoint { progress, weights, optimizer, best, average } = checkpoint;
        let header = Header { format: FORMAT, key: self.key, progress, has_best: best.is_some() };
        let mut arrays = BTreeMap::new();
        let parts = [
            ("weights/", weights.arrays),
            ("optimizer/", optimizer),
            ("best/", best.unwrap_or_default().arrays),
            ("average/", average),
        ];
        for (prefix, part) in parts {
            arrays.extend(part.into_iter().map(|(name, array)| (format!("{prefix}{name}"), array)));
        }
        let all = Weights { arrays };
        let json = serde_json::to_string(&header).map_err(Trouble::internal)?;
        let metadata = BTreeMap::from([
            ("checkpoint".to_owned(), json.clone()),
            ("seal".to_owned(), seal(&json, &all)),
        ]);
        all.to_safetensors(&metadata)
    }

    fn read(&self, path: &Path) -> Result<Checkpoint, Trouble> {
        let bytes = read_limited(path, MAX_BYTES)?;
        let damaged = |reason: String| {
            Trouble::new(
                "checkpoint-damaged",
                say!("the checkpoint cannot be used: {reason}", "无法使用检查点：{reason}"),
            )
            .advice(say!(
                "Training goes on from an earlier checkpoint or from the start.",
                "训练将从更早的检查点或从头开始。"
            ))
            .path(path)
        };
        let (all, metadata) = Weights::from_safetensors(&bytes)
            .map_err(|trouble| damaged(trouble.details.found.en))?;
        let part =
            |name: &str| metadata.get(name).ok_or_else(|| damaged(format!("it has no `{name}`")));
        let json = part("checkpoint")?;
        if *part("seal")? != seal(json, &all) {
            return Err(damaged("its content has changed".to_owned()));
        }
        let header: Header =
            serde_json::from_str(json).map_err(|error| damaged(error.to_string()))?;
        if header.format != FORMAT || header.key != self.key {
            return Err(damaged("it belongs to another training".to_owned()));
        }
        let mut parts = [const { BTreeMap::new() }; 4];
        for (name, array) in all.arrays {
            let prefixes = ["weights/", "optimizer/", "best/", "average/"];
            for (part, prefix) in parts.iter_mut().zip(prefixes) {
                if let Some(name) = name.strip_prefix(prefix) {
                    part.insert(name.to_owned(), array.clone());
                }
            }
        }
        let [weights, optimizer, best, average] = parts;
        Ok(Checkpoint {
            progress: header.progress,
            weights: Weights { arrays: weights },
            optimizer,
            best: header.has_best.then_some(Weights { arrays: best }),
            average,
        })
    }
}

/// Tells a changed file from a whole one: safetensors itself has no check sum.
fn seal(json: &str, arrays: &Weights) -> String {
    pg_base::StableHasher::new()
        .text("checkpoint")
        .text(json)
        .key(arrays.fingerprint())
        .finish()
        .to_string()
}

#[cfg(test)]
mod tests {
    use pg_base::StableHasher;

    use super::*;

    fn sample(n_steps: usize) -> Checkpoint {
        let arrays = BTreeMap::from([(
            "dense.weight".to_owned(),
            Array::f32([2], vec![n_steps as f32, -0.0]),
        )]);
        let progress = Progress { n_steps, best_value: Some(0.1 + 0.2), ..Progress::default() };
        Checkpoint {
            progress,
            weights: Weights { arrays: arrays.clone() },
            optimizer: arrays.clone(),
            best: Some(Weights { arrays: arrays.clone() }),
            average: arrays,
        }
    }

    fn with_store(name: &str, check: impl FnOnce(CheckpointStore, &Path)) {
        let folder =
            std::env::temp_dir().join(format!("pg-checkpoint-{name}-{}", std::process::id()));
        let key = StableHasher::new().text(name).finish();
        check(CheckpointStore::new(&folder, key, CheckpointPace::EVERY_STEP), &folder);
        let _ = fs::remove_dir_all(&folder);
    }

    #[test]
    fn a_checkpoint_comes_back_as_it_was_and_is_removed() {
        with_store("whole", |mut store, folder| {
            assert_eq!(store.load(), (None, vec![]));
            store.save(sample(1)).expect("writable");
            store.save(sample(2)).expect("writable");
            assert_eq!(store.load(), (Some(sample(2)), vec![]));
            store.remove();
            assert_eq!(store.load(), (None, vec![]));
            assert_eq!(fs::read_dir(folder).expect("folder").count(), 0);
        });
    }

    #[test]
    fn any_changed_byte_falls_back_to_the_checkpoint_before() {
        with_store("damaged", |mut store, _| {
            store.save(sample(1)).expect("writable");
            store.save(sample(2)).expect("writable");
            let whole = fs::read(&store.newest).expect("there");
            for index in (0..whole.len()).step_by(5) {
                let mut bytes = whole.clone();
                bytes[index] ^= 0x10;
                fs::write(&store.newest, &bytes).expect("writable");
                let (found, warnings) = store.load();
                assert_eq!(found, Some(sample(1)), "byte {index}");
                assert_eq!(warnings[0].code, "checkpoint-damaged");
            }
            fs::write(&store.newest, &whole[..whole.len() / 2]).expect("writable");
            assert_eq!(store.load().0, Some(sample(1)));
            fs::write(&store.previous, b"").expect("writable");
            let (found, warnings) = store.load();
            assert_eq!((found, warnings.len()), (None, 2));
        });
    }

    #[test]
    fn progress_of_an_older_version_is_read() {
        let old = serde_json::json!({
            "n_steps": 7, "n_epochs": 1, "n_batches": 2, "epoch_seconds": 0.5, "n_optimizer_steps": 7,
            "tally": {"n_rows": 4, "loss_sum": 2.0, "n_correct": 3, "outputs": []},
            "best_loss": 0.25, "n_epochs_since_best": 1, "history": History::default(),
        });
        let progress: Progress = serde_json::from_value(old).expect("reads");
        assert_eq!((progress.best_value, progress.reference_value), (Some(0.25), None));
        assert_eq!((progress.tally.loss(), progress.plateau), (0.5, Plateau::default()));
    }

    #[test]
    fn a_checkpoint_of_another_training_is_not_resumed() {
        with_store("other", |mut store, folder| {
            store.save(sample(1)).expect("writable");
            let key = StableHasher::new().text("another").finish();
            let other = CheckpointStore::new(folder, key, CheckpointPace::default());
            assert_eq!(other.load(), (None, vec![]));
            fs::rename(&store.newest, &other.newest).expect("writable");
            let (found, warnings) = other.load();
            assert_eq!((found, warnings.len()), (None, 1));
        });
    }
}
