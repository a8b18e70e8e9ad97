//! Asks the NVIDIA driver for its cards without a panic where driver, compiler or headers are missing.
#![expect(
    unsafe_code,
    reason = "the driver and its compiler are C libraries, loaded while the program runs"
)]

use cudarc::driver::sys::CUresult;
use cudarc::driver::{DriverError, result};
use pg_base::Trouble;
use pg_nn::guard::guarded;

use crate::missing;

/// A card as the driver describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Card {
    /// The driver's number of it, from 0.
    pub index: usize,
    /// The maker's name.
    pub name: String,
    /// Memory in bytes.
    pub memory_bytes: u64,
}

/// All cards; at least one. The libraries are looked for before anything is called, because cudarc panics without them.
pub(crate) fn cards() -> Result<Vec<Card>, Trouble> {
    // SAFETY: it only tries to load the driver's library by its usual names; loading runs the library's own
    // initialisers, which is what every CUDA program does, and no function of it is called.
    if !unsafe { cudarc::driver::sys::is_culib_present() } {
        return Err(missing::no_driver());
    }
    // SAFETY: the same for NVIDIA's run-time compiler.
    if !unsafe { cudarc::nvrtc::sys::is_culib_present() } {
        return Err(missing::no_nvrtc());
    }
    if let Some(trouble) = missing::headers() {
        return Err(trouble);
    }
    // A driver too old for one of the functions makes cudarc panic; that is caught.
    let cards = guarded(|| list().map_err(trouble_of)).map_err(|trouble| {
        if trouble.code == Trouble::INTERNAL {
            missing::driver_failed(&trouble.details.found.en)
        } else {
            trouble
        }
    })?;
    if cards.is_empty() { Err(missing::no_cards()) } else { Ok(cards) }
}

fn list() -> Result<Vec<Card>, DriverError> {
    result::init()?;
    (0..result::device::get_count()?)
        .map(|ordinal| {
            let device = result::device::get(ordinal)?;
            let name = result::device::get_name(device)?;
            // SAFETY: `device` comes from `get` just above, after `init` succeeded; the function writes one size.
            let memory_bytes = unsafe { result::device::total_mem(device) }? as u64;
            Ok(Card { index: ordinal.unsigned_abs() as usize, name, memory_bytes })
        })
        .collect()
}

fn trouble_of(error: DriverError) -> Trouble {
    match error.0 {
        CUresult::CUDA_ERROR_NO_DEVICE => missing::no_cards(),
        _ => missing::driver_failed(&error.to_string()),
    }
}
