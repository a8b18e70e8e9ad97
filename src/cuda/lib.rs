//! Floor 3: burn on NVIDIA graphics cards; where something is missing, it says what, and nothing panics.

mod missing;
mod probe;

use burn::backend::Autodiff;
use burn::tensor::{Distribution, Tensor};
use burn_cuda::{Cuda, CudaDevice};
use pg_base::{Trouble, say};
use pg_nn::device::BurnDevice;
use pg_nn::guard::guarded;
use pg_nn::kernels::Kernels;
use pg_nn::train::step::numbers;
use pg_nn::{Compute, DeviceEntry, DeviceInfo};

use probe::Card;

/// The steps of the device class `cuda`: burn's, whose fusion joins them into few kernels.
#[derive(Clone, Copy, Debug, Default)]
pub struct CudaKernels;

impl Kernels<Autodiff<Cuda>> for CudaKernels {
    /// Reading a loss empties the card's queue; this often is enough for a person who watches.
    const STEPS_PER_READ: usize = 16;
}

impl Kernels<Cuda> for CudaKernels {}

/// One entry per card; where CUDA cannot be used, one entry that says why.
pub fn entries() -> Vec<DeviceEntry> {
    match probe::cards() {
        Ok(cards) => cards.into_iter().map(entry).collect(),
        Err(trouble) => vec![unavailable(trouble)],
    }
}

fn entry(card: Card) -> DeviceEntry {
    let info = DeviceInfo {
        id: format!("cuda:{}", card.index),
        class: "cuda".to_owned(),
        name: card.name,
        memory_bytes: Some(card.memory_bytes),
        unavailable: None,
    };
    DeviceEntry { info: info.clone(), open: Box::new(move || open(info.clone(), card.index)) }
}

fn unavailable(trouble: Trouble) -> DeviceEntry {
    let info = DeviceInfo {
        id: "cuda:0".to_owned(),
        class: "cuda".to_owned(),
        name: "NVIDIA CUDA".to_owned(),
        memory_bytes: None,
        unavailable: Some(trouble.clone()),
    };
    DeviceEntry { info, open: Box::new(move || Err(trouble.clone())) }
}

fn open(info: DeviceInfo, index: usize) -> Result<Box<dyn Compute>, Trouble> {
    let device = CudaDevice::new(index);
    guarded(|| first_product(&device)).map_err(|trouble| {
        let reason = trouble.details.found.en;
        Trouble::new("cuda-first-step", say!("the card could not do a first computation: {reason}", "显卡未能完成首次计算：{reason}"))
            .advice(say!(
                "Install a CUDA toolkit that fits the driver (`nvidia-smi` names the version), set CUDA_PATH to it, or choose the CPU.",
                "请安装与驱动匹配的 CUDA 工具包（`nvidia-smi` 可查看版本），将 CUDA_PATH 指向它，或改用 CPU。"
            ))
    })?;
    Ok(Box::new(BurnDevice::<Autodiff<Cuda>, CudaKernels>::new(info, device)))
}

/// Compiles and runs real kernels: the only proof that driver, compiler and headers fit each other.
fn first_product(device: &CudaDevice) -> Result<(), Trouble> {
    let ones = Tensor::<Cuda, 2>::ones([32, 32], device);
    let noise = Tensor::<Cuda, 2>::random([32, 32], Distribution::Uniform(0.0, 1.0), device);
    let product = numbers(ones.clone().matmul(ones) + noise.clone() - noise)?;
    if product.len() == 1024 && product.iter().all(|number| (number - 32.0).abs() < 0.1) {
        return Ok(());
    }
    Err(Trouble::internal("a product of two matrices of ones is wrong"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asking_for_cards_never_panics_and_says_what_is_missing() {
        let entries = entries();
        assert!(!entries.is_empty());
        for entry in &entries {
            assert!(entry.info.id.starts_with("cuda:"));
            if let Some(trouble) = &entry.info.unavailable {
                assert!(trouble.code.starts_with("cuda-"), "{trouble}");
                assert!(!trouble.details.advice.is_empty());
                assert_eq!((entry.open)().err().as_ref(), Some(trouble));
            }
        }
    }
}
