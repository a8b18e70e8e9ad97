//! Floor 3: burn on the processor: `cpu` (burn-flex with our faster steps) and `ndarray` (burn-ndarray as a reference).
//!
//! The number of threads is rayon's: the environment variable `RAYON_NUM_THREADS` limits it, nothing else does.

#![expect(
    clippy::inline_always,
    reason = "code has the processor's own vectors only where it is inlined"
)]

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod golden_tests;
mod kernels;
mod machine;
#[expect(unreachable_pub, reason = "it is written as a library of its own")]
mod math;
mod op;
#[cfg(test)]
mod resume_tests;
#[cfg(test)]
mod training_tests;

use burn::backend::Autodiff;
use burn_flex::Flex;
use burn_ndarray::NdArray;
use pg_base::Trouble;
use pg_nn::device::BurnDevice;
use pg_nn::guard::guarded;
use pg_nn::kernels::BurnKernels;
use pg_nn::{Compute, DeviceEntry, DeviceInfo};

pub use kernels::CpuKernels;

/// The processor as a device: the default one first, then the reference.
pub fn entries() -> Vec<DeviceEntry> {
    let cpu = info("cpu", "burn-flex");
    let reference = info("ndarray", "burn-ndarray");
    vec![
        DeviceEntry { info: cpu.clone(), open: Box::new(move || open_cpu(cpu.clone())) },
        DeviceEntry {
            info: reference.clone(),
            open: Box::new(move || open_ndarray(reference.clone())),
        },
    ]
}

fn open_cpu(info: DeviceInfo) -> Result<Box<dyn Compute>, Trouble> {
    guarded(|| {
        Ok(Box::new(BurnDevice::<Autodiff<Flex>, CpuKernels>::new(info, burn_flex::FlexDevice))
            as _)
    })
}

fn open_ndarray(info: DeviceInfo) -> Result<Box<dyn Compute>, Trouble> {
    guarded(|| {
        Ok(Box::new(BurnDevice::<Autodiff<NdArray>, BurnKernels>::new(
            info,
            burn_ndarray::NdArrayDevice::Cpu,
        )) as _)
    })
}

fn info(id: &str, backend: &str) -> DeviceInfo {
    let n_threads = rayon::current_num_threads();
    let processor = machine::processor_name().unwrap_or_else(|| std::env::consts::ARCH.to_owned());
    let threads =
        if n_threads == 1 { "1 thread".to_owned() } else { format!("{n_threads} threads") };
    DeviceInfo {
        id: id.to_owned(),
        class: id.to_owned(),
        name: format!("{processor}, {threads} ({backend})"),
        memory_bytes: machine::memory_bytes(),
        unavailable: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_devices_open() {
        let entries = entries();
        let ids: Vec<&str> = entries.iter().map(|entry| entry.info.id.as_str()).collect();
        assert_eq!(ids, ["cpu", "ndarray"]);
        for entry in &entries {
            let device = (entry.open)().expect("opens");
            assert_eq!(device.info(), &entry.info);
            assert!(device.info().name.contains("thread"));
        }
    }
}
