//! First weights from our own generator: each depends on the seed and its full name alone, so neither the order of
//! building nor the device changes a network.

use burn::module::Param;
use burn::tensor::{Tensor, TensorData, backend::Backend};
use pg_base::Rng;

/// Makes the first weights of one layer.
#[derive(Debug)]
pub struct Init<'a, B: Backend> {
    seed: u64,
    layer: &'a str,
    device: &'a B::Device,
}

impl<'a, B: Backend> Init<'a, B> {
    /// For the layer with an id.
    pub fn new(seed: u64, layer: &'a str, device: &'a B::Device) -> Self {
        Self { seed, layer, device }
    }

    /// Where the weights go.
    pub fn device(&self) -> &'a B::Device {
        self.device
    }

    /// Uniform in `-bound..bound`.
    pub fn uniform<const D: usize>(
        &self,
        name: &str,
        shape: [usize; D],
        bound: f64,
    ) -> Param<Tensor<B, D>> {
        let mut rng = self.rng(name);
        self.make(shape, || rng.uniform(-bound, bound))
    }

    /// Normal with mean 0.
    pub fn normal<const D: usize>(
        &self,
        name: &str,
        shape: [usize; D],
        deviation: f64,
    ) -> Param<Tensor<B, D>> {
        let mut rng = self.rng(name);
        self.make(shape, || deviation * rng.normal())
    }

    /// One number everywhere.
    pub fn constant<const D: usize>(&self, shape: [usize; D], value: f64) -> Param<Tensor<B, D>> {
        self.make(shape, || value)
    }

    /// Given numbers; the product of `shape` must be their number.
    pub fn given<const D: usize>(
        &self,
        shape: [usize; D],
        numbers: Vec<f32>,
    ) -> Param<Tensor<B, D>> {
        Param::from_tensor(self.tensor(shape, numbers))
    }

    /// A constant tensor, which is not trained.
    pub fn tensor<const D: usize>(&self, shape: [usize; D], numbers: Vec<f32>) -> Tensor<B, D> {
        Tensor::from_data(TensorData::new(numbers, shape), self.device)
    }

    /// Normal numbers for a weight, as they are.
    pub fn normals(&self, name: &str, n: usize, deviation: f64) -> Vec<f32> {
        let mut rng = self.rng(name);
        (0..n).map(|_| (deviation * rng.normal()) as f32).collect()
    }

    fn rng(&self, name: &str) -> Rng {
        Rng::new(self.seed, &format!("weight {}.{name}", self.layer))
    }

    fn make<const D: usize>(
        &self,
        shape: [usize; D],
        mut next: impl FnMut() -> f64,
    ) -> Param<Tensor<B, D>> {
        let n_elements = shape.iter().product();
        self.given(shape, (0..n_elements).map(|_| next() as f32).collect())
    }
}
