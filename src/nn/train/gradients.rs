//! The gradients of a module by parameter path, and clipping by their common norm.

use std::collections::BTreeMap;

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::{ElementConversion, Tensor, TensorPrimitive, ops::FloatTensor};

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
pub struct Gradients<B: Backend>(BTreeMap<String, FloatTensor<B>>);

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
        Self(collector.found)
    }

    /// Takes the gradient of one parameter; none where it has none.
    pub fn take<const D: usize>(&mut self, path: &str) -> Option<Tensor<B, D>> {
        self.0.remove(path).map(|gradient| Tensor::from_primitive(TensorPrimitive::Float(gradient)))
    }

    /// Scales all gradients so that the root of the sum of their squares is at most `max_norm`, and returns that root
    /// as it was before; `torch.nn.utils.clip_grad_norm_`, whose 1e-6 keeps the scale finite. Waits for the device.
    pub fn clip(&mut self, max_norm: f64) -> f64 {
        let norm = self.norm();
        let scale = max_norm / (norm + 1e-6);
        // A norm that is not finite stays as it is: the loss tells.
        if scale < 1.0 {
            self.scale(scale);
        }
        norm
    }

    /// Root of the sum of all squares. Waits for the device.
    pub fn norm(&self) -> f64 {
        let squares = self.0.values().map(|gradient| {
            let sum = B::float_sum(B::float_mul(gradient.clone(), gradient.clone()));
            Tensor::<B, 1>::from_primitive(TensorPrimitive::Float(sum)).into_scalar().elem::<f64>()
        });
        squares.sum::<f64>().sqrt()
    }

    fn scale(&mut self, factor: f64) {
        for gradient in self.0.values_mut() {
            *gradient = B::float_mul_scalar(gradient.clone(), factor.into());
        }
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
        Self { sum: Gradients(BTreeMap::new()), weight: 0.0 }
    }

    /// Adds the gradients of a batch whose rows weigh `weight`.
    pub fn add(&mut self, mut gradients: Gradients<B>, weight: f64) {
        gradients.scale(weight);
        self.weight += weight;
        for (path, gradient) in gradients.0 {
            let sum = match self.sum.0.remove(&path) {
                Some(sum) => B::float_add(sum, gradient),
                None => gradient,
            };
            self.sum.0.insert(path, sum);
        }
    }

    /// The gradients that one batch of all these rows would have given.
    pub fn mean(mut self) -> Gradients<B> {
        self.sum.scale(1.0 / self.weight);
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
