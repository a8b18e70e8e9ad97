//! One way for all kernels into burn: an operation on plain flex tensors, with or without a graph of gradients.
//!
//! An [`Op`] sees contiguous `f32` only; [`FlexBased::apply`] declines everything else, and burn's own form is used.

use std::fmt::Debug;
use std::sync::Arc;

use burn::backend::Autodiff;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::tensor::backend::Backend;
use burn::tensor::ops::FloatTensor;
use burn::tensor::{BoolStore, Bytes, DType, Element, Shape, Tensor, TensorPrimitive};
use burn_flex::{Flex, FlexTensor, Layout};
use pulp::bytemuck::Pod;
use rayon::prelude::*;

/// An operation of `N` tensors with one result.
pub(crate) trait Op<const N: usize>: Clone + Debug + Send + Sync + 'static {
    /// What the way back needs.
    type Kept: Clone + Debug + Send + Sync + 'static;

    /// The result, and what is to be kept where `keeps` says so.
    fn forward(&self, inputs: &[FlexTensor; N], keeps: bool) -> (FlexTensor, Option<Self::Kept>);

    /// The gradients of the inputs for that of the result; only the wanted ones need be there.
    fn backward(
        &self,
        kept: Self::Kept,
        gradient: FlexTensor,
        wanted: [bool; N],
    ) -> [Option<FlexTensor>; N];
}

/// Flex itself, and flex with gradients.
pub(crate) trait FlexBased:
    Backend<IntTensorPrimitive = FlexTensor, BoolTensorPrimitive = FlexTensor>
{
    /// Does an operation; none where an input is not of the type `f32`.
    fn apply<O: Op<N>, const N: usize>(
        op: O,
        inputs: [FloatTensor<Self>; N],
    ) -> Option<FloatTensor<Self>>;

    /// The numbers without a graph.
    fn into_plain(tensor: FloatTensor<Self>) -> FlexTensor;

    /// Numbers that belong to no graph.
    fn from_plain(tensor: FlexTensor) -> FloatTensor<Self>;
}

impl FlexBased for Flex {
    fn apply<O: Op<N>, const N: usize>(op: O, inputs: [FlexTensor; N]) -> Option<FlexTensor> {
        inputs.iter().all(is_f32).then(|| op.forward(&inputs.map(contiguous), false).0)
    }

    fn into_plain(tensor: FlexTensor) -> FlexTensor {
        tensor
    }

    fn from_plain(tensor: FlexTensor) -> FlexTensor {
        tensor
    }
}

impl FlexBased for Autodiff<Flex> {
    fn apply<O: Op<N>, const N: usize>(
        op: O,
        inputs: [FloatTensor<Self>; N],
    ) -> Option<FloatTensor<Self>> {
        if !inputs.iter().all(|input| is_f32(&input.primitive)) {
            return None;
        }
        let nodes = inputs.each_ref().map(|input| input.node.clone());
        let plain = inputs.map(|input| contiguous(input.primitive));
        let step = Step(op.clone());
        Some(match step.prepare::<NoCheckpointing>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(graph) => {
                let (result, kept) = op.forward(&plain, true);
                graph.finish((op, kept), result)
            }
            OpsKind::UnTracked(graph) => graph.finish(op.forward(&plain, false).0),
        })
    }

    fn into_plain(tensor: FloatTensor<Self>) -> FlexTensor {
        tensor.primitive
    }

    fn from_plain(tensor: FlexTensor) -> FloatTensor<Self> {
        FloatTensor::<Self>::new(tensor)
    }
}

/// An operation as a step of burn's graph.
#[derive(Debug)]
struct Step<O>(O);

impl<O: Op<N>, const N: usize> Backward<Flex, N> for Step<O> {
    type State = (O, Option<O::Kept>);

