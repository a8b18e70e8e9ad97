//! The running average of the weights over the steps: calmer than the weights themselves, and often better.

use std::collections::BTreeMap;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::{Tensor, TensorPrimitive, ops::FloatTensor};
use pg_base::{Array, Trouble};

use super::gradients::ModulePath;
use super::optimizer::{on_device, plain};

/// `average = decay · average + (1 − decay) · weights` after every step, by parameter path; as PyTorch's `AveragedModel`
/// with `get_ema_multi_avg_fn`. In the first steps the memory is shorter, `(1 + n) / (10 + n)` as in TensorFlow, so that
/// the random weights of the start are forgotten in short trainings too. Running statistics are not averaged.
#[derive(Debug)]
pub struct Average<B: Backend> {
    decay: f64,
    n_steps: u64,
    values: BTreeMap<String, FloatTensor<B>>,
}

impl<B: Backend> Average<B> {
    /// An average of nothing.
    pub fn new(decay: f64) -> Self {
        Self { decay, n_steps: 0, values: BTreeMap::new() }
    }

    /// Adds the weights that a step gave.
    pub fn add<AB, M>(&mut self, module: &M)
    where
        AB: AutodiffBackend<InnerBackend = B>,
        M: Module<AB>,
    {
        let n = self.n_steps as f64;
        self.n_steps += 1;
        let decay =
            if self.values.is_empty() { 0.0 } else { self.decay.min((1.0 + n) / (10.0 + n)) };
        module.visit(&mut Adder { path: ModulePath::default(), decay, values: &mut self.values });
    }

    /// A module with the averages in place of its weights.
    pub fn applied<M: Module<B>>(&self, module: M) -> M {
        module.map(&mut Setter { path: ModulePath::default(), values: &self.values })
    }

    /// The averages as plain arrays by path.
    pub fn arrays(&self) -> Result<BTreeMap<String, Array>, Trouble> {
        let array = |(path, value): (&String, &FloatTensor<B>)| {
            Ok((path.clone(), plain::<B>(value.clone())?))
        };
        self.values.iter().map(array).collect()
    }

    /// Takes over averages made by [`Average::arrays`] after so many steps.
    pub fn restore(
        &mut self,
        n_steps: u64,
        arrays: &BTreeMap<String, Array>,
        device: &B::Device,
    ) -> Result<(), Trouble> {
        let value = |(path, array): (&String, &Array)| {
            let value = on_device::<B>(array, device)
                .ok_or_else(|| Trouble::internal(format!("`{path}` is no average")))?;
            Ok((path.clone(), value))
        };
        self.values = arrays.iter().map(value).collect::<Result<_, Trouble>>()?;
        self.n_steps = n_steps;
        Ok(())
    }
}

struct Adder<'a, B: Backend> {
    path: ModulePath,
    decay: f64,
    values: &'a mut BTreeMap<String, FloatTensor<B>>,
}

impl<AB: AutodiffBackend> ModuleVisitor<AB> for Adder<'_, AB::InnerBackend> {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.enter(name);
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.exit();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<AB, D>>) {
        let value = param.val();
        if !value.is_require_grad() {
            return;
        }
        let path = self.path.name();
        let value = value.inner();
        let next = match self.values.remove(&path) {
            Some(average) => {
                let average = Tensor::<_, D>::from_primitive(TensorPrimitive::Float(average));
                average * self.decay + value * (1.0 - self.decay)
            }
            None => value,
        };
        self.values.insert(path, next.into_primitive().tensor());
    }
}

struct Setter<'a, B: Backend> {
    path: ModulePath,
    values: &'a BTreeMap<String, FloatTensor<B>>,
}

impl<B: Backend> ModuleMapper<B> for Setter<'_, B> {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.enter(name);
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.exit();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<B, D>>) -> Param<Tensor<B, D>> {
        let Some(average) = self.values.get(&self.path.name()) else { return param };
        let (id, _, mapper) = param.consume();
        let average = Tensor::from_primitive(TensorPrimitive::Float(average.clone()));
        Param::from_mapped_value(id, average, mapper)
    }
}
