//! Rows of a table by id; id 0 is padding.

use std::sync::Arc;

use burn_flex::FlexTensor;

use crate::math::gather::{gather, gather_backward};
use crate::op::{Op, dims, filled, numbers, tensor};

/// A row of the table `[vocabulary, width]` for each id of `[rows, length]`.
#[derive(Clone, Debug)]
pub(super) struct Embedding {
    pub(super) ids: Arc<[i32]>,
    pub(super) size: [usize; 2],
}

impl Op<1> for Embedding {
    /// Sizes of the table.
    type Kept = [usize; 2];

    fn forward(&self, [table]: &[FlexTensor; 1], _keeps: bool) -> (FlexTensor, Option<[usize; 2]>) {
        let [vocabulary, width] = dims(table);
        let [n_rows, length] = self.size;
        let mut y = filled(self.ids.len() * width);
        gather(&self.ids, numbers(table), width, &mut y);
        (tensor(y, [n_rows, length, width]), Some([vocabulary, width]))
    }

    fn backward(
        &self,
        [vocabulary, width]: [usize; 2],
        gradient: FlexTensor,
        _wanted: [bool; 1],
    ) -> [Option<FlexTensor>; 1] {
        let mut d_table = filled(vocabulary * width);
        gather_backward(&self.ids, numbers(&gradient), width, &mut d_table);
        // Padding learns nothing.
        d_table.iter_mut().take(width).for_each(|number| *number = 0.0);
        [Some(tensor(d_table, [vocabulary, width]))]
    }
}