    fn backward(
        self,
        ops: Ops<Self::State, N>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let (op, kept) = ops.state;
        let gradient = contiguous(gradients.consume::<Flex>(&ops.node));
        let wanted = ops.parents.each_ref().map(Option::is_some);
        let Some(kept) = kept else { return };
        let found = op.backward(kept, gradient, wanted);
        for (parent, found) in ops.parents.into_iter().zip(found) {
            if let (Some(parent), Some(found)) = (parent, found) {
                gradients.register::<Flex>(parent.id, found);
            }
        }
    }
}

/// Whether the kernels can read it.
pub(crate) fn is_f32(tensor: &FlexTensor) -> bool {
    tensor.dtype() == DType::F32
}

/// The same numbers, row-major and without gaps.
pub(crate) fn contiguous(tensor: FlexTensor) -> FlexTensor {
    tensor.to_contiguous()
}

/// The numbers of a contiguous tensor.
pub(crate) fn numbers(tensor: &FlexTensor) -> &[f32] {
    stored(tensor)
}

/// The whole numbers of a tensor.
pub(crate) fn whole_numbers(tensor: FlexTensor) -> Arc<[i32]> {
    if tensor.dtype() == DType::I32 {
        stored(&tensor.to_contiguous()).into()
    } else {
        tensor.into_data().iter::<i32>().collect()
    }
}

/// The truth values of a tensor.
pub(crate) fn truths(tensor: FlexTensor) -> Arc<[bool]> {
    if tensor.dtype() == DType::Bool(BoolStore::Native) {
        stored::<u8>(&tensor.to_contiguous()).iter().map(|byte| *byte != 0).collect()
    } else {
        tensor.into_data().iter::<bool>().collect()
    }
}

/// What a contiguous tensor stores, of the type that it says.
fn stored<E: Element + Pod>(tensor: &FlexTensor) -> &[E] {
    let n = tensor.layout().shape().num_elements();
    let start = tensor.layout().start_offset();
    tensor.storage::<E>().get(start..start + n).unwrap_or_default()
}

/// A tensor of these numbers.
pub(crate) fn tensor<const D: usize>(numbers: Vec<f32>, shape: [usize; D]) -> FlexTensor {
    of_shape(numbers, Shape::from(shape))
}

/// A tensor of these numbers whose rank only the program knows.
pub(crate) fn of_shape(numbers: Vec<f32>, shape: Shape) -> FlexTensor {
    FlexTensor::new(Bytes::from_elems(numbers), Layout::contiguous(shape), DType::F32)
}

/// Sizes of a tensor whose rank is known.
pub(crate) fn dims<const D: usize>(tensor: &FlexTensor) -> [usize; D] {
    let mut dims = [1; D];
    dims.iter_mut().zip(tensor.layout().shape().iter()).for_each(|(slot, size)| *slot = *size);
    dims
}

/// Room for a result: zeros, because safe code has no other memory; all threads write them where they are many.
pub(crate) fn filled(n: usize) -> Vec<f32> {
    /// Numbers written at a time: a page.
    const BLOCK: usize = 1024;
    /// Blocks that are worth waking a second thread.
    const MANY: usize = 16;
    if n < 2 * MANY * BLOCK {
        return vec![0.0; n];
    }
    let blocks = (0..n.div_ceil(BLOCK)).into_par_iter().with_min_len(MANY).map(|_| [0.0; BLOCK]);
    let mut numbers = blocks.collect::<Vec<_>>().into_flattened();
    numbers.truncate(n);
    numbers
}

/// A tensor of these numbers with the shape of another.
pub(crate) fn like(numbers: Vec<f32>, other: &FlexTensor) -> FlexTensor {
    of_shape(numbers, other.layout().shape().clone())
}

/// A burn tensor around a primitive.
pub(crate) fn wrapped<B: Backend, const D: usize>(primitive: FloatTensor<B>) -> Tensor<B, D> {
    Tensor::from_primitive(TensorPrimitive::Float(primitive))
}
