//! Weights of a module by name: reading them, putting others in their place, listing them.

use std::collections::BTreeMap;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param, ParamId};
use burn::tensor::{Tensor, TensorData, backend::Backend};
use pg_base::{Array, Trouble, say};

use crate::weights::Weights;

/// One weight of a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParamEntry {
    /// Full name: `dense_1.weight`.
    pub name: String,
    /// burn's id, by which gradients and optimizer states are kept.
    pub id: ParamId,
    /// Sizes.
    pub shape: Vec<usize>,
    /// Whether an optimizer moves it; running statistics are not trained.
    pub is_trained: bool,
}

/// Where a walk through a module stands; enum variants and fields called `inner` are left out of names.
#[derive(Debug, Default)]
struct Place {
    parts: Vec<String>,
}

impl Place {
    fn counts(name: &str, container: &str) -> bool {
        name != "inner" && !container.starts_with("Enum:")
    }

    fn enter(&mut self, name: &str, container: &str) {
        if Self::counts(name, container) {
            self.parts.push(name.to_owned());
        }
    }

    fn exit(&mut self, name: &str, container: &str) {
        if Self::counts(name, container) {
            self.parts.pop();
        }
    }

    fn name(&self, prefix: &str) -> String {
        format!("{prefix}.{}", self.parts.join("."))
    }
}

/// The weights of a module in its own fixed order; `prefix` is the layer's id.
pub(crate) fn list<B: Backend>(module: &impl Module<B>, prefix: &str) -> Vec<ParamEntry> {
    let mut visitor = Lister { prefix, place: Place::default(), entries: Vec::new() };
    module.visit(&mut visitor);
    visitor.entries
}

/// Copies the weights of a module into `weights`.
pub(crate) fn read<B: Backend>(
    module: &impl Module<B>,
    prefix: &str,
    weights: &mut Weights,
) -> Result<(), Trouble> {
    let mut visitor = Reader { prefix, place: Place::default(), arrays: Ok(BTreeMap::new()) };
    module.visit(&mut visitor);
    weights.arrays.append(&mut visitor.arrays?);
    Ok(())
}

/// The module with other weights; the names and shapes must be those that [`list`] gives, see [`check`].
pub(crate) fn write<B: Backend, M: Module<B>>(module: M, prefix: &str, weights: &Weights) -> M {
    module.map(&mut Writer { prefix, place: Place::default(), weights })
}

/// Whether the weights are exactly those of a network: all of them, none else, in the right shapes.
pub(crate) fn check(entries: &[ParamEntry], weights: &Weights) -> Result<(), Trouble> {
    for entry in entries {
        let array = weights.arrays.get(&entry.name).ok_or_else(|| Weights::missing(&entry.name))?;
        if array.shape != entry.shape
            || array.as_f32().is_none_or(|data| data.len() != entry.shape.iter().product::<usize>())
        {
            let (name, found, wanted) = (&entry.name, &array.shape, &entry.shape);
            return Err(Trouble::new(
                "weights-shape",
                say!("`{name}` has the shape {found:?}", "`{name}` 的形状为 {found:?}"),
            )
            .expected(say!("numbers of the shape {wanted:?}", "形状为 {wanted:?} 的数字")));
        }
    }
    let is_known = |name: &String| entries.iter().any(|entry| entry.name == *name);
    match weights.arrays.keys().find(|name| !is_known(name)) {
        Some(name) => Err(Trouble::new(
            "weights-extra",
            say!("`{name}` belongs to no layer of this network", "`{name}` 不属于该网络的任何层"),
        )
        .advice(say!(
            "Use the weights that were trained with this network.",
            "请使用由该网络训练得到的权重。"
        ))),
        None => Ok(()),
    }
}

/// The numbers of a tensor on the host.
pub(crate) fn to_array<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> Result<Array, Trouble> {
    let shape = tensor.dims().to_vec();
    let failed = |reason: String| {
        Trouble::new(
            "device-failed",
            say!("the device gave no numbers: {reason}", "设备未能返回数据：{reason}"),
        )
    };
    let data = tensor.try_into_data().map_err(|error| failed(format!("{error:?}")))?;
    let numbers =
        data.convert::<f32>().into_vec::<f32>().map_err(|error| failed(format!("{error:?}")))?;
    Ok(Array::f32(shape, numbers))
}

struct Lister<'a> {
    prefix: &'a str,
    place: Place,
    entries: Vec<ParamEntry>,
}

impl<B: Backend> ModuleVisitor<B> for Lister<'_> {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.place.enter(name, container);
    }

    fn exit_module(&mut self, name: &str, container: &str) {
        self.place.exit(name, container);
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        let is_trained = self.place.parts.last().is_none_or(|last| !last.starts_with("running_"));
        let shape = param.val().dims().to_vec();
        self.entries.push(ParamEntry {
            name: self.place.name(self.prefix),
            id: param.id,
            shape,
            is_trained,
        });
    }
}

struct Reader<'a> {
    prefix: &'a str,
    place: Place,
    arrays: Result<BTreeMap<String, Array>, Trouble>,
}

impl<B: Backend> ModuleVisitor<B> for Reader<'_> {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.place.enter(name, container);
    }

    fn exit_module(&mut self, name: &str, container: &str) {
        self.place.exit(name, container);
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        let Ok(arrays) = &mut self.arrays else { return };
        match to_array(param.val()) {
            Ok(array) => {
                arrays.insert(self.place.name(self.prefix), array);
            }
            Err(trouble) => self.arrays = Err(trouble),
        }
    }
}

struct Writer<'a> {
    prefix: &'a str,
    place: Place,
    weights: &'a Weights,
}

impl<B: Backend> ModuleMapper<B> for Writer<'_> {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.place.enter(name, container);
    }

    fn exit_module(&mut self, name: &str, container: &str) {
        self.place.exit(name, container);
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<B, D>>) -> Param<Tensor<B, D>> {
        let (id, old, mapper) = param.consume();
        let given = self.weights.arrays.get(&self.place.name(self.prefix));
        let numbers = given.filter(|array| array.shape == old.dims()).and_then(Array::as_f32);
        let new = match numbers {
            Some(numbers) => {
                Tensor::from_data(TensorData::new(numbers.to_vec(), old.dims()), &old.device())
                    .set_require_grad(old.is_require_grad())
            }
            None => old,
        };
        Param::from_mapped_value(id, new, mapper)
    }
}
