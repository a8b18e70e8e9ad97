//! A flag that asks running work to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::Trouble;

/// Shared flag; clones ask and answer about the same job.
#[derive(Clone, Debug, Default)]
pub struct CancelToken(Arc<AtomicBool>);

impl CancelToken {
    /// Asks the work to stop.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether somebody asked.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Returns early with [`Trouble::cancelled`] when somebody asked.
    pub fn check(&self) -> Result<(), Trouble> {
        if self.is_cancelled() { Err(Trouble::cancelled()) } else { Ok(()) }
    }
}
