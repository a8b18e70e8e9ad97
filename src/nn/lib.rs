//! Floor 2: networks as data ([`Blueprint`]), the burn modules built from them, and the training loop.
//!
//! Everything here is generic over the burn backend; devices are instantiated on floor 3 and reached only through the
//! object-safe traits [`Compute`] and [`Predictor`], whose signatures hold plain data.

pub mod bench;
pub mod blueprint;
pub mod compute;
pub mod device;
pub mod guard;
pub mod inputs;
pub mod kernels;
pub mod layers;
pub mod lower;
pub mod net;
pub mod presets;
pub mod spec;
pub mod train;
pub mod value;
pub mod weights;

pub use blueprint::{Blueprint, Head, LayerNode, Summary, SummaryRow};
pub use compute::{Compute, DeviceEntry, DeviceInfo, Devices, Predictor, StepTimes};
pub use kernels::Kernels;
pub use spec::{Arity, Cost, LayerSpec, Signal};
pub use train::{EpochRecord, History, TrainControl, TrainEvent, TrainJob, TrainSettings, Trained};
pub use weights::Weights;
