//! The gradients of a module by parameter path, and clipping by their common norm.

use std::collections::BTreeMap;

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::{Tensor, TensorPrimitive, ops::FloatTensor};

use crate::kernels::Kernels;

/// The path of the parameter at which a walk over a module stands.
#[derive(Debug, Default)]
pub struct ModulePath(Vec<String>);

impl ModulePath {
    /// Goes into a field, an element or a variant.
    pub fn enter(&mut self, name: &str) {
        self.0.push(name.to_owned());
    }

    /// Goes out again.
    pub fn exit(&mut self) {
        self.0.pop();
    }

    /// The whole path, such as `layers.0.Dense.weight`; the same in every walk over the same network.
    pub fn name(&self) -> String {
        self.0.join(".")
    }
}

/// Gradients by parameter path.
#[derive(Debug)]
pub struct Gradients<B: Backend> {
    tensors: BTreeMap<String, FloatTensor<B>>,
    /// What all of them are to be multiplied by; the optimizer does it on its way.
    scale: f64,
}

impl<B: Backend> Gradients<B> {
    /// Takes the gradients of a module's parameters out of a backward pass.
    pub fn of<AB, M>(module: &M, mut all: AB::Gradients) -> Self
    where
        AB: AutodiffBackend<InnerBackend = B>,
        M: Module<AB>,
    {
        let mut collector =
            Collector::<AB> { path: ModulePath::default(), all: &mut all, found: BTreeMap::new() };
        module.visit(&mut collector);
        Self { tensors: collector.found, scale: 1.0 }
    }

    /// Takes the gradient of one parameter, with the scale that it still needs; none where it has none.
    pub fn take<const D: usize>(&mut self, path: &str) -> Option<(Tensor<B, D>, f64)> {
        let gradient = self.tensors.remove(path)?;
        Some((Tensor::from_primitive(TensorPrimitive::Float(gradient)), self.scale))
    }

    /// Scales all gradients so that the root of the sum of their squares is at most `max_norm`, and returns that root
    /// as it was before; `torch.nn.utils.clip_grad_norm_`, whose 1e-6 keeps the scale finite. Waits for the device.
    pub fn clip<K: Kernels<B>>(&mut self, max_norm: f64) -> f64 {
        let norm = self.norm::<K>();
        let scale = max_norm / (norm + 1e-6);
        // A norm that is not finite stays as it is: the loss tells.
        if scale < 1.0 {
            self.scale *= scale;
        }
        norm
    }

    /// Root of the sum of all squares. Waits for the device.
    pub fn norm<K: Kernels<B>>(&self) -> f64 {
        let squares = self.tensors.values().map(|gradient| K::squared_norm(gradient.clone()));
        self.scale * squares.sum::<f64>().sqrt()
    }
}

/// Gradients of several batches on their way to one step.
#[derive(Debug)]
pub struct Gathered<B: Backend> {
    sum: Gradients<B>,
    weight: f64,
}

impl<B: Backend> Gathered<B> {
    /// Nothing yet.
    pub fn new() -> Self {
        Self { sum: Gradients { tensors: BTreeMap::new(), scale: 1.0 }, weight: 0.0 }
    }

    /// Adds the gradients of a batch whose rows weigh `weight`.
    pub fn add(&mut self, gradients: Gradients<B>, weight: f64) {
        let scale = weight * gradients.scale;
        self.weight += weight;
        for (path, gradient) in gradients.tensors {
            let gradient = B::float_mul_scalar(gradient, scale.into());
            let sum = match self.sum.tensors.remove(&path) {
                Some(sum) => B::float_add(sum, gradient),
                None => gradient,
            };
            self.sum.tensors.insert(path, sum);
        }
    }

    /// The gradients that one batch of all these rows would have given.
    pub fn mean(mut self) -> Gradients<B> {
        self.sum.scale = 1.0 / self.weight;
        self.sum
    }
}

impl<B: Backend> Default for Gathered<B> {
    fn default() -> Self {
        Self::new()
    }
}

struct Collector<'a, AB: AutodiffBackend> {
    path: ModulePath,
    all: &'a mut AB::Gradients,
    found: BTreeMap<String, FloatTensor<AB::InnerBackend>>,
}

impl<AB: AutodiffBackend> ModuleVisitor<AB> for Collector<'_, AB> {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.enter(name);
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.exit();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<AB, D>>) {
        if let Some(gradient) = param.val().grad_remove(self.all) {
            self.found.insert(self.path.name(), gradient.into_primitive().tensor());
        }
    }
}
