//! How running work tells how far it is.

use crate::text::Words;

/// Receives the progress of one piece of work.
pub trait Progress: Sync {
    /// `fraction` lies in 0..=1; `message` says what is being done now.
    fn report(&self, fraction: f64, message: &Words);
}

/// Listens to nothing; for tests and callers that do not show progress.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoProgress;

impl Progress for NoProgress {
    fn report(&self, _fraction: f64, _message: &Words) {}
}
